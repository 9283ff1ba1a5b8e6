/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* linux_xarray.c - subject: the kernel's XArray as a map of ids to objects, which it takes its ids from. */
#include <shim.h>

#include <linux/xarray.h>

#include "common.h"

static inline bool take_range(void *it, unsigned thread, uint32_t first, uint32_t last, subject_token *token)
{
	struct object *object = linux_cache_alloc(linux_objects);

	(void)thread;
	if (object == NULL)
		return false;
	/* The id is in the object before anybody can find it. */
	if (xa_alloc(it, &object->id, object, XA_LIMIT(first, last), GFP_KERNEL) != 0) {
		linux_cache_free(linux_objects, object);
		return false;
	}
	*token = linux_token(object->id, 0);
	return true;
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	return take_range(it, thread, 0, SUBJECT_IDS - 1, token);
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct object *object = xa_erase(it, linux_id(token));

	(void)thread;
	BUG_ON(object == NULL);
	linux_cache_free(linux_objects, object);
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	/* It takes the RCU read lock itself. */
	struct object *object = xa_load(it, linux_id(token));

	(void)thread;
	return object != NULL;
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	struct object *object;

	(void)thread;
	rcu_read_lock();
	object = xa_load(it, linux_id(token));
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
	struct xarray *xa = linux_zalloc_lines(sizeof(*xa));

	(void)threads;
	linux_begin();
	if (xa != NULL)
		xa_init_flags(xa, XA_FLAGS_ALLOC);
	return xa;
}

static void destroy(void *it)
{
	struct object *object;
	unsigned long id;

	xa_for_each((struct xarray *)it, id, object) linux_cache_free(linux_objects, object);
	xa_destroy(it);
	free(it);
	linux_end();
}

const struct subject subject_linux_xarray = {.name = "Linux XArray",
                                             .lacks = "references are the user's, a free does not wait for them; no "
                                                      "owner, reuse at once (the lowest free id)",
                                             .create = create,
                                             .destroy = destroy,
                                             .leave = linux_leave,
                                             LOOPS};
