/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* mutex.c - subject: a tree of bitmaps under one mutex, the lowest number first. */
#include "../peer.h"
#include "subject.h"

#include <stddef.h>

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	uint32_t id;

	(void)thread;
	if (!peer_take(it, &id))
		return false;
	*token = (subject_token)id + 1;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	peer_free(it, (uint32_t)(token - 1));
}

#include "loops.h"

static void *create(unsigned threads)
{
	(void)threads;
	return peer_create();
}

static void destroy(void *it)
{
	peer_destroy(it);
}

const struct subject subject_mutex = {.name = "mutex + bitmap tree",
                                      .lacks = "no object, no reference, no owner, reuse at once",
                                      .create = create,
                                      .destroy = destroy,
                                      LOOPS};
