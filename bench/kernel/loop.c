/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* loop.c - the loops around nothing: what is not the subject's in every row. Nothing is subtracted. */
#define NUMBER u32
#include "bench.h"

static inline bool take(u32 *number)
{
	*number = 1;
	OPTIMIZER_HIDE_VAR(*number);
	return *number != 0;
}

static inline void give(u32 number)
{
	OPTIMIZER_HIDE_VAR(number);
}

#include "loops.h"

static u32 live[BENCH_LIVE];
static u32 next;

static int begin(void)
{
	u32 i;

	for (i = 0; i < BENCH_LIVE; i++)
		live[i] = i + 1;
	hold();
	return 0;
}

static void find(u32 operations)
{
	while (operations--) {
		u32 number = live[next];

		next = next + 1 < BENCH_LIVE ? next + 1 : 0;
		OPTIMIZER_HIDE_VAR(number);
		bench_must(number);
	}
}

const struct bench_row bench_loop[] = {
	{.workload = "pair", .subject = "the loop", .loop = pair},
	{.workload = "replace-64", .subject = "the loop", .begin = begin, .loop = replace, .end = let_go},
	{.workload = "find", .subject = "the loop", .begin = begin, .loop = find},
	{},
};
