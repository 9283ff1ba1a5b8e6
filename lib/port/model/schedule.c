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

#define OPTIONS_MAX (2u * MODEL_THREADS)

static char stacks[MODEL_THREADS + 1][MODEL_STACK_SIZE] __attribute__((aligned(64)));

static struct model_fibre *came_from; /* who has switched last */

struct offer {
	struct model_option options[OPTIONS_MAX];
	unsigned count;
};

static void offer_each(struct offer *offer, unsigned threads, bool preempts, bool freeze)
{
	/* From the caller's successor on, so that the first alternative is not always the first thread. */
	unsigned from = model.self == MODEL_NOBODY ? 0 : model.self + 1;

	for (unsigned i = 0; i < MODEL_THREADS; i++) {
		unsigned thread = (from + i) % MODEL_THREADS;

		if ((threads >> thread) & 1u) {
			offer->options[offer->count].thread = (uint8_t)thread;
			offer->options[offer->count].freeze = freeze;
			offer->options[offer->count++].preempts = preempts;
		}
	}
}

static struct model_option decide(const struct offer *offer)
{
	return offer->options[offer->count > 1 || model.replaying ? model.strategy->thread(offer->options, offer->count)
	                                                          : 0];
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

static void take(struct model_option option)
{
	struct model_thread *from = model_me();
	struct model_thread *to = &model.threads[option.thread];
	unsigned bit = 1u << option.thread;

	if (option.freeze)
		freeze_self();
	if (option.preempts)
		model_spend(&model.left.preemptions);
	if ((model.timed & bit) != 0) {
		if (model.ready != 0)
			model_spend(&model.left.timeouts);
		model.timed &= ~bit;
		model.ready |= bit;
		to->waiting = NULL;
	}
	if (option.thread != model.self) {
		model.self = option.thread;
		came_from = &from->fibre;
		model_fibre_switch(&from->fibre, &to->fibre);
	}
	model_yield_settle(model.self);
}

static void check_invariant(void)
{
	model.running = false;
	model.program.invariant(model.state);
	model.running = true;
}

void model_point(void)
{
	struct model_thread *me = model_me();
	unsigned others = model.ready & ~model.yielding & ~(1u << model.self);
	unsigned sleepers = model.left.timeouts != 0 ? model.timed : 0;
	struct offer offer;

	if (model.program.invariant != NULL)
		check_invariant();
	if (me->fresh) {
		me->fresh = false;
		return;
	}
	if ((others | sleepers) == 0 && !model.replaying)
		return;
	offer.options[0] = (struct model_option){.thread = (uint8_t)model.self};
	offer.count = 1;
	if (model.left.preemptions != 0)
		offer_each(&offer, others | sleepers, true, false);
	else
		model.limited = true;
	if (model.left.freezes != 0)
		offer_each(&offer, others, false, true);
	take(decide(&offer));
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
	struct offer offer = {.count = 0};

	if ((model.ready & ~model.yielding) == 0)
		model.yielding = 0;
	offer_each(&offer, model.ready & ~model.yielding, false, false);
	if (offer.count == 0 || model.left.timeouts != 0)
		offer_each(&offer, model.timed, false, false);
	if (offer.count == 0)
		end();
	take(decide(&offer));
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
	struct offer offer = {.count = 0};

	begin_execution();
	model.strategy = strategy;
	model.self = MODEL_NOBODY;
	model.running = true;
	offer_each(&offer, model.ready, false, false);
	model.self = decide(&offer).thread;
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
