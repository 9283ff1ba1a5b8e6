/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* main.c - explores the scenarios that the command line names, and prints a row for each. */
#include "explorer.h"

#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static scenario_list *const lists[] = {
	&litmus_scenarios,       &litmus_order_scenarios, &seeded_scenarios,     &seeded_progress_scenarios,
	&self_scenarios,         &core_map_scenarios,     &core_life_scenarios,  &core_pool_scenarios,
	&core_request_scenarios, &core_bind_scenarios,    &core_claim_scenarios, &core_enroll_scenarios,
	&core_part_scenarios,    &core_frozen_scenarios,  &core_wait_scenarios,  &core_quiesce_scenarios,
	&core_set_scenarios,
};

/* A wild pointer is a failure like any other: it has an interleaving, and a replay. */
static void crashed(int number)
{
	if (!model_is_running())
		_Exit(128 + number);
	model_fail("signal %d: memory that is not there", number);
}

static void catch_crashes(void)
{
	static char stack[65536];
	struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK | SA_NODEFER};
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};

	(void)sigaltstack(&alternate, NULL);
	(void)sigaction(SIGSEGV, &action, NULL);
	(void)sigaction(SIGBUS, &action, NULL);
}

static void usage(void)
{
	puts("usage: explore [OPTION]...\n"
	     "  --scenario PATTERN  only scenarios whose name matches (a shell pattern)\n"
	     "  --list              name the scenarios, run nothing\n"
	     "  --sc | --weak       one memory only\n"
	     "  --bound N           at most N preemptions (the smaller bounds come first)\n"
	     "  --exact-bound       not the smaller bounds first\n"
	     "  --stale N           at most N reads of old values in an execution\n"
	     "  --freeze K          up to K threads stop for ever, anywhere\n"
	     "  --random N          N random executions instead of all\n"
	     "  --pct D N           N executions of PCT with depth D\n"
	     "  --seed S            of random and PCT\n"
	     "  --seconds S         at most so long for each row\n"
	     "  --no-reduction      every step is a decision\n"
	     "  --no-states         do not cut where a state is reached again\n"
	     "  --replay TEXT       one execution, printed step by step");
}

static const char *value_of(int argc, char **argv, int *at)
{
	if (++*at >= argc) {
		usage();
		exit(2);
	}
	return argv[*at];
}

static unsigned number_of(int argc, char **argv, int *at)
{
	return (unsigned)strtoul(value_of(argc, argv, at), NULL, 10);
}

static bool parse_flag(const char *name, struct options *options)
{
	if (strcmp(name, "--list") == 0)
		options->list = true;
	else if (strcmp(name, "--sc") == 0)
		options->memories = SCENARIO_SC;
	else if (strcmp(name, "--weak") == 0)
		options->memories = SCENARIO_WEAK;
	else if (strcmp(name, "--no-reduction") == 0)
		options->no_reduction = true;
	else if (strcmp(name, "--no-states") == 0)
		options->no_states = true;
	else if (strcmp(name, "--exact-bound") == 0)
		options->exact_bound = true;
	else
		return false;
	return true;
}

static bool parse_value(const char *name, struct options *options, int argc, char **argv, int *at)
{
	if (strcmp(name, "--scenario") == 0)
		options->pattern = value_of(argc, argv, at);
	else if (strcmp(name, "--replay") == 0)
		options->replay = value_of(argc, argv, at);
	else if (strcmp(name, "--bound") == 0)
		options->bound = number_of(argc, argv, at);
	else if (strcmp(name, "--stale") == 0)
		options->stale = number_of(argc, argv, at);
	else if (strcmp(name, "--freeze") == 0)
		options->freezes = number_of(argc, argv, at);
	else if (strcmp(name, "--random") == 0)
		options->random = strtoull(value_of(argc, argv, at), NULL, 10);
	else if (strcmp(name, "--seed") == 0)
		options->seed = strtoull(value_of(argc, argv, at), NULL, 10);
	else if (strcmp(name, "--seconds") == 0)
		options->seconds = strtod(value_of(argc, argv, at), NULL);
	else
		return false;
	return true;
}

static struct options parse(int argc, char **argv)
{
	struct options options = {.bound = OPTION_UNSET, .stale = OPTION_UNSET, .freezes = OPTION_UNSET, .seed = 1};

	for (int at = 1; at < argc; at++) {
		const char *name = argv[at];

		if (strcmp(name, "--pct") == 0) {
			options.depth = number_of(argc, argv, &at);
			options.pct = strtoull(value_of(argc, argv, &at), NULL, 10);
		} else if (!parse_flag(name, &options) && !parse_value(name, &options, argc, argv, &at)) {
			usage();
			exit(2);
		}
	}
	return options;
}

/* NAME/MEMORY/STEPS, as a failure prints it. */
static int replay(const struct scenario *scenario, const char *text, const struct options *options)
{
	size_t length = strlen(scenario->name);
	bool weak = strncmp(text + length, "/weak/", 6) == 0;
	struct model_limits limits = explore_limits(scenario, options, weak);

	if (!weak && strncmp(text + length, "/sc/", 4) != 0) {
		usage();
		return 2;
	}
	model_load_program(&scenario->program, &limits);
	return report_replay(scenario, &limits, strchr(text + length + 1, '/') + 1) ? 1 : 0;
}

static bool replays(const struct scenario *scenario, const char *text)
{
	size_t length = strlen(scenario->name);

	return strncmp(text, scenario->name, length) == 0 && text[length] == '/';
}

int main(int argc, char **argv)
{
	struct options options = parse(argc, argv);
	unsigned ran = 0;
	unsigned bad = 0;

	catch_crashes();
	if (!options.list && options.replay == NULL)
		report_heading();
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (const struct scenario *const *at = *lists[i]; *at != NULL; at++) {
			if (options.replay != NULL && replays(*at, options.replay))
				return replay(*at, options.replay, &options);
			if (options.replay != NULL ||
			    (options.pattern != NULL && fnmatch(options.pattern, (*at)->name, 0) != 0))
				continue;
			ran++;
			if (options.list)
				printf("%-28s %s\n", (*at)->name, (*at)->about);
			else if (!explore(*at, &options))
				bad++;
		}
	}
	if (ran == 0) {
		fputs("no such scenario\n", stderr);
		return 2;
	}
	if (!options.list)
		printf("scenarios: %u, not as they should be: %u\n", ran, bad);
	return bad == 0 ? 0 : 1;
}
