/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * aspace.c - see aspace.h.
 *
 * Words are atomic, and relaxed: strangers do meet in this memory, that is what
 * the tool is there to show, and it must stay defined C when they do.
 */
#include "aspace.h"

#include <stdlib.h>

#include "must.h"

#define PAGE_WORDS (ASPACE_PAGE_SIZE / sizeof(uint64_t))
#define ALL_WORDS (ASPACE_PAGES * PAGE_WORDS)

/* The process has touched all of its pages but the last when it binds. */
#define BORN_PRESENT ((UINT32_C(1) << (ASPACE_PAGES - 1)) - 1)

void aspace_pool_init(struct aspace_pool *pool)
{
	*pool = (struct aspace_pool){.all = must_calloc(ASPACE_LIMIT, sizeof(struct aspace *))};
	must_hold(pthread_mutex_init(&pool->lock, NULL) == 0, "making a lock", 0);
	must_cond_init(&pool->back);
}

void aspace_pool_fini(struct aspace_pool *pool)
{
	for (uint32_t i = 0; i < pool->nr_all; i++) {
		free(pool->all[i]->words);
		free(pool->all[i]);
	}
	free(pool->all);
	(void)pthread_cond_destroy(&pool->back);
	(void)pthread_mutex_destroy(&pool->lock);
}

static void fill(struct aspace *space, uint64_t mark)
{
	for (size_t i = 0; i < ALL_WORDS; i++)
		atomic_store_explicit(&space->words[i], mark, memory_order_relaxed);
}

struct aspace *aspace_get(struct aspace_pool *pool, uint64_t mark)
{
	struct aspace *space;

	pthread_mutex_lock(&pool->lock);
	while (pool->used == ASPACE_LIMIT)
		pthread_cond_wait(&pool->back, &pool->lock);
	pool->used++;
	space = pool->free;
	if (space) {
		pool->free = space->next;
	} else {
		space = must_calloc(1, sizeof(*space));
		space->words = must_calloc(ALL_WORDS, sizeof(*space->words));
		pool->all[pool->nr_all++] = space;
	}
	pthread_mutex_unlock(&pool->lock);
	fill(space, mark);
	atomic_store_explicit(&space->present, BORN_PRESENT, memory_order_release);
	return space;
}

bool aspace_put(struct aspace_pool *pool, struct aspace *space, uint64_t mark)
{
	bool clean = true;

	for (size_t i = 0; i < ALL_WORDS && clean; i++)
		clean = atomic_load_explicit(&space->words[i], memory_order_relaxed) == mark;
	fill(space, ASPACE_NOBODY);
	pthread_mutex_lock(&pool->lock);
	space->next = pool->free;
	pool->free = space;
	pool->used--;
	pthread_cond_signal(&pool->back);
	pthread_mutex_unlock(&pool->lock);
	return !clean;
}

uint32_t aspace_page(uint64_t address)
{
	if (address < ASPACE_BASE || address >= ASPACE_BASE + ASPACE_PAGES * ASPACE_PAGE_SIZE)
		return ASPACE_PAGES;
	return (uint32_t)((address - ASPACE_BASE) / ASPACE_PAGE_SIZE);
}

void aspace_make_present(struct aspace *space, uint32_t page)
{
	(void)atomic_fetch_or_explicit(&space->present, UINT32_C(1) << page, memory_order_acq_rel);
}

bool aspace_is_present(const struct aspace *space, uint32_t page)
{
	return (atomic_load_explicit(&space->present, memory_order_acquire) >> page) & 1;
}

static _Atomic uint64_t *page_words(const struct aspace *space, uint64_t address)
{
	return space->words + aspace_page(address) * PAGE_WORDS;
}

uint64_t aspace_read(const struct aspace *space, uint64_t address, uint32_t size)
{
	_Atomic uint64_t *words = page_words(space, address);
	uint64_t mark = atomic_load_explicit(&words[0], memory_order_relaxed);

	for (size_t i = 1; i < PAGE_WORDS && i * sizeof(*words) < size; i++)
		(void)atomic_load_explicit(&words[i], memory_order_relaxed);
	return mark;
}

uint64_t aspace_write(struct aspace *space, uint64_t address, uint32_t size, uint64_t mark)
{
	_Atomic uint64_t *words = page_words(space, address);
	uint64_t found = atomic_load_explicit(&words[0], memory_order_relaxed);

	for (size_t i = 1; i < PAGE_WORDS && i * sizeof(*words) < size; i++)
		atomic_store_explicit(&words[i], mark, memory_order_relaxed);
	return found;
}
