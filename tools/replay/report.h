/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report.h - what came out of a replay: as a table, as JSON, as a picture. */
#ifndef REPLAY_REPORT_H
#define REPLAY_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "machine.h"
#include "rule.h"
#include "timeline.h"
#include "trace.h"

struct report {
	const struct machine *machine;
	const char *trace;
	struct trace_totals totals;
	struct rule_leaks leaks;
	uint64_t stuck; /* requests that never completed */
	uint32_t threads;
	double seconds;
};

/** report_leaked() - everything that was not given back. */
uint64_t report_leaked(const struct report *report);

/** report_table() - for people. */
void report_table(const struct report *report, FILE *file);

/** report_json() - for programs; false: the file cannot be written, errno says why. */
bool report_json(const struct report *report, const char *path);

/** report_svg() - a self-contained picture of the timeline; as report_json(). */
bool report_svg(const struct report *report, const struct timeline *timeline, const char *path);

/** report_compare() - the table of two JSON reports side by side; false: one is none, said on stderr. */
bool report_compare(const char *first_path, const char *second_path, FILE *file);

#endif
