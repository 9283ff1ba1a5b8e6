/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ending.c - finding what a set has, and ending all of it.
 *
 * The labels say whose the ids are; the set's map says in which chunks to look; the
 * leaves say which slots of a chunk are in use. So the cost is one look per
 * chunk in which the set ever had a private id, and one per id in use there.
 *
 * An id that is born meanwhile was charged before the end, or it is not born; so its
 * leaf is seen without it. Either its birth is seen, too, and it is parked. Or it is
 * seen to be on its way: then who ends the set has every CPU pass a fence, and looks
 * once more; for a birth is a store without one (quick_make()). That is rare, and so
 * a birth costs a swap less, and the end of a set mostly no more.
 */
#include "lifecycle.h"

/* Inline, for the end of a set: @fn is a constant there. */
EDGE_INLINE bool visit(struct ioasid_space *space, uint32_t index, life_visit_fn *fn, void *context)
{
	struct chunk *chunk = table_chunk(&space->table, index);
	uint32_t leaf;

	for (leaf = 0; chunk != NULL && leaf < CHUNK_LEAVES; leaf++) {
		uint64_t word = port_u64_load_seq_cst(&chunk->leaf[leaf]); /* SEQ_CST: as below */
		uint32_t used = ~(leaf_free(word) | leaf_quarantined(word)) & LEAF_ALL;

		while (used != 0) {
			uint32_t offset = leaf * LEAF_IDS + port_ctz64(used);
			struct slot *slot = chunk_slot(chunk, offset);
			struct slot_life life;

			used &= used - 1;
			if (offset >= chunk->ids)
				break;
			/* SEQ_CST [O4, from O3]: after the set's end, or its birth sees the end. */
			life = slot_unpack(port_u64_load_seq_cst(&slot->word));
			if (!fn(context, (index << PORT_CHUNK_SHIFT) + offset, slot, life))
				return false;
		}
	}
	return true;
}

bool life_visit(struct ioasid_space *space, uint32_t index, life_visit_fn *fn, void *context)
{
	return visit(space, index, fn, context);
}

struct ending {
	struct ioasid_owner_set *set;
	bool passing; /* some id, which may be of this set, was on its way */
};

static bool park_if_private(void *context, uint32_t id, struct slot *slot, struct slot_life life)
{
	struct ending *ending = context;
	struct ioasid_space *space = ending->set->space;

	if (table_is_passing(&space->table, id, &life))
		ending->passing = true;
	/* What is RESERVED is its maker's until he publishes, who is then told of the end. */
	else if (life.state == SLOT_ACTIVE && !life.shared && space_set_of(space, id) == ending->set)
		(void)life_park(space, slot, handle_make(space, id, life.generation));
	return true;
}

static void park_shared(struct ioasid_owner_set *set, uint64_t word)
{
	uint32_t id = owner_shared_id(word);
	struct slot *slot = table_slot(&set->space->table, id);
	struct slot_life life = slot_read(slot);

	if ((life.generation & OWNER_FIELD_20) == owner_shared_generation(word) && space_set_of(set->space, id) == set)
		(void)life_park(set->space, slot, handle_make(set->space, id, life.generation));
}

static void park_private(struct ending *ending)
{
	const struct ioasid_owner_set *set = ending->set;
	uint32_t w;

	for (w = 0; w < set->map_words; w++) {
		uint64_t bits = port_u64_load_seq_cst(&set->map[w]); /* SEQ_CST [O4, from O3] */

		while (bits != 0) {
			(void)visit(set->space, w * 64 + port_ctz64(bits), park_if_private, ending);
			bits &= bits - 1;
		}
	}
}

int life_end_set(struct ioasid_owner_set *set)
{
	struct ioasid_space *space = set->space;
	struct ending ending = {set, false};
	uint64_t word;
	bool done;
	int error = owner_end(set, &word, &done);

	if (error != 0)
		return error;
	/* relaxed: for the flush of who ends it, or of who has heard of that. */
	(void)port_u32_add_relaxed(&space->nr_ending, 1);
	if (done) {
		space_post(space, &set->letter, OWNER_DONE);
		return 0;
	}
	if (word & OWNER_SHARED)
		park_shared(set, word);
	if (owner_charge(word) > ((word & OWNER_SHARED) != 0))
		park_private(&ending);
	if (ending.passing) {
		/* [O5 -> O4]: a birth is seen from here on, or sees the end. */
		ioasid_port_fence_heavy();
		park_private(&ending);
	}
	return 0;
}
