/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* stat.c - counters, the snapshot, and who holds what. */
#include "stat.h"

#include "lifecycle.h"
#include "participant.h"

#define ATTEMPTS 8

enum ioasid_state stat_state(enum slot_state state)
{
	static const enum ioasid_state states[] = {
		[SLOT_IDLE] = IOASID_STATE_FREE,         [SLOT_RESERVED] = IOASID_STATE_RESERVED,
		[SLOT_ACTIVE] = IOASID_STATE_ACTIVE,     [SLOT_PARKED] = IOASID_STATE_PARKED,
		[SLOT_POISONED] = IOASID_STATE_POISONED,
	};

	return states[state];
}

/* Of the holder, of whoever took one, and of bindings; what the set holds of its shared id is none. */
static uint32_t count_references(const struct slot_life *life)
{
	return life->refs + life->binds + (life->claim && life->state <= SLOT_ACTIVE && !life->shared);
}

struct telling {
	struct ioasid_space *space;
	const struct ioasid_owner_set *set;
	ioasid_holder_fn *fn;
	void *context;
};

static uint32_t count_bindings(const struct slot_more *more)
{
	const struct chain_node *node;
	uint32_t count = 0;

	for (node = chain_first(&more->bindings); node != NULL; node = chain_next(node))
		count++;
	return count;
}

/* What is told is copied within a read section, and told outside. */
static bool tell(void *context, uint32_t id, struct slot *slot, struct slot_life life)
{
	const struct telling *t = context;
	struct ioasid_holder holder = {.state = stat_state(life.state), .shared = life.shared};
	const struct ioasid_owner_set *set;
	bool mine;

	port_read_lock();
	life = slot_read(slot);
	set = space_set_of(t->space, id);
	/* NULL: aborted meanwhile. */
	mine = life.state != SLOT_IDLE && set != NULL && (t->set == NULL || set == t->set);
	if (mine) {
		holder.handle = handle_make(t->space, id, life.generation);
		holder.state = stat_state(life.state);
		holder.shared = life.shared;
		holder.references = count_references(&life);
		holder.pins = life.pins;
		holder.bindings = count_bindings(table_more(&t->space->table, id));
		holder.owner_key = set->owner.key;
		holder.owner_generation = set->owner.generation;
	}
	port_read_unlock();
	return !mine || t->fn(t->context, &holder);
}

bool stat_holders(struct ioasid_space *space, const struct ioasid_owner_set *set, ioasid_holder_fn *fn, void *context)
{
	struct telling t = {space, set, fn, context};
	uint32_t index;

	for (index = 0; index < space->table.nr_chunks; index++)
		if (!life_visit(space, index, tell, &t))
			return false;
	return true;
}

int ioasid_set_for_each(struct ioasid_owner_set *set, ioasid_holder_fn *fn, void *context)
{
	struct telling t = {set ? set->space : NULL, set, fn, context};
	uint64_t word;
	uint32_t shared_chunk = UINT32_MAX;
	uint32_t index;

	if (set == NULL || fn == NULL)
		return -IOASID_EINVAL;
	word = owner_word(set);
	if (word & OWNER_SHARED)
		shared_chunk = owner_shared_id(word) >> PORT_CHUNK_SHIFT;
	for (index = 0; index < set->space->table.nr_chunks; index++) {
		uint64_t bits = port_u64_load_seq_cst(&set->map[index >> 6]); /* SEQ_CST [O4, from O3] */

		if (((bits >> (index & 63) & 1u) || index == shared_chunk) && !life_visit(set->space, index, tell, &t))
			break;
	}
	return 0;
}

static uint64_t read_count(const port_u64 *counter)
{
	return port_u64_load_relaxed(counter); /* relaxed: a statistic */
}

int ioasid_space_counters(const struct ioasid_space *space, struct ioasid_counters *counters)
{
	const struct space_counters *c;

	if (space == NULL || counters == NULL || counters->size != sizeof(*counters))
		return -IOASID_EINVAL;
	c = &space->count;
	counters->grace_periods = read_count(&c->grace_periods);
	counters->reclaimed = read_count(&c->reclaimed);
	counters->surplus_puts = read_count(&c->surplus_puts);
	counters->surplus_unpins = read_count(&c->surplus_unpins);
	counters->stale_calls = read_count(&c->stale_calls);
	counters->callbacks = read_count(&c->callbacks);
	counters->failed = read_count(&c->failed);
	counters->timeouts = read_count(&c->timeouts);
	counters->poisoned = read_count(&c->poisoned);
	counters->late_tokens = read_count(&c->late_tokens);
	counters->distance_waived = read_count(&c->distance_waived);
	counters->retired = read_count(&c->retired);
	counters->forgiven = read_count(&c->forgiven);
	return 0;
}

static void count_id(const struct ioasid_space *space, struct chunk *chunk, uint32_t id, uint64_t leaf,
                     struct ioasid_snapshot *s, uint64_t *hash)
{
	uint64_t word = port_u64_load_seq_cst(&chunk_slot(chunk, id)->word);
	struct slot_life life = slot_unpack(word);
	uint32_t bit = id & (LEAF_IDS - 1);

	*hash = (*hash ^ word) * UINT64_C(0x100000001b3);
	s->references += count_references(&life);
	s->pins += life.pins;
	if (life.state != SLOT_IDLE)
		s->in_state[stat_state(life.state)]++;
	else if (leaf_free(leaf) >> bit & 1u)
		s->in_state[IOASID_STATE_FREE]++;
	else if (leaf_quarantined(leaf) >> bit & 1u)
		s->in_state[IOASID_STATE_QUARANTINED]++;
	else if (table_is_reserved(&space->table, id) || life.generation == SLOT_GEN_MAX)
		s->withheld++;
	else
		s->in_state[IOASID_STATE_RESERVED]++; /* taken, and about to be born */
}

static void count_absent(const struct ioasid_space *space, uint32_t index, struct ioasid_snapshot *s)
{
	uint32_t first = index << PORT_CHUNK_SHIFT;
	uint32_t ids = space->table.nr_ids < CHUNK_IDS ? space->table.nr_ids : CHUNK_IDS;
	uint32_t withheld = 0;
	uint32_t i;

	if (table_touches_reserved(&space->table, first, first + ids - 1))
		for (i = 0; i < ids; i++)
			withheld += table_is_reserved(&space->table, first + i);
	s->withheld += withheld;
	s->in_state[IOASID_STATE_FREE] += ids - withheld;
}

/* One collection; returns a sum over all that it read. */
static uint64_t collect(const struct ioasid_space *space, struct ioasid_snapshot *s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	uint64_t leaf = 0;
	uint32_t index;
	uint32_t i;

	*s = (struct ioasid_snapshot){.size = sizeof(*s), .capacity = space->table.nr_ids};
	for (index = 0; index < space->table.nr_chunks; index++) {
		struct chunk *chunk = table_chunk(&space->table, index);

		if (chunk == NULL) {
			count_absent(space, index, s);
			continue;
		}
		s->populated += chunk->ids;
		for (i = 0; i < chunk->ids; i++) {
			if (i % LEAF_IDS == 0) {
				leaf = port_u64_load_seq_cst(&chunk->leaf[i / LEAF_IDS]);
				hash = (hash ^ leaf) * UINT64_C(0x100000001b3);
			}
			count_id(space, chunk, (index << PORT_CHUNK_SHIFT) + i, leaf, s, &hash);
		}
	}
	return hash;
}

void stat_snapshot(struct ioasid_space *space, struct ioasid_snapshot *snapshot)
{
	uint64_t before;
	uint64_t now;
	int i;

	now = collect(space, snapshot);
	for (i = 1; i < ATTEMPTS && !snapshot->exact; i++) {
		before = now;
		now = collect(space, snapshot);
		snapshot->exact = now == before;
	}
	snapshot->memory = port_u64_load_relaxed(&space->memory.used); /* relaxed: a statistic */
}

int ioasid_space_snapshot(struct ioasid_space *space, struct ioasid_snapshot *snapshot)
{
	if (space == NULL || snapshot == NULL || snapshot->size != sizeof(*snapshot))
		return -IOASID_EINVAL;
	stat_snapshot(space, snapshot);
	return 0;
}
