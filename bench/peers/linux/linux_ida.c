/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* linux_ida.c - subject: the kernel's IDA, which is bitmaps in an XArray under its lock. */
#include <shim.h>

#include <linux/idr.h>

#include "common.h"

static inline bool take_range(void *it, unsigned thread, uint32_t first, uint32_t last, subject_token *token)
{
	int id = ida_alloc_range(it, first, last, GFP_KERNEL);

	(void)thread;
	*token = linux_token((u32)id, 0);
	return id >= 0;
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	return take_range(it, thread, 0, SUBJECT_IDS - 1, token);
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	ida_free(it, linux_id(token));
}

#include "idle.h"
#define HAS_RANGE
#include "../loops.h"

static void *create(unsigned threads)
{
	struct ida *ida = linux_zalloc_lines(sizeof(*ida));

	(void)threads;
	linux_begin();
	if (ida != NULL)
		ida_init(ida);
	return ida;
}

static void destroy(void *it)
{
	ida_destroy(it);
	free(it);
	linux_end();
}

const struct subject subject_linux_ida = {
	.name = "Linux IDA",
	.lacks = "no object, no find, no reference, no owner, reuse at once (the lowest free id)",
	.create = create,
	.destroy = destroy,
	.leave = linux_leave,
	LOOPS};
