/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * oracle_quiesce.c - the model of a quiesce: who must be asked, and when.
 *
 * The order between the participants of one phase is not promised; that all of
 * a phase have answered before the next begins is: of one binding, and, when an
 * id parks, of all its bindings. So each callback is judged when it is made
 * (quiesce_check_start), and a run that may do all it can is judged when it
 * returns: nobody who could have been asked may be left (oracle_run.c).
 */
#include "world.h"

/* Whether the callback of a device that is torn out is still made while that is under way is the library's choice. */
static uint32_t to_ask(struct space *space, const struct task *task, unsigned phase)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < NR_ACTORS; i++) {
		const struct actor *actor = actor_at(space, i);

		if ((task->must >> i & 1u) && actor->kind != ACTOR_NONE && (actor->callbacks >> phase & 1u) &&
		    !actor->removed)
			bits |= UINT32_C(1) << i;
	}
	return bits;
}

void task_begin(struct space *space, struct task *task, const struct binding *binding, const struct life *life)
{
	*task = (struct task){.begun = true, .must = life_audience(space, life)};
	if (binding == NULL)
		return;
	task->must |= actor_bit(binding->device);
	if (binding->behind != NULL)
		task->must |= actor_bit(binding->behind);
}

static bool is_late(uint64_t deadline)
{
	return ioasid_port_now_ns() >= deadline;
}

/* Does it wait for somebody whose time is up? */
bool task_is_late(const struct task *task)
{
	uint32_t waiting = 0;

	for (unsigned phase = 0; phase < PHASES; phase++)
		waiting |= task->waiting[phase];
	for (uint32_t i = 0; i < NR_ACTORS; i++)
		if ((waiting >> i & 1u) && is_late(task->deadline[i]))
			return true;
	return task->drain_until != 0 && !task->drain_given_up && is_late(task->drain_until);
}

/* Those whom nobody waits for any more: the device was torn out, or time is up. */
static void expire_callbacks(struct space *space, struct task *task, unsigned phase)
{
	for (uint32_t i = 0; i < NR_ACTORS; i++) {
		uint32_t bit = UINT32_C(1) << i;

		if ((task->waiting[phase] & bit) == 0)
			continue;
		if (actor_at(space, i)->removed) {
			task->waiting[phase] &= ~bit;
		} else if (is_late(task->deadline[i])) {
			task->waiting[phase] &= ~bit;
			task->failed = true;
			space->expected.timeouts++;
		}
	}
}

static bool has_requests(const struct binding *binding)
{
	return binding != NULL && binding->requests > 0 && !binding->device->removed;
}

static bool phase_is_over(struct space *space, struct task *task, const struct binding *binding, unsigned phase,
                          bool expire)
{
	if (expire)
		expire_callbacks(space, task, phase);
	if ((to_ask(space, task, phase) & ~task->asked[phase]) != 0 || task->waiting[phase] != 0)
		return false;
	if (phase != IOASID_PHASE_DEVICE || !has_requests(binding) || task->drain_given_up)
		return true;
	if (!expire || task->drain_until == 0 || !is_late(task->drain_until))
		return false;
	task->drain_given_up = true;
	task->failed = true;
	space->expected.timeouts++;
	return true;
}

/* The first phase that is not over; PHASES: none. What is late in a phase before @given_up is given up. */
unsigned task_phase(struct space *space, struct task *task, const struct binding *binding, unsigned given_up)
{
	unsigned phase = 0;

	while (phase < PHASES && phase_is_over(space, task, binding, phase, phase < given_up))
		phase++;
	return phase;
}

/* Does somebody outside the library hold this phase up? */
bool task_is_blocked(struct space *space, const struct task *task, const struct binding *binding, unsigned phase)
{
	if (phase == PHASES)
		return false;
	if (task->waiting[phase] != 0)
		return true;
	return phase == IOASID_PHASE_DEVICE && has_requests(binding) && !task->drain_given_up &&
	       (to_ask(space, task, phase) & ~task->asked[phase]) == 0;
}

/* Goes through the phases by itself. (A removal that is seen when its id has parked may, or may have come to that.) */
bool is_alone(const struct task *task)
{
	return task->alone;
}

/* Are all phases over for the id that parks, and for all that was bound to it? */
bool group_is_over(struct space *space, struct life *life)
{
	uint32_t id = ioasid_value(ioasid_handle_id(life->handle));

	if (life->task.begun && task_phase(space, &life->task, NULL, PHASES) != PHASES)
		return false;
	for (uint32_t i = 0; i < NR_BINDINGS; i++) {
		struct binding *binding = &space->binding[i];

		if (binding->id == id && binding->place == PLACE_CLOSING &&
		    task_phase(space, &binding->task, binding, PHASES) != PHASES)
			return false;
	}
	return true;
}

static void check_earlier(struct space *space, struct task *task, const struct binding *binding,
                          const struct ioasid_view *view)
{
	unsigned reached = task_phase(space, task, binding, (unsigned)view->phase);

	oracle_check(space, reached >= (unsigned)view->phase, "phase %s begins for id %u before %s is over",
	             ioasid_phase_name(view->phase), ioasid_value(view->id),
	             ioasid_phase_name((enum ioasid_phase)reached));
	for (unsigned later = (unsigned)view->phase + 1; later < PHASES; later++)
		oracle_check(space, task->asked[later] == 0, "phase %s comes for id %u after %s had begun",
		             ioasid_phase_name(view->phase), ioasid_value(view->id),
		             ioasid_phase_name((enum ioasid_phase)later));
}

static void check_reason(struct space *space, const struct binding *binding, const struct life *life,
                         const struct ioasid_view *view)
{
	bool right = false;

	if (view->reason == IOASID_REASON_PARK)
		right = life->state == IOASID_STATE_PARKED;
	else if (view->reason == IOASID_REASON_UNBIND)
		right = binding != NULL && binding->unbound;
	else if (view->reason == IOASID_REASON_REMOVE)
		right = binding != NULL && binding->device->removed;
	oracle_check(space, right, "the reason %d for quiescing id %u is not true", (int)view->reason,
	             ioasid_value(view->id));
}

/* May this actor be asked for this now? */
void quiesce_check_start(struct space *space, struct binding *binding, struct life *life, const struct actor *actor,
                         const struct ioasid_view *view)
{
	struct task *task = binding != NULL ? &binding->task : &life->task;

	oracle_check(space, task->begun && !task->passed, "a callback for id %u, which has nothing to quiesce",
	             ioasid_value(view->id));
	oracle_check(space, (task->asked[view->phase] & actor_bit(actor)) == 0, "asked twice in phase %s for id %u",
	             ioasid_phase_name(view->phase), ioasid_value(view->id));
	oracle_check(space, !actor->removed, "the callback of a device that was removed by force");
	check_reason(space, binding, life, view);
	if (!task->seen || view->reason == IOASID_REASON_REMOVE)
		task->reason = task->seen ? task->reason : view->reason;
	else
		oracle_check(space, task->reason == view->reason, "another reason for id %u than before",
		             ioasid_value(view->id));
	task->alone |= !task->seen && (view->reason == IOASID_REASON_UNBIND || life->state == IOASID_STATE_ACTIVE);
	task->seen = true;
	check_earlier(space, task, binding, view);
	if (task->reason != IOASID_REASON_PARK)
		return;
	if (life->task.begun)
		check_earlier(space, &life->task, NULL, view);
	for (uint32_t i = 0; i < NR_BINDINGS; i++) {
		struct binding *other = &space->binding[i];

		if (other->id == ioasid_value(view->id) && other->place == PLACE_CLOSING &&
		    (!other->task.seen || other->task.reason == IOASID_REASON_PARK))
			check_earlier(space, &other->task, other, view);
	}
}

void quiesce_answered(struct space *space, struct task *task, uint32_t actor, enum ioasid_phase phase, int status)
{
	task->waiting[phase] &= ~(UINT32_C(1) << actor);
	if (status == 0)
		return;
	task->failed = true;
	space->expected.failed++;
}
