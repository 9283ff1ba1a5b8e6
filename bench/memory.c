/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * memory.c - bytes per live id, and what churn leaves populated.
 *
 * Resident memory is measured in a child process for each point, so that what
 * an earlier point has returned to the allocator does not count as free.
 */
#include "bench.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct point {
	double own;      /* what the space says it has */
	double resident; /* by how much the process grew */
	double populated;
};

static struct ioasid_snapshot snapshot_of(struct ioasid_space *space)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};

	must(ioasid_space_snapshot(space, &snapshot), "take a snapshot");
	return snapshot;
}

static struct point fill(uint32_t live)
{
	double before = bench_resident_bytes();
	struct ioasid_space *space = bench_space(IOASID_SPACE_ZERO);
	struct ioasid_owner_set *set = bench_set(space, 1, 0);
	struct ioasid_snapshot snapshot;
	struct point point;
	ioasid_handle_t handle;
	uint32_t i;

	for (i = 0; i < live; i++)
		must(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle), "alloc");
	point.resident = bench_resident_bytes() - before;
	snapshot = snapshot_of(space);
	must(snapshot.in_state[IOASID_STATE_ACTIVE] == live ? 0 : -IOASID_EINVAL, "count the live ids");
	point.own = (double)snapshot.memory;
	point.populated = snapshot.populated;
	bench_destroy(space, &set, 1);
	return point;
}

static struct point fill_in_child(uint32_t live)
{
	struct point point;
	int status;
	pid_t child;
	int end[2];

	must(pipe(end) != 0 ? -IOASID_EINVAL : 0, "make a pipe");
	child = fork();
	must(child < 0 ? -IOASID_EAGAIN : 0, "make a child process");
	if (child == 0) {
		point = fill(live);
		_exit(write(end[1], &point, sizeof(point)) == (ssize_t)sizeof(point) ? 0 : 1);
	}
	(void)close(end[1]);
	must(read(end[0], &point, sizeof(point)) != (ssize_t)sizeof(point) ? -IOASID_EINVAL : 0,
	     "hear of a child process");
	(void)close(end[0]);
	must(waitpid(child, &status, 0) != child || status != 0 ? -IOASID_EINVAL : 0, "wait for a child process");
	return point;
}

static void run_live(struct bench *bench)
{
	static const uint32_t live[] = {1, 1000, UINT32_C(1) << 16, UINT32_C(1) << 20};
	char variant[48];
	unsigned i;

	for (i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
		struct point point;
		double own;
		double resident;

		if (bench->quick && live[i] > 1000)
			continue;
		bench_show_progress(bench, "", 1);
		point = fill_in_child(live[i]);
		own = point.own / live[i];
		resident = point.resident / live[i];
		(void)snprintf(variant, sizeof(variant), "%u live: by the snapshot", live[i]);
		bench_values(bench, variant, 1, "B/id", &own, 1);
		(void)snprintf(variant, sizeof(variant), "%u live: resident", live[i]);
		bench_values(bench, variant, 1, "B/id", &resident, 1);
		(void)snprintf(variant, sizeof(variant), "%u live: populated", live[i]);
		bench_values(bench, variant, 1, "ids", &point.populated, 1);
	}
}

#define LIVE 64u

struct churn {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	bool polled;
	struct {
		_Alignas(BENCH_LINE) uint64_t seed;
		ioasid_handle_t held[LIVE];
	} thread[BENCH_THREADS];
};

static void work_churn(void *state, unsigned thread, uint64_t operations)
{
	struct churn *c = state;

	while (operations-- > 0) {
		uint64_t random = bench_random(&c->thread[thread].seed);
		ioasid_handle_t *held = &c->thread[thread].held[random % LIVE];

		must(ioasid_id_free(c->space, *held), "free");
		must(ioasid_id_alloc(c->set, NULL, IOASID_ALLOC_ACTIVE, held), "alloc");
		if (c->polled && (random >> 32) % LIVE == 0)
			must(ioasid_space_run(c->space, 0, NULL), "run the deferred work");
	}
}

static void churn(struct bench *bench, unsigned threads, bool polled)
{
	const char *how = polled ? "run every 64 or so" : "background";
	const struct load load = {.work = work_churn};
	struct churn c = {.space = bench_space(polled ? 0 : IOASID_SPACE_BACKGROUND), .polled = polled};
	char variant[48];
	double populated;
	unsigned t;
	uint32_t i;

	if (threads <= bench->cpus) {
		c.set = bench_set(c.space, 1, 0);
		for (t = 0; t < threads; t++) {
			c.thread[t].seed = BENCH_SEED(t);
			for (i = 0; i < LIVE; i++)
				must(ioasid_id_alloc(c.set, NULL, IOASID_ALLOC_ACTIVE, &c.thread[t].held[i]), "alloc");
		}
		(void)snprintf(variant, sizeof(variant), "%s: a pair", how);
		bench_loop(bench, variant, threads, &load, &c);
		populated = snapshot_of(c.space).populated;
		(void)snprintf(variant, sizeof(variant), "%s: populated after it", how);
		bench_values(bench, variant, threads, "ids", &populated, 1);
	}
	bench_destroy(c.space, &c.set, 1);
}

static void run_churn(struct bench *bench)
{
	unsigned threads;

	for (threads = 1; threads <= BENCH_THREADS; threads++) {
		churn(bench, threads, true);
		churn(bench, threads, false);
	}
}

const struct benchmark bench_memory[] = {
	{"memory",
         "bytes per live id: what the space has taken, and what the process grew by; and ids that have memory",
         run_live},
	{"churn-64", "64 live ids a thread, replaced at random: how many ids have got memory by it", run_churn},
	{NULL, NULL, NULL},
};
