/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* count.c - the counts, and which word is what. */
#include "count.h"

#include "participant.h"
#include "space.h"

struct counts counts;

static const struct ioasid_space *counted;

static bool within(const void *where, const void *start, size_t size)
{
	uintptr_t at = (uintptr_t)where;

	return start != NULL && at >= (uintptr_t)start && at - (uintptr_t)start < size;
}

#define IS_IN(where, object) within(where, &(object), sizeof(object))

/* A letter is part of what posts it, but its traffic is the reclaimer's. */
static enum place in_set(const void *where)
{
	const struct ioasid_space *s = counted;
	uint32_t b;

	for (b = 0; b < s->owners.buckets; b++) {
		struct chain_node *node = chain_first(&s->owners.bucket[b]);

		for (; node != NULL; node = chain_next(node)) {
			struct ioasid_owner_set *set = owner_of_node(node);

			if (within(where, set, sizeof(*set) + set->map_words * sizeof(port_u64)))
				return IS_IN(where, set->letter) ? PLACE_DOOR : PLACE_SET;
		}
	}
	return PLACE_OTHER;
}

static bool in_door(const void *where)
{
	const struct ioasid_space *s = counted;
	uint32_t c;

	/* All that stands between: the few words of which registrations, ends, posts and sleeps keep account. */
	if (within(where, &s->nr_participants,
	           offsetof(struct ioasid_space, worker) - offsetof(struct ioasid_space, nr_participants)))
		return true;
	for (c = 0; c < POOL_CHUNKS; c++) {
		const char *chunk = port_ptr_load_relaxed(&s->pool.chunk[c]);
		size_t size = (sizeof(struct binding) << POOL_FIRST_SHIFT) << c;

		if (within(where, chunk, size)) {
			size_t offset = ((uintptr_t)where - (uintptr_t)chunk) % sizeof(struct binding);

			return offset >= offsetof(struct binding, letter) &&
			       offset < offsetof(struct binding, letter) + sizeof(struct letter);
		}
	}
	return false;
}

static bool in_binding(const void *where)
{
	const struct ioasid_space *s = counted;
	struct chain_node *node;
	uint32_t c;

	if (IS_IN(where, s->pool))
		return true;
	for (c = 0; c < POOL_CHUNKS; c++)
		if (within(where, port_ptr_load_relaxed(&s->pool.chunk[c]),
		           (sizeof(struct binding) << POOL_FIRST_SHIFT) << c))
			return true;
	for (node = chain_first(&s->devices); node != NULL; node = chain_next(node))
		if (within(where, device_of_node(node), sizeof(struct ioasid_device)))
			return true;
	return false;
}

/* The cells; what a column has in common counts with its binding. */
static enum place in_tally(const void *where)
{
	const struct ioasid_space *s = counted;
	const struct tally_block *block = port_ptr_load_relaxed(&s->tally.blocks);

	for (; block != NULL; block = port_ptr_load_relaxed(&block->next)) {
		if (within(where, block->row, s->tally.shards * sizeof(struct tally_row)))
			return PLACE_TALLY;
		if (IS_IN(where, *block))
			return PLACE_BINDING;
	}
	return PLACE_OTHER;
}

static enum place in_chunk(const void *where)
{
	const struct ioasid_space *s = counted;
	uint32_t i;

	for (i = 0; i < s->table.nr_chunks; i++) {
		const struct chunk *chunk = table_chunk(&s->table, i);

		if (chunk == NULL)
			continue;
		if (IS_IN(where, chunk->leaf))
			return PLACE_LEAF;
		if (IS_IN(where, chunk->some))
			return PLACE_HINT;
		if (within(where, chunk, sizeof(*chunk) + chunk->ids * sizeof(struct slot_more)))
			return PLACE_SLOT;
	}
	return PLACE_OTHER;
}

static enum place place_of(const void *where)
{
	const struct ioasid_space *s = counted;
	enum place place = in_chunk(where);

	if (place == PLACE_OTHER)
		place = in_tally(where);
	if (place != PLACE_OTHER)
		return place;
	if (IS_IN(where, s->clock) || within(where, s->map.some, s->map.words * sizeof(port_u64)) ||
	    within(where, s->map.resting, s->map.words * sizeof(port_u64)))
		return PLACE_HINT;
	if (IS_IN(where, s->count) || IS_IN(where, s->memory))
		return PLACE_COUNTER;
	if (in_door(where))
		return PLACE_DOOR;
	if (in_binding(where))
		return PLACE_BINDING;
	return in_set(where);
}

void count_begin(const struct ioasid_space *space)
{
	counts = (struct counts){0};
	counted = space;
}

void count_end(void)
{
	counted = NULL;
}

void count_rmw(const void *where)
{
	if (counted != NULL)
		counts.rmw[place_of(where)]++;
}

void count_barrier(void)
{
	if (counted != NULL)
		counts.barriers++;
}

void count_read_section(void)
{
	if (counted != NULL)
		counts.read_sections++;
}

void count_grace_period(void)
{
	if (counted != NULL)
		counts.grace_periods++;
}
