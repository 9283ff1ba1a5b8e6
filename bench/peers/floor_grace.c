/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_grace.c - floor: the same slots, whose numbers rest until a grace period is over.
 *
 * That is the least that whoever promises "no reader of the last life is left" has
 * to do: a read section around each end, and a grace period (liburcu's, of the kind
 * that ours uses) after as many as ours polls after, or as soon as there is no other
 * number. Everything else is left out. Whose a number was is not known, nobody looks
 * for anything, there is no exact refusal, and all who take out of a range take out of
 * the same one.
 */
#include "floor_ring.h"

#include <urcu-bp.h>

#define EVERY 8192u /* as in ours.c */

static void grace_period(struct ring *ring)
{
	uint32_t before = ring->in;

	synchronize_rcu();
	ring->rested = before;
}

#define HAS_RANGE
static inline bool take_range(void *it, unsigned thread, uint32_t first, uint32_t last, subject_token *token)
{
	struct rings *rings = it;
	struct ring *ring = &rings->ring[thread];
	uint32_t id = atomic_load_explicit(&rings->fresh, memory_order_relaxed);

	while (id < first && !atomic_compare_exchange_weak(&rings->fresh, &id, first))
		;
	if (ring->out == ring->rested && !rings_fresh(rings, last, &id)) {
		if (ring->in == ring->out)
			return false;
		grace_period(ring);
	}
	if (ring->out != ring->rested)
		id = ring_oldest(ring);
	return rings_begin(rings, id, token);
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	return take_range(it, thread, 0, SUBJECT_IDS - 1, token);
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct rings *rings = it;
	struct ring *ring = &rings->ring[thread];

	rcu_read_lock();
	rings_end(rings, thread, token);
	rcu_read_unlock();
	if (ring->in - ring->rested >= EVERY)
		grace_period(ring);
}

#include "loops.h"

static void settle(void *it, unsigned thread)
{
	grace_period(&((struct rings *)it)->ring[thread]);
}

const struct subject subject_floor_grace = {
	.name = "slots, grace periods",
	.lacks = "no owners, no exact refusal; a thread sees no number that another gave back",
	.floor = true,
	.create = rings_create,
	.destroy = rings_destroy,
	.settle = settle,
	LOOPS};
