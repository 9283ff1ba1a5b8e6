/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_swaps.c - floor: the words that a birth and an end decide by, and nothing else.
 *
 * A leaf and a set to take, a slot and the leaf to give back: four swaps that nobody
 * else is after, and a store to the slot, each on a line of its own. Who wants a
 * generation, an owner that can end, and an id that rests pays these.
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
	*token = atomic_load_explicit(&words->slot.count, memory_order_relaxed) + 1;
	atomic_store_explicit(&words->slot.count, *token, memory_order_release);
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

const struct subject subject_floor_swaps = {.name = "four swaps, own lines",
                                            .lacks = FLOOR_LACKS,
                                            .floor = true,
                                            .machine = true,
                                            .create = create,
                                            .destroy = free,
                                            LOOPS};
