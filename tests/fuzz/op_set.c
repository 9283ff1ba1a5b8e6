/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_set.c - operations on sets. */
#include "operations.h"

static struct set *set_of_owner(struct space *space, struct ioasid_owner owner)
{
	for (uint32_t i = 0; i < NR_SETS; i++) {
		struct set *set = &space->set[i];

		if (set->serial != 0 && !set->ended && set->owner.key == owner.key &&
		    set->owner.generation == owner.generation)
			return set;
	}
	return NULL;
}

void op_set_create(struct world *world, struct space *space, const struct operation *operation)
{
	struct set *set = &space->set[operation->a % NR_SETS];
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {100u + operation->b % 5, operation->b % 2},
		.quota = operation->c & 0x80 ? IOASID_UNLIMITED : operation->c >> 3 & 15u,
		.flags = operation->c & 3u,
		.done = operation->c & 4u ? NULL : world_done,
		.context = set,
	};
	uint64_t refused = sim_alloc_refused();
	struct ioasid_owner_set *made = NULL;
	struct answers answers = {0};
	int got;

	(void)world;
	/* The place is free once nothing can speak of its last set any more. */
	if (set->serial != 0 && (set->holds != 0 || !set->done))
		return;
	if (config.flags == (IOASID_SET_EAGER | IOASID_SET_HOT))
		oracle_allow(&answers, -IOASID_EINVAL);
	else
		oracle_allow(&answers, set_of_owner(space, config.owner) ? -IOASID_EBUSY : 0);
	got = ioasid_set_create(space->space, &config, &made);
	if (sim_alloc_refused() != refused)
		oracle_allow(&answers, -IOASID_ENOMEM);
	oracle_expect(space, "ioasid_set_create", got, &answers);
	if (got != 0)
		return;
	*set = (struct set){.space = space,
	                    .set = made,
	                    .serial = ++space->next_owner,
	                    .owner = config.owner,
	                    .quota = config.quota,
	                    .flags = config.flags,
	                    .holds = 1,
	                    .wants_done = config.done != NULL};
}

/* Everything parks but what is RESERVED. */
void set_ended(struct space *space, struct set *set)
{
	set->ended = true;
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].set == set && space->life[id].state == IOASID_STATE_ACTIVE)
			life_parks(space, &space->life[id]);
}

void op_set_end(struct world *world, struct space *space, const struct operation *operation)
{
	struct set *set = choose_set(space, operation->a);

	(void)world;
	if (set == NULL)
		return;
	oracle_sync(space);
	oracle_expect_one(space, "ioasid_set_end", ioasid_set_end(set->set), set->ended ? -IOASID_ESTALE : 0);
	if (!set->ended)
		set_ended(space, set);
}

/* A participant of the set has a hold, too, until it is withdrawn. */
static bool has_participants(struct space *space, const struct set *set)
{
	for (uint32_t i = NR_DEVICES; i < NR_ACTORS; i++)
		if (actor_at(space, i)->kind == ACTOR_OF_SET && actor_at(space, i)->set == set)
			return true;
	return false;
}

void op_set_release(struct world *world, struct space *space, const struct operation *operation)
{
	struct set *set = choose_set(space, operation->a);

	(void)world;
	/* The last pointer stays with us for as long as a participant needs it to withdraw, or somebody waits. */
	if (set == NULL || (set->holds == 1 && (set->waited || has_participants(space, set))))
		return;
	oracle_sync(space);
	oracle_expect_one(space, "ioasid_set_release", ioasid_set_release(set->set), 0);
	if (--set->holds == 0 && !set->ended)
		set_ended(space, set);
}

void op_set_lookup(struct world *world, struct space *space, const struct operation *operation)
{
	struct ioasid_owner owner = {100u + operation->b % 5, operation->b % 2};
	struct set *set = set_of_owner(space, owner);
	struct ioasid_owner_set *found = NULL;

	(void)world;
	oracle_expect_one(space, "ioasid_set_lookup", ioasid_set_lookup(space->space, owner, &found),
	                  set ? 0 : -IOASID_ENOENT);
	if (set == NULL)
		return;
	oracle_check(space, found == set->set, "another set was found");
	set->holds++;
}

struct waiting {
	struct set *set;
	uint64_t timeout_ns;
};

static int wait_set(struct space *space, void *context)
{
	const struct waiting *w = context;

	(void)space;
	return ioasid_set_wait(w->set->set, w->timeout_ns);
}

void op_set_wait(struct world *world, struct space *space, const struct operation *operation)
{
	struct waiting w = {choose_set(space, operation->a), wait_time(space, operation->b)};
	bool waited;
	bool done;
	int got;

	(void)world;
	if (w.set == NULL || space->held)
		return;
	if (!w.set->ended) {
		oracle_expect_one(space, "ioasid_set_wait", wait_set(space, &w), -IOASID_EBUSY);
		return;
	}
	done = w.set->done;
	/* Without a callback we learn from this that it is done. */
	waited = w.set->waited;
	w.set->waited = true;
	got = world_run(space, wait_set, &w, !done && !is_nested(space) && w.set->wants_done);
	w.set->waited = waited;
	if (got == 0 && !w.set->wants_done) {
		oracle_sync(space);
		oracle_check(space, life_charged(space, w.set) == 0, "a set is done that is charged");
		w.set->done = true;
	}
	(void)expect_wait(space, "ioasid_set_wait", got, w.set->done, w.timeout_ns);
}

void op_set_look(struct world *world, struct space *space, const struct operation *operation)
{
	struct set *set = choose_set(space, operation->a);
	struct ioasid_set_info info;
	ioasid_handle_t handle = {0};
	const struct life *shared;
	int got;

	(void)world;
	if (set == NULL)
		return;
	oracle_sync(space);
	oracle_expect_one(space, "ioasid_set_query", ioasid_set_query(set->set, &info), 0);
	oracle_check(space,
	             info.owner.key == set->owner.key && info.owner.generation == set->owner.generation &&
	                     info.quota == set->quota && info.ended == set->ended,
	             "a set is not what it was made");
	oracle_check(space, info.charged == life_charged(space, set), "a set is charged for %u ids, and has %u",
	             info.charged, life_charged(space, set));
	oracle_check(space, is_nested(space) || !set->wants_done || info.done == set->done, "a set is done, or is not");
	shared = life_shared_of(space, set);
	got = ioasid_set_shared(set->set, &handle);
	oracle_expect_one(space, "ioasid_set_shared", got, set->ended ? -IOASID_ESTALE : shared ? 0 : -IOASID_ENOENT);
	oracle_check(space, got != 0 || (shared != NULL && ioasid_handle_equal(handle, shared->handle)),
	             "a set has another shared id");
	oracle_compare_holders(space, set);
}
