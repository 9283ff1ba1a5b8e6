/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_slots.h - an array of words, behind calls, for floors.
 *
 * What is found is checked by its word, and a reference is a swap on that word, for
 * only a swap can refuse one that is too late. A library is called, and its caller
 * knows a number and no pointer.
 */
#ifndef IOASID_BENCH_FLOOR_SLOTS_H
#define IOASID_BENCH_FLOOR_SLOTS_H

#include "subject.h"

#include <stdatomic.h>
#include <stddef.h>

#define IDLE UINT64_C(0)
#define ACTIVE UINT64_C(2)
#define REF UINT64_C(64)

struct slot {
	_Atomic(uint64_t) word;
};

static __attribute__((noinline)) int call_find(struct slot *slot, uint32_t id, uint64_t *found)
{
	uint64_t word;

	if (slot == NULL || found == NULL || id >= SUBJECT_IDS)
		return -1;
	word = atomic_load_explicit(&slot[id].word, memory_order_acquire);
	if ((word & 7) != ACTIVE)
		return -1;
	*found = word | id;
	return 0;
}

static __attribute__((noinline)) int call_change(struct slot *slot, uint32_t id, uint64_t by)
{
	uint64_t word;

	if (slot == NULL || id >= SUBJECT_IDS)
		return -1;
	word = atomic_load_explicit(&slot[id].word, memory_order_relaxed);
	do {
		if ((word & 7) != ACTIVE)
			return -1;
	} while (!atomic_compare_exchange_weak_explicit(&slot[id].word, &word, word + by, memory_order_acq_rel,
	                                                memory_order_acquire));
	return 0;
}

/* Not used by every floor. */
static __attribute__((noinline, unused)) int call_move(struct slot *slot, uint32_t id, uint64_t from, uint64_t to)
{
	if (slot == NULL || id >= SUBJECT_IDS)
		return -1;
	return atomic_compare_exchange_strong(&slot[id].word, &from, to) ? 0 : -1;
}

static inline bool slots_find(struct slot *slot, subject_token token)
{
	uint64_t found;

	return call_find(slot, (uint32_t)(token - 1), &found) == 0;
}

static inline bool slots_get_put(struct slot *slot, subject_token token)
{
	uint32_t id = (uint32_t)(token - 1);

	return call_change(slot, id, REF) == 0 && call_change(slot, id, UINT64_C(0) - REF) == 0;
}

#endif
