/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report_json.c - the report for programs; see report.h. */
#include "report.h"

#include <errno.h>

static void text(FILE *file, const char *name, const char *value)
{
	(void)fprintf(file, "  \"%s\": \"", name);
	for (const char *at = value; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte == '"' || byte == '\\')
			(void)fprintf(file, "\\%c", byte);
		else if (byte < 0x20)
			(void)fprintf(file, "\\u%04x", byte);
		else
			(void)fputc(byte, file);
	}
	(void)fputs("\",\n", file);
}

static void number(FILE *file, const char *name, uint64_t value)
{
	(void)fprintf(file, "  \"%s\": %llu,\n", name, (unsigned long long)value);
}

static void times(FILE *file, const char *name, const struct histogram *histogram)
{
	(void)fprintf(file, "  \"%s_p50_us\": %.3f,\n  \"%s_p99_us\": %.3f,\n", name,
	              (double)histogram_quantile(histogram, 0.50) / 1000.0, name,
	              (double)histogram_quantile(histogram, 0.99) / 1000.0);
}

static void counts(FILE *file, const struct report *report)
{
	const struct stats *stats = &report->machine->stats;

	number(file, "owners", stat_get(&stats->owners));
	number(file, "ids", stat_get(&stats->ids));
	number(file, "reused", stat_get(&stats->reused));
	number(file, "bindings", stat_get(&stats->bindings));
	number(file, "bind_failed", stat_get(&stats->bind_failed));
	number(file, "requests", stat_get(&stats->requests));
	number(file, "completed", stat_get(&stats->completed));
	number(file, "failed", stat_get(&stats->failed));
	number(file, "refused", stat_get(&stats->refused));
	number(file, "drained", stat_get(&stats->drained));
	number(file, "quarantined", report->leaks.quarantined);
	number(file, "page_requests", stat_get(&stats->faults));
	number(file, "page_requests_late", stat_get(&stats->late_faults));
	number(file, "page_requests_astray", stat_get(&stats->astray_faults));
	number(file, "page_requests_wrong", stat_get(&stats->wrong_faults));
	number(file, "dmas", stat_get(&stats->dmas));
	number(file, "strays", stat_get(&stats->strays));
	number(file, "stray_writes", stat_get(&stats->stray_writes));
	number(file, "corrupted", stat_get(&stats->corrupted));
	number(file, "leaked", report_leaked(report));
	number(file, "leaked_ids", report->leaks.ids);
	number(file, "leaked_bindings", report->leaks.bindings);
	number(file, "leaked_sets", report->leaks.sets);
	number(file, "requests_stuck", report->stuck);
}

bool report_json(const struct report *report, const char *path)
{
	const struct machine_config *config = &report->machine->config;
	FILE *file = fopen(path, "w");
	bool good;

	if (!file)
		return false;
	(void)fputs("{\n", file);
	text(file, "rule", config->rule->name);
	text(file, "trace", report->trace);
	number(file, "events", report->totals.events);
	counts(file, report);
	times(file, "bind", &report->machine->stats.bind_ns);
	times(file, "unbind", &report->machine->stats.unbind_ns);
	times(file, "reusable", &report->machine->stats.reusable_ns);
	number(file, "threads", report->threads);
	number(file, "bits", config->bits);
	number(file, "latency_us", config->latency_us);
	number(file, "fault_latency_us", config->fault_latency_us);
	(void)fprintf(file, "  \"speed\": %g,\n", config->speed);
	(void)fprintf(file, "  \"recorded_seconds\": %.6f,\n", (double)report->totals.duration_us / 1e6);
	(void)fprintf(file, "  \"seconds\": %.6f\n}\n", report->seconds);
	good = ferror(file) == 0;
	if (fclose(file) != 0)
		return false;
	if (!good)
		errno = EIO;
	return good;
}
