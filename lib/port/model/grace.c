/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * grace.c - RCU in the scheduler: a grace period is a step that cannot be made
 * before every read section that had begun is over. What its caller had seen,
 * sections that begin later see; what the sections did before, it sees.
 */
#include "../port.h"
#include "internal.h"

static bool enter(bool writes)
{
	if (model_location_used(&model_locations[MODEL_GRACE], writes)) {
		model_point();
		model_step_begin();
		return true;
	}
	model_step_begin();
	return false;
}

void model_read_lock(uint32_t code, const char *file)
{
	if (!model.running)
		return;
	if (model_me()->read_depth == 0) {
		if (enter(false)) {
			model.reading |= 1u << model.self;
			model_view_join(model_me()->views.now, model.grace_begun, model.view_length);
			model_observe(0);
		}
		if (model.trace != NULL)
			model_trace_step(code, file, NULL, 0, 0);
	}
	model_me()->read_depth++;
}

void model_grace_left(unsigned thread)
{
	for (unsigned other = 0; other < model.program.nr_threads; other++) {
		struct model_thread *waiter = &model.threads[other];

		if (waiter->grace == 0)
			continue;
		waiter->grace &= ~(1u << thread);
		if (waiter->grace == 0)
			model.ready |= 1u << other;
	}
}

void model_read_unlock(uint32_t code, const char *file)
{
	struct model_thread *me;

	if (!model.running)
		return;
	if (model_me()->read_depth == 0)
		model_fail("a read section ends that never began");
	if (model_me()->read_depth == 1) {
		bool shared = enter(false);

		me = model_me();
		if (shared) {
			model_view_copy(me->unlocked, me->views.now, model.view_length);
			me->views.now[model.self]++;
			model.reading &= ~(1u << model.self);
			model_observe(0);
			model_grace_left(model.self);
		}
		if (model.trace != NULL)
			model_trace_step(code, file, NULL, 0, 0);
	}
	model_me()->read_depth--;
}

static void full_fence(struct model_thread *me)
{
	unsigned clocks = MODEL_CLOCKS;
	unsigned length = model.view_length;

	model_view_join(me->views.now, me->views.acquirable, length);
	model_view_join(me->views.now + clocks, model.order + clocks, length - clocks);
	model_view_copy(model.order + clocks, me->views.now + clocks, length - clocks);
	model_view_copy(me->views.released, me->views.now, length);
}

void ioasid_port_synchronize(void)
{
	struct model_thread *me;
	bool shared;

	if (!model.running)
		return;
	if (model_me()->read_depth != 0)
		model_fail("a grace period is awaited inside a read section: it would never end");
	shared = enter(true);
	me = model_me();
	full_fence(me);
	if (model.trace != NULL)
		model_trace_step(MODEL_OPERATION(SYNCHRONIZE), NULL, NULL, 0, 0);
	if (!shared)
		return;
	model_view_join(model.grace_begun, me->views.now, model.view_length);
	me->views.now[model.self]++;
	me->grace = model.reading;
	model_observe(0);
	if (me->grace != 0) {
		model.ready &= ~(1u << model.self);
		model_yield_settle(model.self);
		model_leave();
	} else {
		model_point();
	}
	model_step_begin();
	for (unsigned other = 0; other < model.program.nr_threads; other++)
		model_view_join(me->views.now, model.threads[other].unlocked, model.view_length);
	full_fence(me);
	model_observe(0);
	if (model.trace != NULL)
		model_trace_step(MODEL_OPERATION(GRACE_END), NULL, NULL, 0, 0);
}

bool ioasid_port_read_held(void)
{
	return model.running && model_me()->read_depth != 0;
}
