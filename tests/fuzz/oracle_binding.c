/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* oracle_binding.c - the model of a binding: open, closing, gone. */
#include "world.h"

struct binding *binding_of_pair(struct space *space, const struct actor *device, uint32_t id)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++) {
		struct binding *binding = &space->binding[i];

		if (binding->device == device && binding->id == id && binding->place != PLACE_UNUSED &&
		    binding->place != PLACE_GONE)
			return binding;
	}
	return NULL;
}

/* Its last user, its id or its device has gone. */
void binding_close(struct space *space, struct binding *binding)
{
	if (binding->place != PLACE_OPEN)
		return;
	binding->place = PLACE_CLOSING;
	task_begin(space, &binding->task, binding, &space->life[binding->id]);
}

/* Ends of requests beyond what was begun are counted once the counts are folded. */
void binding_settle(struct space *space, struct binding *binding)
{
	if (binding->requests >= 0)
		return;
	space->expected.surplus_puts += (uint64_t)-binding->requests;
	binding->requests = 0;
}

/* May the library let go of it now? Forced removal and a reset forgive what is out. */
bool binding_may_go(struct space *space, struct binding *binding)
{
	struct life *life = &space->life[binding->id];
	bool cured = binding->cure_due || life->cure_due;

	if (binding->place == PLACE_POISONED)
		return cured;
	if (binding->place != PLACE_CLOSING || task_phase(space, &binding->task, binding, PHASES) != PHASES)
		return false;
	if (binding->task.seen && binding->task.reason == IOASID_REASON_PARK && !binding->device->removed &&
	    !group_is_over(space, life))
		return false;
	if (binding->task.failed && !cured && !binding->device->removed)
		return false;
	return binding->pins == 0 || binding->device->removed || cured;
}

void binding_gone(struct space *space, struct binding *binding)
{
	struct life *life = &space->life[binding->id];

	binding_settle(space, binding);
	/* Itself, and its id with it. */
	if (binding->place == PLACE_CLOSING && binding->task.failed)
		space->poisoned_perhaps += 2;
	else if (binding->place == PLACE_POISONED && life->state == IOASID_STATE_PARKED)
		space->poisoned_perhaps++;
	binding->place = PLACE_GONE;
	binding->releasing = false;
	life_drop_bind(space, life);
}

/* released() has returned: the reference goes with what the library does next. */
void oracle_finish_releases(struct space *space)
{
	if (space->world->depth != 0)
		return;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].releasing)
			binding_gone(space, &space->binding[i]);
}
