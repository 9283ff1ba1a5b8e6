/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * dpdk_hash.c - subject: DPDK's hash table from id to object, read without a lock.
 *
 * The objects are in a memory pool with a cache for each core, and every object
 * keeps its number for life, so the pool hands out the numbers as well. The
 * table's own RCU puts a deleted object back into the pool when all threads have
 * been quiescent: they say so after every operation, and are offline outside of
 * the loops, where they may block.
 */
#include "dpdk_eal.h"
#include "subject.h"

#include <rte_hash.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_rcu_qsbr.h>
#include <stdlib.h>

struct object {
	_Alignas(SUBJECT_LINE) uint32_t id;
};

struct map {
	struct rte_hash *hash;
	struct rte_mempool *objects;
	struct rte_rcu_qsbr *rcu;
};

/* A key that no object has; see settle(). */
#define SPARE SUBJECT_IDS

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct map *map = it;
	void *memory;
	struct object *object;

	(void)thread;
	if (rte_mempool_get(map->objects, &memory) != 0)
		return false;
	object = memory;
	if (rte_hash_add_key_data(map->hash, &object->id, object) != 0) {
		rte_mempool_put(map->objects, object);
		return false;
	}
	*token = (subject_token)object->id + 1;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct map *map = it;
	uint32_t id = (uint32_t)(token - 1);

	(void)thread;
	(void)rte_hash_del_key(map->hash, &id);
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	struct map *map = it;
	uint32_t id = (uint32_t)(token - 1);
	void *object;

	(void)thread;
	return rte_hash_lookup_data(map->hash, &id, &object) >= 0 && ((struct object *)object)->id == id;
}

static inline void idle(void *it, unsigned thread)
{
	rte_rcu_qsbr_quiescent(((struct map *)it)->rcu, thread);
}

#define HAS_IDLE
#define HAS_FIND
#include "loops.h"

static inline void online(void *it, unsigned thread)
{
	rte_rcu_qsbr_thread_online(((struct map *)it)->rcu, thread);
}

static inline void offline(void *it, unsigned thread)
{
	rte_rcu_qsbr_thread_offline(((struct map *)it)->rcu, thread);
}

static uint64_t online_pair(void *it, unsigned thread, uint64_t count)
{
	uint64_t failed;

	online(it, thread);
	failed = loop_pair(it, thread, count);
	offline(it, thread);
	return failed;
}

static uint64_t online_replace(void *it, unsigned thread, subject_token *token, uint64_t held, uint64_t count,
                               uint64_t *seed)
{
	uint64_t failed;

	online(it, thread);
	failed = loop_replace(it, thread, token, held, count, seed);
	offline(it, thread);
	return failed;
}

static uint64_t online_fill(void *it, unsigned thread, subject_token *token, uint64_t count)
{
	uint64_t failed;

	online(it, thread);
	failed = loop_fill(it, thread, token, count);
	offline(it, thread);
	return failed;
}

static void online_drain(void *it, unsigned thread, const subject_token *token, uint64_t count)
{
	online(it, thread);
	loop_drain(it, thread, token, count);
	offline(it, thread);
}

static uint64_t online_find(void *it, unsigned thread, const subject_token *token, uint64_t live, uint64_t count,
                            uint64_t *seed)
{
	uint64_t missed;

	online(it, thread);
	missed = loop_find(it, thread, token, live, count, seed);
	offline(it, thread);
	return missed;
}

static void enter(void *it, unsigned thread)
{
	dpdk_enter();
	(void)rte_rcu_qsbr_thread_register(((struct map *)it)->rcu, thread);
}

static void leave(void *it, unsigned thread)
{
	struct map *map = it;

	(void)rte_rcu_qsbr_thread_unregister(map->rcu, thread);
	rte_mempool_cache_flush(NULL, map->objects);
	dpdk_leave();
}

/* The table looks at what it has deferred when a key is deleted, so one is deleted that has no object. */
static void settle(void *it, unsigned thread)
{
	struct map *map = it;
	uint32_t spare = SPARE;

	(void)thread;
	rte_rcu_qsbr_synchronize(map->rcu, RTE_QSBR_THRID_INVALID);
	(void)rte_hash_del_key(map->hash, &spare);
	(void)rte_hash_add_key_data(map->hash, &spare, NULL);
}

static void put_back(void *objects, void *object)
{
	if (object != NULL)
		rte_mempool_put(objects, object);
}

static void number(struct rte_mempool *objects, void *arg, void *object, unsigned id)
{
	(void)objects;
	(void)arg;
	((struct object *)object)->id = id;
}

static void destroy(void *it)
{
	struct map *map = it;

	/* It puts the deferred objects back, into the cache of a core. */
	dpdk_enter();
	rte_hash_free(map->hash);
	dpdk_leave();
	rte_mempool_free(map->objects);
	rte_free(map->rcu);
	free(map);
}

/* The table is made for one more than there are ids, which doubles its buckets: when full it could refuse a key. */
static bool set_up(struct map *map)
{
	struct rte_hash_parameters parameters = {
		.entries = SUBJECT_IDS + 1,
		.key_len = sizeof(uint32_t),
		.socket_id = SOCKET_ID_ANY,
		.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF | RTE_HASH_EXTRA_FLAGS_MULTI_WRITER_ADD,
	};
	struct rte_hash_rcu_config rcu = {.mode = RTE_HASH_QSBR_MODE_DQ,
	                                  .max_reclaim_size = 2 * SUBJECT_IDS,
	                                  .free_key_data_func = put_back};
	char name[DPDK_NAME];
	uint32_t spare = SPARE;

	dpdk_name(name, "map");
	parameters.name = name;
	map->hash = rte_hash_create(&parameters);
	map->objects = rte_mempool_create(name, SUBJECT_IDS, sizeof(struct object), RTE_MEMPOOL_CACHE_MAX_SIZE, 0, NULL,
	                                  NULL, number, NULL, SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	map->rcu = rte_zmalloc(NULL, rte_rcu_qsbr_get_memsize(SUBJECT_THREADS), RTE_CACHE_LINE_SIZE);
	if (map->hash == NULL || map->objects == NULL || map->rcu == NULL ||
	    rte_rcu_qsbr_init(map->rcu, SUBJECT_THREADS) != 0)
		return false;
	rcu.v = map->rcu;
	rcu.key_data_ptr = map->objects;
	return rte_hash_rcu_qsbr_add(map->hash, &rcu) == 0 && rte_hash_add_key_data(map->hash, &spare, NULL) == 0;
}

static void *create(unsigned threads)
{
	struct map *map;

	(void)threads;
	if (!dpdk_init())
		return NULL;
	map = subject_zalloc(sizeof(*map));
	if (map == NULL)
		return NULL;
	dpdk_enter();
	if (!set_up(map)) {
		destroy(map);
		map = NULL;
	}
	dpdk_leave();
	return map;
}

const struct subject subject_dpdk_hash = {
	.name = "DPDK rte_hash",
	.lacks = "no reference, no owner, no ranges, no generation; one writer at a time, under a lock; an id comes "
		 "back when "
		 "all threads were quiescent, and may be stranded in the cache of another core",
	.create = create,
	.destroy = destroy,
	.enter = enter,
	.leave = leave,
	.pair = online_pair,
	.replace = online_replace,
	.fill = online_fill,
	.drain = online_drain,
	.find = online_find,
	.settle = settle,
};
