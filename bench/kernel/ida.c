/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ida.c - the kernel's own allocator of numbers: nothing but the numbers. */
#include <linux/gfp.h>
#include <linux/idr.h>

#define NUMBER int
#include "bench.h"

static DEFINE_IDA(ida);

static inline bool take(int *number)
{
	*number = ida_alloc_range(&ida, BENCH_FIRST, BENCH_LAST, GFP_KERNEL);
	return *number >= 0;
}

static inline void give(int number)
{
	ida_free(&ida, (unsigned int)number);
}

#include "loops.h"

static int begin(void)
{
	hold();
	return 0;
}

static void end_pair(void)
{
	ida_destroy(&ida);
}

static void end(void)
{
	let_go();
	ida_destroy(&ida);
}

const struct bench_row bench_ida[] = {
	{.workload = "pair", .subject = "ida", .loop = pair, .end = end_pair},
	{.workload = "replace-64", .subject = "ida", .begin = begin, .loop = replace, .end = end},
	{},
};
