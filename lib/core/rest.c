/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* rest.c - the way back of an id: returned at once, or rested and then reclaimed; by the sweep, or by who takes it. */
#include "near.h"

int freemap_init(struct freemap *map)
{
	uint32_t i;

	map->words = (map->table->nr_chunks + 63) / 64;
	map->some = memory_take(map->memory, map->words * sizeof(port_u64));
	map->resting = memory_take(map->memory, map->words * sizeof(port_u64));
	map->home = memory_take(map->memory, map->table->nr_chunks * sizeof(port_u8));
	map->shard = memory_take(map->memory, map->shards * sizeof(struct freemap_shard));
	if (map->some == NULL || map->resting == NULL || map->home == NULL || map->shard == NULL)
		return -IOASID_ENOMEM;
	/* Who takes the lowest has no cursor, but searches. */
	for (i = 0; i < map->shards; i++) {
		map->shard[i].name = i % 255 + 1;
		port_u32_init(&map->shard[i].cursor,
		              map->order == IOASID_ORDER_LOWEST ? UINT32_MAX : i * (CHUNK_IDS / map->shards));
	}
	return 0;
}

void freemap_fini(struct freemap *map)
{
	memory_give(map->memory, map->some, map->words * sizeof(port_u64));
	memory_give(map->memory, map->resting, map->words * sizeof(port_u64));
	memory_give(map->memory, map->home, map->table->nr_chunks * sizeof(port_u8));
	memory_give(map->memory, map->shard, map->shards * sizeof(struct freemap_shard));
}

/* Something has come back to this chunk: make sure that the hint says so. */
static void note(port_u64 *hints, uint32_t index)
{
	if (!freemap_is_noted(hints, index))
		/* SEQ_CST [H2]: as there. */
		(void)port_u64_or_seq_cst(&hints[index >> 6], UINT64_C(1) << (index & 63));
}

void freemap_tell(struct freemap *map, uint32_t index, uint32_t leaves)
{
	struct chunk *chunk = table_chunk(map->table, index);
	uint64_t some = port_u64_load_relaxed(&chunk->some); /* relaxed: the swap checks it */

	/* SEQ_CST [H3 -> H4; H1]: after the leaf's swap; then look at the hint. */
	while (!port_u64_cas_seq_cst(&chunk->some, &some, (some + SOME_CHANGED) | leaves))
		;
	note(map->some, index);
}

/* The leaf of this id has something. */
static void tell_of(struct freemap *map, uint32_t id)
{
	freemap_tell(map, id >> PORT_CHUNK_SHIFT, 1u << (id % CHUNK_IDS >> LEAF_SHIFT));
}

/* L1: a stamp that the word has not had. */
static uint32_t newer(const struct freemap *map, uint64_t word)
{
	uint32_t stamp = clock_stamp(map->clock);

	return stamp != leaf_stamp(word) ? stamp : clock_tick(map->clock) + 1;
}

bool freemap_return(struct freemap *map, uint32_t id)
{
	port_u64 *leaf = table_leaf(map->table, id);
	uint32_t bit = 1u << (id & (LEAF_IDS - 1));
	struct freemap_shard *shard;
	uint64_t word;
	uint64_t next;

	if (clock_is_far(map->clock)) {
		/* Hundreds of millions of returns, and not one grace period: this id waits for one, charged to nobody. */
		table_charge(table_slot(map->table, id), id, NULL, LABEL_NONE);
		return freemap_rest(map, id);
	}
	shard = freemap_moving(map);
	do {
		word = port_u64_load_acquire(leaf); /* ACQUIRE [F2]: reads the clock no earlier than the word */
		next = leaf_make(leaf_free(word) | bit, leaf_quarantined(word), newer(map, word));
		/* SEQ_CST [F1 -> F2]: nobody but us has had the id. */
	} while (!port_u64_cas_seq_cst(leaf, &word, next));
	tell_of(map, id);
	if (map->order == IOASID_ORDER_LOWEST)
		/* RELEASE: whoever reads it sees the leaf (look_lowest). */
		(void)port_u32_add_release(&map->returned, 1);
	freemap_moved(shard);
	/* What rests here rests until the new stamp. */
	return leaf_quarantined(next) != 0 && clock_want(map->clock, leaf_stamp(next));
}

bool freemap_rested(struct freemap *map, uint32_t id, uint64_t before, uint32_t stamp)
{
	/* Who gave the leaf its first one tells of it. First: the sweep clears the hint, then looks where the word says. */
	if (!leaf_has_some(before))
		tell_of(map, id);
	note(map->resting, id >> PORT_CHUNK_SHIFT);
	return clock_want(map->clock, stamp);
}

bool freemap_rest(struct freemap *map, uint32_t id)
{
	uint64_t before;
	uint32_t stamp = freemap_rest_in_leaf(map->clock, table_slot(map->table, id), id, &before);

	return freemap_rested(map, id, before, stamp);
}

/* The label of all the ids of @bits, which most leaves have; LABEL_NONE if they differ, or have none. */
static uint8_t common_label(const struct chunk *chunk, uint32_t offset, uint32_t bits)
{
	/* relaxed: used only if the swap on the leaf proves that the ids rested. */
	uint8_t label = port_u8_load_relaxed(&chunk->label[offset + port_ctz64(bits)]);

	for (bits &= bits - 1; bits != 0; bits &= bits - 1)
		if (port_u8_load_relaxed(&chunk->label[offset + port_ctz64(bits)]) != label) /* relaxed: as above */
			return LABEL_NONE;
	return label;
}

/* Who is charged for the ids of @bits; valid if the leaf has not changed by the swap. */
static void read_owners(const struct freemap *map, struct chunk *chunk, uint32_t offset, uint32_t bits, void **owner)
{
	uint8_t last = LABEL_NONE;
	void *his = NULL;

	while (bits != 0) {
		uint32_t bit = port_ctz64(bits);
		/* relaxed: used only if the swap on the leaf proves that the id rested. */
		uint8_t label = port_u8_load_relaxed(&chunk->label[offset + bit]);

		bits &= bits - 1;
		if (label == LABEL_NONE)
			his = port_ptr_load_relaxed(&chunk->more[offset + bit].owner); /* relaxed: as above */
		else if (label != last)
			his = label_owner(map->labels, label);
		last = label;
		owner[bit] = his;
	}
}

void freemap_refund(struct freemap *map, struct refund *refund)
{
	if (refund->count != 0)
		map->reclaimed(map->context, refund->owner, refund->count);
	refund->count = 0;
}

/* So many more of @owner, together with his last ones if nobody's were in between. */
static void refund_add(struct freemap *map, struct refund *refund, void *owner, uint32_t count)
{
	if (owner != refund->owner)
		freemap_refund(map, refund);
	refund->owner = owner;
	refund->count += count;
}

static void refund_each(struct freemap *map, struct refund *refund, uint32_t bits, void **owner)
{
	while (bits != 0) {
		uint32_t first = port_ctz64(bits);
		uint32_t same = 0;
		uint32_t i;

		for (i = first; i < LEAF_IDS; i++)
			if ((bits >> i & 1u) && owner[i] == owner[first])
				same |= 1u << i;
		bits &= ~same;
		refund_add(map, refund, owner[first], port_popcount64(same));
	}
}

bool freemap_reclaim(struct freemap *map, struct chunk *chunk, uint32_t leaf, uint64_t *word, uint32_t rested,
                     uint32_t take, struct refund *refund)
{
	uint8_t label = common_label(chunk, leaf * LEAF_IDS, rested);
	void *owner[LEAF_IDS];
	uint32_t left = leaf_quarantined(*word) & ~rested;
	/* L1: the clock is ahead of every stamp whose grace period is over. Whoever rests on keeps his. */
	uint32_t stamp = left != 0 ? leaf_stamp(*word) : clock_stamp(map->clock);
	uint64_t next = leaf_make((leaf_free(*word) | rested) & ~take, left, stamp);

	if (label != LABEL_NONE)
		owner[0] = label_owner(map->labels, label);
	else
		read_owners(map, chunk, leaf * LEAF_IDS, rested, owner);
	/* SEQ_CST [F1 -> F2]: what the former users did is before the next taker. */
	if (!port_u64_cas_seq_cst(&chunk->leaf[leaf], word, next))
		return false;
	if (label != LABEL_NONE)
		refund_add(map, refund, owner[0], port_popcount64(rested));
	else
		refund_each(map, refund, rested, owner);
	return true;
}

static uint32_t sweep_chunk(struct freemap *map, uint32_t index, struct refund *refund, bool *left)
{
	struct chunk *chunk = table_chunk(map->table, index);
	/* SEQ_CST [H1]: after the hint was cleared. What rests in a leaf that has no bit here yet is noted after it has. */
	uint64_t leaves = some_leaves(port_u64_load_seq_cst(&chunk->some));
	uint32_t freed = 0;
	uint32_t moved = 0;

	for (; leaves != 0; leaves &= leaves - 1) {
		uint32_t leaf = port_ctz64(leaves);
		/* SEQ_CST [H1]: as above. */
		uint64_t word = port_u64_load_seq_cst(&chunk->leaf[leaf]);

		while (leaf_quarantined(word) != 0) {
			uint32_t count = port_popcount64(leaf_quarantined(word));

			if (!clock_passed(map->clock, leaf_stamp(word), map->distance)) {
				*left = true;
				break;
			}
			if (freemap_reclaim(map, chunk, leaf, &word, leaf_quarantined(word), 0, refund)) {
				freed |= 1u << leaf;
				moved += count;
				break;
			}
		}
	}
	if (freed != 0)
		freemap_tell(map, index, freed);
	return moved;
}

/* The chunks that one word of hints names. Their owners' charges are given back together: each is a word that all share. */
static uint32_t sweep_hints(struct freemap *map, uint32_t w)
{
	/* relaxed: a hint; what is noted later is swept later. */
	uint64_t hints = port_u64_load_relaxed(&map->resting[w]);
	struct freemap_shard *shard;
	struct refund refund = {NULL, 0};
	uint64_t again = 0;
	uint32_t moved = 0;
	uint64_t bits;

	if (hints == 0)
		return 0;
	shard = freemap_moving(map);
	/* SEQ_CST [H1 -> H2]: clear, then look; a freer rests, and tells of his leaf, then looks here. */
	(void)port_u64_and_seq_cst(&map->resting[w], ~hints);
	for (bits = hints; bits != 0; bits &= bits - 1) {
		bool left = false;

		moved += sweep_chunk(map, w * 64 + port_ctz64(bits), &refund, &left);
		if (left)
			again |= bits & (0u - bits);
	}
	if (again != 0)
		(void)port_u64_or_seq_cst(&map->resting[w], again);
	freemap_moved(shard);
	freemap_refund(map, &refund);
	return moved;
}

uint32_t freemap_sweep(struct freemap *map)
{
	uint32_t moved = 0;
	uint32_t w;

	for (w = 0; w < map->words; w++)
		moved += sweep_hints(map, w);
	return moved;
}

void freemap_refresh(struct freemap *map)
{
	uint32_t now = clock_done(map->clock); /* older than the clock: keeps L1 */
	uint32_t index;
	uint32_t leaf;

	for (index = 0; index < map->table->nr_chunks; index++) {
		struct chunk *chunk = table_chunk(map->table, index);

		for (leaf = 0; chunk != NULL && leaf < CHUNK_LEAVES; leaf++) {
			uint64_t word = port_u64_load_acquire(&chunk->leaf[leaf]); /* ACQUIRE [F2] */

			while (clock_ahead(now, leaf_stamp(word)) > INT32_MAX / 2) {
				uint64_t next = leaf_make(leaf_free(word), leaf_quarantined(word), now);

				/* ACQ_REL [F1 -> F2]: keeps the chain of whoever freed before us. */
				if (port_u64_cas_acq_rel(&chunk->leaf[leaf], &word, next))
					break;
			}
		}
	}
}

enum ioasid_state freemap_state(const struct freemap *map, uint32_t id)
{
	uint32_t bit = id & (LEAF_IDS - 1);
	uint64_t word;

	if (table_chunk_at(map->table, id) == NULL)
		return table_is_reserved(map->table, id) ? IOASID_STATE_ACTIVE : IOASID_STATE_FREE;
	word = port_u64_load_acquire(table_leaf(map->table, id)); /* ACQUIRE [F2] */
	if (leaf_free(word) >> bit & 1u)
		return IOASID_STATE_FREE;
	return leaf_quarantined(word) >> bit & 1u ? IOASID_STATE_QUARANTINED : IOASID_STATE_ACTIVE;
}
