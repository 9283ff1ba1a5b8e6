/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * linux_sbitmap.c - subject: the kernel's scalable bitmap, as the block layer
 * takes its tags from it: a hint of each CPU, clears put off, no waiting.
 */
#include <shim.h>

#include <linux/sbitmap.h>

#include "common.h"

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	unsigned cpu;
	int id = sbitmap_queue_get(it, &cpu);

	(void)thread;
	*token = linux_token((u32)id, cpu);
	return id >= 0;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	/* The CPU that it was taken on, which it becomes the hint of. */
	sbitmap_queue_clear(it, linux_id(token), (unsigned)(token >> 32));
}

#include "../loops.h"

static void *create(unsigned threads)
{
	struct sbitmap_queue *queue = linux_zalloc_lines(sizeof(*queue));

	(void)threads;
	linux_begin();
	if (queue != NULL && sbitmap_queue_init_node(queue, SUBJECT_IDS, -1, false, GFP_KERNEL, NUMA_NO_NODE) != 0) {
		free(queue);
		return NULL;
	}
	return queue;
}

static void destroy(void *it)
{
	sbitmap_queue_free(it);
	free(it);
}

const struct subject subject_linux_sbitmap = {
	.name = "Linux sbitmap",
	.lacks = "no object, no find, no reference, no owner, no range, reuse at once, may fail while an id is free",
	.create = create,
	.destroy = destroy,
	LOOPS};
