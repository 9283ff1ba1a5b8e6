/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * alloc.c - alloc and free of private ids.
 *
 * Two loops: a pair (the id is freed at once) and a replacement (64 ids are held,
 * one of them at random goes and a new one comes). Who does the deferred work is
 * part of the cost: the space's own thread, or the caller every so many pairs.
 */
#include "bench.h"

#define HELD 64u

struct state {
	struct ioasid_space *space;
	struct ioasid_owner_set *set[BENCH_THREADS];
	uint64_t every; /* run after so many pairs; 0: a thread of the space's own does */
	struct {
		_Alignas(BENCH_LINE) uint64_t seed;
		uint64_t pairs;
		struct ioasid_owner_set *set;
		ioasid_handle_t held[HELD];
	} thread[BENCH_THREADS];
};

static void after_pair(struct state *s, unsigned thread)
{
	if (s->every != 0 && ++s->thread[thread].pairs % s->every == 0)
		must(ioasid_space_run(s->space, 0, NULL), "run the deferred work");
}

static void work_pair(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;
	ioasid_handle_t handle;

	while (operations-- > 0) {
		must(ioasid_id_alloc(s->thread[thread].set, NULL, IOASID_ALLOC_ACTIVE, &handle), "alloc");
		must(ioasid_id_free(s->space, handle), "free");
		after_pair(s, thread);
	}
}

static void work_replace(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;

	while (operations-- > 0) {
		ioasid_handle_t *held = &s->thread[thread].held[bench_random(&s->thread[thread].seed) % HELD];

		must(ioasid_id_free(s->space, *held), "free");
		must(ioasid_id_alloc(s->thread[thread].set, NULL, IOASID_ALLOC_ACTIVE, held), "alloc");
		after_pair(s, thread);
	}
}

static void begin(struct state *s, uint64_t every, bool own_sets, bool hold)
{
	unsigned t;
	unsigned i;

	*s = (struct state){.every = every, .space = bench_space(every == 0 ? IOASID_SPACE_BACKGROUND : 0)};
	for (t = 0; t < BENCH_THREADS; t++) {
		if (t == 0 || own_sets)
			s->set[t] = bench_set(s->space, t + 1, 0);
		s->thread[t].set = s->set[own_sets ? t : 0];
		s->thread[t].seed = BENCH_SEED(t);
		for (i = 0; hold && i < HELD; i++)
			must(ioasid_id_alloc(s->thread[t].set, NULL, IOASID_ALLOC_ACTIVE, &s->thread[t].held[i]),
			     "alloc");
	}
}

static void measure(struct bench *bench, const struct load *load, bool hold)
{
	static const uint64_t every[] = {16, 256, 0};
	char variant[48];
	struct state s;
	unsigned threads;
	unsigned own;
	unsigned i;

	for (i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
		for (threads = 1; threads <= BENCH_THREADS; threads++) {
			for (own = 0; own < threads; own++) {
				begin(&s, every[i], own != 0, hold);
				(void)snprintf(variant, sizeof(variant),
				               every[i] != 0 ? "%s, run every %u" : "%s, background",
				               own ? "a set per thread" : "one set", (unsigned)every[i]);
				bench_loop(bench, variant, threads, load, &s);
				bench_destroy(s.space, s.set, BENCH_THREADS);
			}
		}
	}
}

static void run_pair(struct bench *bench)
{
	const struct load load = {.work = work_pair, .reference = "peer.mutex-bitmap/pair"};

	measure(bench, &load, false);
}

static void run_replace(struct bench *bench)
{
	const struct load load = {.work = work_replace, .reference = "peer.mutex-bitmap/replace-64"};

	measure(bench, &load, true);
}

static void work_abort(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;
	ioasid_handle_t handle;

	while (operations-- > 0) {
		must(ioasid_id_alloc(s->thread[thread].set, NULL, 0, &handle), "alloc");
		must(ioasid_id_abort(s->space, handle), "abort");
	}
}

static void run_abort(struct bench *bench)
{
	const struct load load = {.work = work_abort, .reference = "peer.mutex-bitmap/pair"};
	struct state s;
	unsigned threads;

	begin(&s, 1, true, false);
	for (threads = 1; threads <= BENCH_THREADS; threads++)
		bench_loop(bench, "a set per thread", threads, &load, &s);
	bench_destroy(s.space, s.set, BENCH_THREADS);
}

const struct benchmark bench_allocs[] = {
	{"alloc+free", "one alloc and one free of it, with the share of the deferred work", run_pair},
	{"replace-64", "free one of 64 held ids at random, alloc another", run_replace},
	{"alloc+abort", "one alloc and its undo: no grace period, nothing deferred", run_abort},
	{NULL, NULL, NULL},
};
