/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* stats.c - see stats.h. */
#include "stats.h"

#define STEPS (UINT64_C(1) << HISTOGRAM_SHIFT)

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int top;

	if (ns < STEPS)
		return (unsigned int)ns;
	top = 63 - (unsigned int)__builtin_clzll(ns);
	return ((top - HISTOGRAM_SHIFT + 1) << HISTOGRAM_SHIFT) +
	       (unsigned int)((ns >> (top - HISTOGRAM_SHIFT)) & (STEPS - 1));
}

/* The highest time that falls into the bucket. */
static uint64_t bucket_top(unsigned int bucket)
{
	unsigned int doubling = bucket >> HISTOGRAM_SHIFT;
	uint64_t step = bucket & (STEPS - 1);

	if (doubling == 0)
		return step;
	return ((STEPS + step + 1) << (doubling - 1)) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	stat_add(&histogram->bucket[bucket_of(ns)], 1);
	stat_add(&histogram->count, 1);
}

uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
	uint64_t count = stat_get(&histogram->count);
	uint64_t wanted = (uint64_t)((double)count * share);
	uint64_t seen = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += stat_get(&histogram->bucket[i]);
		if (seen > wanted || (seen > 0 && seen == count))
			return bucket_top(i);
	}
	return 0;
}
