/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report.c - the rows as a table for people and as JSON for programs. */
#include "bench.h"

#include <math.h>
#include <string.h>

void bench_show_progress(const struct bench *bench, const char *variant, unsigned threads)
{
	if (bench->progress)
		(void)fprintf(stderr, "\r\033[K[%u/%u] %s %s, %u thread%s", bench->number, bench->of, bench->name,
		              variant, threads, threads == 1 ? "" : "s");
}

/* Two digits behind the point where that is all there is; none where it is noise. */
static void print_number(double value)
{
	if (isnan(value))
		(void)printf(" %10s", "");
	else
		(void)printf(" %10.*f", value < 100 ? 2 : 0, value);
}

void report_table(const struct bench *bench)
{
	size_t i;

	(void)printf("%-24s %-36s %2s %-5s %10s %10s %10s %10s\n", "benchmark", "variant", "T", "unit", "min", "median",
	             "CPU", "x peer");
	for (i = 0; i < bench->nr_rows; i++) {
		const struct row *row = &bench->rows[i];
		bool first = i == 0 || strcmp(row->name, bench->rows[i - 1].name) != 0;

		(void)printf("%-24s %-36s %2u %-5s", first ? row->name : "", row->variant, row->threads, row->unit);
		print_number(row->minimum);
		print_number(row->median);
		print_number(row->cpu);
		print_number(row->minimum / row->compare);
		(void)printf("\n");
	}
}

static void write_number(FILE *file, const char *key, double value)
{
	if (isfinite(value))
		(void)fprintf(file, ", \"%s\": %.6g", key, value);
	else
		(void)fprintf(file, ", \"%s\": null", key);
}

bool report_json(const struct bench *bench, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
	size_t i;
	bool good;

	if (file == NULL)
		return false;
	(void)fprintf(file, "{\n  \"version\": \"%s\",\n  \"quick\": %s,\n  \"cpus\": %u,\n  \"rows\": [",
	              IOASID_VERSION, bench->quick ? "true" : "false", bench->cpus);
	for (i = 0; i < bench->nr_rows; i++) {
		const struct row *row = &bench->rows[i];

		(void)fprintf(file,
		              "%s\n    {\"benchmark\": \"%s\", \"variant\": \"%s\", \"threads\": %u, \"unit\": \"%s\"",
		              i == 0 ? "" : ",", row->name, row->variant, row->threads, row->unit);
		write_number(file, "min", row->minimum);
		write_number(file, "median", row->median);
		write_number(file, "cpu", row->cpu);
		write_number(file, "compared_with", row->compare);
		(void)fprintf(file, ", \"samples\": %u}", row->samples);
	}
	(void)fprintf(file, "\n  ]\n}\n");
	good = ferror(file) == 0;
	if (file != stdout)
		good = fclose(file) == 0 && good;
	return good;
}

bool report_is_sound(const struct bench *bench)
{
	bool sound = true;
	size_t i;

	for (i = 0; i < bench->nr_rows; i++) {
		const struct row *row = &bench->rows[i];

		if (isfinite(row->minimum) && isfinite(row->median) && row->minimum >= 0 && row->samples != 0)
			continue;
		(void)fprintf(stderr, "ioasid-bench: no number for %s, %s, %u threads\n", row->name, row->variant,
		              row->threads);
		sound = false;
	}
	return sound;
}
