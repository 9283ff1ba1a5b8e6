/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ck_ht.c - subject: Concurrency Kit's hash table from id to object.
 *
 * The table takes one writer at a time and readers besides: writers hold a
 * spinlock, which also keeps the stack of free numbers, and readers are in an
 * epoch section. Objects are freed by the epochs; a number is free at once.
 */
#include "subject.h"

#include <ck_epoch.h>
#include <ck_ht.h>
#include <ck_spinlock.h>
#include <stddef.h>
#include <stdlib.h>

/* A thread looks for what has waited long enough each time so much waits. */
#define PENDING 64u
/* It grows when more than half full. */
#define SLOTS (2 * SUBJECT_IDS)

struct object {
	ck_epoch_entry_t epoch;
	unsigned refs; /* the table's own, and those of who found it */
	subject_token token;
};

struct map {
	ck_epoch_t epoch;
	ck_epoch_record_t record[SUBJECT_THREADS];
	_Alignas(SUBJECT_LINE) ck_ht_t table;
	_Alignas(SUBJECT_LINE) ck_spinlock_t lock;
	uint32_t unused;
	uint32_t number[SUBJECT_IDS];
};

/* A table that has grown is freed as an object is; the allocator is not told by whom. */
static _Thread_local ck_epoch_record_t *mine;

static void entry_free(ck_epoch_entry_t *entry)
{
	free(entry); /* it is the first in all that has one */
}

static void *table_malloc(size_t size)
{
	ck_epoch_entry_t *entry =
		aligned_alloc(SUBJECT_LINE, (size + 2 * SUBJECT_LINE - 1) & ~(size_t)(SUBJECT_LINE - 1));

	return entry != NULL ? (char *)entry + SUBJECT_LINE : NULL;
}

static void table_free(void *memory, size_t size, bool defer)
{
	ck_epoch_entry_t *entry;

	(void)size;
	if (memory == NULL)
		return;
	entry = (void *)((char *)memory - SUBJECT_LINE);
	if (defer)
		ck_epoch_call(mine, entry, entry_free);
	else
		free(entry);
}

static struct ck_malloc table_memory = {.malloc = table_malloc, .free = table_free};

/* In an epoch section. */
static inline struct object *look_up(struct map *map, subject_token token)
{
	ck_ht_hash_t hash;
	ck_ht_entry_t entry;

	ck_ht_hash_direct(&hash, &map->table, token);
	ck_ht_entry_key_set_direct(&entry, token);
	if (!ck_ht_get_spmc(&map->table, hash, &entry))
		return NULL;
	return (void *)ck_ht_entry_value_direct(&entry);
}

static inline void drop(ck_epoch_record_t *record, struct object *object)
{
	bool last;

	ck_pr_dec_uint_zero(&object->refs, &last);
	if (!last)
		return;
	ck_epoch_call(record, &object->epoch, entry_free);
	if (record->n_pending >= PENDING)
		(void)ck_epoch_poll(record);
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct map *map = it;
	struct object *object = malloc(sizeof(*object));
	ck_ht_hash_t hash;
	ck_ht_entry_t entry;
	bool taken = false;

	(void)thread;
	if (object == NULL)
		return false;
	object->refs = 1;
	ck_spinlock_lock(&map->lock);
	if (map->unused > 0) {
		*token = object->token = map->number[map->unused - 1];
		ck_ht_hash_direct(&hash, &map->table, *token);
		ck_ht_entry_set_direct(&entry, hash, *token, (uintptr_t)object);
		taken = ck_ht_put_spmc(&map->table, hash, &entry);
		map->unused -= taken;
	}
	ck_spinlock_unlock(&map->lock);
	if (!taken)
		free(object);
	return taken;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct map *map = it;
	ck_ht_hash_t hash;
	ck_ht_entry_t entry;
	bool removed;

	ck_ht_hash_direct(&hash, &map->table, token);
	ck_ht_entry_key_set_direct(&entry, token);
	ck_spinlock_lock(&map->lock);
	removed = ck_ht_remove_spmc(&map->table, hash, &entry);
	if (removed)
		map->number[map->unused++] = (uint32_t)token;
	ck_spinlock_unlock(&map->lock);
	if (removed)
		drop(&map->record[thread], (void *)ck_ht_entry_value_direct(&entry));
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	struct map *map = it;
	ck_epoch_record_t *record = &map->record[thread];
	struct object *object;
	bool found;

	ck_epoch_begin(record, NULL);
	object = look_up(map, token);
	found = object != NULL && object->token == token;
	(void)ck_epoch_end(record, NULL);
	return found;
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	struct map *map = it;
	ck_epoch_record_t *record = &map->record[thread];
	struct object *object;
	unsigned refs = 0;

	ck_epoch_begin(record, NULL);
	object = look_up(map, token);
	if (object != NULL) {
		refs = ck_pr_load_uint(&object->refs);
		while (refs != 0 && !ck_pr_cas_uint_value(&object->refs, refs, refs + 1, &refs))
			;
	}
	(void)ck_epoch_end(record, NULL);
	if (refs == 0)
		return false;
	drop(record, object);
	return true;
}

#define HAS_FIND
#define HAS_GET
#include "loops.h"

static void *create(unsigned threads)
{
	struct map *map = subject_zalloc(sizeof(*map));
	unsigned mode = CK_HT_MODE_DIRECT | CK_HT_WORKLOAD_DELETE;
	unsigned i;

	(void)threads;
	if (map == NULL)
		return NULL;
	if (!ck_ht_init(&map->table, mode, NULL, &table_memory, SLOTS, UINT64_C(0x9e3779b97f4a7c15))) {
		free(map);
		return NULL;
	}
	ck_spinlock_init(&map->lock);
	for (map->unused = 0; map->unused < SUBJECT_IDS; map->unused++)
		map->number[map->unused] = SUBJECT_IDS - map->unused;
	ck_epoch_init(&map->epoch);
	for (i = 0; i < SUBJECT_THREADS; i++)
		ck_epoch_register(&map->epoch, &map->record[i], NULL);
	return map;
}

static void enter(void *it, unsigned thread)
{
	mine = &((struct map *)it)->record[thread];
}

static void leave(void *it, unsigned thread)
{
	ck_epoch_barrier(&((struct map *)it)->record[thread]);
	mine = NULL;
}

static void destroy(void *it)
{
	struct map *map = it;
	ck_ht_iterator_t iterator = CK_HT_ITERATOR_INITIALIZER;
	ck_ht_entry_t *entry;

	while (ck_ht_next(&map->table, &iterator, &entry))
		free((void *)ck_ht_entry_value_direct(entry));
	ck_ht_destroy(&map->table);
	free(map);
}

const struct subject subject_ck_ht = {
	.name = "ck ht + epoch",
	.lacks =
		"no owner, no ranges, no quiesce, no generation, reuse at once; one writer at a time, under a spinlock",
	.create = create,
	.destroy = destroy,
	.enter = enter,
	.leave = leave,
	LOOPS};
