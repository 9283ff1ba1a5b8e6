/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_swaps.c - floor: the words that a birth and an end decide by, and nothing else.
 *
 * A leaf, a set and a slot to take, the slot and the leaf to give back: five swaps
 * that nobody else is after, each on a line of its own. Who wants a generation, an
 * owner that can end, and an id that rests pays these.
 */
#include "floor_counter.h"
#include "subject.h"

struct words {
	struct floor_counter leaf;
	struct floor_counter set;
	struct floor_counter slot;
};

static inline uint64_t swap(struct floor_counter *word)
{
	uint64_t now = atomic_load_explicit(&word->count, memory_order_relaxed);

	while (!atomic_compare_exchange_weak(&word->count, &now, now + 1))
		;
	return now;
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct words *words = (struct words *)it + thread;

	(void)swap(&words->leaf);
	(void)swap(&words->set);
	*token = swap(&words->slot) + 1;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct words *words = (struct words *)it + thread;

	(void)token;
	(void)swap(&words->slot);
	(void)swap(&words->leaf);
}

#include "loops.h"

static void *create(unsigned threads)
{
	(void)threads;
	return subject_zalloc(SUBJECT_THREADS * sizeof(struct words));
}

const struct subject subject_floor_swaps = {.name = "five swaps, own lines",
                                            .lacks = FLOOR_LACKS,
                                            .floor = true,
                                            .machine = true,
                                            .create = create,
                                            .destroy = free,
                                            LOOPS};
