/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_numbers.h - numbers for floors that measure something else.
 *
 * Fresh ones in order out of one counter, and after that each thread its own,
 * the last one first. A thread sees no number that another one gave back.
 */
#ifndef IOASID_BENCH_FLOOR_NUMBERS_H
#define IOASID_BENCH_FLOOR_NUMBERS_H

#include "subject.h"

#include <stdatomic.h>
#include <stdlib.h>

struct floor_stack {
	_Alignas(SUBJECT_LINE) uint32_t *number;
	uint32_t count;
};

struct floor_numbers {
	struct floor_stack stack[SUBJECT_THREADS];
	_Alignas(SUBJECT_LINE) _Atomic(uint32_t) fresh;
};

static inline bool floor_take(struct floor_numbers *numbers, unsigned thread, uint32_t *id)
{
	struct floor_stack *stack = &numbers->stack[thread];

	if (stack->count > 0) {
		*id = stack->number[--stack->count];
		return true;
	}
	if (atomic_load_explicit(&numbers->fresh, memory_order_relaxed) >= SUBJECT_IDS)
		return false;
	/* With the threads there are, it does not wrap round. */
	*id = atomic_fetch_add_explicit(&numbers->fresh, 1, memory_order_relaxed);
	return *id < SUBJECT_IDS;
}

static inline void floor_give(struct floor_numbers *numbers, unsigned thread, uint32_t id)
{
	struct floor_stack *stack = &numbers->stack[thread];

	stack->number[stack->count++] = id;
}

static inline void floor_numbers_free(struct floor_numbers *numbers)
{
	unsigned i;

	for (i = 0; i < SUBJECT_THREADS; i++)
		free(numbers->stack[i].number);
}

static inline bool floor_numbers_init(struct floor_numbers *numbers, unsigned threads)
{
	unsigned i;

	for (i = 0; i < threads; i++) {
		numbers->stack[i].number = subject_zalloc(SUBJECT_IDS * sizeof(uint32_t));
		if (numbers->stack[i].number == NULL) {
			floor_numbers_free(numbers);
			return false;
		}
	}
	return true;
}

#endif
