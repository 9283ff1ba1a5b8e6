/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* floor_counter.h - a counter for each thread, on a line of its own: what the cheapest dispenser does. */
#ifndef IOASID_BENCH_FLOOR_COUNTER_H
#define IOASID_BENCH_FLOOR_COUNTER_H

#include "subject.h"

#include <stdatomic.h>
#include <stdlib.h>

#define FLOOR_LACKS "the instruction alone: hands out no ids"

struct floor_counter {
	_Alignas(SUBJECT_LINE) _Atomic(uint64_t) count;
};

/* floor_add() - adds to the counter of @thread; what comes of it is never 0. */
static inline subject_token floor_add(void *it, unsigned thread)
{
	struct floor_counter *counter = it;

	return atomic_fetch_add(&counter[thread].count, 1) + 1;
}

static inline void *floor_create(unsigned threads)
{
	(void)threads;
	return subject_zalloc(SUBJECT_THREADS * sizeof(struct floor_counter));
}

#endif
