/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * linux_idr.c - subject: the kernel's IDR, cyclic, which does not use an id again
 * before it has been round. The lock is its user's; memory is seen to before.
 */
#include <shim.h>

#include <linux/idr.h>

#include "common.h"

struct space {
	spinlock_t lock;
	struct idr idr;
};

static inline bool take_range(void *it, unsigned thread, uint32_t first, uint32_t last, subject_token *token)
{
	struct object *object = linux_cache_alloc(linux_objects);
	struct space *space = it;
	int id;

	(void)thread;
	if (object == NULL)
		return false;
	idr_preload(GFP_KERNEL);
	spin_lock(&space->lock);
	id = idr_alloc_cyclic(&space->idr, object, (int)first, (int)last + 1, GFP_NOWAIT);
	/* A lookup that is faster takes it for another object, as it is not out yet. */
	if (id >= 0)
		WRITE_ONCE(object->id, (u32)id);
	spin_unlock(&space->lock);
	idr_preload_end();
	if (id < 0) {
		linux_cache_free(linux_objects, object);
		return false;
	}
	*token = linux_token((u32)id, 0);
	return true;
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	return take_range(it, thread, 0, SUBJECT_IDS - 1, token);
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct space *space = it;
	struct object *object;

	(void)thread;
	spin_lock(&space->lock);
	object = idr_remove(&space->idr, linux_id(token));
	spin_unlock(&space->lock);
	BUG_ON(object == NULL);
	linux_cache_free(linux_objects, object);
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	struct space *space = it;
	struct object *object;

	(void)thread;
	rcu_read_lock();
	object = idr_find(&space->idr, linux_id(token));
	rcu_read_unlock();
	return object != NULL;
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	struct space *space = it;
	struct object *object;

	(void)thread;
	rcu_read_lock();
	object = idr_find(&space->idr, linux_id(token));
	if (object != NULL && !refcount_inc_not_zero(&object->refs))
		object = NULL;
	rcu_read_unlock();
	return object != NULL && linux_check_put(object, linux_id(token));
}

#include "idle.h"
#define HAS_RANGE
#define HAS_FIND
#define HAS_GET
#include "../loops.h"

static void *create(unsigned threads)
{
	struct space *space = linux_zalloc_lines(sizeof(*space));

	(void)threads;
	linux_begin();
	if (space != NULL) {
		spin_lock_init(&space->lock);
		idr_init(&space->idr);
	}
	return space;
}

static void destroy(void *it)
{
	struct space *space = it;
	struct object *object;
	unsigned long next;
	unsigned long id;

	idr_for_each_entry_ul(&space->idr, object, next, id) linux_cache_free(linux_objects, object);
	idr_destroy(&space->idr);
	free(space);
	linux_end();
}

const struct subject subject_linux_idr = {
	.name = "Linux IDR cyclic",
	.lacks = "references are the user's, a free does not wait for them; no owner; reuse only after a round",
	.create = create,
	.destroy = destroy,
	.leave = linux_leave,
	LOOPS};
