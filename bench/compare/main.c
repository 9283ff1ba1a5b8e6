/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ioasid-bench-peers - the library beside what it would replace, in one run. README.md says how to read it. */
#include "compare.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Those that make child processes come first: a child has none of the threads that a peer may have made by then. */
static const struct workload *const tables[] = {compare_fills, compare_loads, compare_roles, compare_ends,
                                                compare_latencies};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static const char usage[] =
	"usage: ioasid-bench-peers [--list] [--only WORKLOAD]... [--quick] [--json FILE] [--plots FOLDER]\n"
	"  --list          name the workloads, and the subjects with what they do not do\n"
	"  --only TEXT     only workloads whose name begins like that; may be repeated\n"
	"  --quick         one short round: shows that everything runs, the numbers are rough\n"
	"  --json FILE     write the results\n"
	"  --plots FOLDER  draw a picture for each workload there\n";

struct choice {
	const char *only[32];
	unsigned count;
	const char *json;
	const char *plots;
	bool list;
};

static bool chosen(const struct choice *choice, const char *name)
{
	unsigned i;

	for (i = 0; i < choice->count; i++)
		if (strncmp(name, choice->only[i], strlen(choice->only[i])) == 0)
			return true;
	return choice->count == 0;
}

static void list(void)
{
	unsigned i;
	size_t t;

	for (t = 0; t < TABLES; t++)
		for (i = 0; tables[t][i].name != NULL; i++)
			(void)printf("%-22s %s\n", tables[t][i].name, tables[t][i].what);
	(void)printf("\n");
	for (i = 0; compare_subjects[i] != NULL; i++)
		(void)printf("%-32s %s\n", compare_subjects[i]->name, compare_subjects[i]->lacks);
}

static void read_options(int argc, char **argv, struct bench *bench, struct choice *choice)
{
	static const struct option options[] = {
		{"list", no_argument, NULL, 'l'},
		{"only", required_argument, NULL, 'o'},
		{"quick", no_argument, NULL, 'q'},
		{"json", required_argument, NULL, 'j'},
		{"plots", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l') {
			choice->list = true;
		} else if (option == 'o' && choice->count < 32) {
			choice->only[choice->count++] = optarg;
		} else if (option == 'q') {
			bench->quick = true;
			bench->length_ns = UINT64_C(2000000);
		} else if (option == 'j') {
			choice->json = optarg;
		} else if (option == 'p') {
			choice->plots = optarg;
		} else {
			(void)fputs(usage, option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
	if (optind != argc) {
		(void)fputs(usage, stderr);
		exit(2);
	}
}

void compare_progress(const struct bench *bench, const char *workload, unsigned threads, const char *subject)
{
	static const char *last;

	if (bench->progress)
		(void)fprintf(stderr, "\r\033[K[%u/%u] %s, %u thread%s: %s", bench->number, bench->of, workload,
		              threads, threads == 1 ? "" : "s", subject);
	else if (last != workload)
		(void)fprintf(stderr, "[%u/%u] %s\n", bench->number, bench->of, workload);
	last = workload;
}

int main(int argc, char **argv)
{
	static struct bench bench = {.length_ns = UINT64_C(15000000)};
	static struct results results;
	struct choice choice = {.json = NULL};
	size_t from;
	bool good = true;
	size_t t;
	unsigned i;

	bench.progress = isatty(STDERR_FILENO) != 0;
	read_options(argc, argv, &bench, &choice);
	if (choice.list) {
		list();
		return 0;
	}
	bench_find_cpus(&bench);
	for (t = 0; t < TABLES; t++)
		for (i = 0; tables[t][i].name != NULL; i++)
			bench.of += chosen(&choice, tables[t][i].name);
	if (bench.of == 0) {
		(void)fprintf(stderr, "ioasid-bench-peers: there is no such workload; --list names them\n");
		return 2;
	}
	for (t = 0; t < TABLES; t++) {
		for (i = 0; tables[t][i].name != NULL; i++) {
			if (!chosen(&choice, tables[t][i].name))
				continue;
			bench.number++;
			from = results.count;
			tables[t][i].run(&bench, &tables[t][i], &results);
			if (bench.progress)
				(void)fprintf(stderr, "\r\033[K");
			table_print(&results, from);
			(void)fflush(stdout);
		}
	}
	(void)table_targets(&results);
	if (choice.json != NULL)
		good = result_write(&results, choice.json);
	if (choice.plots != NULL)
		good = plot_all(&results, choice.plots) && good;
	if (!good)
		(void)fprintf(stderr, "ioasid-bench-peers: could not write all of the results\n");
	return good ? 0 : 1;
}
