/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* sbitmap.c - the block layer's bitmap, all of it there from the beginning. */
#include <linux/gfp.h>
#include <linux/numa.h>
#include <linux/sbitmap.h>

#define NUMBER int
#include "bench.h"

static struct sbitmap map;

static inline bool take(int *number)
{
	*number = sbitmap_get(&map);
	return *number >= 0;
}

static inline void give(int number)
{
	sbitmap_put(&map, (unsigned int)number);
}

#include "loops.h"

static int begin_pair(void)
{
	return sbitmap_init_node(&map, BENCH_LAST + 1, -1, GFP_KERNEL, NUMA_NO_NODE, false, true);
}

static int begin(void)
{
	int error = begin_pair();

	if (!error)
		hold();
	return error;
}

static void end_pair(void)
{
	sbitmap_free(&map);
}

static void end(void)
{
	let_go();
	sbitmap_free(&map);
}

const struct bench_row bench_sbitmap[] = {
	{.workload = "pair", .subject = "sbitmap", .begin = begin_pair, .loop = pair, .end = end_pair},
	{.workload = "replace-64", .subject = "sbitmap", .begin = begin, .loop = replace, .end = end},
	{},
};
