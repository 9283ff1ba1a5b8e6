/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* oracle_life.c - the model of one number's lives: what <ioasid/state.h> draws. */
#include "world.h"

struct actor *actor_at(struct space *space, uint32_t index)
{
	return &space->actor[index];
}

uint32_t actor_bit(const struct actor *actor)
{
	return UINT32_C(1) << (actor - actor->space->actor);
}

/* The life that a handle names, if that can still be called on; else NULL, and *error is what every call answers. */
struct life *life_of(struct space *space, ioasid_handle_t handle, int *error)
{
	uint32_t id = ioasid_value(ioasid_handle_id(handle));
	struct life *life;

	*error = -IOASID_EINVAL;
	for (uint32_t i = 0; i < space->nr_handles && i < NR_HANDLES; i++)
		if (ioasid_handle_equal(space->handle[i], handle))
			*error = -IOASID_ESTALE;
	if (*error == -IOASID_EINVAL || id >= space->ids)
		return NULL;
	oracle_sync_id(space, id);
	life = &space->life[id];
	return ioasid_handle_equal(life->handle, handle) && !life->retired ? life : NULL;
}

/* The number of a handle that the library has just given. */
uint32_t life_number(const struct space *space, ioasid_handle_t handle)
{
	uint32_t id = ioasid_value(ioasid_handle_id(handle));

	oracle_check(space, id < IDS_MAX && id < space->ids, "a handle names id %u, which is not of the space", id);
	return id;
}

struct life *life_born(struct space *space, ioasid_handle_t handle, struct set *set, enum ioasid_state state)
{
	uint32_t id = life_number(space, handle);
	struct life *life = &space->life[id];
	uint32_t lives = life->lives + 1;

	oracle_check(space, lives <= LIVES_MAX, "id %u has more lives than there are generations", id);
	for (uint32_t i = 0; i < space->nr_handles && i < NR_HANDLES; i++)
		oracle_check(space, !ioasid_handle_equal(space->handle[i], handle), "a handle of id %u came twice", id);
	*life = (struct life){
		.lives = lives,
		.handle = handle,
		.state = state,
		.set = set,
		.set_serial = set->serial,
	};
	space->handle[space->nr_handles++ % NR_HANDLES] = handle;
	/* What participants were told, or were to be told, was of the life before. */
	for (uint32_t i = NR_DEVICES; i < NR_ACTORS; i++) {
		actor_at(space, i)->ids_due &= ~(UINT64_C(1) << id);
		actor_at(space, i)->ids_told &= ~(UINT64_C(1) << id);
	}
	return life;
}

static bool retire(struct space *space, struct life *life)
{
	if (life->lives < LIVES_MAX)
		return false;
	if (!life->retired)
		space->expected.retired++;
	life->retired = true;
	life->state = IOASID_STATE_RESERVED;
	life->set = NULL;
	return true;
}

/* An abort: nobody has found it, so nothing has to be waited for. */
void life_freed_at_once(struct space *space, struct life *life)
{
	space->aborts++;
	if (retire(space, life))
		return;
	life->state = IOASID_STATE_FREE;
	life->set = NULL;
}

/* Who must hear of the end of an id: the participants of the space and of its set. */
uint32_t life_audience(struct space *space, const struct life *life)
{
	uint32_t bits = 0;

	for (uint32_t i = NR_DEVICES; i < NR_ACTORS; i++) {
		const struct actor *actor = actor_at(space, i);

		if (actor->kind == ACTOR_OF_SPACE || (actor->kind == ACTOR_OF_SET && actor->set == life->set))
			bits |= actor_bit(actor);
	}
	return bits;
}

/* Puts of a HOT id beyond what was got are counted once the counts are folded. */
void life_settle(struct space *space, struct life *life)
{
	if (!life->hot || life->hot_refs >= 0)
		return;
	space->expected.surplus_puts += (uint64_t)-life->hot_refs;
	life->hot_refs = 0;
}

void life_rest(struct space *space, struct life *life)
{
	if (retire(space, life))
		return;
	life->state = IOASID_STATE_QUARANTINED;
	/* Within a run: at some time since we last looked. */
	life->aborts_before = space->aborts;
	life->rested_at = space->in_run ? space->grace_seen : oracle_grace_periods(space) + space->held;
}

/* Nothing else holds it, so it rests at once: "one RMW on the slot and one on a leaf". */
static void end_if_unheld(struct space *space, struct life *life)
{
	if ((life->task.begun && !life->task.passed) || life->refs != 0 || life->binds != 0 || life->pins != 0)
		return;
	life_rest(space, life);
}

void life_parks(struct space *space, struct life *life)
{
	uint32_t id = ioasid_value(ioasid_handle_id(life->handle));

	life->state = IOASID_STATE_PARKED;
	life->claim = false;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].id == id && space->binding[i].place == PLACE_OPEN)
			binding_close(space, &space->binding[i]);
	if (life->binds != 0 || life->hot || life_audience(space, life) != 0)
		task_begin(space, &life->task, NULL, life);
	end_if_unheld(space, life);
}

/* What nobody keeps parks with the last that holds it. */
static void let_go(struct space *space, struct life *life)
{
	if (life->state == IOASID_STATE_ACTIVE && life->refs == 0 && life->binds == 0 && !life->claim)
		life_parks(space, life);
	else if (life->state == IOASID_STATE_PARKED)
		end_if_unheld(space, life);
}

void life_drop_ref(struct space *space, struct life *life)
{
	life->refs--;
	let_go(space, life);
}

void life_drop_bind(struct space *space, struct life *life)
{
	life->binds--;
	let_go(space, life);
}

void life_drop_pin(struct space *space, struct life *life)
{
	life->pins--;
	if (life->state == IOASID_STATE_PARKED)
		end_if_unheld(space, life);
}

bool life_is_free(const struct space *space, uint32_t id)
{
	return (space->reserved >> id & 1u) == 0 && space->life[id].state == IOASID_STATE_FREE;
}

uint32_t life_charged(struct space *space, const struct set *set)
{
	uint32_t charged = 0;

	for (uint32_t id = 0; id < space->ids; id++)
		charged += space->life[id].set == set && space->life[id].state != IOASID_STATE_FREE;
	return charged;
}

struct life *life_shared_of(struct space *space, const struct set *set)
{
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].set == set && space->life[id].shared &&
		    space->life[id].state == IOASID_STATE_ACTIVE)
			return &space->life[id];
	return NULL;
}
