/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * linux_ioasid.c - subject: the kernel's allocator of I/O address space ids, with
 * its own allocator and one set. There is one of it: it is the kernel's only one.
 */
#include <shim.h>

#include <linux/ioasid.h>

#include "common.h"

static DECLARE_IOASID_SET(set);
static bool in_use;

static inline bool take_range(void *it, unsigned thread, uint32_t first, uint32_t last, subject_token *token)
{
	struct object *object = linux_cache_alloc(linux_objects);
	ioasid_t id;

	(void)thread;
	if (object == NULL)
		return false;
	id = ioasid_alloc(it, first, last, object);
	if (!pasid_valid(id)) {
		linux_cache_free(linux_objects, object);
		return false;
	}
	/* A lookup that is faster takes it for another object, as it is not out yet. */
	WRITE_ONCE(object->id, id);
	*token = linux_token(id, linux_cache_index(linux_objects, object));
	return true;
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	return take_range(it, thread, 0, SUBJECT_IDS - 1, token);
}

/* Its user knows the object, and ioasid_free() does not tell. */
static inline void give(void *it, unsigned thread, subject_token token)
{
	(void)it;
	(void)thread;
	ioasid_free(linux_id(token));
	linux_cache_free(linux_objects, linux_cache_object(linux_objects, (unsigned)(token >> 32)));
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	return !IS_ERR_OR_NULL(ioasid_find(it, linux_id(token), NULL));
}

static bool getter(void *private)
{
	struct object *object = private;

	return refcount_inc_not_zero(&object->refs);
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	struct object *object = ioasid_find(it, linux_id(token), getter);

	(void)thread;
	return !IS_ERR_OR_NULL(object) && linux_check_put(object, linux_id(token));
}

#include "idle.h"
#define HAS_RANGE
#define HAS_FIND
#define HAS_GET
#include "../loops.h"

static void *create(unsigned threads)
{
	(void)threads;
	linux_begin();
	if (in_use)
		return NULL;
	in_use = true;
	return &set;
}

static void destroy(void *it)
{
	struct object *object;
	ioasid_t id;

	for (id = 0; id < SUBJECT_IDS; id++) {
		object = ioasid_find(it, id, NULL);
		if (!IS_ERR_OR_NULL(object)) {
			ioasid_free(id);
			linux_cache_free(linux_objects, object);
		}
	}
	in_use = false;
	linux_end();
}

const struct subject subject_linux_ioasid = {
	.name = "Linux ioasid.c",
	.lacks = "references are the user's, a free does not wait for them; no end of an owner, reuse at once",
	.create = create,
	.destroy = destroy,
	.leave = linux_leave,
	LOOPS};
