/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * common.h - what the subjects out of the kernel share: the start and the end of
 * a thread, tokens, and the object behind an id.
 *
 * The objects come from a slab of their own and stay objects while they are free
 * (in the kernel: SLAB_TYPESAFE_BY_RCU), so that a lookup may look at one without
 * more ado and then checks whether it is still the one it looked for. They are
 * counted once when they are made: that reference is the slab's. So get and put are what they
 * cost in the kernel, and freeing an id costs nothing for the sake of references;
 * it does not wait for them either.
 */
#ifndef IOASID_BENCH_LINUX_COMMON_H
#define IOASID_BENCH_LINUX_COMMON_H

#include "linux.h"

struct object {
	refcount_t refs;
	u32 id;
	void *owner;
};

extern struct kmem_cache *linux_objects;

/* On the thread that creates a subject. */
void linux_begin(void);
/* On every thread that used it; then whoever destroys it, linux_end(). */
void linux_leave(void *it, unsigned thread);
void linux_end(void);

/* The number is in the low half; a subject may have something of its own in the other one. */
static inline subject_token linux_token(u32 id, u32 more)
{
	return ((subject_token)more << 32) | (id + 1);
}

static inline u32 linux_id(subject_token token)
{
	return (u32)token - 1;
}

/* After a reference was taken: is it the object that was looked for? Drops the reference. */
static inline bool linux_check_put(struct object *object, u32 id)
{
	bool ours = object->id == id;

	(void)refcount_dec_and_test(&object->refs);
	return ours;
}

#endif
