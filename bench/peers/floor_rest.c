/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_rest.c - floor: an array of words, behind calls, whose numbers rest.
 *
 * A number that was given back rests while its thread gives back as many as ours do
 * from one grace period to the next; then the oldest comes first. That is what memory
 * and its caches ask of whoever does not hand out at once what has just been given
 * back: nobody looks for anything, nobody waits for anything.
 */
#include "floor_ring.h"

#define REST 8192u

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct rings *rings = it;
	struct ring *ring = &rings->ring[thread];
	uint32_t id;

	if (ring->in - ring->out > REST || !rings_fresh(rings, SUBJECT_IDS - 1, &id)) {
		if (ring->in == ring->out)
			return false;
		id = ring_oldest(ring);
	}
	return rings_begin(rings, id, token);
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	rings_end(it, thread, token);
}

#include "loops.h"

const struct subject subject_floor_rest = {
	.name = "slots that rest",
	.lacks = "numbers rest for a count, whoever still uses them; a thread sees no number that another gave back",
	.floor = true,
	.create = rings_create,
	.destroy = rings_destroy,
	LOOPS};
