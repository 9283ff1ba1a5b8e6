/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * memory.c - packed objects of one size: an address range that is carved as it is
 * needed, a stack of free objects for all, and one of each thread in front of it.
 */
#include "memory.h"

#include "lock.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CACHES 8u
#define RANGE ((size_t)1 << 30)
#define BATCH 64u
#define LINE 64u

struct kmem_cache {
	linux_lock lock;
	unsigned number;
	size_t size;
	void (*ctor)(void *);
	char *range;
	size_t carved; /* bytes at the beginning of the range that are objects */
	void **free;
	size_t free_count;
};

struct magazine {
	unsigned count;
	void *object[2 * BATCH];
};

/* A range of each cache, one behind the other, so that an address tells its cache. */
static char *ranges;
static struct kmem_cache cache[CACHES];
static unsigned cache_count;
static _Thread_local struct magazine magazine[CACHES];

static void *reserve(size_t size)
{
	void *range = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (range == MAP_FAILED) {
		perror("address space for the memory of the Linux peers");
		abort();
	}
	return range;
}

struct kmem_cache *linux_cache_create(size_t size, void (*ctor)(void *))
{
	struct kmem_cache *it = &cache[cache_count];

	if (cache_count == CACHES)
		abort();
	it->number = cache_count++;
	it->size = (size + 7) & ~(size_t)7;
	it->ctor = ctor;
	it->range = ranges + RANGE * it->number;
	it->free = reserve(RANGE / it->size * sizeof(void *));
	return it;
}

/* The first caches are the classes of kmalloc(). */
void linux_memory_start(void)
{
	unsigned i;

	ranges = reserve(RANGE * CACHES);
	for (i = 0; i < LINUX_CLASSES; i++)
		(void)linux_cache_create((size_t)64 << i, NULL);
}

/* A batch of free objects, or of new ones side by side, so that threads do not share their lines. */
static unsigned refill(struct kmem_cache *it, void **object)
{
	unsigned n = 0;

	linux_lock_take(&it->lock);
	if (it->free_count > 0) {
		n = it->free_count < BATCH ? (unsigned)it->free_count : BATCH;
		it->free_count -= n;
		memcpy(object, it->free + it->free_count, n * sizeof(*object));
	} else {
		while (n < BATCH && it->carved + it->size <= RANGE) {
			object[n] = it->range + it->carved;
			it->carved += it->size;
			if (it->ctor != NULL)
				it->ctor(object[n]);
			n++;
		}
	}
	linux_lock_drop(&it->lock);
	return n;
}

static void give_back(struct kmem_cache *it, void *const *object, unsigned count)
{
	linux_lock_take(&it->lock);
	memcpy(it->free + it->free_count, object, count * sizeof(*object));
	it->free_count += count;
	linux_lock_drop(&it->lock);
}

void *linux_cache_alloc(struct kmem_cache *it)
{
	struct magazine *mine = &magazine[it->number];

	if (mine->count == 0) {
		mine->count = refill(it, mine->object);
		if (mine->count == 0)
			return NULL;
	}
	return mine->object[--mine->count];
}

void linux_cache_free(struct kmem_cache *it, void *object)
{
	struct magazine *mine = &magazine[it->number];

	/* The colder half goes. */
	if (mine->count == 2 * BATCH) {
		give_back(it, mine->object, BATCH);
		memcpy(mine->object, mine->object + BATCH, BATCH * sizeof(mine->object[0]));
		mine->count = BATCH;
	}
	mine->object[mine->count++] = object;
}

unsigned linux_cache_index(const struct kmem_cache *it, const void *object)
{
	return (unsigned)((size_t)((const char *)object - it->range) / it->size);
}

void *linux_cache_object(const struct kmem_cache *it, unsigned index)
{
	return it->range + it->size * index;
}

void *linux_kzalloc(unsigned class_of, size_t size)
{
	void *object = class_of < LINUX_CLASSES ? linux_cache_alloc(&cache[class_of]) : NULL;

	return object != NULL ? memset(object, 0, size) : NULL;
}

void *linux_zalloc_lines(size_t size)
{
	void *lines = aligned_alloc(LINE, (size + LINE - 1) / LINE * LINE);

	return lines != NULL ? memset(lines, 0, size) : NULL;
}

void linux_kfree(void *object)
{
	size_t at = (size_t)((uintptr_t)object - (uintptr_t)ranges);

	if (at < RANGE * LINUX_CLASSES)
		linux_cache_free(&cache[at / RANGE], object);
	else
		free(object);
}

void linux_memory_leave(void)
{
	unsigned i;

	for (i = 0; i < CACHES; i++) {
		if (magazine[i].count > 0)
			give_back(&cache[i], magazine[i].object, magazine[i].count);
		magazine[i].count = 0;
	}
}

static void trim(struct kmem_cache *it)
{
	linux_lock_take(&it->lock);
	if (it->free_count * it->size == it->carved && it->carved > 0) {
		(void)madvise(it->range, RANGE, MADV_DONTNEED);
		(void)madvise(it->free, RANGE / it->size * sizeof(void *), MADV_DONTNEED);
		it->carved = 0;
		it->free_count = 0;
	}
	linux_lock_drop(&it->lock);
}

void linux_memory_trim(void)
{
	unsigned i;

	for (i = 0; i < cache_count; i++)
		trim(&cache[i]);
}
