/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lifecycle.c - what follows from an edge, and the private births. Shared ids: shared.c; ends of sets: ending.c. */
#include "quick.h"

static uint32_t id_of(ioasid_handle_t handle)
{
	return handle_number(handle);
}

static void uncharge(struct ioasid_space *space, struct ioasid_owner_set *set, uint32_t count)
{
	if (owner_uncharge(set, count))
		space_post(space, &set->letter, OWNER_DONE);
}

void life_reclaimed(void *context, void *owner, uint32_t count)
{
	struct ioasid_space *space = context;

	count_up(&space->count.reclaimed, count);
	if (owner != NULL)
		uncharge(space, owner, count);
}

/* A number without another generation is withheld for good: an old handle must never match. */
static bool retire(struct ioasid_space *space, uint32_t generation)
{
	if (generation != SLOT_GEN_MAX)
		return false;
	count_up(&space->count.retired, 1);
	return true;
}

/*
 * The life is over: the number rests. Within the read section of the edge, so that
 * the grace period which its stamp asks for comes after all of this, and the sweep
 * that follows it after the hint.
 */
static void rest(struct ioasid_space *space, uint32_t id, uint32_t generation)
{
	port_trace(rest, id, generation, 0);
	if (retire(space, generation))
		uncharge(space, space_set_of(space, id), 1);
	else if (freemap_rest(&space->map, id))
		space_wake(space);
}

/* The reclaimer has something to quiesce; a slot is queued once in a life. */
static void queue(struct ioasid_space *space, uint32_t id)
{
	port_u32 *link = &table_more(&space->table, id)->link;
	uint32_t first = port_u32_load_relaxed(&space->parked); /* relaxed: the swap checks it */

	do
		port_u32_store_relaxed(link, first); /* relaxed: published by the swap */
	/* SEQ_CST [K1 -> K2]: the park is before its turn. */
	while (!port_u32_cas_seq_cst(&space->parked, &first, id + 1));
	space_wake(space);
}

void life_unbinding(struct ioasid_space *space, ioasid_handle_t handle)
{
	/* relaxed: it is counted before its unbind returns */
	(void)port_u32_add_relaxed(&table_chunk_at(&space->table, id_of(handle))->parked, 1);
}

void life_unbound(struct ioasid_space *space, ioasid_handle_t handle)
{
	/* RELEASE [L3 -> L2]: if the id went with it, its leaf says so before it is counted no more. */
	(void)port_u32_add_release(&table_chunk_at(&space->table, id_of(handle))->parked, UINT32_MAX);
}

/* What follows from the swap from @before to @after, in general. */
static void follow_all(struct ioasid_space *space, uint32_t id, uint64_t before, uint64_t after)
{
	bool was_parked = slot_state(before) == SLOT_PARKED;
	bool is_parked = slot_state(after) == SLOT_PARKED;

	if (slot_is_active(before) && !slot_is_active(after) && (before & SLOT_SHARED) != 0)
		owner_forget(space_set_of(space, id), id, slot_generation(before));
	if (slot_parked(before, after)) {
		port_trace(park, id, slot_generation(after), slot_unpack(after).refs);
		if (after & SLOT_CLAIM)
			queue(space, id);
	}
	if (is_parked && !was_parked)
		(void)port_u32_add_relaxed(&table_chunk_at(&space->table, id)->parked,
		                           1); /* relaxed: it is counted before its park returns */
	if (slot_ended(before, after))
		rest(space, id, slot_generation(after));
	if (was_parked && !is_parked)
		/* RELEASE [L3 -> L2]: the leaf says that it rests before it is counted no more. */
		(void)port_u32_add_release(&table_chunk_at(&space->table, id)->parked, UINT32_MAX);
}

void life_rested(struct ioasid_space *space, uint32_t id, uint64_t before, uint32_t stamp)
{
	if (freemap_rested(&space->map, id, before, stamp))
		space_wake(space);
}

/* Most lives end at once: private, and with nothing to quiesce. */
static inline void follow(struct ioasid_space *space, uint32_t id, uint64_t before, uint64_t after)
{
	if (slot_is_active(before) && slot_state(after) == SLOT_IDLE && (before & SLOT_SHARED) == 0)
		rest(space, id, slot_generation(after));
	else
		follow_all(space, id, before, after);
}

/* Does anybody want to hear of every id of this one's set? Within a read section, life seen alive. */
static uint32_t participants(const struct ioasid_space *space, uint32_t id)
{
	const struct ioasid_owner_set *set = space_set_of(space, id);
	/* SEQ_CST [A2, from A1]: an enrolment waits for a grace period after it is counted. */
	uint32_t of_space = port_u32_load_seq_cst(&space->nr_participants);

	/* NULL: aborted meanwhile, and the edge will say so. SEQ_CST [A2, from A1]: as above. */
	return set == NULL ? of_space : of_space + port_u32_load_seq_cst(&set->nr_participants);
}

/* Apply an edge whose argument is whether there are participants, and do what follows. */
EDGE_INLINE int apply_and_follow(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle, slot_edge *edge)
{
	uint32_t generation = handle_generation(handle);
	uint64_t before;
	uint64_t after;
	int error;

	/*
	 * The read section keeps the set for as long as we look at it, and makes an
	 * enrolment wait for us if we did not see it.
	 */
	port_read_lock();
	before = slot_word(slot);
	if (slot_generation(before) != generation || slot_state(before) == SLOT_IDLE)
		error = generation > slot_generation(before) ? -IOASID_ENOENT : -IOASID_ESTALE;
	else
		error = slot_apply(slot, generation, edge, participants(space, id_of(handle)), &before, &after);
	if (error == 0)
		follow(space, id_of(handle), before, after);
	port_read_unlock();
	return error;
}

int life_wake(struct ioasid_space *space)
{
	space_wake(space);
	return 0;
}

void life_give_back(struct ioasid_space *space, uint32_t id)
{
	bool wanted = freemap_return(&space->map, id);

	/* SEQ_CST [E3 -> E4]: no grace period will tell of this id those who wait for one. */
	if (wanted || port_u32_load_seq_cst(&space->waiters) != 0)
		space_wake(space);
}

/* An id that nobody has found goes straight back: FREE, and its set is not charged any more. */
static void unbear(struct ioasid_space *space, ioasid_handle_t handle, struct ioasid_owner_set *set, uint32_t charged)
{
	if (!retire(space, handle_generation(handle)))
		life_give_back(space, id_of(handle));
	if (charged)
		uncharge(space, set, charged);
}

int life_unbear(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle, uint32_t charged)
{
	struct ioasid_owner_set *set;
	uint64_t before;
	uint64_t after;
	int error;

	port_read_lock();
	set = space_set_of(space, id_of(handle));
	error = slot_apply(slot, handle_generation(handle), slot_on_abort, 0, &before, &after);
	if (error == 0 && (before & SLOT_SHARED) != 0 && charged)
		owner_forget(set, id_of(handle), slot_generation(before));
	if (error == 0 && (before & SLOT_HOT) != 0)
		life_unmake_hot(space, id_of(handle));
	if (error == 0)
		unbear(space, handle, set, charged);
	port_read_unlock();
	return error;
}

int life_abort(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	return life_unbear(space, slot, handle, 1);
}

int life_ended_meanwhile(struct ioasid_owner_set *set, uint32_t how, ioasid_handle_t born)
{
	struct slot *slot = table_slot(&set->space->table, handle_number(born));

	(void)life_park(set->space, slot, born);
	/* A bind will not hear of the reference that it was to drop. */
	if (how & SLOT_BIRTH_BIND)
		(void)life_unbind(set->space, slot, born);
	return -IOASID_ESTALE;
}

int life_found_no_room(struct ioasid_owner_set *set, uint32_t id, int error)
{
	life_give_back(set->space, id);
	if (error == -IOASID_EDQUOT)
		owner_refused(set);
	return error;
}

int life_create(struct ioasid_owner_set *set, uint32_t first, uint32_t last, uint32_t how, bool waits,
                ioasid_handle_t *handle)
{
	struct taken taken;
	uint32_t id;
	int error = owner_room(set);

	if (error == 0)
		error = freemap_find(&set->space->map, first, last, waits ? FREEMAP_WAITS : 0, &id);
	if (error != 0)
		return error;
	taken = (struct taken){id, table_slot(&set->space->table, id)};
	return quick_make(set, &taken, how, set->quota != IOASID_UNLIMITED, handle);
}

/* Is it still RESERVED, and its set gone? Then it need not be seen, nor quiesced. */
static bool ended_before_publish(const struct ioasid_space *space, const struct slot *slot, ioasid_handle_t handle)
{
	const struct ioasid_owner_set *set;
	struct slot_life life;
	bool ended;

	port_read_lock();
	life = slot_read(slot);
	set = space_set_of(space, id_of(handle));
	ended = life.generation == handle_generation(handle) && life.state == SLOT_RESERVED && set != NULL &&
	        (owner_word(set) & OWNER_ENDED);
	port_read_unlock();
	return ended;
}

int life_publish(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	uint64_t before;
	uint64_t after;
	int error;

	if (ended_before_publish(space, slot, handle) && life_abort(space, slot, handle) == 0)
		return -IOASID_ESTALE;
	error = slot_apply(slot, handle_generation(handle), slot_on_publish, 0, &before, &after);
	if (error != 0)
		return error;
	/* [O2]: either the end of the set parks this id, or we find the end. */
	port_read_lock();
	before = slot_word(slot);
	if (slot_generation(before) == handle_generation(handle) && slot_is_active(before) &&
	    (owner_word(space_set_of(space, id_of(handle))) & OWNER_ENDED))
		error = -IOASID_ESTALE;
	port_read_unlock();
	if (error != 0)
		(void)life_park(space, slot, handle);
	return error;
}

int life_put_cold(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	if (slot_stay(slot, handle_generation(handle), slot_on_put))
		return 0;
	return apply_and_follow(space, slot, handle, slot_on_put);
}

int life_unbind(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	if (slot_stay(slot, handle_generation(handle), slot_on_unbind))
		return 0;
	return apply_and_follow(space, slot, handle, slot_on_unbind);
}

int life_unpin(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	if (slot_stay(slot, handle_generation(handle), slot_on_unpin))
		return 0;
	return apply_and_follow(space, slot, handle, slot_on_unpin);
}

int life_park(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	/* An id that was never published is aborted: no grace period, no callback. */
	if (slot_state(slot_word(slot)) == SLOT_RESERVED) {
		int error = life_abort(space, slot, handle);

		if (error != -IOASID_EBUSY)
			return error;
	}
	return apply_and_follow(space, slot, handle, slot_on_park);
}

int life_seal(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle, bool failed)
{
	uint64_t before;
	uint64_t after;
	int error = slot_apply(slot, handle_generation(handle), slot_on_seal, failed, &before, &after);

	if (error == 0)
		follow(space, id_of(handle), before, after);
	return error;
}

int life_cure(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	return apply_and_follow(space, slot, handle, slot_on_cure);
}
