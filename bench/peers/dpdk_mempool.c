/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * dpdk_mempool.c - subject: DPDK's memory pool, with its cache for each core.
 *
 * Every element has its number in it, and they lie side by side in the order of
 * their numbers, so that a number leads to its element without a table.
 */
#include "dpdk_eal.h"
#include "subject.h"

#include <rte_lcore.h>
#include <rte_mempool.h>
#include <stdlib.h>

struct element {
	_Alignas(SUBJECT_LINE) uint32_t id;
};

struct pool {
	struct rte_mempool *mempool;
	char *first;
	uint64_t stride;
};

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct pool *pool = it;
	void *element;

	(void)thread;
	if (rte_mempool_get(pool->mempool, &element) != 0)
		return false;
	*token = (subject_token)((struct element *)element)->id + 1;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct pool *pool = it;

	(void)thread;
	rte_mempool_put(pool->mempool, pool->first + (token - 1) * pool->stride);
}

#include "loops.h"

static void number(struct rte_mempool *mempool, void *arg, void *element, unsigned id)
{
	struct pool *pool = arg;

	if (id == 0) {
		pool->first = element;
		pool->stride = rte_mempool_calc_obj_size(mempool->elt_size, mempool->flags, NULL);
	}
	if ((char *)element != pool->first + id * pool->stride)
		pool->stride = 0;
	((struct element *)element)->id = id;
}

static void destroy(void *it)
{
	struct pool *pool = it;

	rte_mempool_free(pool->mempool);
	free(pool);
}

static void *create(unsigned threads)
{
	struct pool *pool;
	char name[DPDK_NAME];

	(void)threads;
	if (!dpdk_init())
		return NULL;
	pool = subject_zalloc(sizeof(*pool));
	if (pool == NULL)
		return NULL;
	dpdk_name(name, "elements");
	/* No device reads them: they need not be contiguous but for us. */
	pool->mempool = rte_mempool_create(name, SUBJECT_IDS, sizeof(struct element), RTE_MEMPOOL_CACHE_MAX_SIZE, 0,
	                                   NULL, NULL, number, pool, SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (pool->mempool == NULL || pool->stride == 0) {
		destroy(pool);
		return NULL;
	}
	return pool;
}

static void enter(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
	dpdk_enter();
}

/* What is in the cache of a core that nobody runs on is lost to all others. */
static void leave(void *it, unsigned thread)
{
	struct pool *pool = it;

	(void)thread;
	rte_mempool_cache_flush(NULL, pool->mempool);
	dpdk_leave();
}

const struct subject subject_dpdk_mempool = {
	.name = "DPDK rte_mempool",
	.lacks = "no lookup, no reference, no owner, no ranges, reuse at once; free ids are stranded in the caches of "
		 "other "
		 "cores, up to 768 in each",
	.floor = true,
	.create = create,
	.destroy = destroy,
	.enter = enter,
	.leave = leave,
	LOOPS};
