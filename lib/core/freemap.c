/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* freemap.c - taking ids out of the leaves, as the hints say. What they do not know, proof.c finds out. */
#include "near.h"

#define LOW_SHIFT IOASID_BITS_MAX
#define LOW_RETURNED 0xfffu /* 4096 of them between two looks of a shard would be taken for none */

/* Take one that rests. Before its distance is over, it alone, which then was free to nobody else. */
static bool take_rested(struct freemap *map, struct chunk *chunk, uint32_t id, uint64_t *word, uint32_t bit)
{
	bool early = !clock_passed(map->clock, leaf_stamp(*word), map->distance);
	uint32_t rested = early ? bit : leaf_quarantined(*word);
	uint32_t leaf = (id & (CHUNK_IDS - 1)) >> LEAF_SHIFT;
	struct freemap_shard *shard = freemap_moving(map);
	struct refund refund = {NULL, 0};
	bool won = freemap_reclaim(map, chunk, leaf, word, rested, bit, &refund);

	if (won && rested != bit)
		freemap_tell(map, id >> PORT_CHUNK_SHIFT, 1u << leaf);
	freemap_moved(shard);
	freemap_refund(map, &refund);
	if (won && early)
		(void)port_u64_add_relaxed(map->waived, 1); /* relaxed: a statistic */
	return won;
}

enum look search_leaf(struct search *s, struct chunk *chunk, uint32_t base, uint32_t window, uint32_t bits)
{
	do {
		uint32_t bit = bits & (0u - bits);
		bool won;

		if ((leaf_free(s->word) & bit) != 0)
			/* ACQ_REL [F2, from F1]: the bit is ours and so is what its last user left. */
			won = port_u64_cas_acq_rel(chunk_leaf(chunk, base), &s->word, s->word & ~(uint64_t)bit);
		else
			won = take_rested(s->map, chunk, base, &s->word, bit);
		if (won) {
			s->id = base + port_ctz64(bit);
			return LOOK_TAKEN;
		}
		if (!s->patient) {
			s->contended = true;
			return LOOK_CONTENDED;
		}
		bits = search_takeable(s, window);
	} while (bits != 0);
	return LOOK_NOTHING;
}

/*
 * In the leaves @nothing there was neither, since @some was read: say so, unless
 * something came back meanwhile. A chunk that has none left is not looked at again.
 */
static void clear_hints(struct freemap *map, struct chunk *chunk, uint32_t index, uint64_t some, uint32_t nothing)
{
	port_u64 *hints = &map->some[index >> 6];
	uint64_t bit = UINT64_C(1) << (index & 63);
	uint64_t now = some;

	if (nothing != 0) {
		/* ACQ_REL [H3 -> H4]: what we saw of the leaves is before the cleared bits. */
		while (!port_u64_cas_acq_rel(&chunk->some, &now, some & ~(uint64_t)nothing))
			if (now != some)
				return;
	}
	/* relaxed: a look before the swap. */
	if ((some_leaves(some) & ~nothing) != 0 || (port_u64_load_relaxed(hints) & bit) == 0)
		return;
	/* SEQ_CST [H1 -> H2]: clear, then look again; who sets a leaf's bit looks here after that. */
	(void)port_u64_and_seq_cst(hints, ~bit);
	if (some_leaves(port_u64_load_seq_cst(&chunk->some)) != 0)
		(void)port_u64_or_seq_cst(hints, bit);
}

/*
 * Who stays with the chunks that he had finds their slots in his own cache, and leaves
 * the others theirs. The homes lie side by side, so that to pass one by costs little.
 */
static bool is_elsewhere(struct search *s, uint32_t index)
{
	uint8_t at;

	if (s->skips == 0)
		return false;
	at = port_u8_load_relaxed(&s->map->home[index]); /* relaxed: a hint */
	if (at == 0 || at == s->shard->name)
		return false;
	s->skips--;
	return true;
}

/* Who found something elsewhere does not always stay: where many share few chunks, all would read what each writes. */
static void move_in(const struct search *s, uint32_t index)
{
	port_u8 *home = &s->map->home[index];
	uint8_t at = port_u8_load_relaxed(home); /* relaxed: a hint, as all of this */
	uint32_t strays;

	if (at == s->shard->name)
		return;
	strays = port_u32_load_relaxed(&s->shard->strays) + 1; /* relaxed: as above */
	port_u32_store_relaxed(&s->shard->strays, strays);     /* relaxed: as above */
	if (at == 0 || strays % SEARCH_STRAYS == 0)
		port_u8_store_relaxed(home, (uint8_t)s->shard->name); /* relaxed: as above */
}

bool search_chunk(struct search *s, struct chunk *chunk, uint32_t index, uint32_t from)
{
	uint32_t start = index << PORT_CHUNK_SHIFT;
	/* ACQUIRE [H4, from H3]: before the looks at the leaves, which are those that it was told of, or later ones. */
	uint64_t some = port_u64_load_acquire(&chunk->some);
	uint64_t bits = some_leaves(some);
	uint32_t nothing = 0;
	bool found = false;

	if (from > start)
		bits &= UINT64_MAX << ((from - start) >> LEAF_SHIFT);
	while (bits != 0 && !found) {
		uint32_t leaf = port_ctz64(bits);
		uint32_t base = start + leaf * LEAF_IDS;
		uint32_t window;

		if (base > s->last)
			break;
		window = search_window(s, base);
		if (from > base)
			window &= LEAF_ALL << (from - base);
		bits &= bits - 1;
		switch (search_look(s, chunk, base, window)) {
		case LOOK_TAKEN:
			found = true;
			break;
		case LOOK_CONTENDED:
			bits &= UINT64_MAX << ((leaf | (SEARCH_LINE / LEAF_IDS - 1)) + 1); /* the next line */
			break;
		case LOOK_NOTHING:
			nothing |= (uint32_t)((uint32_t)s->word == 0) << leaf;
			break;
		}
	}
	if (nothing != 0 || some_leaves(some) == 0)
		clear_hints(s->map, chunk, index, some, nothing);
	if (found)
		move_in(s, index);
	return found;
}

/* The next chunk from @index to @last that may have something; @last + 1: none. */
static uint32_t next_hint(const struct freemap *map, uint32_t index, uint32_t last)
{
	while (index <= last) {
		/* relaxed: a hint; the leaf decides. */
		uint64_t bits = port_u64_load_relaxed(&map->some[index >> 6]) >> (index & 63);

		if (bits != 0) {
			index += port_ctz64(bits);
			return index <= last ? index : last + 1;
		}
		index = (index | 63) + 1;
	}
	return last + 1;
}

/* Populated chunks between two ids, in order. */
static bool look_between(struct search *s, uint32_t from, uint32_t to)
{
	uint32_t last = to >> PORT_CHUNK_SHIFT;
	uint32_t index = next_hint(s->map, from >> PORT_CHUNK_SHIFT, last);

	for (; index <= last; index = next_hint(s->map, index + 1, last)) {
		struct chunk *chunk;

		if (is_elsewhere(s, index))
			continue;
		chunk = table_chunk(s->map->table, index);
		if (chunk != NULL && search_chunk(s, chunk, index, from))
			return true;
	}
	return false;
}

struct chunk *search_populate(struct freemap *map, uint32_t index)
{
	bool added;
	struct chunk *chunk = table_install(map->table, index, clock_stamp(map->clock) - 1, &added);

	if (added)
		/* SEQ_CST [H2]: as in note() of rest.c; the chunk is there before its hint. */
		(void)port_u64_or_seq_cst(&map->some[index >> 6], UINT64_C(1) << (index & 63));
	return chunk;
}

/* Add chunks of the range until one has an id for us. With @dense, in order with those that are there. */
static bool look_and_populate(struct search *s, bool dense)
{
	/* relaxed: what is there stays there, so an old value only costs time. */
	uint32_t there = port_u32_load_relaxed(&s->map->there);
	uint32_t last = s->last >> PORT_CHUNK_SHIFT;
	uint32_t index = s->first >> PORT_CHUNK_SHIFT;

	if (!dense && index < there)
		index = there;
	for (; index <= last; index++) {
		struct chunk *chunk = table_chunk(s->map->table, index);

		if (chunk == NULL) {
			chunk = search_populate(s->map, index);
			if (chunk == NULL)
				return false;
		} else if (!dense || next_hint(s->map, index, index) != index) {
			if (index == there)
				port_u32_store_relaxed(&s->map->there, ++there); /* relaxed: as above */
			continue;
		}
		if (search_chunk(s, chunk, index, s->first))
			return true;
	}
	return false;
}

static bool look_round(struct search *s, uint32_t from)
{
	return look_between(s, from, s->last) || (from != s->first && look_between(s, s->first, from));
}

/* From the cursor forward and round again, first at home; growing only when what is there has nothing. */
static bool look_oldest(struct search *s)
{
	port_u32 *cursor = &s->shard->cursor;
	/* relaxed: a hint. */
	uint32_t from = port_u32_load_relaxed(cursor);
	bool found;

	if (from < s->first || from > s->last)
		from = s->first;
	s->skips = SEARCH_SKIPS;
	found = look_round(s, from);
	if (!found && s->skips != SEARCH_SKIPS) {
		s->skips = 0;
		found = look_round(s, from);
	}
	s->skips = 0;
	if (!found && s->contended) {
		s->patient = true;
		found = look_between(s, s->first, s->last);
	}
	/* Memory is not added because others are at work in a chunk. */
	s->patient = true;
	found = found || look_and_populate(s, false);
	if (found) {
		port_u32_store_relaxed(cursor, s->id + 1);    /* relaxed: a hint */
		port_u32_store_relaxed(&s->shard->behind, 0); /* relaxed: as above */
	}
	return found;
}

/*
 * The lowest of all. Below where the last one was found nothing is to be had until a
 * grace period ends, for what rests rests until then, or somebody gives one back: so
 * a leaf is looked at once for each of these, and not by each search.
 */
static bool look_lowest(struct search *s)
{
	struct freemap *map = s->map;
	/* ACQUIRE: before the looks at the leaves, which are those that it was moved for, or later ones. */
	uint32_t returned = port_u32_load_acquire(&map->returned);
	uint64_t now = (uint64_t)clock_done(map->clock) << 32 | (uint64_t)(returned & LOW_RETURNED) << LOW_SHIFT;
	uint64_t low = port_u64_load_relaxed(&s->shard->low); /* relaxed: a hint */
	uint32_t from = (low ^ now) >> LOW_SHIFT == 0 ? (uint32_t)low & (IOASID_COUNT_MAX - 1) : 0;
	uint32_t first = s->first;
	bool found = false;

	if (from > first && from <= s->last) {
		s->first = from;
		found = look_and_populate(s, true);
		s->first = first;
	}
	found = found || look_and_populate(s, true);
	if (found && first <= from)
		/* The whole leaf once more: it may have a lower one that has rested. relaxed: as above. */
		port_u64_store_relaxed(&s->shard->low, now | (s->id & ~(LEAF_IDS - 1)));
	return found;
}

static int search(struct freemap *map, struct freemap_shard *shard, uint32_t first, uint32_t last, unsigned how,
                  uint32_t *id)
{
	bool lowest = map->order == IOASID_ORDER_LOWEST;
	struct search s = {
		.map = map,
		.first = first,
		.last = last,
		.waits = (how & FREEMAP_WAITS) != 0,
		.shard = shard,
		.distance = map->distance,
		.patient = lowest,
	};
	bool found = lowest ? look_lowest(&s) : look_oldest(&s);
	int error = 0;

	s.distance = 0;
	s.patient = true;
	/* Whoever waits needs no proof that nothing is free: what he has seen resting will wake him. */
	if (!found && s.resting && s.waits) {
		found = map->distance != 0 && look_between(&s, first, last);
		if (!found)
			return -IOASID_EAGAIN;
	}
	if (!found)
		error = search_prove(&s);
	if (error == 0)
		*id = s.id;
	return error;
}

int freemap_find(struct freemap *map, uint32_t first, uint32_t last, unsigned how, uint32_t *id)
{
	struct freemap_shard *shard = freemap_shard(map);
	struct taken taken;

	if (freemap_take_near(map->table, shard, first, last, &taken)) {
		*id = taken.id;
		return 0;
	}
	return search(map, shard, first, last, how, id);
}
