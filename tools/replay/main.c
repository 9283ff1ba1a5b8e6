/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* main.c - ioasid-replay: measure the trace, replay it, say what came out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "must.h"
#include "options.h"
#include "replay.h"
#include "report.h"
#include "rule.h"
#include "watch.h"

static bool replay(const struct options *options, struct machine *machine, struct report *report,
                   struct timeline *timeline)
{
	struct watch watch = {.machine = machine,
	                      .timeline = timeline,
	                      .duration_us = report->totals.duration_us,
	                      .progress = options->progress};
	char error[TRACE_ERROR_MAX];
	uint64_t begin_ns;
	bool good;

	machine_start(machine, &options->machine);
	begin_ns = replay_clock_ns();
	watch_start(&watch);
	good = replay_run(machine, options->trace, options->threads, &watch.now_us, error);
	report->stuck = machine_settle(machine);
	report->seconds = (double)(replay_clock_ns() - begin_ns) / 1e9;
	watch_stop(&watch);
	machine->config.rule->finish(machine->rule_state, &report->leaks);
	/* What is stuck, or could not be given back, may still look into the machine. */
	if (report_leaked(report) == 0)
		machine_stop(machine);
	if (!good)
		(void)fprintf(stderr, "ioasid-replay: %s\n", error);
	return good;
}

static enum exit_status say(const struct options *options, const struct report *report, const struct timeline *timeline)
{
	report_table(report, stdout);
	if (options->json && !report_json(report, options->json)) {
		(void)fprintf(stderr, "ioasid-replay: %s: %s\n", options->json, strerror(errno));
		return EXIT_INPUT;
	}
	if (options->svg && !report_svg(report, timeline, options->svg)) {
		(void)fprintf(stderr, "ioasid-replay: %s: %s\n", options->svg, strerror(errno));
		return EXIT_INPUT;
	}
	if (stat_get(&report->machine->stats.strays) || report_leaked(report))
		return EXIT_STRAY;
	return EXIT_CLEAN;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum exit_status run(const struct options *options)
{
	struct machine *machine;
	struct timeline *timeline;
	struct report report = {.trace = last_part(options->trace), .threads = options->threads};
	char error[TRACE_ERROR_MAX];
	enum exit_status status = EXIT_INPUT;

	if (!trace_measure(options->trace, NULL, &report.totals, error)) {
		(void)fprintf(stderr, "ioasid-replay: %s\n", error);
		return EXIT_INPUT;
	}
	if (options->check) {
		(void)printf("%s: sound, %llu events\n", options->trace, (unsigned long long)report.totals.events);
		return EXIT_CLEAN;
	}
	machine = must_calloc(1, sizeof(*machine));
	timeline = must_calloc(1, sizeof(*timeline));
	report.machine = machine;
	if (replay(options, machine, &report, timeline))
		status = say(options, &report, timeline);
	/* After a leak the machine is still running; it ends with the process. */
	if (report_leaked(&report) == 0)
		free(machine);
	free(timeline);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;

	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_DONE:
		return EXIT_CLEAN;
	case OPTIONS_BAD:
	default:
		return EXIT_INPUT;
	}
	if (options.compare[0])
		return report_compare(options.compare[0], options.compare[1], stdout) ? EXIT_CLEAN : EXIT_INPUT;
	return (int)run(&options);
}
