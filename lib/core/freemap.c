/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* freemap.c - taking ids out of the leaves: hints first, proof last. */
#include "freemap.h"

/* What one look at a leaf came to. */
enum look {
	LOOK_TAKEN,
	LOOK_NOTHING,  /* neither free nor rested, in the bits asked for */
	LOOK_CONTENDED /* another thread is at work here */
};

struct search {
	struct freemap *map;
	uint32_t first;
	uint32_t last;
	uint32_t distance; /* 0 waives the reuse distance */
	bool patient;      /* stay at a contended leaf */
	bool contended;    /* some leaf was left alone because others were there */
	bool announced;    /* the take may be undone, and the shard says so */
	struct freemap_shard *shard;
	uint32_t id;   /* the result */
	uint64_t word; /* the leaf as last seen */
};

static struct freemap_shard *my_shard(const struct freemap *map)
{
	return &map->shard[port_shard_hint() & (map->shards - 1)];
}

/* The bits of the leaf that starts at @base which lie in [first, last]. */
static uint32_t leaf_window(const struct search *s, uint32_t base)
{
	uint32_t mask = LEAF_ALL;

	if (s->first > base)
		mask &= LEAF_ALL << (s->first - base);
	if (s->last < base + LEAF_IDS - 1)
		mask &= LEAF_ALL >> (base + LEAF_IDS - 1 - s->last);
	return mask;
}

/* Take one that rests. Before its distance is over, it alone, which then was free to nobody else. */
static bool take_rested(struct freemap *map, struct chunk *chunk, uint32_t leaf, uint64_t *word, uint32_t bit)
{
	bool early = !clock_passed(map->clock, leaf_stamp(*word), map->distance);

	if (!freemap_reclaim(map, chunk, leaf, word, early ? bit : leaf_quarantined(*word), bit))
		return false;
	if (early)
		(void)port_u64_add_relaxed(map->waived, 1); /* relaxed: a statistic */
	return true;
}

/* From now until freemap_leave() there may be an id that will be given back. */
static void enter(struct freemap_shard *shard, bool announced)
{
	if (announced)
		/* relaxed: released by the take's swap. */
		(void)port_u32_add_relaxed(&shard->entered, 1);
}

void freemap_leave(struct freemap_shard *entry)
{
	/* SEQ_CST [L5 -> L4; E3]: what was given back is in its leaf, with a newer stamp; before a look at waiters. */
	(void)port_u32_add_seq_cst(&entry->left, 1);
}

static enum look try_leaf(struct search *s, struct chunk *chunk, uint32_t base, uint32_t window)
{
	struct freemap *map = s->map;
	uint32_t leaf = (base & (CHUNK_IDS - 1)) >> LEAF_SHIFT;

	for (;;) {
		uint32_t bits = leaf_free(s->word) & window;
		uint32_t bit;
		bool won;

		if (bits != 0) {
			bit = bits & (0u - bits);
			enter(s->shard, s->announced);
			/* ACQ_REL [F2, from F1]: the bit is ours and so is what its last user left. */
			won = port_u64_cas_acq_rel(&chunk->leaf[leaf], &s->word, s->word & ~(uint64_t)bit);
		} else {
			bits = leaf_quarantined(s->word) & window;
			if (bits == 0 || !clock_passed(map->clock, leaf_stamp(s->word), s->distance))
				return LOOK_NOTHING;
			bit = bits & (0u - bits);
			enter(s->shard, s->announced);
			won = take_rested(map, chunk, leaf, &s->word, bit);
		}
		if (won) {
			s->id = base + port_ctz64(bit);
			return LOOK_TAKEN;
		}
		if (s->announced)
			freemap_leave(s->shard);
		if (!s->patient) {
			s->contended = true;
			return LOOK_CONTENDED;
		}
	}
}

/* Most leaves of a space that is nearly full have nothing: one load, and on. */
static inline enum look look_at_leaf(struct search *s, struct chunk *chunk, uint32_t base, uint32_t window)
{
	/* ACQUIRE [F2, from F1]: pairs with whoever moved ids to free. */
	s->word = port_u64_load_acquire(&chunk->leaf[(base & (CHUNK_IDS - 1)) >> LEAF_SHIFT]);
	if (((leaf_free(s->word) | leaf_quarantined(s->word)) & window) == 0)
		return LOOK_NOTHING;
	return try_leaf(s, chunk, base, window);
}

static bool chunk_is_empty(const struct chunk *chunk)
{
	uint32_t leaf;

	for (leaf = 0; leaf < CHUNK_LEAVES; leaf++)
		/* SEQ_CST [H1]: after the hint was cleared, see note() in rest.c. */
		if ((uint32_t)port_u64_load_seq_cst(&chunk->leaf[leaf]) != 0)
			return false;
	return true;
}

/* Nothing was found in the whole chunk: say so, unless something came back meanwhile. */
static void clear_hint(struct freemap *map, const struct chunk *chunk, uint32_t index)
{
	uint64_t bit = UINT64_C(1) << (index & 63);

	if (!chunk_is_empty(chunk))
		return;
	/* SEQ_CST [H1 -> H2]: clear, then look again; a freer frees, then looks here. */
	(void)port_u64_and_seq_cst(&map->some[index >> 6], ~bit);
	if (!chunk_is_empty(chunk))
		(void)port_u64_or_seq_cst(&map->some[index >> 6], bit);
}

/* Look through one chunk for an id in the window and at or after @from. */
static bool look_at_chunk(struct search *s, struct chunk *chunk, uint32_t index, uint32_t from)
{
	uint32_t start = index << PORT_CHUNK_SHIFT;
	uint32_t base = from > start ? from & ~(LEAF_IDS - 1) : start;
	uint32_t end = start + CHUNK_IDS;
	bool nothing = base == start && s->first <= start;

	while (base < end && base <= s->last) {
		uint32_t window = leaf_window(s, base);

		if (from > base)
			window &= LEAF_ALL << (from - base);
		switch (look_at_leaf(s, chunk, base, window)) {
		case LOOK_TAKEN:
			return true;
		case LOOK_CONTENDED:
			/* On to the next cache line of leaves: two threads should not share one. */
			base += LEAF_IDS * (PORT_CACHELINE / sizeof(port_u64));
			nothing = false;
			continue;
		case LOOK_NOTHING:
			break;
		}
		nothing = nothing && (uint32_t)s->word == 0;
		base += LEAF_IDS;
	}
	if (nothing && base >= end)
		clear_hint(s->map, chunk, index);
	return false;
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
		struct chunk *chunk = table_chunk(s->map->table, index);

		if (chunk != NULL && look_at_chunk(s, chunk, index, from))
			return true;
	}
	return false;
}

static struct chunk *populate(struct freemap *map, uint32_t index)
{
	bool added;
	struct chunk *chunk = table_install(map->table, index, clock_stamp(map->clock) - 1, &added);

	if (added)
		/* SEQ_CST [H2]: as in note(); the chunk is there before its hint. */
		(void)port_u64_or_seq_cst(&map->some[index >> 6], UINT64_C(1) << (index & 63));
	return chunk;
}

/* Add chunks of the range until one has an id for us. With @dense, in order with those that are there. */
static bool look_and_populate(struct search *s, bool dense)
{
	uint32_t last = s->last >> PORT_CHUNK_SHIFT;
	uint32_t index;

	for (index = s->first >> PORT_CHUNK_SHIFT; index <= last; index++) {
		struct chunk *chunk = table_chunk(s->map->table, index);

		if (chunk == NULL) {
			chunk = populate(s->map, index);
			if (chunk == NULL)
				return false;
		} else if (!dense || next_hint(s->map, index, index) != index) {
			continue;
		}
		if (look_at_chunk(s, chunk, index, s->first))
			return true;
	}
	return false;
}

/* One collection of every leaf in the range, by the truth alone. */
struct collection {
	int64_t stamps;
	uint64_t resting;
	bool parked;
	bool unpopulated;
};

/*
 * Is one of these ids, which are neither free nor quarantined, on its way there?
 * It is parked; or bindings alone hold it, one of which may be the one in this
 * chunk that is being unbound; or it has no life: then whoever ended it, or took
 * it, has not come to say so.
 */
static bool any_parked(const struct table *table, const struct chunk *chunk, uint32_t base, uint32_t bits)
{
	while (bits != 0) {
		uint32_t id = base + port_ctz64(bits);
		struct slot_life life = slot_read(&chunk->slot[id & (CHUNK_IDS - 1)]);

		bits &= bits - 1;
		if (life.state == SLOT_PARKED || (life.state == SLOT_ACTIVE && !life.claim) ||
		    (life.state == SLOT_IDLE && life.generation != SLOT_GEN_MAX && !table_is_reserved(table, id)))
			return true;
	}
	return false;
}

static bool collect(struct search *s, uint32_t base_stamp, struct collection *c)
{
	uint32_t base = s->first & ~(LEAF_IDS - 1);
	struct chunk *chunk = NULL;
	bool parked = false;

	*c = (struct collection){0};
	for (; base <= s->last; base += LEAF_IDS) {
		if (chunk == NULL || (base & (CHUNK_IDS - 1)) == 0) {
			chunk = populate(s->map, base >> PORT_CHUNK_SHIFT);
			if (chunk == NULL) {
				c->unpopulated = true;
				base |= CHUNK_IDS - 1;
				base -= LEAF_IDS - 1;
				continue;
			}
			/* ACQUIRE [L2, from L3]: if it is counted no more, its leaf says that it rests. */
			parked = port_u32_load_acquire(&chunk->parked) != 0;
		}
		if (look_at_leaf(s, chunk, base, leaf_window(s, base)) == LOOK_TAKEN)
			return true;
		if (parked && !c->parked)
			c->parked =
				any_parked(s->map->table, chunk, base,
			                   ~(leaf_free(s->word) | leaf_quarantined(s->word)) & leaf_window(s, base));
		c->stamps += clock_ahead(leaf_stamp(s->word), base_stamp);
		c->resting += leaf_quarantined(s->word) & leaf_window(s, base);
	}
	return false;
}

/*
 * Has a call, now, an id that it may give back? Read between two collections. One
 * that took before the first looked there has entered, and we see that; if we see
 * that it has left, the second collection sees what it gave back.
 */
static bool any_undecided(const struct freemap *map)
{
	uint32_t undecided = 0;
	uint32_t i;

	for (i = 0; i < map->shards; i++)
		undecided -= port_u32_load_acquire(&map->shard[i].left); /* ACQUIRE [L4, from L5] */
	for (i = 0; i < map->shards; i++)
		/* relaxed: whoever took what we miss in its leaf had entered before [F2] */
		undecided += port_u32_load_relaxed(&map->shard[i].entered);
	return undecided != 0;
}

/*
 * Take, or prove that nothing was free. Stamps only grow, and no id becomes free
 * without a newer one: two equal sums mean that nothing became free in any leaf
 * between its two readings, so none had a free id at the moment between the
 * collections; and what rested then rests still. A third round is needed only
 * if another thread got on.
 */
static int take_or_prove(struct search *s)
{
	uint32_t base_stamp = clock_stamp(s->map->clock);
	struct collection before = {.stamps = INT64_MIN};
	struct collection now;
	bool undecided = false;

	for (;;) {
		if (collect(s, base_stamp, &now))
			return 0;
		if (now.unpopulated)
			return -IOASID_ENOMEM;
		if (now.stamps == before.stamps && now.resting == before.resting)
			return now.resting != 0 || now.parked || undecided ? -IOASID_EAGAIN : -IOASID_ENOSPC;
		undecided = any_undecided(s->map);
		before = now;
	}
}

/* From the cursor forward and round again; growing only when what is there has nothing. */
static bool look_oldest(struct search *s)
{
	port_u32 *cursor = &s->shard->cursor;
	/* relaxed: a hint. */
	uint32_t from = port_u32_load_relaxed(cursor);
	bool found;

	if (from < s->first || from > s->last)
		from = s->first;
	found = look_between(s, from, s->last) || (from != s->first && look_between(s, s->first, from));
	if (!found && s->contended) {
		s->patient = true;
		found = look_between(s, s->first, s->last);
	}
	/* Memory is not added because others are at work in a chunk. */
	s->patient = true;
	found = found || look_and_populate(s, false);
	if (found)
		port_u32_store_relaxed(cursor, s->id + 1); /* relaxed: a hint */
	return found;
}

static int search(struct freemap *map, struct freemap_shard *shard, uint32_t first, uint32_t last, bool announced,
                  uint32_t *id)
{
	bool lowest = map->order == IOASID_ORDER_LOWEST;
	struct search s = {
		.map = map,
		.first = first,
		.last = last,
		.announced = announced,
		.shard = shard,
		.distance = map->distance,
		.patient = lowest,
	};
	int error = 0;

	if (!(lowest ? look_and_populate(&s, true) : look_oldest(&s))) {
		s.distance = 0;
		s.patient = true;
		error = take_or_prove(&s);
	}
	if (error == 0)
		*id = s.id;
	return error;
}

/*
 * Most searches end where the last one did: at the leaf under the cursor, in
 * which the next one is free. What is not as simple as that is left to search().
 */
static inline bool take_at_cursor(struct freemap *map, struct freemap_shard *shard, uint32_t first, uint32_t last,
                                  bool announced, uint32_t *id)
{
	/* relaxed: a hint. */
	uint32_t from = port_u32_load_relaxed(&shard->cursor);
	struct chunk *chunk;
	port_u64 *leaf;
	uint64_t word;
	uint32_t bit;

	if (from < first || from > last || map->order == IOASID_ORDER_LOWEST)
		return false;
	chunk = table_chunk(map->table, from >> PORT_CHUNK_SHIFT);
	if (chunk == NULL)
		return false;
	leaf = &chunk->leaf[(from & (CHUNK_IDS - 1)) >> LEAF_SHIFT];
	/* ACQUIRE [F2, from F1]: pairs with whoever moved ids to free. */
	word = port_u64_load_acquire(leaf);
	bit = leaf_free(word) & LEAF_ALL << (from & (LEAF_IDS - 1));
	bit &= 0u - bit;
	if (bit == 0)
		return false;
	*id = (from & ~(LEAF_IDS - 1)) + port_ctz64(bit);
	if (*id > last)
		return false;
	enter(shard, announced);
	/* ACQ_REL [F2, from F1]: the bit is ours and so is what its last user left. */
	if (!port_u64_cas_acq_rel(leaf, &word, word & ~(uint64_t)bit)) {
		if (announced)
			freemap_leave(shard);
		return false;
	}
	port_u32_store_relaxed(&shard->cursor, *id + 1); /* relaxed: a hint */
	return true;
}

static inline int take(struct freemap *map, struct freemap_shard *shard, uint32_t first, uint32_t last, bool announced,
                       uint32_t *id)
{
	if (take_at_cursor(map, shard, first, last, announced, id))
		return 0;
	return search(map, shard, first, last, announced, id);
}

int freemap_take(struct freemap *map, uint32_t first, uint32_t last, uint32_t *id)
{
	return take(map, my_shard(map), first, last, false, id);
}

int freemap_try(struct freemap *map, uint32_t first, uint32_t last, uint32_t *id, struct freemap_shard **entry)
{
	*entry = my_shard(map);
	return take(map, *entry, first, last, true, id);
}
