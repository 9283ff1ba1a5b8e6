/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * memory.h - memory as the kernel's slab hands it out: packed objects of one
 * size, from a list of each thread, as the kernel has one of each CPU. A call of
 * a few nanoseconds, at the cheap end of what the kernel's allocator costs.
 */
#ifndef LINUX_SHIM_MEMORY_H
#define LINUX_SHIM_MEMORY_H

#include <stddef.h>

struct kmem_cache;

/* Never NULL: without address space the program ends. @ctor, once for each object: freed ones stay as they are. */
struct kmem_cache *linux_cache_create(size_t size, void (*ctor)(void *));
void *linux_cache_alloc(struct kmem_cache *cache);
void linux_cache_free(struct kmem_cache *cache, void *object);

/* An object by a number that is smaller than its address, and back. */
unsigned linux_cache_index(const struct kmem_cache *cache, const void *object);
void *linux_cache_object(const struct kmem_cache *cache, unsigned index);

/* Before all others. */
void linux_memory_start(void);

/* The classes of kmalloc(): 64, 128, 256 and 512 bytes; 4: larger ones, which are not served. */
#define LINUX_CLASSES 4u
#define LINUX_CLASS(size) ((size) <= 64 ? 0u : (size) <= 128 ? 1u : (size) <= 256 ? 2u : (size) <= 512 ? 3u : 4u)

void *linux_kzalloc(unsigned class_of, size_t size);
/* Large and zeroed, at the beginning of a line. */
void *linux_zalloc_lines(size_t size);
/* Of one or the other, or NULL. */
void linux_kfree(void *object);

/* What the calling thread keeps for itself goes to all. */
void linux_memory_leave(void);
/* Every cache of which nothing is in use gives its memory back to the system. */
void linux_memory_trim(void);

#endif
