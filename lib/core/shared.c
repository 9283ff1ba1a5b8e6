/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * shared.c - the one shared id of a set, made once; and hot references.
 *
 * The id is taken and filled first; then one swap on the set's word charges and
 * installs it. Whoever loses that swap gives his id back as if it had never
 * been, and shares the winner's; whoever finds an installed id that its maker
 * has not published yet publishes it for him. So nobody ever waits, and a set
 * with a quota of one serves any number of racing binds.
 */
#include "quick.h"

/* A bind's reference on the shared id that the set's word names. -EAGAIN: look at the word again. */
static int get_shared(struct ioasid_owner_set *set, uint64_t word, uint32_t last, ioasid_handle_t *handle)
{
	uint32_t id = owner_shared_id(word);
	struct slot *slot = table_slot(&set->space->table, id);
	uint64_t before = slot_word(slot);
	uint64_t after;
	uint32_t generation = slot_generation(before);
	int error = -IOASID_ESTALE;

	if ((generation & OWNER_FIELD_20) == owner_shared_generation(word) && slot_state(before) != SLOT_IDLE) {
		if (id > last && slot_state(before) <= SLOT_ACTIVE)
			return -IOASID_EOVERFLOW;
		/* Installed, and its maker has not got further: publish for it. */
		if (slot_state(before) == SLOT_RESERVED)
			(void)slot_apply(slot, generation, slot_on_publish, 0, &before, &after);
		error = slot_apply(slot, generation, slot_on_bind, 0, &before, &after);
	}
	if (error == 0)
		*handle = handle_make(set->space, id, generation);
	if (error != -IOASID_ESTALE)
		return error;
	/* It has parked, and whoever parked it has not come to say so: say it. */
	owner_forget(set, id, owner_shared_generation(word));
	return -IOASID_EAGAIN;
}

/* A leader for a hot id's tally; stands in the slot before the id is installed. */
static int make_hot(struct ioasid_space *space, const struct taken *taken)
{
	struct binding *leader = pool_take(&space->pool);

	if (leader == NULL)
		return -IOASID_ENOMEM;
	if (tally_take(&space->tally, &leader->tally) != 0) {
		pool_give(&space->pool, leader);
		return -IOASID_ENOMEM;
	}
	leader->slot = taken->slot;
	/* relaxed: published by the birth. */
	port_u32_store_relaxed(&table_more(&space->table, taken->id)->tally, leader->index + 1);
	return 0;
}

void life_unmake_hot(struct ioasid_space *space, uint32_t id)
{
	struct binding *leader = space_leader(space, id);

	port_u32_store_relaxed(&table_more(&space->table, id)->tally, 0); /* relaxed: the id is ours */
	tally_give(&space->tally, &leader->tally);
	pool_give(&space->pool, leader);
}

/* Fill a new id and install it, or leave no trace. -EBUSY: another thread was first. */
static int install(struct ioasid_owner_set *set, uint32_t id, ioasid_handle_t *handle, uint64_t *word)
{
	struct ioasid_space *space = set->space;
	uint32_t how = SLOT_BIRTH_SHARED | SLOT_BIRTH_BIND;
	struct taken taken = {id, table_slot(&space->table, id)};
	int error;

	if (set->flags & IOASID_SET_HOT) {
		how |= SLOT_BIRTH_HOT;
		error = make_hot(space, &taken);
		if (error != 0) {
			life_give_back(space, id);
			return error;
		}
	}
	if ((set->flags & IOASID_SET_EAGER) == 0)
		how |= SLOT_BIRTH_CLAIM;
	*handle = quick_bear(set, &taken, how);
	error = owner_install(set, id, handle_generation(*handle), word);
	/* Parked, it is still the set's: only the map tells where to look for it then. */
	if (error == 0)
		owner_note(set, id >> PORT_CHUNK_SHIFT);
	else
		/* Not installed, so nobody has seen it and nobody is charged: take it back. */
		(void)life_unbear(space, taken.slot, *handle, 0);
	return error;
}

/* Take an id that may have to be given back, and install it or do so. */
static int take_and_install(struct ioasid_owner_set *set, uint32_t last, uint32_t *id, ioasid_handle_t *handle,
                            uint64_t *word)
{
	struct ioasid_space *space = set->space;
	int error;

	freemap_enter(&space->map);
	error = freemap_find(&space->map, 0, last, 0, id);
	if (error == 0)
		error = install(set, *id, handle, word);
	freemap_leave(&space->map);
	return error;
}

/* The set has no shared id: make one. -EBUSY: look at the word again, another thread was at it. */
static int make_shared(struct ioasid_owner_set *set, uint32_t last, ioasid_handle_t *handle, uint64_t *word)
{
	struct ioasid_space *space = set->space;
	struct slot *slot;
	uint32_t id;
	int error = owner_room(set);

	if (error == 0)
		error = take_and_install(set, last, &id, handle, word);
	if (error != 0)
		return error;
	slot = table_slot(&space->table, id);
	error = life_publish(space, slot, *handle);
	/* [U2, from U1]: as in quick_make(). */
	(void)life_tell_waiters(space);
	/* -EBUSY: whoever found it installed has published it for us. */
	if (error == 0 || error == -IOASID_EBUSY)
		return 0;
	/* Parked or aborted already, by the end of the set or by whoever freed it. */
	(void)life_unbind(space, slot, *handle);
	return -IOASID_EBUSY;
}

int life_share(struct ioasid_owner_set *set, uint32_t last, ioasid_handle_t *handle)
{
	for (;;) {
		uint64_t word = owner_word(set);
		int error;

		if (word & OWNER_ENDED)
			return -IOASID_ESTALE;
		if (word & OWNER_SHARED) {
			error = get_shared(set, word, last, handle);
			if (error != -IOASID_EAGAIN)
				return error;
			continue;
		}
		error = make_shared(set, last, handle, &word);
		if (error == 0 || error == -IOASID_ESTALE || error == -IOASID_ENOMEM)
			return error;
		/* Nothing left for a second one, or too late: is there a first by now? */
		if (error != -IOASID_EBUSY && (owner_word(set) & OWNER_SHARED) == 0)
			return error;
	}
}

int life_get(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	uint64_t before = slot_word(slot);
	uint64_t after;
	int error;

	if ((before & SLOT_HOT) == 0 || slot_generation(before) != handle_generation(handle))
		return slot_apply(slot, handle_generation(handle), slot_on_get, 0, &before, &after);
	port_read_lock();
	before = slot_word(slot);
	error = slot_generation(before) == handle_generation(handle) && slot_is_active(before) ? 0 : -IOASID_ESTALE;
	if (error == 0)
		tally_enter(&space->tally, &space_leader(space, handle_number(handle))->tally);
	port_read_unlock();
	return error;
}

static int put_hot(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	struct binding *leader;
	struct slot_life life;
	enum tally_left left;
	int error = 0;

	port_read_lock();
	life = slot_read(slot);
	leader = space_leader(space, handle_number(handle));
	if (life.generation != handle_generation(handle) || !life.hot) {
		error = -IOASID_ESTALE;
	} else if (life.state == SLOT_RESERVED || leader == NULL) {
		error = -IOASID_EINVAL; /* not out yet, or folded to zero */
	} else {
		left = tally_leave(&space->tally, &leader->tally);
		if (left == TALLY_SURPLUS)
			error = -IOASID_EINVAL;
		else if (left == TALLY_DRAINED)
			space_post(space, &leader->letter, BINDING_DRAINED);
	}
	port_read_unlock();
	return error;
}

int life_put(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	uint64_t word = slot_word(slot);

	if ((word & SLOT_HOT) != 0 && slot_generation(word) == handle_generation(handle))
		return put_hot(space, slot, handle);
	return life_put_cold(space, slot, handle);
}
