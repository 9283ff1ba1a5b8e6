/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report.c - the table, the progress line, and a failure as someone wants to read it. */
#include "explorer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const operation_names[MODEL_OP_COUNT + 1] = {
	"load",        "store",       "xchg",
	"add",         "or",          "and",
	"cas",         "fence",       "get",
	"set",         "relax",       "read_lock",
	"read_unlock", "synchronize", "grace period over",
	"wait",        "woken",       "wake",
	"now",         "advance",     "zalloc",
	"free",        "pause",       "",
};

static const char *order_name(unsigned order)
{
	switch (order) {
	case MODEL_MO_RELAXED:
		return "_relaxed";
	case MODEL_MO_ACQUIRE:
		return "_acquire";
	case MODEL_MO_RELEASE:
		return "_release";
	case MODEL_MO_ACQ_REL:
		return "_acq_rel";
	case MODEL_MO_SEQ_CST:
		return "_seq_cst";
	default:
		return "";
	}
}

static void print_values(const struct model_event *event, char *text, size_t size)
{
	if (event->operation == MODEL_OP_CAS && !event->writes)
		(void)snprintf(text, size, "0x%" PRIx64 " (not 0x%" PRIx64 ")", event->read, event->written);
	else if (event->reads && event->writes)
		(void)snprintf(text, size, "0x%" PRIx64 " -> 0x%" PRIx64, event->read, event->written);
	else if (event->reads)
		(void)snprintf(text, size, "0x%" PRIx64, event->read);
	else
		(void)snprintf(text, size, "-> 0x%" PRIx64, event->written);
}

/* Of a long interleaving, the beginning and the end. */
#define FIRST_SHOWN 60u
#define LAST_SHOWN 240u
static unsigned last_step;

static bool left_out(const struct model_event *event)
{
	if (event->step <= FIRST_SHOWN || event->step + LAST_SHOWN >= last_step)
		return false;
	if (event->step == FIRST_SHOWN + 1)
		printf("    ...\n");
	return true;
}

static void print_event(const struct model_event *event)
{
	char name[48];
	char values[64] = "";
	char thread = (char)(event->thread < MODEL_THREADS ? 'A' + event->thread : '-');

	if (left_out(event))
		return;
	if (event->operation == MODEL_OP_COUNT) {
		printf("            %c    | %s\n", thread, event->text);
		return;
	}
	(void)snprintf(name, sizeof(name), "%s%s", operation_names[event->operation],
	               event->operation <= MODEL_OP_FENCE ? order_name(event->order) : "");
	if (event->text != NULL || event->operation >= MODEL_OP_GRACE_END)
		print_values(event, values, sizeof(values));
	printf("    %5u  %*s%c  %-16s %-34s %-28s", event->step, (int)(2 * event->thread), "", thread, name,
	       event->text != NULL ? event->text : "", values);
	if (event->file != NULL)
		printf(" %s:%u", event->file, event->line);
	if (event->age != 0)
		printf("  [old: %u newer]", event->age);
	printf("\n");
}

static const char *scope(const struct row *row)
{
	if (row->failed)
		return "-";
	if (row->out_of_time)
		return "out of time";
	return row->complete ? "complete" : "bounded";
}

void report_heading(void)
{
	printf("%-28s %-6s %-7s %5s %12s %11s %8s %9s  %-11s %s\n", "scenario", "memory", "mode", "bound", "executions",
	       "states", "cpu s", "kexec/s", "scope", "result");
}

void report_row(const struct row *row)
{
	char bound[16] = "-";

	if (row->bound < MODEL_UNLIMITED)
		(void)snprintf(bound, sizeof(bound), "%u", row->bound);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%*s\r", 100, "");
	printf("%-28s %-6s %-7s %5s %12" PRIu64 " %11" PRIu64 " %8.2f %9.0f  %-11s %s\n", row->scenario,
	       row->weak ? "weak" : "sc", row->mode, bound, row->executions, row->states, row->seconds,
	       row->seconds > 0 ? (double)row->executions / row->seconds / 1e3 : 0.0, scope(row),
	       !row->as_expected ? "FAILED"
	       : row->failed     ? "found"
	                         : "ok");
	(void)fflush(stdout);
}

void report_progress(const struct row *row)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%s (%s, %s, bound %u): %" PRIu64 " executions, %" PRIu64 " states, %.0f s ", row->scenario,
	        row->weak ? "weak" : "sc", row->mode, row->bound, row->executions, row->states, row->seconds);
	(void)fflush(stderr);
}

bool report_replay(const struct scenario *scenario, const struct model_limits *limits, const char *text)
{
	struct model_limits all = replay_limits(*limits);
	enum model_result result;

	if (!replay_read(text, &last_step)) {
		printf("%s: this is no replay: %s\n", scenario->name, text);
		return false;
	}
	model_set_limits(&all);
	model_share_nothing();
	model_set_trace(print_event);
	printf("\n%s (%s memory): %s\n", scenario->name, all.weak ? "weak" : "sc", scenario->about);
	result = model_execute(&replay_strategy);
	model_set_trace(NULL);
	if (result == MODEL_FAILED)
		printf("    %s\n", model_failure());
	else
		printf("    nothing failed\n");
	return result == MODEL_FAILED;
}

void report_failure(const struct scenario *scenario, const struct model_limits *limits)
{
	static char text[4 * MODEL_STEPS_MAX];
	char failure[512];

	(void)snprintf(failure, sizeof(failure), "%s", model_failure());
	(void)replay_write(text, sizeof(text));
	if (!report_replay(scenario, limits, text) || strcmp(failure, model_failure()) != 0)
		printf("    the replay does not reproduce what was found: %s\n", failure);
	printf("    --replay %s/%s/%s\n\n", scenario->name, limits->weak ? "weak" : "sc", text);
	(void)fflush(stdout);
}
