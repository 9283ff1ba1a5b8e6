/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ck_ring.c - subject: Concurrency Kit's ring, many producers and many consumers, of free numbers. */
#include "subject.h"

#include <ck_ring.h>
#include <stdlib.h>

/* It holds one less than its size, which is a power of two. */
#define SLOTS (2 * SUBJECT_IDS)

struct ring {
	_Alignas(SUBJECT_LINE) ck_ring_t ring;
	_Alignas(SUBJECT_LINE) ck_ring_buffer_t slot[SLOTS];
};

/* The ring carries pointers; a token is one. */
static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct ring *ring = it;
	void *number;

	(void)thread;
	if (!ck_ring_dequeue_mpmc(&ring->ring, ring->slot, &number))
		return false;
	*token = (uintptr_t)number;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct ring *ring = it;

	(void)thread;
	while (!ck_ring_enqueue_mpmc(&ring->ring, ring->slot, (const void *)(uintptr_t)token))
		ck_pr_stall();
}

#include "loops.h"

static void *create(unsigned threads)
{
	struct ring *ring = subject_zalloc(sizeof(*ring));
	subject_token token;

	(void)threads;
	if (ring == NULL)
		return NULL;
	ck_ring_init(&ring->ring, SLOTS);
	for (token = 1; token <= SUBJECT_IDS; token++)
		give(ring, 0, token);
	return ring;
}

const struct subject subject_ck_ring = {
	.name = "ck ring",
	.lacks = "no object, no reference, no owner, no ranges; who is preempted while giving back stalls the others, "
		 "and "
		 "they find no number",
	.floor = true,
	.create = create,
	.destroy = free,
	LOOPS};
