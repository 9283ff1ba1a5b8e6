/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lifecycle.h - the edges of an id's life with all that follows from them.
 *
 * Each function applies one edge to the slot and then does what the swap says:
 * a life that ended is quarantined, one that parked is queued for the reclaimer,
 * a shared id that left ACTIVE is forgotten by its set. Nothing is undone across
 * words: once the swap is made, the rest only ever goes forward, and any thread
 * that stops in the middle hides this one id and no other.
 *
 * All but life_create() and life_share() allocate nothing, take no lock and may
 * run in any context.
 */
#ifndef IOASID_CORE_LIFECYCLE_H
#define IOASID_CORE_LIFECYCLE_H

#include "edge.h"
#include "space.h"

/* life_create() - a charged id for @set, born as @how says (SLOT_BIRTH_*). @waits: the caller will, after -EAGAIN. */
int life_create(struct ioasid_owner_set *set, uint32_t first, uint32_t last, uint32_t how, bool waits,
                ioasid_handle_t *handle);

/*
 * life_share() - the set's shared id with a bind's reference (life_unbind()); makes
 * it, within [0, last], if there is none. -EOVERFLOW: it is beyond @last.
 */
int life_share(struct ioasid_owner_set *set, uint32_t last, ioasid_handle_t *handle);

/* The undo of a birth (quick.h). life_unbear(): @charged is 0 or 1; -EBUSY if it was published. */
int life_unbear(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle, uint32_t charged);
void life_give_back(struct ioasid_space *space, uint32_t id);

/*
 * Where a birth goes another way than most: the id is out of its leaf, but was not
 * charged, for @error, which is returned; or it was born, and the set has ended
 * meanwhile: -ESTALE.
 */
int life_found_no_room(struct ioasid_owner_set *set, uint32_t id, int error);
int life_ended_meanwhile(struct ioasid_owner_set *set, uint32_t how, ioasid_handle_t born);

/* life_rested() - freemap_rested(), with what follows. */
void life_rested(struct ioasid_space *space, uint32_t id, uint64_t before, uint32_t stamp);

/* life_tell_waiters() - what was taken, and might have been given back, will not be. 0: who ends with it needs no frame. */
int life_wake(struct ioasid_space *space);

static inline int life_tell_waiters(struct ioasid_space *space)
{
	/* SEQ_CST [E3 -> E4]: who was told to wait because of us may now be told more. */
	return port_u32_load_seq_cst(&space->waiters) != 0 ? life_wake(space) : 0;
}

void life_unmake_hot(struct ioasid_space *space, uint32_t id);

/* life_put_cold() - drops a reference that is in the word. */
int life_put_cold(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);

/*
 * The edges, by handle and slot (space_resolve). life_get() and life_put() are
 * for references of the host's, which a hot id counts in its tally; life_unbind()
 * drops a binding's, or that of a bind under way.
 */
int life_publish(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);
int life_abort(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);
int life_get(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);
int life_put(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);
int life_unbind(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);
int life_unpin(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);
int life_park(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);
int life_seal(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle, bool failed);
int life_cure(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle);

/* life_unbinding() - a binding of that id is being unbound, and is gone: for the search that fails meanwhile. */
void life_unbinding(struct ioasid_space *space, ioasid_handle_t handle);
void life_unbound(struct ioasid_space *space, ioasid_handle_t handle);

/* life_end_set() - park everything that the set has. -ESTALE: it has ended already. */
int life_end_set(struct ioasid_owner_set *set);

/* life_reclaimed() - a freemap_reclaimed: uncharges. */
void life_reclaimed(void *space, void *owner, uint32_t count);

/* life_visit() - calls @fn for every id of a chunk that is out of its leaf, IDLE or not, until it returns false. */
typedef bool life_visit_fn(void *context, uint32_t id, struct slot *slot, struct slot_life life);
bool life_visit(struct ioasid_space *space, uint32_t chunk, life_visit_fn *fn, void *context);

#endif
