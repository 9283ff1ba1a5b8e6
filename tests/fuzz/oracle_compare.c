/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* oracle_compare.c - all that a space tells of itself, against the model. */
#include <string.h>

#include "world.h"

static uint32_t bindings_of(const struct space *space, const struct life *life)
{
	uint32_t count = life->ghosts;

	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		count += space->binding[i].place != PLACE_UNUSED && space->binding[i].place != PLACE_GONE &&
		         ioasid_handle_equal(space->binding[i].id_handle, life->handle);
	return count;
}

static bool is_told(const struct life *life)
{
	return life->set != NULL && life->state != IOASID_STATE_FREE && life->state != IOASID_STATE_QUARANTINED &&
	       !life->retired;
}

/* Bindings included, and an allocation as long as it is not freed. */
static uint32_t references_of(const struct life *life)
{
	return life->refs + life->binds + (life->claim && !life->shared);
}

/* One holder as the library tells it. */
bool oracle_holder(void *context, const struct ioasid_holder *holder)
{
	struct told *told = context;
	struct space *space = told->space;
	uint32_t id = ioasid_value(ioasid_handle_id(holder->handle));
	struct life *life;

	oracle_check(space, id < space->ids && (told->ids >> id & 1u) == 0, "id %u is told of twice", id);
	told->ids |= UINT64_C(1) << id;
	/* A refused destroy did deferred work first; what came of it was not looked up yet. */
	oracle_finish_releases(space);
	oracle_sync_id(space, id);
	life = &space->life[id];
	oracle_check(space, is_told(life) && ioasid_handle_equal(life->handle, holder->handle),
	             "id %u is told of, and has no such life", id);
	oracle_check(space, told->set == NULL || life->set == told->set, "id %u is told of as another set's", id);
	oracle_check(space, holder->state == life->state && holder->shared == life->shared, "id %u is told of as %s",
	             id, ioasid_state_name(holder->state));
	while (life->set->holds == 0 && life->ghosts != 0 && holder->bindings < bindings_of(space, life)) {
		life->ghosts--;
		life->binds--;
	}
	oracle_check(space, holder->references == references_of(life), "id %u: %u references, not %u", id,
	             holder->references, references_of(life));
	oracle_check(space, holder->pins == life->pins, "id %u: %u pins, not %u", id, holder->pins, life->pins);
	oracle_check(space, holder->bindings == bindings_of(space, life), "id %u: %u bindings, not %u", id,
	             holder->bindings, bindings_of(space, life));
	oracle_check(space,
	             holder->owner_key == life->set->owner.key &&
	                     holder->owner_generation == life->set->owner.generation,
	             "id %u: another owner", id);
	return true;
}

void oracle_told_all(struct told *told)
{
	struct space *space = told->space;

	for (uint32_t id = 0; id < space->ids; id++)
		oracle_check(space,
		             (told->ids >> id & 1u) == (is_told(&space->life[id]) &&
		                                        (told->set == NULL || space->life[id].set == told->set)),
		             "id %u was not told of", id);
}

void oracle_compare_holders(struct space *space, const struct set *set)
{
	struct told told = {.space = space, .set = set};

	oracle_expect_one(space, "ioasid_set_for_each", ioasid_set_for_each(set->set, oracle_holder, &told), 0);
	oracle_told_all(&told);
}

static void compare_snapshot(struct space *space)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};
	uint32_t in_state[IOASID_STATE_COUNT] = {0};
	uint64_t references = 0;
	uint64_t pins = 0;
	uint64_t unseen = 0; /* leftovers of binds that failed, where nobody tells us of the holders any more */
	uint32_t withheld = 0;

	for (uint32_t id = 0; id < space->ids; id++) {
		const struct life *life = &space->life[id];

		if ((space->reserved >> id & 1u) || life->retired) {
			withheld++;
			continue;
		}
		in_state[life->state]++;
		unseen += is_told(life) && life->set->holds == 0 ? life->ghosts : 0;
		references += is_told(life) ? references_of(life) : 0;
		pins += is_told(life) ? life->pins : 0;
	}
	oracle_expect_one(space, "ioasid_space_snapshot", ioasid_space_snapshot(space->space, &snapshot), 0);
	oracle_check(space, snapshot.exact && snapshot.capacity == space->ids && snapshot.populated <= space->ids,
	             "a snapshot of another space");
	oracle_check(space, snapshot.withheld == withheld, "%u ids are withheld, not %u", snapshot.withheld, withheld);
	for (unsigned state = 0; state < IOASID_STATE_COUNT; state++)
		oracle_check(space, snapshot.in_state[state] == in_state[state], "%u ids are %s, not %u",
		             snapshot.in_state[state], ioasid_state_name((enum ioasid_state)state), in_state[state]);
	oracle_check(space, snapshot.references <= references && snapshot.references + unseen >= references,
	             "%llu references, not %llu", (unsigned long long)snapshot.references,
	             (unsigned long long)references);
	oracle_check(space, snapshot.pins == pins, "%llu pins, not %llu", (unsigned long long)snapshot.pins,
	             (unsigned long long)pins);
}

struct text {
	size_t lines;
	size_t quiesces; /* of these: how far that of an id itself is */
	size_t stop_after;
	bool bad;
};

static bool take_text(void *context, const char *text, size_t length)
{
	static const char quiesce[] = "    the id itself";
	struct text *t = context;

	t->quiesces += length > strlen(quiesce) && memcmp(text, quiesce, strlen(quiesce)) == 0;
	t->bad |= length == 0 || t->lines > t->stop_after || memchr(text, '\0', length) != NULL;
	t->lines++;
	return t->lines <= t->stop_after;
}

static void compare_dump(struct space *space)
{
	struct text text = {.stop_after = SIZE_MAX};
	struct text short_text = {.stop_after = 0};
	size_t wanted = 1;
	size_t unseen = 0;
	size_t quiesces = 0;

	for (uint32_t i = NR_DEVICES; i < NR_ACTORS; i++)
		wanted += actor_at(space, i)->kind != ACTOR_NONE;
	for (uint32_t id = 0; id < space->ids; id++)
		if (is_told(&space->life[id])) {
			wanted += 1u + bindings_of(space, &space->life[id]);
			unseen += space->life[id].set->holds == 0 ? space->life[id].ghosts : 0;
			quiesces += space->life[id].state == IOASID_STATE_PARKED && space->life[id].task.begun;
		}
	oracle_expect_one(space, "ioasid_space_dump", ioasid_space_dump(space->space, take_text, &text), 0);
	oracle_check(space, text.quiesces <= quiesces, "the dump has %zu quiesces, not %zu", text.quiesces, quiesces);
	text.lines -= text.quiesces;
	oracle_check(space, !text.bad && text.lines <= wanted && text.lines + unseen >= wanted,
	             "the dump has %zu lines, not %zu", text.lines, wanted);
	oracle_expect_one(space, "ioasid_space_dump", ioasid_space_dump(space->space, take_text, &short_text), 0);
	oracle_check(space, !short_text.bad && short_text.lines == 1, "the dump goes on when it was told to stop");
}

/* What was put or ended too often on what is closing: counted when it is folded, sooner or later. */
static uint64_t surplus_perhaps(const struct space *space)
{
	uint64_t count = space->surplus_perhaps;

	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].place == PLACE_CLOSING && space->binding[i].requests < 0)
			count += (uint64_t)-space->binding[i].requests;
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].state == IOASID_STATE_PARKED && space->life[id].hot_refs < 0)
			count += (uint64_t)-space->life[id].hot_refs;
	return count;
}

static uint64_t poisoned_perhaps(const struct space *space)
{
	uint64_t count = space->poisoned_perhaps;

	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		count += space->binding[i].place == PLACE_CLOSING && space->binding[i].unsure;
	return count;
}

/* What the library counts, after a run that did all it could. */
void oracle_compare_counters(struct space *space)
{
	struct ioasid_counters now = {.size = sizeof(now)};

	if (space->fuzzy || space->held)
		return;
	oracle_expect_one(space, "ioasid_space_counters", ioasid_space_counters(space->space, &now), 0);
#define COMPARE(name)                                                                                    \
	oracle_check(space, now.name == space->expected.name, "the counter %s is %llu, not %llu", #name, \
	             (unsigned long long)now.name, (unsigned long long)space->expected.name)
	COMPARE(callbacks);
	COMPARE(timeouts);
	COMPARE(late_tokens);
	COMPARE(stale_calls);
	COMPARE(surplus_unpins);
	COMPARE(retired);
#undef COMPARE
	oracle_check(space,
	             now.surplus_puts >= space->expected.surplus_puts &&
	                     now.surplus_puts <= space->expected.surplus_puts + surplus_perhaps(space),
	             "the counter surplus_puts is %llu, not %llu", (unsigned long long)now.surplus_puts,
	             (unsigned long long)space->expected.surplus_puts);
	oracle_check(space,
	             now.poisoned >= space->expected.poisoned &&
	                     now.poisoned <= space->expected.poisoned + poisoned_perhaps(space),
	             "the counter poisoned is %llu, not %llu", (unsigned long long)now.poisoned,
	             (unsigned long long)space->expected.poisoned);
	oracle_check(space,
	             now.failed + space->failed_dropped >= space->expected.failed &&
	                     now.failed <= space->expected.failed + space->failed_perhaps,
	             "the counter failed is %llu, not %llu", (unsigned long long)now.failed,
	             (unsigned long long)space->expected.failed);
	if (now.surplus_puts > space->expected.surplus_puts && space->surplus_perhaps != 0) {
		uint64_t more = now.surplus_puts - space->expected.surplus_puts;

		more = more < space->surplus_perhaps ? more : space->surplus_perhaps;
		space->surplus_perhaps -= more;
		space->expected.surplus_puts += more;
	}
	space->expected.failed = now.failed;
	space->failed_perhaps = 0;
	space->failed_dropped = 0;
	space->failed_answers = 0;
	space->expected.poisoned = now.poisoned;
	space->poisoned_perhaps = 0;
}

void oracle_compare(struct space *space)
{
	oracle_sync(space);
	compare_snapshot(space);
	compare_dump(space);
	for (uint32_t i = 0; i < NR_SETS; i++)
		if (space->set[i].holds != 0)
			oracle_compare_holders(space, &space->set[i]);
}
