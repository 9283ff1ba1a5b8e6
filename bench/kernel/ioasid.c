/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid.c - the real predecessor, of kernels that have it: an object for each number, under one lock.
 *
 * It frees its objects by kfree_rcu(), seconds later and together, most of them
 * after the measurement: that is in its favour.
 */
#include <linux/ioasid.h>

#define NUMBER ioasid_t
#include "bench.h"

static DECLARE_IOASID_SET(set);
static int data;

static inline bool take(ioasid_t *number)
{
	*number = ioasid_alloc(&set, BENCH_FIRST, BENCH_LAST, &data);
	return pasid_valid(*number);
}

static inline void give(ioasid_t number)
{
	ioasid_free(number);
}

#include "loops.h"

static ioasid_t live[BENCH_LIVE];
static u32 next;

static int begin_replace(void)
{
	hold();
	return 0;
}

static int begin_find(void)
{
	u32 i;

	for (i = 0; i < BENCH_LIVE; i++)
		bench_must(take(&live[i]));
	next = 0;
	return 0;
}

static void end_find(void)
{
	u32 i;

	for (i = 0; i < BENCH_LIVE; i++)
		give(live[i]);
}

static void find(u32 operations)
{
	while (operations--) {
		ioasid_t number = live[next];

		next = next + 1 < BENCH_LIVE ? next + 1 : 0;
		bench_must(ioasid_find(&set, number, NULL) == &data);
	}
}

const struct bench_row bench_ioasid[] = {
	{.workload = "pair", .subject = "ioasid", .loop = pair},
	{.workload = "replace-64", .subject = "ioasid", .begin = begin_replace, .loop = replace, .end = let_go},
	{.workload = "find", .subject = "ioasid", .begin = begin_find, .loop = find, .end = end_find},
	{},
};
