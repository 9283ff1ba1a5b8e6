/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * schedule.c - who goes on.
 *
 * A decision is made before a step, by the thread that is about to make it;
 * whoever is chosen makes its own pending step at once. A thread that pauses
 * (port_relax) is not chosen again until all that could step then have stepped
 * or stopped, so that a loop which others advance ends.
 */
#include "internal.h"

#include <string.h>

static char stacks[MODEL_THREADS + 1][MODEL_STACK_SIZE] __attribute__((aligned(64)));

static struct model_fibre *came_from; /* who has switched last */

static unsigned count_bits(unsigned threads)
{
	threads = threads - (threads >> 1 & 0x55);
	threads = (threads & 0x33) + (threads >> 2 & 0x33);
	return (threads + (threads >> 4)) & 15;
}

struct model_option model_offer_at(const struct model_offer *offer, unsigned index)
{
	struct model_option option = {offer->stay, false};
	unsigned threads = offer->others;

	if (offer->stay != MODEL_NOBODY && index-- == 0)
		return option;
	if (index >= count_bits(threads)) {
		index -= count_bits(threads);
		threads = offer->after_freeze;
		option.freeze = true;
	}
	while (index-- > 0)
		threads &= threads - 1;
	option.thread = (unsigned)__builtin_ctz(threads);
	return option;
}

static unsigned decide(struct model_offer *offer)
{
	offer->count = (offer->stay != MODEL_NOBODY) + count_bits(offer->others) + count_bits(offer->after_freeze);
	if (offer->count == 1 && !model.strategy->every_step)
		return 0;
	return model.strategy->thread(offer);
}

static void stop_yielding_to(unsigned thread)
{
	for (unsigned other = 0; other < model.program.nr_threads; other++) {
		struct model_thread *paused = &model.threads[other];

		if (((model.yielding >> other) & 1u) == 0)
			continue;
		paused->yields_to &= ~(1u << thread);
		if (paused->yields_to == 0)
			model.yielding &= ~(1u << other);
	}
}

void model_yield_settle(unsigned thread)
{
	if (model.yielding != 0)
		stop_yielding_to(thread);
}

static void freeze_self(void)
{
	unsigned bit = 1u << model.self;

	model.frozen |= bit;
	model.ready &= ~bit;
	model_spend(&model.left.freezes);
	model_yield_settle(model.self);
	model.steps[model.nr_steps].thread = (uint8_t)model.self;
	model.steps[model.nr_steps++].code = MODEL_FREEZE;
}

static void time_out(unsigned thread)
{
	if (model.ready != 0)
		model_spend(&model.left.timeouts);
	model.timed &= ~(1u << thread);
	model.ready |= 1u << thread;
	model.threads[thread].waiting = NULL;
}

static void go_to(unsigned thread)
{
	struct model_thread *from = model_me();

	if (((model.timed >> thread) & 1u) != 0)
		time_out(thread);
	if (thread != model.self) {
		model.self = thread;
		came_from = &from->fibre;
		model_fibre_switch(&from->fibre, &model.threads[thread].fibre);
	}
}

static void check_invariant(void)
{
	model.running = false;
	model.program.invariant(model.state);
	model.running = true;
}

static void leave_for_another(const struct model_offer *offer, unsigned index)
{
	struct model_option option = model_offer_at(offer, index);

	if (option.freeze)
		freeze_self();
	else if (offer->stay != MODEL_NOBODY)
		model_spend(&model.left.preemptions);
	go_to(option.thread);
}

void model_point(void)
{
	struct model_thread *me = model_me();
	struct model_offer offer = {.stay = model.self};
	unsigned index;

	if (model.program.invariant != NULL)
		check_invariant();
	if (me->fresh) {
		me->fresh = false;
		return;
	}
	offer.others = model.ready & ~model.yielding & ~(1u << model.self);
	if (model.left.freezes != 0)
		offer.after_freeze = offer.others;
	if (model.left.timeouts != 0)
		offer.others |= model.timed;
	if (model.left.preemptions == 0 && offer.others != 0) {
		model.limited = true;
		offer.others = 0;
	}
	index = decide(&offer);
	if (index != 0)
		leave_for_another(&offer, index);
	model_yield_settle(model.self);
}

/* Nobody can step: is that how it should end? */
static void end(void)
{
	unsigned stuck = model.unfinished & ~model.frozen;
	unsigned excused = model.frozen != 0 ? model.program.may_block : 0;
	unsigned first;

	for (unsigned thread = 0; thread < model.program.nr_threads; thread++) {
		/* A grace period may wait for a reader that is frozen: only for that. */
		if ((model.threads[thread].grace & model.frozen) != 0)
			excused |= 1u << thread;
	}
	if ((stuck & ~excused) == 0)
		model_stop(MODEL_DONE);
	first = (unsigned)__builtin_ctz(stuck & ~excused);
	model_fail("deadlock: thread %c waits for ever%s", (char)('A' + first),
	           model.threads[first].grace != 0 ? " for a grace period" : "");
}

void model_leave(void)
{
	struct model_offer offer = {.stay = MODEL_NOBODY};

	if ((model.ready & ~model.yielding) == 0)
		model.yielding = 0;
	offer.others = model.ready & ~model.yielding;
	if (offer.others == 0 || model.left.timeouts != 0)
		offer.others |= model.timed;
	if (offer.others == 0)
		end();
	leave_for_another(&offer, decide(&offer));
	model_yield_settle(model.self);
}

void model_stop(enum model_result result)
{
	model.result = result;
	model.running = false;
	model_fibre_switch(&model.threads[model.self].fibre, &model.home);
	__builtin_unreachable();
}

void model_cut(void)
{
	model_stop(MODEL_CUT);
}

unsigned model_value(const uint8_t *codes, unsigned count)
{
	unsigned code = codes[0];

	if (count > 1)
		code = codes[model.strategy->value(codes, count)];
	model.steps[model.nr_steps - 1].code = (uint8_t)code;
	return code;
}

static void thread_main(void)
{
	struct model_thread *me = model_me();
	unsigned bit = 1u << model.self;

	model_fibre_entered(came_from);
	model.program.threads[model.self](model.state);
	if (me->read_depth != 0)
		model_fail("thread %c has finished inside a read section", (char)('A' + model.self));
	model.unfinished &= ~bit;
	model.ready &= ~bit;
	model_yield_settle(model.self);
	model_leave();
	__builtin_unreachable();
}

static void (*direct_call)(void);

static void direct_main(void)
{
	model_fibre_entered(&model.home);
	direct_call();
	model_stop(MODEL_DONE);
}

/* Run @fn outside of time: its operations are not steps. */
static enum model_result run_directly(void (*fn)(void))
{
	direct_call = fn;
	model.self = MODEL_NOBODY;
	model.running = false;
	model_fibre_begin(&model_me()->fibre, stacks[MODEL_NOBODY], direct_main);
	model_fibre_switch(&model.home, &model_me()->fibre);
	return model.result;
}

static void set_up(void)
{
	if (model.program.setup != NULL)
		model.program.setup(model.state);
}

static void check(void)
{
	if (model.frozen != 0 && model.program.check_frozen != NULL)
		model.program.check_frozen(model.state, model.frozen);
	else if (model.frozen == 0 && model.program.check != NULL)
		model.program.check(model.state);
}

static void begin_thread(unsigned number)
{
	struct model_thread *thread = &model.threads[number];
	unsigned length = model.view_length;

	model_fibre_begin(&thread->fibre, stacks[number], thread_main);
	thread->seen = number;
	thread->waiting = NULL;
	thread->steps = 0;
	thread->step_bound = UINT32_MAX;
	thread->yields_to = 0;
	thread->grace = 0;
	thread->read_depth = 0;
	thread->shard = number;
	thread->fresh = true;
	thread->nr_spun = 0;
	thread->heap_used = 0;
	model_view_clear(thread->views.now, length);
	model_view_clear(thread->views.acquirable, length);
	model_view_clear(thread->views.released, length);
	model_view_clear(thread->unlocked, length);
	thread->views.now[number] = 1;
}

static void begin_execution(void)
{
	unsigned all = (1u << model.program.nr_threads) - 1;

	model.execution++;
	model_memory_restore();
	model.view_length = model_view_length();
	model_view_pool_reset();
	model_view_clear(model.order, model.view_length);
	model_view_clear(model.grace_begun, model.view_length);
	for (unsigned number = 0; number < model.program.nr_threads; number++)
		begin_thread(number);
	model.ready = all;
	model.unfinished = all;
	model.yielding = 0;
	model.timed = 0;
	model.frozen = 0;
	model.reading = 0;
	model.nr_steps = 0;
	model.nr_frees = 0;
	model.left = model.limits;
	model.memory = 0;
	model.now_ns = model.setup_now_ns;
	model.unique = model.setup_unique;
	model.has_outcome = false;
	model.failure[0] = '\0';
}

enum model_result model_execute(const struct model_strategy *strategy)
{
	struct model_offer offer = {.stay = MODEL_NOBODY};

	begin_execution();
	model.strategy = strategy;
	model.self = MODEL_NOBODY;
	model.running = true;
	offer.others = model.ready;
	model.self = model_offer_at(&offer, decide(&offer)).thread;
	came_from = &model.home;
	model_fibre_switch(&model.home, &model_me()->fibre);
	return model.result == MODEL_DONE ? run_directly(check) : model.result;
}

void model_set_limits(const struct model_limits *limits)
{
	model.limits = *limits;
	model.limited = false;
	memset(&model.threads, 0, sizeof(model.threads));
	memset(model.order, 0, sizeof(model.order));
	memset(model.grace_begun, 0, sizeof(model.grace_begun));
	if (model.limits.steps > MODEL_STEPS_MAX - MODEL_THREADS)
		model.limits.steps = MODEL_STEPS_MAX - MODEL_THREADS;
}

void model_load_program(const struct model_program *program, const struct model_limits *limits)
{
	model.program = *program;
	model.failure[0] = '\0';
	model_set_limits(limits);
	model_memory_load(program->state_size);
	model_location_forget();
	model.unique = 0;
	model.now_ns = 0;
	(void)run_directly(set_up);
	model.setup_unique = model.unique;
	model.setup_now_ns = model.now_ns;
	model_memory_save();
}

void model_share_nothing(void)
{
	model_location_forget();
}
