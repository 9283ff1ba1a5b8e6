/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* explore.c - one scenario with each memory: run the strategy until it is done, and judge. */
#include "explorer.h"

#include <string.h>
#include <time.h>

#define DEFAULT_BOUND 3u
#define DEFAULT_STEPS 2000u
#define CLOCK_EVERY 4096u /* executions between looks at the clock */
#define LEARN_AT_MOST 4000u
#define LEARN_QUIET 400u /* executions at random without news: enough learned */
#define LEARN_DEPTH 3u

struct run {
	const struct scenario *scenario;
	const struct options *options;
	struct model_limits limits;
	struct row row;
	double began;
};

/* Of this process: how busy the machine is otherwise does not count. */
static double seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static unsigned limit_of(unsigned option, unsigned own, unsigned standard)
{
	if (option != OPTION_UNSET)
		return option;
	return own != 0 ? own : standard;
}

struct model_limits explore_limits(const struct scenario *scenario, const struct options *options, bool weak)
{
	return (struct model_limits){
		.preemptions = limit_of(options->bound, scenario->bound, DEFAULT_BOUND),
		.stale = limit_of(options->stale, scenario->stale, MODEL_UNLIMITED),
		.spurious = scenario->spurious,
		.refusals = scenario->refusals,
		.timeouts = scenario->timeouts,
		.freezes = limit_of(options->freezes, scenario->freezes, 0),
		.steps = scenario->steps != 0 ? scenario->steps : DEFAULT_STEPS,
		.weak = weak,
		.alone = scenario->alone,
		.reduce = !options->no_reduction,
	};
}

static bool out_of_time(struct run *run)
{
	double now;

	if (run->row.executions % CLOCK_EVERY != 0)
		return false;
	now = seconds_now();
	run->row.states = states_count();
	if ((long)now != (long)(run->began + run->row.seconds)) {
		run->row.seconds = now - run->began;
		report_progress(&run->row);
	}
	run->row.seconds = now - run->began;
	run->row.out_of_time = run->options->seconds > 0 && run->row.seconds > run->options->seconds;
	return run->row.out_of_time;
}

static enum model_result execute_once(struct run *run, const struct model_strategy *strategy)
{
	enum model_result result = model_execute(strategy);
	uint64_t outcome;

	run->row.executions++;
	run->row.steps += model_step_count();
	if (result == MODEL_DONE && model_outcome_get(&outcome))
		outcomes_add(outcome);
	run->row.failed = result == MODEL_FAILED;
	return result;
}

static void begin_search(struct run *run)
{
	dfs_reset(!run->options->no_states);
	outcomes_reset();
}

/* Everything within one bound. */
static void search_bound(struct run *run, unsigned bound)
{
	bool more = true;

	run->limits.preemptions = bound;
	run->row.bound = bound;
	model_set_limits(&run->limits);
	begin_search(run);
	while (more && !out_of_time(run)) {
		switch (execute_once(run, &dfs_strategy)) {
		case MODEL_FAILED:
			return;
		case MODEL_RESTART:
			begin_search(run);
			break;
		default:
			more = dfs_next();
		}
	}
	run->row.complete = !more && !model_limited();
}

/*
 * Which locations are shared shows soonest at random; found in the middle of a
 * search, each of them makes it start again. A failure is left to the search.
 */
static void learn(struct run *run)
{
	unsigned quiet = 0;
	unsigned steps = 0;

	run->limits.preemptions = MODEL_UNLIMITED;
	model_set_limits(&run->limits);
	for (unsigned i = 0; i < LEARN_AT_MOST && quiet < LEARN_QUIET; i++, quiet++) {
		/* Threads that take turns, and threads that run for long. */
		if (i % 2 == 0)
			random_begin(1, i);
		else
			pct_begin(1, i, LEARN_DEPTH, run->scenario->program.nr_threads, steps);
		if (execute_once(run, i % 2 == 0 ? &random_strategy : &pct_strategy) == MODEL_RESTART)
			quiet = 0;
		else if (run->row.failed)
			break;
		if (model_step_count() > steps)
			steps = model_step_count();
	}
	run->row.failed = false;
}

/* The smallest bound that shows a bug shows it most readably. */
static void search(struct run *run)
{
	unsigned last = run->limits.preemptions;
	unsigned bound = run->options->exact_bound || last >= MODEL_UNLIMITED ? last : 0;

	if (run->limits.reduce)
		learn(run);
	for (; bound <= last; bound++) {
		search_bound(run, bound);
		if (run->row.failed || run->row.complete || run->row.out_of_time)
			break;
	}
}

static void walk(struct run *run, uint64_t executions, bool pct)
{
	unsigned steps = 0;

	run->limits.preemptions = MODEL_UNLIMITED;
	run->row.bound = pct ? run->options->depth : MODEL_UNLIMITED;
	model_set_limits(&run->limits);
	outcomes_reset();
	states_reset();
	for (uint64_t i = 0; i < executions && !run->row.failed && !out_of_time(run); i++) {
		if (pct)
			pct_begin(run->options->seed, i, run->options->depth, run->scenario->program.nr_threads, steps);
		else
			random_begin(run->options->seed, i);
		(void)execute_once(run, pct ? &pct_strategy : &random_strategy);
		if (model_step_count() > steps)
			steps = model_step_count();
	}
}

static bool judge(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	bool exhaustive = run->options->random == 0 && run->options->pct == 0;

	if (run->row.failed) {
		if (scenario->finds != NULL && strstr(model_failure(), scenario->finds) != NULL)
			return true;
		report_failure(scenario, &run->limits);
		return false;
	}
	/* Chance, and time that has run out, prove nothing. */
	if (!exhaustive || run->row.out_of_time)
		return true;
	if (scenario->finds != NULL)
		return false;
	return scenario->nr_outcomes == 0 || outcomes_match(scenario);
}

static bool explore_with(const struct scenario *scenario, const struct options *options, bool weak)
{
	struct run run = {.scenario = scenario, .options = options, .limits = explore_limits(scenario, options, weak)};

	run.row.scenario = scenario->name;
	run.row.weak = weak;
	run.began = seconds_now();
	model_load_program(&scenario->program, &run.limits);
	if (model_failure()[0] != '\0') {
		run.row.failed = true;
		run.row.mode = "setup";
	} else if (options->random != 0) {
		run.row.mode = "random";
		walk(&run, options->random, false);
	} else if (options->pct != 0) {
		run.row.mode = "pct";
		walk(&run, options->pct, true);
	} else {
		run.row.mode = run.limits.freezes != 0 ? "freeze" : "dfs";
		search(&run);
	}
	run.row.seconds = seconds_now() - run.began;
	run.row.states = states_count();
	run.row.as_expected = judge(&run);
	report_row(&run.row);
	return run.row.as_expected;
}

bool explore(const struct scenario *scenario, const struct options *options)
{
	unsigned memories = scenario->memories != 0 ? scenario->memories : SCENARIO_SC | SCENARIO_WEAK;
	bool good = true;

	if (options->memories != 0)
		memories &= options->memories;
	if ((memories & SCENARIO_SC) != 0)
		good = explore_with(scenario, options, false) && good;
	if ((memories & SCENARIO_WEAK) != 0)
		good = explore_with(scenario, options, true) && good;
	return good;
}
