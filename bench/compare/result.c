/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* result.c - what came out, and how it is written for programs. */
#include "compare.h"

#include <math.h>
#include <string.h>

struct result *result_add(struct results *results, const char *workload, const struct subject *subject,
                          unsigned threads, const char *unit, double *value, unsigned count, double failed)
{
	struct result *row = &results->row[results->count];

	/* Whoever did not end, has no number. */
	if (count == 0)
		return NULL;
	must(results->count < COMPARE_RESULTS ? 0 : -IOASID_ENOMEM, "room for the results");
	*row = (struct result){.workload = workload,
	                       .subject = subject,
	                       .threads = threads,
	                       .beside = threads,
	                       .unit = unit,
	                       .failed = failed};
	for (row->rounds = 0; row->rounds < count && row->rounds < COMPARE_ROUNDS; row->rounds++)
		row->round[row->rounds] = value[row->rounds];
	row->value = bench_median(value, count);
	row->least = value[0];
	row->most = value[count - 1];
	results->count++;
	return row;
}

const struct result *result_find_beside(const struct results *results, const char *workload, const char *subject,
                                        unsigned threads, unsigned beside)
{
	size_t i;

	for (i = 0; i < results->count; i++) {
		const struct result *row = &results->row[i];

		if (strcmp(row->workload, workload) == 0 && strcmp(row->subject->name, subject) == 0 &&
		    row->threads == threads && row->beside == beside)
			return row;
	}
	return NULL;
}

const struct result *result_find(const struct results *results, const char *workload, const char *subject,
                                 unsigned threads)
{
	return result_find_beside(results, workload, subject, threads, threads);
}

/*
 * What slows the machine down for a second slows down both of one round; the medians of each may be of
 * different rounds. If they have not taken turns, medians are all there is.
 */
double result_ratio(const struct result *a, const struct result *b)
{
	double ratio[COMPARE_ROUNDS];
	unsigned i;

	if (a->rounds != b->rounds || a->beside != b->beside || strcmp(a->workload, b->workload) != 0)
		return a->value / b->value;
	for (i = 0; i < a->rounds; i++)
		ratio[i] = a->round[i] / b->round[i];
	return bench_median(ratio, a->rounds);
}

static void write_row(FILE *file, const struct results *results, const struct result *row, bool first)
{
	const struct result *ours = result_find(results, row->workload, "libioasid", row->threads);

	(void)fprintf(file, "%s\n  {\"workload\": \"%s\", \"threads\": %u, \"subject\": \"%s\"", first ? "" : ",",
	              row->workload, row->threads, row->subject->name);
	if (strcmp(row->unit, "ns") == 0)
		(void)fprintf(file, ", \"ns_per_op\": %.4g", row->value);
	else
		(void)fprintf(file, ", \"ns_per_op\": null, \"%s\": %.4g", row->unit, row->value);
	(void)fprintf(file, ", \"least\": %.4g, \"most\": %.4g, \"failed_per_million\": %.4g", row->least, row->most,
	              row->failed);
	if (row->beside != row->threads)
		(void)fprintf(file, ", \"beside_threads\": %u", row->beside);
	if (ours != NULL && row->beside == row->threads && row->value > 0)
		(void)fprintf(file, ", \"ratio_to\": \"%s\", \"ratio\": %.4g}", row->subject->name,
		              result_ratio(ours, row));
	else
		(void)fprintf(file, ", \"ratio_to\": null, \"ratio\": null}");
}

bool result_write(const struct results *results, const char *path)
{
	FILE *file = fopen(path, "w");
	size_t i;
	bool good;

	if (file == NULL)
		return false;
	(void)fprintf(file, "[");
	for (i = 0; i < results->count; i++)
		write_row(file, results, &results->row[i], i == 0);
	(void)fprintf(file, "\n]\n");
	good = ferror(file) == 0;
	return fclose(file) == 0 && good;
}
