/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor.c - what the machine itself asks for, and one plain peer, in the same run.
 *
 * Absolute figures do not carry over to another machine; ratios to these do.
 */
#include "bench.h"
#include "peer.h"

#ifdef __clang_analyzer__ /* it does not see that a reader is registered before it is looked at */
#undef _LGPL_SOURCE
#endif
#include <stdatomic.h>
#include <urcu/urcu-bp.h>

struct cell {
	_Alignas(BENCH_LINE) _Atomic uint64_t value[2];
};

static void add_shared(void *state, unsigned thread, uint64_t operations)
{
	struct cell *cell = state;

	(void)thread;
	while (operations-- > 0)
		(void)atomic_fetch_add_explicit(&cell[0].value[0], 1, memory_order_relaxed);
}

static void add_private(void *state, unsigned thread, uint64_t operations)
{
	struct cell *cell = state;

	while (operations-- > 0)
		(void)atomic_fetch_add_explicit(&cell[thread].value[0], 1, memory_order_relaxed);
}

static void add_private_twice(void *state, unsigned thread, uint64_t operations)
{
	struct cell *cell = state;

	while (operations-- > 0) {
		(void)atomic_fetch_add_explicit(&cell[thread].value[0], 1, memory_order_relaxed);
		(void)atomic_fetch_add_explicit(&cell[thread].value[1], 1, memory_order_relaxed);
	}
}

static void read_section(void *state, unsigned thread, uint64_t operations)
{
	(void)state;
	(void)thread;
	while (operations-- > 0) {
		urcu_bp_read_lock();
		urcu_bp_read_unlock();
	}
}

static void run_floor(struct bench *bench, void (*work)(void *, unsigned, uint64_t))
{
	struct cell cell[BENCH_THREADS] = {0};
	const struct load load = {.work = work};
	unsigned threads;

	for (threads = 1; threads <= BENCH_THREADS; threads++)
		bench_loop(bench, "", threads, &load, cell);
}

static void run_add_shared(struct bench *bench)
{
	run_floor(bench, add_shared);
}

static void run_add_private(struct bench *bench)
{
	run_floor(bench, add_private);
}

static void run_add_private_twice(struct bench *bench)
{
	run_floor(bench, add_private_twice);
}

static void run_read_section(struct bench *bench)
{
	run_floor(bench, read_section);
}

#define PEER_HELD 64u

struct peer_state {
	struct peer *peer;
	struct {
		_Alignas(BENCH_LINE) uint64_t seed;
		uint32_t held[PEER_HELD];
	} thread[BENCH_THREADS];
};

static void peer_pair(void *state, unsigned thread, uint64_t operations)
{
	struct peer_state *s = state;

	(void)thread;
	while (operations-- > 0)
		peer_free(s->peer, peer_alloc(s->peer));
}

static void peer_replace(void *state, unsigned thread, uint64_t operations)
{
	struct peer_state *s = state;

	while (operations-- > 0) {
		uint32_t *id = &s->thread[thread].held[bench_random(&s->thread[thread].seed) % PEER_HELD];

		peer_free(s->peer, *id);
		*id = peer_alloc(s->peer);
	}
}

static void run_peer(struct bench *bench)
{
	const struct load pair = {.work = peer_pair};
	const struct load replace = {.work = peer_replace};
	struct peer_state s = {.peer = peer_create()};
	unsigned threads;
	unsigned i;
	unsigned k;

	for (threads = 1; threads <= BENCH_THREADS; threads++)
		bench_loop(bench, "pair", threads, &pair, &s);
	for (i = 0; i < BENCH_THREADS; i++) {
		s.thread[i].seed = BENCH_SEED(i);
		for (k = 0; k < PEER_HELD; k++)
			s.thread[i].held[k] = peer_alloc(s.peer);
	}
	for (threads = 1; threads <= BENCH_THREADS; threads++)
		bench_loop(bench, "replace-64", threads, &replace, &s);
	peer_destroy(s.peer);
}

const struct benchmark bench_floors[] = {
	{"floor.add-shared", "one atomic add, all threads on one line", run_add_shared},
	{"floor.add-private", "one atomic add, a line per thread", run_add_private},
	{"floor.add-private-twice", "two atomic adds, a line per thread", run_add_private_twice},
	{"floor.read-section", "liburcu (bp): read lock and unlock", run_read_section},
	{"peer.mutex-bitmap", "alloc and free: a bitmap of 2^20 ids under one mutex, lowest first", run_peer},
	{NULL, NULL, NULL},
};
