/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * near.h - what most allocations and most frees come to, inline: a bit out of the
 * leaf under the cursor, and a bit into the leaf of an id that rests.
 *
 * Inline, so that neither needs a frame: what is pushed before a locked swap has to
 * reach the cache before it. For the same reason they take the map's table and clock
 * from who has them at hand. All that is rarer is a call: freemap.c, rest.c.
 */
#ifndef IOASID_CORE_NEAR_H
#define IOASID_CORE_NEAR_H

#include "edge.h"
#include "search.h"

/* An id that is out of its leaf, and its slot: IDLE, and only the caller's to change. */
struct taken {
	uint32_t id;
	struct slot *slot;
};

/* The next line of leaves; where there is none, the first. */
static inline void freemap_move_on(const struct table *table, struct freemap_shard *shard, uint32_t from)
{
	uint32_t next = (from & ~(SEARCH_LINE - 1)) + SEARCH_LINE;

	port_u32_store_relaxed(&shard->cursor, next < table->nr_ids ? next : 0); /* relaxed: a hint */
	port_u32_store_relaxed(&shard->behind, 0);                               /* relaxed: as above */
}

/*
 * freemap_take_near() - most searches end where the last one did: at the leaf under
 * the cursor, in which the next one is free. False: what is not as simple as that is
 * left to freemap_find(). Two cursors that have come together would stay so, and
 * each swap would fetch the line from the other CPU: who sees that somebody else
 * takes here moves on.
 */
EDGE_INLINE bool freemap_take_near(const struct table *table, struct freemap_shard *shard, uint32_t first,
                                   uint32_t last, struct taken *taken)
{
	/* relaxed: a hint. */
	uint32_t from = port_u32_load_relaxed(&shard->cursor);
	struct chunk *chunk;
	port_u64 *leaf;
	uint64_t word;
	uint64_t next;
	uint32_t ahead;
	uint32_t found;

	if (from < first || from > last)
		return false;
	chunk = table_chunk_at(table, from);
	if (chunk == NULL)
		return false;
	leaf = chunk_leaf(chunk, from);
	/* ACQUIRE [F2, from F1]: pairs with whoever moved ids to free. */
	word = port_u64_load_acquire(leaf);
	if ((port_u32_load_relaxed(&shard->behind) & ~leaf_free(word)) != 0) { /* relaxed: a hint */
		freemap_move_on(table, shard, from);
		return false;
	}
	ahead = leaf_free(word) >> (from & (LEAF_IDS - 1));
	if (ahead == 0)
		return false;
	found = from + port_ctz64(ahead);
	if (found > last)
		return false;
	taken->id = found;
	taken->slot = chunk_slot(chunk, found);
	next = word & ~(UINT64_C(1) << (found & (LEAF_IDS - 1)));
	/* ACQ_REL [F2, from F1]: the bit is ours and so is what its last user left. */
	if (!port_u64_cas_acq_rel(leaf, &word, next))
		return false;
	port_u32_store_relaxed(&shard->cursor, found + 1); /* relaxed: a hint */
	port_u32_store_relaxed(&shard->behind,
	                       (found + 1) % LEAF_IDS != 0 ? leaf_free(next) : 0); /* relaxed: as above */
	return true;
}

/* freemap_is_noted() - does the hint say that something may be found in this chunk? */
static inline bool freemap_is_noted(const port_u64 *hints, uint32_t index)
{
	/* SEQ_CST [H2, from H1]: after the leaf's swap, or its bit; whoever clears the hint looks at these again. */
	return (port_u64_load_seq_cst(&hints[index >> 6]) >> (index & 63) & 1) != 0;
}

/* freemap_rest_in_leaf() - the first half of freemap_rest(): the stamp; *before: what the leaf was. */
static inline uint32_t freemap_rest_in_leaf(const struct clock *clock, struct slot *slot, uint32_t id, uint64_t *before)
{
	port_u64 *leaf = chunk_leaf(table_chunk_of(slot, id), id);
	uint32_t bit = 1u << (id & (LEAF_IDS - 1));
	uint32_t stamp;
	uint64_t next;

	do {
		*before = port_u64_load_acquire(leaf); /* ACQUIRE [F2]: reads the clock no earlier than the word */
		/* [Q1]: after the slot's last edge (slot_apply), so that no later reader finds the id. */
		stamp = clock_stamp(clock);
		next = leaf_rest(*before, bit, stamp);
		/* SEQ_CST [F1 -> F2; H1]: what the users did is before the next taker; then look at the hint. */
	} while (!port_u64_cas_seq_cst(leaf, before, next));
	return stamp;
}

/* freemap_rests_unnoticed() - after that: there is nothing to tell anybody, and freemap_rested() would do nothing. */
static inline bool freemap_rests_unnoticed(const struct freemap *map, const struct clock *clock, uint32_t id,
                                           uint64_t before, uint32_t stamp)
{
	/* SEQ_CST [H2, from H1; W1 -> W2]: as in freemap_is_noted() and clock_want(). */
	return freemap_is_noted(map->resting, id >> PORT_CHUNK_SHIFT) && leaf_has_some(before) &&
	       !clock_wants(clock, stamp);
}

#endif
