/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* oracle_sync.c - looking up what the deferred work has come to, and whether it could come to that. */
#include "world.h"

/* A binding of a device that is not told of the release: is it gone? */
static void sync_binding(struct space *space, struct binding *binding)
{
	ioasid_handle_t handle;
	int got;

	if (binding->place == PLACE_UNUSED || binding->place == PLACE_GONE || binding->releasing)
		return;
	got = ioasid_binding_handle(space->space, binding->handle, &handle);
	if (got == 0) {
		oracle_check(space, ioasid_handle_equal(handle, binding->id_handle),
		             "a binding of id %u is of another life", binding->id);
		return;
	}
	oracle_expect_one(space, "ioasid_binding_handle", got, -IOASID_ESTALE);
	oracle_check(space, !binding->device->tells_released, "a binding of id %u went without a word", binding->id);
	oracle_check(space, binding_may_go(space, binding), "a binding of id %u went before its time", binding->id);
	binding_gone(space, binding);
}

/* How many bindings, and references, are left of binds that failed half way. */
struct counting {
	struct life *life;
	uint32_t bindings;
	uint32_t references;
	bool found;
};

static bool count_holder(void *context, const struct ioasid_holder *holder)
{
	struct counting *c = context;

	if (!ioasid_handle_equal(holder->handle, c->life->handle))
		return true;
	c->found = true;
	c->bindings = holder->bindings;
	c->references = holder->references;
	return false;
}

static uint32_t known_bindings(const struct space *space, uint32_t id)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		count += space->binding[i].id == id && space->binding[i].place != PLACE_UNUSED &&
		         space->binding[i].place != PLACE_GONE;
	return count;
}

static uint32_t ghosts_now(struct space *space, struct life *life)
{
	uint32_t known = known_bindings(space, ioasid_value(ioasid_handle_id(life->handle)));
	struct counting c = {.life = life};

	if (life->set == NULL || life->set->holds == 0)
		return oracle_state(space, ioasid_value(ioasid_handle_id(life->handle))) == life->state ? life->ghosts
		                                                                                        : 0;
	(void)ioasid_set_for_each(life->set->set, count_holder, &c);
	if (!c.found)
		return 0;
	oracle_check(space, c.bindings >= known, "%u bindings where there must be %u", c.bindings, known);
	return c.bindings - known;
}

static void sync_ghosts(struct space *space, struct life *life)
{
	uint32_t now;

	if (life->ghosts == 0)
		return;
	now = ghosts_now(space, life);
	oracle_check(space, now <= life->ghosts, "bindings come from nowhere");
	while (life->ghosts > now) {
		life->ghosts--;
		life_drop_bind(space, life);
	}
	if (now == 0)
		life->ghost_devices = 0;
}

/* A bind of these devices failed half way: what it had done so far is being undone. */
void oracle_adopt_ghosts(struct space *space, struct life *life, uint32_t devices)
{
	uint32_t now = ghosts_now(space, life);

	oracle_check(space, now <= NR_DEVICES, "%u bindings are left of a bind that failed", now);
	while (life->ghosts < now) {
		life->ghosts++;
		life->binds++;
	}
	life->ghost_devices |= devices;
}

static bool may_be_poisoned(struct space *space, struct life *life)
{
	uint32_t id = ioasid_value(ioasid_handle_id(life->handle));

	if (!group_is_over(space, life))
		return false;
	if (life->task.failed)
		return true;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].id == id &&
		    (space->binding[i].place == PLACE_POISONED ||
		     (space->binding[i].place == PLACE_CLOSING && space->binding[i].task.failed)))
			return true;
	return false;
}

/* Is there nothing left that stands between it and its rest? */
static bool may_rest(struct space *space, struct life *life)
{
	sync_ghosts(space, life);
	if (life->refs != 0 || life->binds != 0 || life->pins != 0 || (life->hot && life->hot_refs > 0))
		return false;
	if (life->state == IOASID_STATE_POISONED)
		return true;
	return group_is_over(space, life) && !life->task.failed;
}

static void became_poisoned(struct space *space, struct life *life)
{
	oracle_check(space, life->state == IOASID_STATE_PARKED && may_be_poisoned(space, life),
	             "id %u is poisoned wrongly", ioasid_value(ioasid_handle_id(life->handle)));
	life->state = IOASID_STATE_POISONED;
	life_settle(space, life);
	life->task.passed = true;
	space->expected.poisoned++;
}

/* The poison may go if the id was reset, or all the devices that failed were. */
static bool may_be_cured(const struct space *space, const struct life *life)
{
	uint32_t id = ioasid_value(ioasid_handle_id(life->handle));

	if (life->cure_due || life->cured)
		return true;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].id == id && space->binding[i].place == PLACE_POISONED)
			return false;
	return !life->task.failed;
}

static void came_to_rest(struct space *space, struct life *life, uint32_t id)
{
	oracle_check(space, life->state == IOASID_STATE_PARKED || life->state == IOASID_STATE_POISONED,
	             "id %u rests, having been %s", id, ioasid_state_name(life->state));
	oracle_check(space, life->state != IOASID_STATE_POISONED || may_be_cured(space, life),
	             "id %u rests, but is poisoned", id);
	oracle_check(space, may_rest(space, life), "id %u rests, but is held", id);
	life_settle(space, life);
	life_rest(space, life);
}

static void became_free(struct space *space, struct life *life, uint32_t id)
{
	uint64_t passed;

	if (life->state != IOASID_STATE_QUARANTINED) {
		came_to_rest(space, life, id);
		if (life->retired)
			return;
	}
	passed = oracle_grace_periods(space) - life->rested_at;
	oracle_check(space,
	             passed >= 1 && (space->pressed || passed + space->aborts - life->aborts_before > space->distance),
	             "id %u is free again after %llu grace periods", id, (unsigned long long)passed);
	life->state = IOASID_STATE_FREE;
	life->set = NULL;
}

/* It was handed out again at the end of a wait: up to there, all must have been in order. */
void oracle_reclaimed(struct space *space, uint32_t id)
{
	if (space->life[id].state != IOASID_STATE_FREE) {
		space->pressed = true;
		became_free(space, &space->life[id], id);
	}
}

void oracle_sync_id(struct space *space, uint32_t id)
{
	struct life *life = &space->life[id];
	enum ioasid_state now;

	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].id == id)
			sync_binding(space, &space->binding[i]);
	sync_ghosts(space, life);
	now = oracle_state(space, id);
	if (now == life->state || (space->reserved >> id & 1u))
		return;
	switch (now) {
	case IOASID_STATE_QUARANTINED:
		came_to_rest(space, life, id);
		break;
	case IOASID_STATE_FREE:
		became_free(space, life, id);
		break;
	case IOASID_STATE_POISONED:
		became_poisoned(space, life);
		break;
	case IOASID_STATE_PARKED:
		oracle_check(space, life->state == IOASID_STATE_POISONED && may_be_cured(space, life),
		             "id %u is PARKED, having been %s", id, ioasid_state_name(life->state));
		life->state = IOASID_STATE_PARKED;
		life->task.failed = false;
		break;
	case IOASID_STATE_RESERVED:
		came_to_rest(space, life, id);
		oracle_check(space, life->retired, "id %u is withheld", id);
		break;
	default:
		oracle_fail(space->world, "id %u is %s, having been %s", id, ioasid_state_name(now),
		            ioasid_state_name(life->state));
	}
}

void oracle_sync(struct space *space)
{
	for (uint32_t id = 0; id < space->ids; id++)
		oracle_sync_id(space, id);
}
