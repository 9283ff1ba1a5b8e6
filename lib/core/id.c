/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* id.c - the public calls on ids: arguments checked, refusals counted. */
#include <ioasid/id.h>

#include "participant.h"
#include "quick.h"
#include "reclaim.h"

struct allocation {
	struct ioasid_owner_set *set;
	uint32_t first;
	uint32_t last;
	uint32_t how;
	ioasid_handle_t *handle;
	int error;
};

static bool allocation_is_over(void *context)
{
	struct allocation *a = context;

	a->error = life_create(a->set, a->first, a->last, a->how, true, a->handle);
	return a->error != -IOASID_EAGAIN;
}

static int alloc_and_wait(struct ioasid_owner_set *set, uint32_t first, uint32_t last, uint32_t how,
                          ioasid_handle_t *handle)
{
	struct allocation a = {.set = set, .first = first, .last = last, .how = how, .handle = handle};
	int error = wait_for(set->space, allocation_is_over, &a, IOASID_FOREVER);

	return error != 0 ? error : a.error;
}

/* Out of a range, or not where the last one was found. */
static QUICK_NOT int alloc_by_search(struct ioasid_owner_set *set, const struct ioasid_range *range, uint32_t flags,
                                     uint32_t how, ioasid_handle_t *handle)
{
	uint32_t first = 0;
	uint32_t last = set->space->table.nr_ids - 1;

	if (range != NULL) {
		if (!space_has(set->space, range->first) || !space_has(set->space, range->last) ||
		    ioasid_value(range->first) > ioasid_value(range->last))
			return -IOASID_EINVAL;
		first = ioasid_value(range->first);
		last = ioasid_value(range->last);
	}
	if (flags & IOASID_ALLOC_WAIT)
		return alloc_and_wait(set, first, last, how, handle);
	return life_create(set, first, last, how, false, handle);
}

static QUICK_NOT int alloc_within_quota(struct ioasid_owner_set *set, uint32_t flags, uint32_t how,
                                        ioasid_handle_t *handle)
{
	int error;

	if (quick_create(set, true, how, handle, &error))
		return error;
	return alloc_by_search(set, NULL, flags, how, handle);
}

int ioasid_id_alloc(struct ioasid_owner_set *set, const struct ioasid_range *range, uint32_t flags,
                    ioasid_handle_t *handle)
{
	uint32_t how = SLOT_BIRTH_CLAIM;
	int error;

	if (set == NULL || handle == NULL || (flags & ~(IOASID_ALLOC_ACTIVE | IOASID_ALLOC_WAIT)) != 0)
		return -IOASID_EINVAL;
	if (flags & IOASID_ALLOC_ACTIVE)
		how |= SLOT_BIRTH_ACTIVE;
	if (range != NULL)
		return alloc_by_search(set, range, flags, how, handle);
	if (set->quota != IOASID_UNLIMITED)
		return alloc_within_quota(set, flags, how, handle);
	if (quick_create(set, false, how, handle, &error))
		return error;
	return alloc_by_search(set, NULL, flags, how, handle);
}

int ioasid_id_publish(struct ioasid_space *space, ioasid_handle_t handle)
{
	struct slot *slot;
	int error = space_resolve(space, handle, &slot);

	return error != 0 ? error : life_publish(space, slot, handle);
}

int ioasid_id_abort(struct ioasid_space *space, ioasid_handle_t handle)
{
	struct slot *slot;
	int error = space_resolve(space, handle, &slot);

	return error != 0 ? error : life_abort(space, slot, handle);
}

int ioasid_id_free(struct ioasid_space *space, ioasid_handle_t handle)
{
	struct slot *slot;
	int error = space_resolve(space, handle, &slot);

	if (error != 0 || quick_end(space, slot, handle))
		return error;
	return life_park(space, slot, handle);
}

/*
 * An id that is not ACTIVE, seen as @word. Without a life: rests it still, or has
 * nobody any business with it? One that has lived and is in neither mask of its leaf
 * is on its way there, or into its next life: a straggler is never reported; who goes
 * astray will come again.
 */
static QUICK_NOT int not_found(const struct ioasid_space *space, uint32_t id, uint64_t word)
{
	uint32_t generation = slot_generation(word);

	if (slot_state(word) != SLOT_IDLE)
		return slot_not_active(word);
	switch (freemap_state(&space->map, id)) {
	case IOASID_STATE_FREE:
		return -IOASID_ENOENT;
	case IOASID_STATE_QUARANTINED:
		return -IOASID_ESTALE;
	default:
		return generation == 0 || generation == SLOT_GEN_MAX ? -IOASID_ENOENT : -IOASID_ESTALE;
	}
}

int ioasid_id_find(struct ioasid_space *space, ioasid_t id, ioasid_handle_t *handle)
{
	struct slot *slot;
	uint64_t word;

	if (space == NULL || handle == NULL || !space_has(space, id))
		return -IOASID_EINVAL;
	slot = table_slot(&space->table, ioasid_value(id));
	if (slot == NULL)
		return -IOASID_ENOENT;
	word = slot_word(slot);
	if (!slot_is_active(word))
		return not_found(space, ioasid_value(id), word);
	*handle = handle_make(space, ioasid_value(id), slot_generation(word));
	return 0;
}

int ioasid_id_get(struct ioasid_space *space, ioasid_handle_t handle)
{
	struct slot *slot;
	int error = space_resolve(space, handle, &slot);

	if (error != 0 || slot_stay(slot, handle_generation(handle), slot_on_get_cold))
		return error;
	return life_get(space, slot, handle);
}

int ioasid_id_find_get(struct ioasid_space *space, ioasid_t id, ioasid_handle_t *handle)
{
	ioasid_handle_t found = {0};
	int error;

	if (handle == NULL)
		return -IOASID_EINVAL;
	do {
		error = ioasid_id_find(space, id, &found);
		if (error != 0)
			return error;
		error = ioasid_id_get(space, found);
		/* The life that was found is over by now: what is there instead? */
	} while (error == -IOASID_ESTALE);
	if (error == 0)
		*handle = found;
	return error;
}

/* What drops more than was taken is counted, and what comes too late. */
static int counted(struct ioasid_space *space, port_u64 *surplus, int error)
{
	if (error == -IOASID_EINVAL)
		count_up(surplus, 1);
	else if (error != 0)
		count_up(&space->count.stale_calls, 1);
	return error;
}

/* A hot id's, or the last one; or one too many. */
static QUICK_NOT int put_the_long_way(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	return counted(space, &space->count.surplus_puts, life_put(space, slot, handle));
}

int ioasid_id_put(struct ioasid_space *space, ioasid_handle_t handle)
{
	struct slot *slot;
	int error = space_resolve(space, handle, &slot);

	if (error != 0 || slot_stay(slot, handle_generation(handle), slot_on_put))
		return error;
	return put_the_long_way(space, slot, handle);
}

int ioasid_id_pin(struct ioasid_space *space, ioasid_t id, ioasid_handle_t *handle)
{
	struct slot *slot;
	uint64_t before;
	uint64_t after;
	int error;

	if (space == NULL || handle == NULL || !space_has(space, id))
		return -IOASID_EINVAL;
	slot = table_slot(&space->table, ioasid_value(id));
	if (slot == NULL)
		return -IOASID_ENOENT;
	error = slot_apply(slot, SLOT_ANY, slot_on_pin, 0, &before, &after);
	if (error != 0)
		return slot_state(before) == SLOT_IDLE ? not_found(space, ioasid_value(id), before) : error;
	*handle = handle_make(space, ioasid_value(id), slot_generation(after));
	return 0;
}

/* Of an id that has parked; or one too many. */
static QUICK_NOT int unpin_the_long_way(struct ioasid_space *space, struct slot *slot, ioasid_handle_t handle)
{
	return counted(space, &space->count.surplus_unpins, life_unpin(space, slot, handle));
}

int ioasid_id_unpin(struct ioasid_space *space, ioasid_handle_t handle)
{
	struct slot *slot;
	int error = space_resolve(space, handle, &slot);

	if (error != 0 || slot_stay(slot, handle_generation(handle), slot_on_unpin))
		return error;
	return unpin_the_long_way(space, slot, handle);
}

struct life_over {
	struct slot *slot;
	uint32_t generation;
};

static bool life_is_over(void *context)
{
	const struct life_over *w = context;
	struct slot_life life = slot_read(w->slot);

	return life.generation != w->generation || life.state == SLOT_IDLE;
}

int ioasid_id_wait(struct ioasid_space *space, ioasid_handle_t handle, uint64_t timeout_ns)
{
	struct life_over w = {NULL, handle_generation(handle)};
	int error = space_resolve(space, handle, &w.slot);

	if (error == 0 && slot_read(w.slot).generation < w.generation)
		error = -IOASID_ENOENT;
	return error != 0 ? error : wait_for(space, life_is_over, &w, timeout_ns);
}

int ioasid_id_unpoison(struct ioasid_space *space, ioasid_handle_t handle)
{
	uint32_t generation = handle_generation(handle);
	struct binding *leader;
	struct slot_life life;
	struct slot *slot;
	int error = space_resolve(space, handle, &slot);

	if (error != 0)
		return error;
	/* The read section keeps the leader for as long as it stands in the slot. */
	port_read_lock();
	life = slot_read(slot);
	leader = space_leader(space, handle_number(handle));
	if (life.generation != generation || life.state == SLOT_IDLE)
		error = generation > life.generation ? -IOASID_ENOENT : -IOASID_ESTALE;
	else if (life.state != SLOT_POISONED || leader == NULL)
		error = -IOASID_EINVAL;
	else
		space_post(space, &leader->letter, BINDING_CURED);
	port_read_unlock();
	return error;
}

int ioasid_id_state(struct ioasid_space *space, ioasid_t id, enum ioasid_state *state)
{
	struct slot_life life = {.state = SLOT_IDLE};
	enum ioasid_state idle;
	struct slot *slot;

	if (space == NULL || state == NULL || !space_has(space, id))
		return -IOASID_EINVAL;
	slot = table_slot(&space->table, ioasid_value(id));
	idle = freemap_state(&space->map, ioasid_value(id));
	if (slot != NULL)
		life = slot_read(slot);
	switch (life.state) {
	case SLOT_IDLE:
		/* In neither mask: reserved for good, retired, or about to be born. */
		*state = idle == IOASID_STATE_ACTIVE ? IOASID_STATE_RESERVED : idle;
		break;
	case SLOT_RESERVED:
		*state = IOASID_STATE_RESERVED;
		break;
	case SLOT_ACTIVE:
		*state = IOASID_STATE_ACTIVE;
		break;
	case SLOT_PARKED:
		*state = IOASID_STATE_PARKED;
		break;
	case SLOT_POISONED:
		*state = IOASID_STATE_POISONED;
		break;
	}
	return 0;
}
