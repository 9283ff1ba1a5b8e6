/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ioasid-bench - what the library's calls cost on this machine. README.md says how to read it. */
#include "bench.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct benchmark *const tables[] = {bench_floors,   bench_allocs, bench_references,
                                                 bench_bindings, bench_sets,   bench_memory};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static const char usage[] =
	"usage: ioasid-bench [--list] [--only NAME]... [--quick] [--repetitions N] [--json FILE]\n"
	"  --list           name every benchmark and what one operation of it is\n"
	"  --only NAME      run this one; a name that ends with '.' or '-' is a beginning; may be repeated\n"
	"  --quick          a few seconds in all: shows that everything runs, the numbers are rough\n"
	"  --repetitions N  1 to 64; 9 otherwise\n"
	"  --json FILE      write the rows as JSON; '-': to standard output, instead of the table\n";

struct choice {
	const char *only[64];
	unsigned count;
	bool used[64];
	const char *json;
	bool list;
};

static bool chosen(struct choice *choice, const char *name)
{
	bool found = choice->count == 0;
	unsigned i;

	for (i = 0; i < choice->count; i++) {
		size_t length = strlen(choice->only[i]);
		const char *last = length == 0 ? "" : &choice->only[i][length - 1];
		bool beginning = (*last == '.' || *last == '-') && strncmp(name, choice->only[i], length) == 0;

		if (beginning || strcmp(name, choice->only[i]) == 0) {
			choice->used[i] = true;
			found = true;
		}
	}
	return found;
}

static int bad_usage(void)
{
	(void)fputs(usage, stderr);
	exit(2);
}

static void read_options(int argc, char **argv, struct bench *bench, struct choice *choice)
{
	static const struct option options[] = {
		{"list", no_argument, NULL, 'l'},
		{"only", required_argument, NULL, 'o'},
		{"quick", no_argument, NULL, 'q'},
		{"repetitions", required_argument, NULL, 'r'},
		{"json", required_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l') {
			choice->list = true;
		} else if (option == 'o' && choice->count < 64) {
			choice->only[choice->count++] = optarg;
		} else if (option == 'q') {
			bench->quick = true;
			bench->repetitions = 2;
			bench->length_ns = UINT64_C(4000000);
		} else if (option == 'r') {
			bench->repetitions = (unsigned)strtoul(optarg, NULL, 10);
		} else if (option == 'j') {
			choice->json = optarg;
		} else if (option == 'h') {
			(void)fputs(usage, stdout);
			exit(0);
		} else {
			(void)bad_usage();
		}
	}
	if (optind != argc || bench->repetitions == 0 || bench->repetitions > BENCH_SAMPLES)
		(void)bad_usage();
}

/* Calls @fn for every benchmark that was chosen; returns how many those are. */
static unsigned for_each(struct bench *bench, struct choice *choice,
                         void (*fn)(struct bench *, const struct benchmark *))
{
	const struct benchmark *b;
	unsigned count = 0;
	size_t t;

	for (t = 0; t < TABLES; t++)
		for (b = tables[t]; b->name != NULL; b++)
			if (chosen(choice, b->name)) {
				count++;
				fn(bench, b);
			}
	return count;
}

static void list_one(struct bench *bench, const struct benchmark *b)
{
	(void)bench;
	(void)printf("%-24s %s\n", b->name, b->what);
}

static void count_one(struct bench *bench, const struct benchmark *b)
{
	(void)bench;
	(void)b;
}

static void run_one(struct bench *bench, const struct benchmark *b)
{
	bench->name = b->name;
	bench->number++;
	b->run(bench);
}

int main(int argc, char **argv)
{
	static struct bench bench = {
		.repetitions = 9,
		.length_ns = UINT64_C(40000000),
	};
	struct choice choice = {.json = NULL};
	bool sound;
	unsigned i;

	bench.progress = isatty(STDERR_FILENO) != 0;
	read_options(argc, argv, &bench, &choice);
	if (choice.list) {
		(void)for_each(&bench, &choice, list_one);
		return 0;
	}
	bench_find_cpus(&bench);
	bench.of = for_each(&bench, &choice, count_one);
	for (i = 0; i < choice.count; i++)
		if (!choice.used[i]) {
			(void)fprintf(stderr, "ioasid-bench: no benchmark is called %s; --list names them\n",
			              choice.only[i]);
			return 2;
		}
	(void)for_each(&bench, &choice, run_one);
	if (bench.progress)
		(void)fprintf(stderr, "\r\033[K");
	sound = report_is_sound(&bench);
	if (choice.json == NULL || strcmp(choice.json, "-") != 0)
		report_table(&bench);
	if (choice.json != NULL && !report_json(&bench, choice.json)) {
		(void)fprintf(stderr, "ioasid-bench: cannot write %s\n", choice.json);
		sound = false;
	}
	return sound ? 0 : 1;
}
