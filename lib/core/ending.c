/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ending.c - finding what a set has, and ending all of it.
 *
 * The labels say whose the ids are; the set's map says in which chunks to look; the
 * leaves say which slots of a chunk are in use. So the cost is one look per
 * chunk in which the set ever had a private id, and one per id in use there.
 */
#include "lifecycle.h"

bool life_visit(struct ioasid_space *space, uint32_t index, life_visit_fn *fn, void *context)
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
			if (life.state != SLOT_IDLE && !fn(context, (index << PORT_CHUNK_SHIFT) + offset, slot, life))
				return false;
		}
	}
	return true;
}

static bool park_if_private(void *context, uint32_t id, struct slot *slot, struct slot_life life)
{
	struct ioasid_owner_set *set = context;

	/* What is RESERVED is its maker's until he publishes, who is then told of the end. */
	if (space_set_of(set->space, id) == set && life.state == SLOT_ACTIVE && !life.shared)
		(void)life_park(set->space, slot, handle_make(set->space, id, life.generation));
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

int life_end_set(struct ioasid_owner_set *set)
{
	struct ioasid_space *space = set->space;
	uint64_t word;
	bool done;
	uint32_t w;
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
	for (w = 0; w < set->map_words; w++) {
		uint64_t bits = port_u64_load_seq_cst(&set->map[w]); /* SEQ_CST [O4, from O3] */

		while (bits != 0) {
			(void)life_visit(space, w * 64 + port_ctz64(bits), park_if_private, set);
			bits &= bits - 1;
		}
	}
	return 0;
}
