/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * loops.h - the loops that are the same for all who allocate, made of the subject's own
 *
 *	static inline bool take(NUMBER *number);  true: there is one
 *	static inline void give(NUMBER number);
 */
#ifndef IOASID_BENCH_KERNEL_LOOPS_H
#define IOASID_BENCH_KERNEL_LOOPS_H

#include "bench.h"

static NUMBER held[BENCH_HELD];
static u32 seed;

static void pair(u32 operations)
{
	NUMBER number;

	while (operations--) {
		bench_must(take(&number));
		give(number);
	}
}

static void replace(u32 operations)
{
	while (operations--) {
		NUMBER *one = &held[bench_random(&seed) % BENCH_HELD];

		give(*one);
		bench_must(take(one));
	}
}

static void hold(void)
{
	u32 i;

	seed = BENCH_SEED;
	for (i = 0; i < BENCH_HELD; i++)
		bench_must(take(&held[i]));
}

static void let_go(void)
{
	u32 i;

	for (i = 0; i < BENCH_HELD; i++)
		give(held[i]);
}

#endif
