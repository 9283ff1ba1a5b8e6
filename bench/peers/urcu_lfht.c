/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * urcu_lfht.c - subject: liburcu's lock-free hash table from id to object.
 *
 * The free numbers are on liburcu's lock-free stack. Who pops from it without a
 * mutex does so in a read section, and a number must not be pushed again before
 * a grace period is over; the object has to wait for one anyway, so the callback
 * that frees the object also returns the number.
 */
#include "subject.h"

#include <stdlib.h>
#include <urcu.h>
#include <urcu/lfstack.h>
#include <urcu/rculfhash.h>
#include <urcu/ref.h>

struct map {
	struct cds_lfht *table;
	_Alignas(SUBJECT_LINE) struct __cds_lfs_stack unused;
	_Alignas(SUBJECT_LINE) struct cds_lfs_node number[SUBJECT_IDS];
};

struct object {
	struct cds_lfht_node node;
	struct urcu_ref ref; /* the table's own, and those of who found it */
	struct rcu_head rcu;
	struct map *map;
	uint32_t id;
};

static int match(struct cds_lfht_node *node, const void *key)
{
	return caa_container_of(node, struct object, node)->id == *(const uint32_t *)key;
}

/* The numbers are dense and the table has a bucket for each, so a number is its own best hash. */
static inline struct object *look_up(struct map *map, uint32_t id)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	cds_lfht_lookup(map->table, id, match, &id, &iter);
	node = cds_lfht_iter_get_node(&iter);
	return node != NULL ? caa_container_of(node, struct object, node) : NULL;
}

static void reclaim(struct rcu_head *rcu)
{
	struct object *object = caa_container_of(rcu, struct object, rcu);
	struct map *map = object->map;

	(void)cds_lfs_push(&map->unused, &map->number[object->id]);
	free(object);
}

static void release(struct urcu_ref *ref)
{
	call_rcu(&caa_container_of(ref, struct object, ref)->rcu, reclaim);
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct map *map = it;
	struct object *object = malloc(sizeof(*object));
	struct cds_lfs_node *node;

	(void)thread;
	if (object == NULL)
		return false;
	rcu_read_lock();
	node = __cds_lfs_pop(&map->unused);
	if (node != NULL) {
		object->id = (uint32_t)(node - map->number);
		object->map = map;
		urcu_ref_init(&object->ref);
		cds_lfht_node_init(&object->node);
		cds_lfht_add(map->table, object->id, &object->node);
		*token = (subject_token)object->id + 1;
	}
	rcu_read_unlock();
	if (node == NULL)
		free(object);
	return node != NULL;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct map *map = it;
	struct object *object;

	(void)thread;
	rcu_read_lock();
	object = look_up(map, (uint32_t)(token - 1));
	if (object != NULL && cds_lfht_del(map->table, &object->node) == 0)
		urcu_ref_put(&object->ref, release);
	rcu_read_unlock();
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	bool found;

	(void)thread;
	rcu_read_lock();
	found = look_up(it, (uint32_t)(token - 1)) != NULL;
	rcu_read_unlock();
	return found;
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	struct object *object;

	(void)thread;
	rcu_read_lock();
	object = look_up(it, (uint32_t)(token - 1));
	if (object != NULL && !urcu_ref_get_unless_zero(&object->ref))
		object = NULL;
	rcu_read_unlock();
	if (object == NULL)
		return false;
	urcu_ref_put(&object->ref, release);
	return true;
}

#define HAS_FIND
#define HAS_GET
#include "loops.h"

static void *create(unsigned threads)
{
	struct map *map = subject_zalloc(sizeof(*map));
	uint32_t id;

	(void)threads;
	if (map == NULL)
		return NULL;
	map->table = cds_lfht_new(SUBJECT_IDS, SUBJECT_IDS, SUBJECT_IDS, 0, NULL);
	if (map->table == NULL) {
		free(map);
		return NULL;
	}
	__cds_lfs_init(&map->unused);
	for (id = SUBJECT_IDS; id-- > 0;) {
		cds_lfs_node_init(&map->number[id]);
		(void)cds_lfs_push(&map->unused, &map->number[id]);
	}
	return map;
}

static void enter(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
	rcu_register_thread();
}

static void leave(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
	rcu_unregister_thread();
}

static void settle(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
	rcu_barrier();
}

/* All threads have left, this one too. */
static void destroy(void *it)
{
	struct map *map = it;
	struct cds_lfht_iter iter;
	struct object *object;

	rcu_register_thread();
	rcu_read_lock();
	cds_lfht_for_each_entry(map->table, &iter, object, node)
	{
		if (cds_lfht_del(map->table, &object->node) == 0)
			urcu_ref_put(&object->ref, release);
	}
	rcu_read_unlock();
	rcu_unregister_thread();
	rcu_barrier();
	(void)cds_lfht_destroy(map->table, NULL);
	free(map);
}

const struct subject subject_urcu_lfht = {
	.name = "liburcu lfht",
	.lacks = "no owner, no ranges, no quiesce, no generation; a number comes back after a grace period, in batches "
		 "of "
		 "one background thread, so it runs out while numbers are free",
	.create = create,
	.destroy = destroy,
	.enter = enter,
	.leave = leave,
	.settle = settle,
	LOOPS};
