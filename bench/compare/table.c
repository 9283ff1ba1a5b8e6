/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* table.c - the results for people: side by side, and against what was aimed at. */
#include "compare.h"

#include <string.h>

static const unsigned thread_counts[] = {1, 2, 4, 8};
#define THREAD_COUNTS (sizeof(thread_counts) / sizeof(thread_counts[0]))

/* Is it the first of its workload, or of its subject within that? */
static bool is_first(const struct results *results, size_t index, bool of_subject)
{
	const struct result *row = &results->row[index];
	size_t i;

	for (i = 0; i < index; i++)
		if (strcmp(results->row[i].workload, row->workload) == 0 &&
		    (!of_subject || results->row[i].subject == row->subject))
			return false;
	return true;
}

static void print_cell(const struct results *results, const struct result *row)
{
	const struct result *ours;
	double spread;

	if (row == NULL) {
		(void)printf("  %22s", "");
		return;
	}
	ours = result_find(results, row->workload, "libioasid", row->threads);
	spread = row->value > 0 ? (row->most - row->least) / 2 / row->value * 100 : 0;
	(void)printf("  %8.*f +-%2.0f%%", row->value < 100 ? 1 : 0, row->value, spread > 99 ? 99 : spread);
	if (ours != NULL && ours != row && row->value > 0)
		(void)printf(" %7.2fx", result_ratio(ours, row));
	else
		(void)printf(" %8s", "");
}

static void print_subject(const struct results *results, const struct result *first)
{
	double failed = 0;
	size_t i;

	(void)printf("  %-28s", first->subject->name);
	for (i = 0; i < THREAD_COUNTS; i++) {
		const struct result *row =
			result_find(results, first->workload, first->subject->name, thread_counts[i]);

		print_cell(results, row);
		if (row != NULL && row->failed > failed)
			failed = row->failed;
	}
	if (failed > 0)
		(void)printf("  %.4g of 10^6 failed", failed);
	(void)printf("\n");
}

void table_print(const struct results *results, size_t from)
{
	size_t i;
	size_t k;

	if (from == 0)
		(void)printf("Median of what one operation costs one thread, half the spread, and libioasid as a "
		             "multiple of it (the median of the rounds' multiples).\n"
		             "With more threads than CPUs: CPU time. What a subject lacks: --list.\n");
	for (i = from; i < results->count; i++) {
		if (!is_first(results, i, false))
			continue;
		(void)printf("\n%s, %s\n  %-28s", results->row[i].workload, results->row[i].unit, "threads");
		for (k = 0; k < THREAD_COUNTS; k++)
			(void)printf("  %8u %13s", thread_counts[k], "");
		(void)printf("\n");
		for (k = i; k < results->count; k++)
			if (strcmp(results->row[k].workload, results->row[i].workload) == 0 &&
			    is_first(results, k, true))
				print_subject(results, &results->row[k]);
	}
}

/* At most @times what @peer takes with @peer_threads; without a peer, so many ns. */
struct target {
	const char *workload;
	unsigned threads;
	const char *subject;
	double times;
	const char *peer;
	unsigned peer_threads;
};

#define OURS "libioasid"
static const struct target targets[] = {
	{"W1 pair", 1, OURS, 0.35, "Linux ioasid.c", 1},
	{"W1 pair", 1, OURS, 0.8, "Linux IDA", 1},
	{"W1 pair", 1, OURS, 0.8, "Linux XArray", 1},
	{"W1 pair", 1, OURS, 1.6, "two atomic adds, own line", 1},
	{"W2 replace 64", 1, OURS, 0.35, "Linux ioasid.c", 1},
	{"W2 replace 64", 1, OURS, 0.8, "Linux IDA", 1},
	{"W2 replace 64", 1, OURS, 0.8, "Linux XArray", 1},
	{"W1 pair", 2, OURS, 1.15, OURS, 1},
	{"W1 pair", 2, OURS, 0.05, "Linux ioasid.c", 2},
	{"W1 pair", 2, OURS, 0.1, "Linux IDA", 2},
	{"W2 replace 64", 2, OURS, 1.15, OURS, 1},
	{"W2 replace 64", 2, OURS, 0.05, "Linux ioasid.c", 2},
	{"W2 replace 64", 2, OURS, 0.1, "Linux IDA", 2},
	{"W1 pair", 2, "libioasid, one set", 0.1, "Linux ioasid.c", 2},
	{"W3 fill", 1, OURS, 0.5, "Linux ioasid.c", 1},
	{"W3 give back", 1, OURS, 0.5, "Linux ioasid.c", 1},
	{"W4 90 % full", 1, OURS, 0.4, "Linux IDA", 1},
	{"W4 90 % full", 2, OURS, 0.2, "Linux IDA", 2},
	{"W4 99.9 % full", 1, OURS, 0.4, "Linux IDA", 1},
	{"W4 99.9 % full", 2, OURS, 0.2, "Linux IDA", 2},
	{"W9b all in use", 1, "libioasid, waiting", 1.0, "Linux ioasid.c", 1},
	{"W9b all in use", 2, "libioasid, waiting", 1.0, "Linux ioasid.c", 2},
	{"W5 find, 1024", 1, OURS, 1.3, "array of pointers", 1},
	{"W5 find, 2^20", 1, OURS, 1.3, "array of pointers", 1},
	{"W5 find, 2^20", 1, OURS, 0.3, "Linux XArray", 1},
	{"W6 get+put, 1024", 1, OURS, 1.1, "array of refcounted objects", 1},
	{"W6 get+put, 2^20", 1, OURS, 1.1, "array of refcounted objects", 1},
	{"W6 get+put, hot", 2, OURS, 0.1, "one shared reference count", 2},
	{"W6 get+put, hot", 2, OURS, 1.15, OURS, 1},
	{"W7 reader", 2, OURS, 1.5, "array of pointers", 2},
	{"W7 writer", 2, OURS, 0.2, "Linux ioasid.c", 2},
	{"W8 range", 1, OURS, 0.35, "Linux IDA", 1},
	{"W12 end of 100000", 1, OURS, 100, NULL, 0},
	{"W1 pair", 8, OURS, 2.0, OURS, 2},
	{"W2 replace 64", 8, OURS, 2.0, OURS, 2},
	{"W4 90 % full", 8, OURS, 2.0, OURS, 2},
	{"W5 find, 2^20", 8, OURS, 2.0, OURS, 2},
	{"W6 get+put, hot", 8, OURS, 2.0, OURS, 2},
};

static bool check_target(const struct results *results, const struct target *t, unsigned *missed)
{
	const struct result *a = result_find(results, t->workload, t->subject, t->threads);
	const struct result *b =
		t->peer == NULL ? NULL : result_find_beside(results, t->workload, t->peer, t->peer_threads, t->threads);
	char peer[64] = "ns";
	double times;
	bool met;

	if (a == NULL || (t->peer != NULL && b == NULL))
		return false;
	times = t->peer == NULL ? a->value : result_ratio(a, b);
	met = times <= t->times;
	if (t->peer != NULL)
		(void)snprintf(peer, sizeof(peer), "x %s, %u thread%s", t->peer, t->peer_threads,
		               t->peer_threads == 1 ? "" : "s");
	(void)printf("  %-6s %-18s %u  %-22s %6.2f  of %6.2f %s\n", met ? "met" : "MISSED", t->workload, t->threads,
	             t->subject, times, t->times, peer);
	*missed += !met;
	return true;
}

unsigned table_targets(const struct results *results)
{
	unsigned missed = 0;
	unsigned seen = 0;
	size_t i;

	(void)printf("\nWhat was aimed at\n");
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		seen += check_target(results, &targets[i], &missed);
	(void)printf("targets: %u of %u met\n", seen - missed, seen);
	return missed;
}
