/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* count.c - the kernel's counts of references, each where one would use it: of an object, and per CPU. */
#include <linux/percpu-refcount.h>
#include <linux/refcount.h>

#include "bench.h"

static refcount_t counts[BENCH_LIVE];
static struct percpu_ref requests[BENCH_HELD];
static u32 next;

static int begin_counts(void)
{
	u32 i;

	for (i = 0; i < BENCH_LIVE; i++)
		refcount_set(&counts[i], 1);
	next = 0;
	return 0;
}

static void get_put(u32 operations)
{
	while (operations--) {
		refcount_t *count = &counts[next];

		next = next + 1 < BENCH_LIVE ? next + 1 : 0;
		bench_must(refcount_inc_not_zero(count));
		bench_must(!refcount_dec_and_test(count));
	}
}

static void released(struct percpu_ref *ref)
{
}

static int begin_requests(void)
{
	u32 i;

	next = 0;
	for (i = 0; i < BENCH_HELD; i++) {
		int error = percpu_ref_init(&requests[i], released, 0, GFP_KERNEL);

		if (error)
			return error;
	}
	return 0;
}

static void end_requests(void)
{
	u32 i;

	for (i = 0; i < BENCH_HELD; i++)
		percpu_ref_exit(&requests[i]);
}

static void request(u32 operations)
{
	while (operations--) {
		struct percpu_ref *ref = &requests[next++ % BENCH_HELD];

		bench_must(percpu_ref_tryget_live(ref));
		percpu_ref_put(ref);
	}
}

const struct bench_row bench_count[] = {
	{.workload = "get+put", .subject = "refcount", .begin = begin_counts, .loop = get_put},
	{.workload = "request", .subject = "percpu_ref", .begin = begin_requests, .loop = request, .end = end_requests},
	{},
};
