/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * quick.h - an id's birth and its end as they mostly go, inline in the public calls:
 * the leaf under the cursor has one, the set has room; and nobody holds on to it,
 * nor wants to hear of it.
 *
 * There is no call on that way, and next to nothing to keep over those beside it, so
 * they hardly need a frame: what is pushed before a locked swap must reach the cache
 * before it. Whatever is rarer goes the long way, in lifecycle.c, which does the same
 * steps in the same order.
 */
#ifndef IOASID_CORE_QUICK_H
#define IOASID_CORE_QUICK_H

#include "lifecycle.h"
#include "near.h"

/* The long way stays a call, so that the short one needs none of its registers. */
#if defined(__GNUC__)
#define QUICK_NOT __attribute__((__noinline__)) /* Linux has a macro of the other name */
#else
#define QUICK_NOT
#endif

/* quick_bear() - the life of an id that is out of its leaf, and charged. */
static inline ioasid_handle_t quick_bear(struct ioasid_owner_set *set, const struct taken *taken, uint32_t how)
{
	uint32_t generation;

	table_charge(taken->slot, taken->id, set, set->label);
	generation = slot_generation(slot_birth(taken->slot, how));
	port_trace(birth, taken->id, generation, how);
	return handle_make(set->space, taken->id, generation);
}

/*
 * quick_make() - what comes after the leaf: charged to the set, and born. @bounded: the
 * set has a quota. The set's word, which all its threads are after, is read for the
 * swap, and for nothing else.
 */
EDGE_INLINE int quick_make(struct ioasid_owner_set *set, const struct taken *taken, uint32_t how, bool bounded,
                           ioasid_handle_t *handle)
{
	ioasid_handle_t born;
	int error = owner_charge_one(set, bounded ? set->quota : IOASID_UNLIMITED);

	if (error != 0)
		return life_found_no_room(set, taken->id, error);
	born = quick_bear(set, taken, how);
	owner_note(set, taken->id >> PORT_CHUNK_SHIFT);
	/* [O3 -> O4]: either the end of the set finds this id, or we find the end. Who ends it makes the fence heavy. */
	port_fence_light();
	if (owner_has_ended(set))
		return life_ended_meanwhile(set, how, born);
	*handle = born;
	/* [U2, from U1]: who waits may have been told that this id might come back. */
	return life_tell_waiters(set->space);
}

/*
 * quick_create() - life_create() of any id, the one under the cursor. False: nothing was done.
 * @bounded: the set has a quota; a constant, so that who has none pays for none.
 */
EDGE_INLINE bool quick_create(struct ioasid_owner_set *set, bool bounded, uint32_t how, ioasid_handle_t *handle,
                              int *error)
{
	struct ioasid_space *space = set->space;
	struct freemap_shard *shard = freemap_shard(&space->map);
	struct taken taken;

	if (!owner_is_open(set) || !freemap_take_near(&space->table, shard, 0, space->table.nr_ids - 1, &taken))
		return false;
	*error = quick_make(set, &taken, how, bounded, handle);
	return true;
}

/* quick_end() - life_park() of an id whose life then ends at once. False: nothing was done. */
EDGE_INLINE bool quick_end(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	uint32_t generation = handle_generation(handle);
	uint32_t id = handle_number(handle);
	uint64_t word;
	uint32_t stamp;

	/* The read section: as in lifecycle.c. */
	if (!port_read_trylock())
		return false;
	/* SEQ_CST [A2, from A1]: as in lifecycle.c; if anybody has enrolled, there it is asked for which ids. */
	if (generation >= SLOT_GEN_MAX || port_u32_load_seq_cst(&space->nr_enrolled) != 0 ||
	    !slot_end_at_once(slot, generation)) {
		port_read_unlock();
		return false;
	}
	port_trace(rest, id, generation, 0);
	stamp = freemap_rest_in_leaf(&space->clock, slot, id, &word);
	if (!freemap_rests_unnoticed(&space->map, &space->clock, id, word, stamp))
		life_rested(space, id, word, stamp);
	port_read_unlock();
	return true;
}

#endif
