/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* common.c - what the subjects out of the kernel share. */
#include <shim.h>

#include "common.h"

struct kmem_cache *linux_objects;
int (*linux_cpu_dead)(unsigned cpu);

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make(void *at)
{
	struct object *object = at;

	refcount_set(&object->refs, 1);
}

/* What the kernel does when it boots. */
static void boot(void)
{
	linux_memory_start();
	radix_tree_init();
	linux_objects = linux_cache_create(sizeof(struct object), make);
	linux_rcu_start();
}

void linux_begin(void)
{
	(void)pthread_once(&once, boot);
}

void linux_leave(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
	(void)linux_cpu_dead(0);
	linux_rcu_leave();
	linux_memory_leave();
}

void linux_end(void)
{
	linux_leave(NULL, 0);
	linux_memory_trim();
}
