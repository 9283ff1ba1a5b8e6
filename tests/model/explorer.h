/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * explorer.h - what a scenario is, and the parts of the explorer.
 *
 * A scenario is a program for the model (lib/port/model/model.h) with how far
 * it is worth exploring and what must come of it. It must be deterministic:
 * all that its threads share lies in its state or in the port's memory.
 */
#ifndef IOASID_TEST_EXPLORER_H
#define IOASID_TEST_EXPLORER_H

#include "../../lib/port/model/model.h"

/* Which memories a scenario is explored with; 0: both. */
#define SCENARIO_SC 1u
#define SCENARIO_WEAK 2u

struct scenario {
	const char *name;
	const char *about;
	struct model_program program;
	unsigned memories;
	unsigned bound;   /* preemptions; 0: 3; MODEL_UNLIMITED: every interleaving */
	unsigned stale;   /* old values read in one execution; 0: no limit */
	unsigned freezes; /* threads that stop for ever */
	unsigned spurious;
	unsigned refusals;
	unsigned timeouts;
	unsigned steps;    /* 0: 2000 */
	bool alone;        /* a host whose light fences are whole ones */
	const char *finds; /* a seeded bug: exploration must fail, and say this */
	/* With an outcome per execution: all that may come out, in rising order; each must. */
	const uint64_t *outcomes;
	unsigned nr_outcomes;
};

/* A NULL-terminated list, one per file of scenarios. */
typedef const struct scenario *const scenario_list[];
extern scenario_list litmus_scenarios;
extern scenario_list litmus_order_scenarios;
extern scenario_list seeded_scenarios;
extern scenario_list seeded_progress_scenarios;
extern scenario_list self_scenarios;
extern scenario_list core_map_scenarios;
extern scenario_list core_life_scenarios;
extern scenario_list core_pool_scenarios;
extern scenario_list core_request_scenarios;
extern scenario_list core_bind_scenarios;
extern scenario_list core_claim_scenarios;
extern scenario_list core_enroll_scenarios;
extern scenario_list core_part_scenarios;
extern scenario_list core_frozen_scenarios;
extern scenario_list core_wait_scenarios;
extern scenario_list core_quiesce_scenarios;
extern scenario_list core_set_scenarios;

/* struct options - what the command line asks for. */
struct options {
	const char *pattern; /* of scenario names; NULL: all */
	unsigned memories;   /* 0: as the scenario says */
	unsigned bound;      /* MODEL_UNLIMITED + 1: as the scenario says */
	unsigned stale;
	unsigned freezes;
	uint64_t random; /* executions */
	uint64_t pct;
	unsigned depth; /* of PCT */
	uint64_t seed;
	double seconds; /* per row; 0: no limit */
	const char *replay;
	bool list;
	bool no_reduction;
	bool no_states;
	bool exact_bound; /* not the smaller ones first */
};
#define OPTION_UNSET (MODEL_UNLIMITED + 1u)

/* struct row - one row of the table. */
struct row {
	const char *scenario;
	const char *mode;
	bool weak;
	unsigned bound;
	uint64_t executions;
	uint64_t steps;
	uint64_t states;
	double seconds;
	bool complete; /* nothing was left out */
	bool out_of_time;
	bool failed; /* an execution failed */
	bool as_expected;
};

/* explore.c */
bool explore(const struct scenario *scenario, const struct options *options);
struct model_limits explore_limits(const struct scenario *scenario, const struct options *options, bool weak);

/* dfs.c: every choice, depth first. dfs_next() is false when there is none left. */
extern const struct model_strategy dfs_strategy;
void dfs_reset(bool use_states);
bool dfs_next(void);

/* states.c: has this state been reached before with at least as much left to spend? */
void states_reset(void);
bool states_visit(uint64_t digest, unsigned left);
uint64_t states_count(void);

/* random.c */
extern const struct model_strategy random_strategy;
extern const struct model_strategy pct_strategy;
void random_begin(uint64_t seed, uint64_t execution);
void pct_begin(uint64_t seed, uint64_t execution, unsigned depth, unsigned nr_threads, unsigned steps);

/* replay.c */
extern const struct model_strategy replay_strategy;
size_t replay_write(char *text, size_t size); /* of the last execution */
bool replay_read(const char *text, unsigned *steps);
struct model_limits replay_limits(struct model_limits limits);

/* outcomes.c */
void outcomes_reset(void);
void outcomes_add(uint64_t outcome);
bool outcomes_match(const struct scenario *scenario);

/* report.c */
void report_heading(void);
void report_row(const struct row *row);
void report_progress(const struct row *row);
void report_failure(const struct scenario *scenario, const struct model_limits *limits);
bool report_replay(const struct scenario *scenario, const struct model_limits *limits, const char *text);

#endif
