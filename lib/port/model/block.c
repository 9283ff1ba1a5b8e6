/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * block.c - sleeping on a word, pausing, and the clock, which stands still but
 * for sleepers whose time is up and tests that move it.
 */
#include "../port.h"
#include "internal.h"

static bool enter(struct model_location *location, bool writes)
{
	bool shared = model_location_used(location, writes);

	if (shared)
		model_point();
	model_step_begin();
	return shared;
}

static void trace(enum model_operation operation, uint64_t read, uint64_t written)
{
	if (model.trace != NULL)
		model_trace_step((uint32_t)operation | MODEL_SIZE(uint64_t), NULL, NULL, read, written);
}

/* Time passes for everybody: whoever looks at the clock can tell. */
static void advance(uint64_t nanoseconds)
{
	model.now_ns += nanoseconds;
}

static void sleep_on(port_u32 *word, uint64_t timeout_ns)
{
	struct model_thread *me = model_me();
	unsigned bit = 1u << model.self;

	me->waiting = word;
	me->woken = false;
	me->timeout_ns = timeout_ns;
	model.ready &= ~bit;
	if (timeout_ns != UINT64_MAX)
		model.timed |= bit;
	model_yield_settle(model.self);
	model_leave();
	model_step_begin();
	if (!me->woken) {
		(void)model_location_used(&model_locations[MODEL_CLOCK], true);
		advance(timeout_ns);
	}
	model_observe(me->woken);
	trace(MODEL_OP_WOKEN, me->woken, 0);
}

void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	uint32_t value;

	if (!model.running) {
		if (timeout_ns == UINT64_MAX && word->value_ == seen)
			model_fail("setup or a check would sleep for ever");
		advance(timeout_ns == UINT64_MAX ? 0 : timeout_ns);
		return;
	}
	/* Its waker is one who writes, even if it should write nothing itself. */
	(void)enter(model_location_find(word, sizeof(*word)), false);
	value = word->value_; /* the host compares under its own lock: the newest value */
	model_observe(value);
	trace(MODEL_OP_WAIT, value, seen);
	if (value == seen)
		sleep_on(word, timeout_ns);
}

void ioasid_port_wake(port_u32 *word)
{
	if (!model.running)
		return;
	(void)enter(model_location_find(word, sizeof(*word)), true);
	model_observe(0);
	trace(MODEL_OP_WAKE, 0, 0);
	for (unsigned other = 0; other < model.program.nr_threads; other++) {
		struct model_thread *sleeper = &model.threads[other];

		if (sleeper->waiting != word)
			continue;
		sleeper->waiting = NULL;
		sleeper->woken = true;
		model.timed &= ~(1u << other);
		model.ready |= 1u << other;
	}
}

uint64_t ioasid_port_now_ns(void)
{
	if (model.running) {
		(void)enter(&model_locations[MODEL_CLOCK], false);
		model_observe(model.now_ns);
		trace(MODEL_OP_NOW, model.now_ns, 0);
	}
	return model.now_ns;
}

void model_clock_advance(uint64_t nanoseconds)
{
	if (model.running) {
		(void)enter(&model_locations[MODEL_CLOCK], true);
		model_observe(0);
		trace(MODEL_OP_ADVANCE, 0, nanoseconds);
	}
	advance(nanoseconds);
}

/* A store is seen at last: what was old when it was read before the pause is not read again. */
static void see_at_last(struct model_thread *me)
{
	for (unsigned i = 0; i < me->nr_spun; i++) {
		if (me->views.now[me->spun[i].index] < me->spun[i].newest)
			me->views.now[me->spun[i].index] = me->spun[i].newest;
	}
	me->nr_spun = 0;
}

void model_relax(uint32_t code, const char *file)
{
	struct model_thread *me;

	if (!model.running)
		return;
	if (!model.pauses) {
		model.pauses = true;
		model_stop(MODEL_RESTART);
	}
	me = model_me();
	model_yield_settle(model.self);
	me->fresh = false;
	see_at_last(me);
	me->yields_to = model.ready & ~model.yielding & ~(1u << model.self);
	if (me->yields_to != 0)
		model.yielding |= 1u << model.self;
	model_leave();
	model.yielding &= ~(1u << model.self);
	model_step_begin();
	model_observe(0);
	if (model.trace != NULL)
		model_trace_step(code, file, NULL, 0, 0);
}

void model_pause(void)
{
	if (!model.running)
		return;
	model_point();
	model_step_begin();
	model_observe(0);
	trace(MODEL_OP_PAUSE, 0, 0);
}
