/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* dpdk_ring.c - subject: DPDK's ring of free numbers, many producers and many consumers, in its default mode. */
#include "dpdk_eal.h"
#include "subject.h"

#include <rte_lcore.h>
#include <rte_ring.h>

/* The ring carries pointers; a token is one. */
static inline bool take(void *it, unsigned thread, subject_token *token)
{
	void *number;

	(void)thread;
	if (rte_ring_dequeue(it, &number) != 0)
		return false;
	*token = (uintptr_t)number;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	while (rte_ring_enqueue(it, (void *)(uintptr_t)token) != 0)
		rte_pause();
}

#include "loops.h"

static void *create(unsigned threads)
{
	struct rte_ring *ring;
	char name[DPDK_NAME];
	subject_token token;

	(void)threads;
	if (!dpdk_init())
		return NULL;
	dpdk_name(name, "numbers");
	ring = rte_ring_create(name, SUBJECT_IDS, SOCKET_ID_ANY, RING_F_EXACT_SZ);
	for (token = 1; ring != NULL && token <= SUBJECT_IDS; token++)
		give(ring, 0, token);
	return ring;
}

static void destroy(void *it)
{
	rte_ring_free(it);
}

static void enter(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
	dpdk_enter();
}

static void leave(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
	dpdk_leave();
}

const struct subject subject_dpdk_ring = {
	.name = "DPDK rte_ring",
	.lacks = "no object, no reference, no owner, no ranges; who is preempted within an operation stalls all others "
		 "of "
		 "its kind, so more threads than cores are not meant for it",
	.floor = true,
	.create = create,
	.destroy = destroy,
	.enter = enter,
	.leave = leave,
	LOOPS};
