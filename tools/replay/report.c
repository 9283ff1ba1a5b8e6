/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report.c - the table; see report.h. */
#include "report.h"

#include <ioasid/error.h>

uint64_t report_leaked(const struct report *report)
{
	return report->leaks.ids + report->leaks.bindings + report->leaks.sets + report->stuck;
}

static void row(FILE *file, const char *name, uint64_t value, const char *meaning)
{
	(void)fprintf(file, "  %-14s %10llu   %s\n", name, (unsigned long long)value, meaning);
}

static void times(FILE *file, const char *name, const struct histogram *histogram)
{
	(void)fprintf(file, "  %-26s %12.1f %12.1f\n", name, (double)histogram_quantile(histogram, 0.50) / 1000.0,
	              (double)histogram_quantile(histogram, 0.99) / 1000.0);
}

void report_table(const struct report *report, FILE *file)
{
	const struct stats *stats = &report->machine->stats;
	const struct machine_config *config = &report->machine->config;

	(void)fprintf(file, "\nrule %s, trace %s: %llu events, %.1f s recorded, %.1f s replayed\n", config->rule->name,
	              report->trace, (unsigned long long)report->totals.events,
	              (double)report->totals.duration_us / 1e6, report->seconds);
	(void)fprintf(file, "%u threads, device latency %llu us, page-request latency %llu us, speed %g\n\n",
	              report->threads, (unsigned long long)config->latency_us,
	              (unsigned long long)config->fault_latency_us, config->speed);
	row(file, "owners", stat_get(&stats->owners), "address spaces");
	row(file, "ids", stat_get(&stats->ids), "handed out");
	row(file, "  reused", stat_get(&stats->reused), "of them, with a number that was in use before");
	row(file, "bindings", stat_get(&stats->bindings), "");
	if (stat_get(&stats->bind_failed))
		row(file, "  not made", stat_get(&stats->bind_failed),
		    ioasid_strerror(atomic_load_explicit(&stats->bind_error, memory_order_relaxed)));
	row(file, "requests", stat_get(&stats->requests), "asked for by the trace");
	row(file, "  completed", stat_get(&stats->completed), "by the device");
	row(file, "  aborted", stat_get(&stats->failed),
	    "on a page request answered \"invalid\": owner or binding was gone meanwhile");
	row(file, "  refused", stat_get(&stats->refused), "before they reached the device: owner or binding was gone");
	row(file, "drained", stat_get(&stats->drained), "requests in flight that an unbind or an end waited for");
	row(file, "quarantined", report->leaks.quarantined, "ids that rested before their number was free");
	row(file, "page requests", stat_get(&stats->faults), "");
	row(file, "  late", stat_get(&stats->late_faults),
	    "for a binding or owner that was gone: answered \"invalid\"");
	row(file, "  astray", stat_get(&stats->astray_faults), "that named a number which nobody had");
	row(file, "  wrong", stat_get(&stats->wrong_faults), "answered from somebody else's address space");
	row(file, "DMAs", stat_get(&stats->dmas), "checked by the witness");
	row(file, "STRAYS", stat_get(&stats->strays), "DMAs that landed in somebody else's memory");
	row(file, "  writes", stat_get(&stats->stray_writes), "of them, that wrote");
	row(file, "corrupted", stat_get(&stats->corrupted), "address spaces that a stranger had written to");
	row(file, "leaked", report_leaked(report), "ids, bindings, sets not given back; requests never completed");
	(void)fprintf(file, "\n  %-26s %12s %12s\n", "time, in us", "p50", "p99");
	times(file, "bind", &stats->bind_ns);
	times(file, "unbind", &stats->unbind_ns);
	times(file, "owner end to reusable", &stats->reusable_ns);
	(void)fputc('\n', file);
}
