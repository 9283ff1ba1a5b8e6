/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* rows.c - what was measured, a row each, and what a row is compared with. */
#include "bench.h"

#include <math.h>
#include <string.h>

static const struct row *find_row(const struct bench *bench, const char *reference, unsigned threads)
{
	const struct row *found = NULL;
	char name[sizeof(found->name) + sizeof(found->variant) + 1];
	size_t i;

	for (i = 0; i < bench->nr_rows; i++) {
		const struct row *row = &bench->rows[i];

		(void)snprintf(name, sizeof(name), "%s/%s", row->name, row->variant);
		if (strcmp(row->name, reference) != 0 && strcmp(name, reference) != 0)
			continue;
		if (row->threads == threads)
			return row;
		if (row->threads == 1)
			found = row;
	}
	return found;
}

static struct row *add_row(struct bench *bench, const char *variant, unsigned threads, const char *unit, double *value,
                           unsigned count)
{
	struct row *row;

	must(bench->nr_rows < BENCH_ROWS ? 0 : -IOASID_ENOMEM, "room for the results");
	row = &bench->rows[bench->nr_rows++];
	*row = (struct row){.threads = threads, .unit = unit, .samples = count, .cpu = NAN, .compare = NAN};
	(void)snprintf(row->name, sizeof(row->name), "%s", bench->name);
	(void)snprintf(row->variant, sizeof(row->variant), "%s", variant);
	row->median = bench_median(value, count);
	row->minimum = count == 0 ? NAN : value[0];
	return row;
}

void bench_values(struct bench *bench, const char *variant, unsigned threads, const char *unit, double *value,
                  unsigned count)
{
	(void)add_row(bench, variant, threads, unit, value, count);
}

void bench_loop(struct bench *bench, const char *variant, unsigned threads, const struct load *load, void *state)
{
	const struct row *reference = NULL;
	double value[BENCH_SAMPLES];
	double cpu[BENCH_SAMPLES];
	struct row *row;
	unsigned count;

	if (threads > bench->cpus)
		return;
	bench_show_progress(bench, variant, threads);
	count = bench_samples(bench, threads, load, state, value, cpu, bench->repetitions);
	if (load->reference != NULL)
		reference = find_row(bench, load->reference, threads);
	row = add_row(bench, variant, threads, "ns", value, count);
	row->cpu = bench_median(cpu, count);
	if (reference != NULL)
		row->compare = reference->minimum;
}
