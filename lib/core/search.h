/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* search.h - one search for an id, between the hints (freemap.c) and the proof (proof.c). */
#ifndef IOASID_CORE_SEARCH_H
#define IOASID_CORE_SEARCH_H

#include "freemap.h"

/* What one look at a leaf came to. */
enum look {
	LOOK_TAKEN,
	LOOK_NOTHING,  /* neither free nor rested, in the bits asked for */
	LOOK_CONTENDED /* another thread is at work here */
};

/* Ids whose leaves share a cache line: two CPUs should not take from one. */
#define SEARCH_LINE ((uint32_t)(LEAF_IDS * (PORT_CACHELINE / sizeof(port_u64))))

/* How many chunks of others a search passes by: enough to find the own ones between those of a few CPUs. */
#define SEARCH_SKIPS 8u
/* How many ids one takes from others' chunks before one of these becomes one's own. */
#define SEARCH_STRAYS 8u

struct search {
	struct freemap *map;
	uint32_t first;
	uint32_t last;
	uint32_t distance; /* 0 waives the reuse distance */
	uint32_t skips;    /* so many chunks of other shards are left alone */
	bool patient;      /* stay at a contended leaf */
	bool contended;    /* some leaf was left alone because others were there */
	bool resting;      /* something was seen that will be free */
	bool waits;        /* the caller sleeps after EAGAIN */
	struct freemap_shard *shard;
	uint32_t id;   /* the result */
	uint64_t word; /* the leaf as last seen */
};

/* The bits of the leaf that starts at @base which lie in [first, last]: some of it does, or the shifts are undefined. */
static inline uint32_t search_window(const struct search *s, uint32_t base)
{
	uint32_t mask = LEAF_ALL;

	if (s->first > base)
		mask &= LEAF_ALL << (s->first - base);
	if (s->last < base + LEAF_IDS - 1)
		mask &= LEAF_ALL >> (base + LEAF_IDS - 1 - s->last);
	return mask;
}

/* search_takeable() - which of @window can be had from a leaf seen as s->word: what is free, or else what has rested. */
static inline uint32_t search_takeable(struct search *s, uint32_t window)
{
	uint32_t bits = leaf_free(s->word) & window;

	if (bits != 0)
		return bits;
	bits = leaf_quarantined(s->word) & window;
	if (bits == 0 || clock_passed(s->map->clock, leaf_stamp(s->word), s->distance))
		return bits;
	s->resting = true;
	return 0;
}

/* search_leaf() - try to take one of @bits, which are takeable, or what then is, of @window. */
enum look search_leaf(struct search *s, struct chunk *chunk, uint32_t base, uint32_t window, uint32_t bits);

/* Most leaves of a space that is nearly full have nothing, or what still rests: a look, and on. */
static inline enum look search_look(struct search *s, struct chunk *chunk, uint32_t base, uint32_t window)
{
	uint32_t bits;

	/* ACQUIRE [F2, from F1]: pairs with whoever moved ids to free. */
	s->word = port_u64_load_acquire(chunk_leaf(chunk, base));
	bits = search_takeable(s, window);
	return bits == 0 ? LOOK_NOTHING : search_leaf(s, chunk, base, window, bits);
}

/*
 * search_chunk() - take an id at or after @from, within the search's range, out of
 * the leaves of a chunk that its word names; and clear the bits of those that have nothing.
 */
bool search_chunk(struct search *s, struct chunk *chunk, uint32_t index, uint32_t from);

/* search_populate() - the chunk with that index, which gets memory if it has none. NULL: there is none. */
struct chunk *search_populate(struct freemap *map, uint32_t index);

/* search_prove() - take one, or prove that none was free: 0, -ENOSPC, -EAGAIN, -ENOMEM. */
int search_prove(struct search *s);

#endif
