/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* proof.c - nothing is free: proved, or found to be wrong. */
#include "search.h"

/* One collection of every leaf in the range, by the truth alone. */
struct collection {
	int64_t stamps;
	uint64_t resting;
	bool underway;
	bool unpopulated;
};

/*
 * Is one of these ids, which are neither free nor quarantined, on its way there, or
 * may it be? It has no life, and is not withheld for good: it was taken, or has
 * ended. Or its life is a shared id's that nobody has seen yet. Or, if any are
 * @parked in this chunk, it is; or bindings alone hold it, one of which may be the
 * one that is being unbound.
 */
static bool any_underway(const struct table *table, struct chunk *chunk, uint32_t base, uint32_t bits, bool parked)
{
	while (bits != 0) {
		uint32_t id = base + port_ctz64(bits);
		struct slot_life life = slot_read(chunk_slot(chunk, id));

		bits &= bits - 1;
		if (table_is_passing(table, id, &life) || (life.state == SLOT_RESERVED && life.shared) ||
		    (parked && (life.state == SLOT_PARKED || (life.state == SLOT_ACTIVE && !life.claim))))
			return true;
	}
	return false;
}

/* May a take be undone? Asked after a look at a leaf: whoever took there had entered, or, if he has left, gave back. */
static bool any_undoers(const struct freemap *map)
{
	return port_u32_load_acquire(&map->undoers) != 0; /* ACQUIRE [L4, from L5] */
}

static bool collect(struct search *s, uint32_t base_stamp, struct collection *c)
{
	uint32_t base = s->first & ~(LEAF_IDS - 1);
	struct chunk *chunk = NULL;
	bool parked = false;

	*c = (struct collection){0};
	for (; base <= s->last; base += LEAF_IDS) {
		if (chunk == NULL || (base & (CHUNK_IDS - 1)) == 0) {
			chunk = search_populate(s->map, base >> PORT_CHUNK_SHIFT);
			if (chunk == NULL) {
				c->unpopulated = true;
				base |= CHUNK_IDS - 1;
				base -= LEAF_IDS - 1;
				continue;
			}
			/* ACQUIRE [L2, from L3]: if it is counted no more, its leaf says that it rests. */
			parked = port_u32_load_acquire(&chunk->parked) != 0;
		}
		if (search_look(s, chunk, base, search_window(s, base)) == LOOK_TAKEN)
			return true;
		if (!c->underway && (parked || any_undoers(s->map)))
			c->underway =
				any_underway(s->map->table, chunk, base,
			                     ~(leaf_free(s->word) | leaf_quarantined(s->word)) & search_window(s, base),
			                     parked);
		c->stamps += clock_ahead(leaf_stamp(s->word), base_stamp);
		c->resting += leaf_quarantined(s->word) & search_window(s, base);
	}
	return false;
}

static uint32_t all_moved(const struct freemap *map)
{
	uint32_t moved = 0;
	uint32_t i;

	for (i = 0; i < map->shards; i++)
		moved += port_u32_load_acquire(&map->shard[i].moved); /* ACQUIRE [G2, from G1] */
	return moved;
}

static uint32_t all_moving(const struct freemap *map)
{
	uint32_t moving = 0;
	uint32_t i;

	for (i = 0; i < map->shards; i++)
		/* relaxed: of whoever made free what was taken since, in a leaf that we saw [F2] */
		moving += port_u32_load_relaxed(&map->shard[i].moving);
	return moving;
}

/*
 * The short proof, for the usual refusal: take, or prove that nothing was free and
 * something rested. If all who had begun to move an id by the end had told of it by
 * the beginning, nobody moved one in between. So none became free meanwhile, and one
 * that was free before is in a leaf that its chunk names (L6): all of these are looked
 * at. And what was seen resting rests still. -EBUSY: it proves nothing, because
 * somebody was moving an id, or nothing rests.
 */
static int prove_rests(struct search *s)
{
	uint32_t moved = all_moved(s->map);
	uint32_t index = s->first >> PORT_CHUNK_SHIFT;

	s->resting = false;
	for (; index <= s->last >> PORT_CHUNK_SHIFT; index++) {
		struct chunk *chunk = table_chunk(s->map->table, index);

		if (chunk == NULL)
			return -IOASID_EBUSY;
		/* ACQUIRE [H4, from H3]: as whoever cleared it saw the leaves. */
		if (some_leaves(port_u64_load_acquire(&chunk->some)) == 0)
			continue;
		if (search_chunk(s, chunk, index, s->first))
			return 0;
	}
	return s->resting && all_moving(s->map) == moved ? -IOASID_EAGAIN : -IOASID_EBUSY;
}

/*
 * Take, or prove that nothing was free. Stamps only grow, and no id becomes free
 * without a newer one: two equal sums mean that nothing became free in any leaf
 * between its two readings, so none had a free id at the moment between the
 * collections; and what rested then rests still. A third round is needed only
 * if another thread got on.
 *
 * Nor was one in the hands of a call that gives it back: each had a life when the
 * first collection looked at it, after its leaf, and was not given back until the
 * second one. Whoever has taken one looks for waiters when it is born: one of these
 * is told to sleep only if it was seen without a life after a fence that all CPUs have
 * passed, for a birth is a store, which the look at the waiters may overtake (quick.h).
 */
int search_prove(struct search *s)
{
	uint32_t base_stamp = clock_stamp(s->map->clock);
	struct collection before = {.stamps = INT64_MIN};
	struct collection now;
	bool fenced = !s->waits;
	int error = s->resting ? prove_rests(s) : -IOASID_EBUSY;

	if (error != -IOASID_EBUSY)
		return error;
	for (;;) {
		if (collect(s, base_stamp, &now))
			return 0;
		if (now.unpopulated)
			return -IOASID_ENOMEM;
		if (now.stamps != before.stamps || now.resting != before.resting) {
			before = now;
			continue;
		}
		if (now.resting == 0 && !now.underway && !before.underway)
			return -IOASID_ENOSPC;
		if (now.resting != 0 || fenced)
			return -IOASID_EAGAIN;
		ioasid_port_fence_heavy(); /* [U1 -> U2]: a birth is seen from here on, or its maker sees us wait. */
		fenced = true;
		before = (struct collection){.stamps = INT64_MIN};
	}
}
