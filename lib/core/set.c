/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* set.c - the public calls on sets. */
#include <ioasid/set.h>

#include "lifecycle.h"
#include "reclaim.h"

int ioasid_set_create(struct ioasid_space *space, const struct ioasid_set_config *config, struct ioasid_owner_set **out)
{
	uint32_t map_words;
	struct ioasid_owner_set *set;
	struct chain_node *there;

	if (space == NULL || config == NULL || out == NULL || config->size != sizeof(*config) ||
	    (config->flags & ~(IOASID_SET_EAGER | IOASID_SET_HOT)) != 0 ||
	    config->flags == (IOASID_SET_EAGER | IOASID_SET_HOT))
		return -IOASID_EINVAL;
	map_words = (space->table.nr_chunks + 63) / 64;
	set = memory_take(&space->memory, sizeof(*set) + map_words * sizeof(port_u64));
	if (set == NULL)
		return -IOASID_ENOMEM;
	port_u32_init(&set->holds, 1);
	set->space = space;
	set->owner = config->owner;
	set->quota = config->quota;
	set->flags = config->flags;
	set->done = config->done;
	set->context = config->context;
	set->letter.kind = LETTER_SET;
	set->map_words = map_words;
	set->label = label_take(&space->labels, set);
	(void)port_u32_add_seq_cst(&space->nr_sets, 1);
	if (set->quota != IOASID_UNLIMITED)
		freemap_enter(&space->map);
	port_read_lock();
	there = chain_add(owner_bucket(&space->owners, config->owner), &set->node, owner_matches, &config->owner);
	port_read_unlock();
	if (there == NULL) {
		*out = set;
		return 0;
	}
	reclaim_free_set(space, set);
	return -IOASID_EBUSY;
}

/* One more hold, unless the last is gone. */
static bool hold(struct ioasid_owner_set *set)
{
	uint32_t holds = port_u32_load_relaxed(&set->holds); /* relaxed: the swap checks it */

	while (holds != 0)
		/* ACQ_REL [M1]: holds are a chain from the creator to the last release. */
		if (port_u32_cas_acq_rel(&set->holds, &holds, holds + 1))
			return true;
	return false;
}

int ioasid_set_lookup(struct ioasid_space *space, struct ioasid_owner owner, struct ioasid_owner_set **set)
{
	struct chain_node *node;
	struct ioasid_owner_set *found = NULL;

	if (space == NULL || set == NULL)
		return -IOASID_EINVAL;
	port_read_lock();
	node = chain_find(owner_bucket(&space->owners, owner), owner_matches, &owner);
	if (node != NULL && hold(owner_of_node(node)))
		found = owner_of_node(node);
	port_read_unlock();
	if (found == NULL)
		return -IOASID_ENOENT;
	*set = found;
	return 0;
}

int ioasid_set_end(struct ioasid_owner_set *set)
{
	return set == NULL ? -IOASID_EINVAL : life_end_set(set);
}

static bool set_is_done(void *context)
{
	const struct ioasid_owner_set *set = context;

	return port_u32_load_acquire(&set->finished) != 0; /* ACQUIRE [D2, from D1] */
}

int ioasid_set_wait(struct ioasid_owner_set *set, uint64_t timeout_ns)
{
	if (set == NULL)
		return -IOASID_EINVAL;
	if ((owner_word(set) & OWNER_ENDED) == 0)
		return -IOASID_EBUSY;
	return wait_for(set->space, set_is_done, set, timeout_ns);
}

int ioasid_set_release(struct ioasid_owner_set *set)
{
	uint32_t holds;

	if (set == NULL)
		return -IOASID_EINVAL;
	holds = port_u32_load_relaxed(&set->holds); /* relaxed: the swap checks it */
	do {
		port_assert(holds != 0);
		if (holds == 0)
			return -IOASID_EINVAL;
		/* ACQ_REL [M1]: what any holder did is before the set goes. */
	} while (!port_u32_cas_acq_rel(&set->holds, &holds, holds - 1));
	if (holds != 1)
		return 0;
	/* Nobody finds it any more: owner_matches(). It stays until the reclaimer has heard of the release. */
	(void)life_end_set(set);
	space_post(set->space, &set->letter, OWNER_RELEASED);
	return 0;
}

int ioasid_set_shared(struct ioasid_owner_set *set, ioasid_handle_t *handle)
{
	struct slot_life life;
	uint64_t word;

	if (set == NULL || handle == NULL)
		return -IOASID_EINVAL;
	word = owner_word(set);
	if (word & OWNER_ENDED)
		return -IOASID_ESTALE;
	if ((word & OWNER_SHARED) == 0)
		return -IOASID_ENOENT;
	life = slot_read(table_slot(&set->space->table, owner_shared_id(word)));
	if (life.state != SLOT_ACTIVE || (life.generation & OWNER_FIELD_20) != owner_shared_generation(word))
		return -IOASID_ENOENT;
	*handle = handle_make(set->space, owner_shared_id(word), life.generation);
	return 0;
}

/* 0 if the id with that number is @set's in its present life; what it is otherwise is not said. */
static int check_owner(const struct ioasid_owner_set *set, uint32_t id, struct slot **slot)
{
	bool idle;

	*slot = table_slot(&set->space->table, id);
	if (*slot == NULL)
		return -IOASID_EACCES;
	idle = slot_read(*slot).state == SLOT_IDLE;
	if (space_set_of(set->space, id) != set)
		return -IOASID_EACCES;
	/* At rest, it is charged to the set still; free, it is nobody's, whoever its label says. */
	return idle && freemap_state(&set->space->map, id) != IOASID_STATE_QUARANTINED ? -IOASID_EACCES : 0;
}

int ioasid_set_find(struct ioasid_owner_set *set, ioasid_t id, ioasid_handle_t *handle)
{
	ioasid_handle_t found;
	struct slot *slot;
	int error;

	if (set == NULL || handle == NULL || !space_has(set->space, id))
		return -IOASID_EINVAL;
	/* Found first, owner checked after: the handle is of the life whose owner was seen, or stale. */
	error = ioasid_id_find(set->space, id, &found);
	if (check_owner(set, ioasid_value(id), &slot) != 0)
		return -IOASID_EACCES;
	if (error == 0)
		*handle = found;
	return error;
}

int ioasid_set_get(struct ioasid_owner_set *set, ioasid_handle_t handle)
{
	struct slot *slot;
	int error;

	if (set == NULL)
		return -IOASID_EINVAL;
	error = space_resolve(set->space, handle, &slot);
	if (error == -IOASID_EINVAL)
		return error;
	if (error != 0 || check_owner(set, handle_number(handle), &slot) != 0)
		return -IOASID_EACCES;
	return life_get(set->space, slot, handle);
}

int ioasid_set_free(struct ioasid_owner_set *set, ioasid_handle_t handle)
{
	struct slot *slot;
	int error;

	if (set == NULL)
		return -IOASID_EINVAL;
	error = space_resolve(set->space, handle, &slot);
	if (error == -IOASID_EINVAL)
		return error;
	if (error != 0 || check_owner(set, handle_number(handle), &slot) != 0)
		return -IOASID_EACCES;
	return life_park(set->space, slot, handle);
}

int ioasid_set_query(const struct ioasid_owner_set *set, struct ioasid_set_info *info)
{
	uint64_t word;

	if (set == NULL || info == NULL)
		return -IOASID_EINVAL;
	word = owner_word(set);
	info->owner = set->owner;
	info->quota = set->quota;
	info->charged = owner_charge(word);
	info->ended = (word & OWNER_ENDED) != 0;
	info->done = port_u32_load_acquire(&set->finished) != 0; /* ACQUIRE [D2, from D1] */
	return 0;
}
