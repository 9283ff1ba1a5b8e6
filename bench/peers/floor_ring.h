/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_ring.h - slots whose numbers rest, for floors: each thread has its own, the
 * oldest first, and fresh ones come out of one counter.
 *
 * Taking a number and giving it back is a swap on its word. A thread sees no number
 * that another gave back.
 */
#ifndef IOASID_BENCH_FLOOR_RING_H
#define IOASID_BENCH_FLOOR_RING_H

#include "floor_slots.h"

#include <stdlib.h>

struct ring {
	_Alignas(SUBJECT_LINE) uint32_t *number;
	uint32_t in;
	uint32_t rested; /* up to here they may be handed out again; who goes by their count needs no such mark */
	uint32_t out;
};

struct rings {
	struct slot *slot;
	_Atomic(uint32_t) fresh;
	struct ring ring[SUBJECT_THREADS];
};

/* rings_fresh() - one that nobody has had, up to @last. */
static inline bool rings_fresh(struct rings *rings, uint32_t last, uint32_t *id)
{
	if (atomic_load_explicit(&rings->fresh, memory_order_relaxed) > last)
		return false;
	/* With the threads there are, it does not wrap round. */
	*id = atomic_fetch_add_explicit(&rings->fresh, 1, memory_order_relaxed);
	return *id <= last;
}

static inline uint32_t ring_oldest(struct ring *ring)
{
	return ring->number[ring->out++ % SUBJECT_IDS];
}

static inline bool rings_begin(struct rings *rings, uint32_t id, subject_token *token)
{
	*token = (subject_token)id + 1;
	return call_move(rings->slot, id, IDLE, ACTIVE) == 0;
}

static inline void rings_end(struct rings *rings, unsigned thread, subject_token token)
{
	struct ring *ring = &rings->ring[thread];
	uint32_t id = (uint32_t)(token - 1);

	if (call_move(rings->slot, id, ACTIVE, IDLE) == 0)
		ring->number[ring->in++ % SUBJECT_IDS] = id;
}

static void rings_destroy(void *it)
{
	struct rings *rings = it;
	unsigned i;

	for (i = 0; i < SUBJECT_THREADS; i++)
		free(rings->ring[i].number);
	free(rings->slot);
	free(rings);
}

static void *rings_create(unsigned threads)
{
	struct rings *rings = subject_zalloc(sizeof(*rings));
	bool made = rings != NULL;
	unsigned i;

	if (!made)
		return NULL;
	rings->slot = subject_zalloc(SUBJECT_IDS * sizeof(*rings->slot));
	made = rings->slot != NULL;
	for (i = 0; made && i < threads; i++) {
		rings->ring[i].number = subject_zalloc(SUBJECT_IDS * sizeof(uint32_t));
		made = rings->ring[i].number != NULL;
	}
	if (made)
		return rings;
	rings_destroy(rings);
	return NULL;
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	return slots_find(((struct rings *)it)->slot, token);
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	return slots_get_put(((struct rings *)it)->slot, token);
}

#define HAS_FIND
#define HAS_GET

#endif
