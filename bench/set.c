/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* set.c - a set with n private ids is made, and ends. */
#include "bench.h"

struct times {
	double call[BENCH_SAMPLES]; /* of ioasid_set_end(), per id */
	double done[BENCH_SAMPLES]; /* until the set is done: every id reclaimed */
};

static void end_once(struct ioasid_space *space, uint32_t count, uint64_t key, double *call, double *done)
{
	struct ioasid_owner_set *set = bench_set(space, key, 0);
	ioasid_handle_t handle;
	uint64_t start;
	uint64_t returned;
	uint64_t over;
	uint32_t i;

	for (i = 0; i < count; i++)
		must(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle), "alloc");
	start = bench_now_ns();
	must(ioasid_set_end(set), "end a set");
	returned = bench_now_ns();
	must(ioasid_set_wait(set, IOASID_FOREVER), "wait for the end of a set");
	over = bench_now_ns();
	must(ioasid_set_release(set), "release a set");
	*call = (double)(returned - start) / count;
	*done = (double)(over - start) / count;
}

static void measure(struct bench *bench, uint32_t count, uint32_t flags)
{
	const char *how = flags != 0 ? "background" : "polled";
	struct ioasid_space *space = bench_space(flags);
	unsigned repetitions = bench->repetitions * (count < 1000 ? 3 : 1);
	struct times times;
	char variant[48];
	unsigned i;

	bench_show_progress(bench, how, 1);
	/* The first one populates, and does not count. */
	end_once(space, count, 1, &times.call[0], &times.done[0]);
	if (repetitions > BENCH_SAMPLES)
		repetitions = BENCH_SAMPLES;
	for (i = 0; i < repetitions; i++)
		end_once(space, count, i + 2, &times.call[i], &times.done[i]);
	(void)snprintf(variant, sizeof(variant), "%u ids, %s: the call", count, how);
	bench_values(bench, variant, 1, "ns/id", times.call, repetitions);
	(void)snprintf(variant, sizeof(variant), "%u ids, %s: until done", count, how);
	bench_values(bench, variant, 1, "ns/id", times.done, repetitions);
	bench_destroy(space, NULL, 0);
}

static void run_end(struct bench *bench)
{
	static const uint32_t count[] = {1, 16, 512, 65536};
	unsigned i;

	for (i = 0; i < sizeof(count) / sizeof(count[0]); i++) {
		if (bench->quick && count[i] > 1000)
			continue;
		measure(bench, count[i], 0);
		measure(bench, count[i], IOASID_SPACE_BACKGROUND);
	}
}

const struct benchmark bench_sets[] = {
	{"set-end", "the end of a set with n private ids, per id: the call, and until every id is reclaimed", run_end},
	{NULL, NULL, NULL},
};
