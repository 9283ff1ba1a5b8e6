/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * oracle_run.c - what must be so when a run returns that was to do all it could:
 * nobody is left who could have been asked, no binding that could have gone, no
 * id that could be free, no set that could be done.
 */
#include "world.h"

static bool of_life(const struct binding *binding, const struct life *life)
{
	return binding->place == PLACE_CLOSING && ioasid_handle_equal(binding->id_handle, life->handle);
}

static void check_alone(struct space *space, struct binding *binding)
{
	unsigned phase = task_phase(space, &binding->task, binding, PHASES);

	oracle_check(space, phase == PHASES || task_is_blocked(space, &binding->task, binding, phase),
	             "the quiesce of a binding of id %u stands still in %s", binding->id,
	             ioasid_phase_name((enum ioasid_phase)phase));
	if (phase == IOASID_PHASE_DEVICE && binding->task.waiting[phase] == 0 && binding->task.drain_until == 0)
		binding->task.drain_until = oracle_deadline(space);
}

/* The earliest phase in which somebody outside holds up the park of this id; PHASES: nobody does. */
static unsigned blocked_in(struct space *space, struct life *life)
{
	unsigned phase = life->task.begun ? task_phase(space, &life->task, NULL, PHASES) : PHASES;
	unsigned earliest = task_is_blocked(space, &life->task, NULL, phase) ? phase : PHASES;

	for (uint32_t i = 0; i < NR_BINDINGS; i++) {
		struct binding *binding = &space->binding[i];

		if (!of_life(binding, life))
			continue;
		phase = task_phase(space, &binding->task, binding, PHASES);
		if (!task_is_blocked(space, &binding->task, binding, phase))
			continue;
		/* What goes alone is let finish first; what nobody has been asked of may be going alone. */
		if (binding->task.reason != IOASID_REASON_PARK || !binding->task.seen)
			phase = 0;
		if (phase < earliest)
			earliest = phase;
	}
	return earliest;
}

static void check_member(struct space *space, struct task *task, struct binding *binding, uint32_t id, unsigned blocked)
{
	unsigned phase = task_phase(space, task, binding, PHASES);

	oracle_check(space,
	             phase == PHASES || task_is_blocked(space, task, binding, phase) || blocked < phase || blocked == 0,
	             "the park of id %u stands still in %s", id, ioasid_phase_name((enum ioasid_phase)phase));
	if (binding != NULL && phase == IOASID_PHASE_DEVICE && task->waiting[phase] == 0 && task->drain_until == 0 &&
	    task_is_blocked(space, task, binding, phase))
		task->drain_until = oracle_deadline(space);
}

static void check_group(struct space *space, struct life *life, uint32_t id)
{
	unsigned blocked = blocked_in(space, life);

	if (life->task.begun)
		check_member(space, &life->task, NULL, id, blocked);
	for (uint32_t i = 0; i < NR_BINDINGS; i++) {
		struct binding *binding = &space->binding[i];

		if (!of_life(binding, life))
			continue;
		if (is_alone(&binding->task))
			check_alone(space, binding);
		else
			check_member(space, &binding->task, binding, id, blocked);
	}
}

/* Its phases are over: gone, if nobody failed and no pin is out; else poisoned, or waiting for the pin. */
static void check_ended(struct space *space, struct binding *binding, bool over)
{
	if (!over)
		return;
	binding_settle(space, binding);
	if (binding->place == PLACE_CLOSING && binding->task.failed) {
		binding->place = PLACE_POISONED;
		binding->cure_due = false;
		space->expected.poisoned += !binding->unsure;
		space->poisoned_perhaps += binding->unsure;
	}
	oracle_check(space, binding->place == PLACE_POISONED || binding->pins != 0,
	             "a binding of id %u is quiesced and has not gone", binding->id);
}

static void check_binding(struct space *space, struct binding *binding)
{
	struct life *life = &space->life[binding->id];
	bool parked = life->state == IOASID_STATE_PARKED || life->state == IOASID_STATE_POISONED;
	bool quiesced;
	bool over;

	if (binding->place == PLACE_POISONED)
		oracle_check(space, !binding->cure_due && !life->cure_due,
		             "a binding of id %u was reset and is still there", binding->id);
	if (binding->device->removed) {
		/* Whatever it held is forgiven. */
		binding->users = 0;
		binding->pins = 0;
		if (binding->requests > 0)
			binding->requests = 0;
	}
	if (binding->place != PLACE_CLOSING)
		return;
	if (!parked)
		check_alone(space, binding);
	quiesced = task_phase(space, &binding->task, binding, PHASES) == PHASES;
	over = quiesced && (!parked || is_alone(&binding->task) || group_is_over(space, life));
	binding->unsure |= quiesced && !over && binding->task.failed && binding->task.reason == IOASID_REASON_REMOVE;
	check_ended(space, binding, over);
}

static bool has_poison(const struct space *space, const struct life *life, uint32_t id)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].id == id && space->binding[i].place == PLACE_POISONED)
			return true;
	return life->task.failed;
}

static void check_life(struct space *space, struct life *life, uint32_t id)
{
	bool over;

	oracle_check(space, life->state != IOASID_STATE_QUARANTINED, "id %u still rests", id);
	life->cured |= life->state == IOASID_STATE_POISONED && life->hot && life->hot_refs > 0 &&
	               (life->cure_due || !has_poison(space, life, id));
	if (life->state == IOASID_STATE_POISONED && !life->cured)
		oracle_check(space, !life->cure_due && has_poison(space, life, id),
		             "id %u was reset, and is still poisoned", id);
	if (life->state != IOASID_STATE_PARKED)
		return;
	over = group_is_over(space, life);
	if (over)
		life_settle(space, life);
	oracle_check(space, !over || !has_poison(space, life, id), "id %u failed to quiesce, and is not poisoned", id);
	if (over && !(life->hot && life->hot_refs > 0))
		life->task.passed = true;
	oracle_check(space,
	             !over || life->refs != 0 || life->binds != 0 || life->pins != 0 ||
	                     (life->hot && life->hot_refs > 0),
	             "id %u has nothing left to wait for, and is parked", id);
}

static void check_sets(struct space *space)
{
	for (uint32_t i = 0; i < NR_SETS; i++) {
		struct set *set = &space->set[i];

		if (set->serial == 0 || !set->ended || set->done || life_charged(space, set) != 0)
			continue;
		oracle_check(space, !set->wants_done, "a set has ended and is empty, and done() was not called");
		set->done = true;
	}
}

static void check_enrolled(struct space *space)
{
	for (uint32_t i = NR_DEVICES; i < NR_ACTORS; i++) {
		struct actor *actor = actor_at(space, i);

		if (!actor->enroll_due)
			continue;
		actor->enroll_due = false;
		for (uint32_t id = 0; id < space->ids; id++)
			oracle_check(space,
			             space->life[id].state != IOASID_STATE_ACTIVE || (actor->ids_due >> id & 1u) == 0,
			             "a participant was not told of id %u", id);
		for (uint32_t b = 0; b < NR_BINDINGS; b++)
			oracle_check(space,
			             space->binding[b].place != PLACE_OPEN || (actor->bindings_due >> b & 1u) == 0,
			             "a participant was not told of a binding of id %u", space->binding[b].id);
	}
}

static void forget_requests_for_cure(struct space *space)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		space->binding[i].cure_due = false;
	for (uint32_t id = 0; id < space->ids; id++)
		space->life[id].cure_due = false;
	for (uint32_t i = 0; i < NR_DEVICES; i++)
		actor_at(space, i)->removal_known |= actor_at(space, i)->removed;
}

/*
 * While a run is under way, nobody can tell whether it has given up on what is
 * late: what would come of a call that makes up for that is not foretold.
 */
bool oracle_is_undecided(const struct space *space)
{
	bool late = false;

	if (!is_nested(space) && !space->held)
		return false;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		late |= space->binding[i].place == PLACE_CLOSING && task_is_late(&space->binding[i].task);
	for (uint32_t id = 0; id < space->ids; id++)
		late |= space->life[id].state == IOASID_STATE_PARKED && task_is_late(&space->life[id].task);
	return late;
}

/*
 * Has it given up on what is late, of which it may have learnt in a run that did
 * not do all it could? Its counter tells: on all of that, or on none.
 */
void oracle_give_up_late(struct space *space)
{
	struct ioasid_counters now = {.size = sizeof(now)};

	oracle_expect_one(space, "ioasid_space_counters", ioasid_space_counters(space->space, &now), 0);
	if (now.timeouts == space->expected.timeouts)
		return;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].place == PLACE_CLOSING)
			(void)task_phase(space, &space->binding[i].task, &space->binding[i], PHASES);
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].state == IOASID_STATE_PARKED && space->life[id].task.begun)
			(void)task_phase(space, &space->life[id].task, NULL, PHASES);
	oracle_check(space, now.timeouts == space->expected.timeouts, "the counter timeouts is %llu, not %llu",
	             (unsigned long long)now.timeouts, (unsigned long long)space->expected.timeouts);
}

void oracle_run_ends(struct space *space, bool full)
{
	oracle_finish_releases(space);
	oracle_sync(space);
	oracle_give_up_late(space);
	if (!full)
		return;
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].state == IOASID_STATE_PARKED)
			check_group(space, &space->life[id], id);
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].place != PLACE_UNUSED && space->binding[i].place != PLACE_GONE)
			check_binding(space, &space->binding[i]);
	for (uint32_t id = 0; id < space->ids; id++)
		if ((space->reserved >> id & 1u) == 0)
			check_life(space, &space->life[id], id);
	check_sets(space);
	check_enrolled(space);
	forget_requests_for_cure(space);
}
