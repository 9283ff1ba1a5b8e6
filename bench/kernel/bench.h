/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * bench.h - what the subjects of the kernel's benchmark have in common.
 *
 * A subject has its own loops, in a file of its own: so that what is called in
 * them is called directly, as a driver would, and no row pays for an indirect
 * call. The loops are the same for all (loops.h), as far as they do the same.
 */
#ifndef IOASID_BENCH_KERNEL_H
#define IOASID_BENCH_KERNEL_H

#include <linux/compiler.h>
#include <linux/types.h>

#define BENCH_HELD 64u     /* ids held while one is replaced */
#define BENCH_LIVE 1000u   /* ids that are found */
#define BENCH_EVERY 8192u  /* a polled space's deferred work is done after so many operations */
#define BENCH_FIRST 1      /* ids, 0 is nobody's */
#define BENCH_LAST 0xfffff /* 20 bits */

/* One workload of one subject. */
struct bench_row {
	const char *workload;
	const char *subject;
	int (*begin)(void); /* may be NULL, as end and finish */
	void (*loop)(u32 operations);
	void (*finish)(void); /* measured, too: what the loop has left to be done */
	void (*end)(void);
};

/* Arrays that end with an empty row. */
extern const struct bench_row bench_ours[], bench_ours_use[], bench_loop[], bench_ida[], bench_xarray[],
	bench_sbitmap[], bench_count[], bench_ioasid[], bench_global_pasid[];

/* How many calls did not do what they should; one is enough to spoil the run. */
extern u32 bench_failures;

static inline void bench_must(bool good)
{
	if (unlikely(!good))
		bench_failures++;
}

/* The same numbers for all. */
static inline u32 bench_random(u32 *seed)
{
	u32 x = *seed;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*seed = x;
	return x;
}

#define BENCH_SEED 2463534242u

#endif
