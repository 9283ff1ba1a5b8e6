/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* owner.c - the charge and the end of a set, and the table of owners. */
#include "owner.h"

int owner_install(struct ioasid_owner_set *set, uint32_t id, uint32_t generation, uint64_t *seen)
{
	uint64_t word = port_u64_load_acquire(&set->word); /* ACQUIRE [O2, from O1] */
	int error;

	do {
		*seen = word;
		if (word & OWNER_ENDED)
			return -IOASID_ESTALE;
		if (word & OWNER_SHARED)
			return -IOASID_EBUSY;
		error = owner_room_in(word, set->quota);
		if (error != 0)
			return error;
		/* SEQ_CST [O1 -> O2]: the slot is filled before it is named; one wins. */
	} while (!port_u64_cas_seq_cst(&set->word, &word,
	                               (word & ~OWNER_SHARED_MASK) + 1 + owner_shared_of(id, generation)));
	return 0;
}

void owner_forget(struct ioasid_owner_set *set, uint32_t id, uint32_t generation)
{
	uint64_t word = port_u64_load_relaxed(&set->word); /* relaxed: the swap checks it */
	uint64_t mine = owner_shared_of(id, generation);

	while ((word & OWNER_SHARED_MASK) == mine)
		/* SEQ_CST [O1 -> O2]: the park is before the next install. */
		if (port_u64_cas_seq_cst(&set->word, &word, word & ~OWNER_SHARED_MASK))
			return;
}

bool owner_uncharge(struct ioasid_owner_set *set, uint32_t count)
{
	uint64_t word;

	/* Before: with its last charge the set may go. */
	if (port_u32_load_relaxed(&set->full) != 0)    /* relaxed: a hint */
		port_u32_store_relaxed(&set->full, 0); /* relaxed: as above */
	/* SEQ_CST [O1 -> O2]: what the ids' users did is before the set's done(). */
	word = port_u64_add_seq_cst(&set->word, 0 - (uint64_t)count) - count;
	return (word & OWNER_ENDED) != 0 && owner_charge(word) == 0;
}

int owner_end(struct ioasid_owner_set *set, uint64_t *before, bool *done)
{
	/* SEQ_CST [O1 -> O2]: whoever charges, installs or publishes later sees the end. */
	uint64_t word = port_u64_or_seq_cst(&set->word, OWNER_ENDED);

	*before = word;
	*done = false;
	if (word & OWNER_ENDED)
		return -IOASID_ESTALE;
	/* SEQ_CST [O5 -> O4]: whoever charged before, and is born later than we look for him, sees this. */
	port_u32_store_seq_cst(&set->ended, 1);
	*done = owner_charge(word) == 0;
	return 0;
}

int owner_table_init(struct owner_table *table, uint32_t expected)
{
	table->buckets = 16;
	while (table->buckets < expected && table->buckets < IOASID_COUNT_MAX)
		table->buckets *= 2;
	table->bucket = memory_take(table->memory, table->buckets * sizeof(port_ptr));
	return table->bucket == NULL ? -IOASID_ENOMEM : 0;
}

void owner_table_fini(struct owner_table *table)
{
	memory_give(table->memory, table->bucket, table->buckets * sizeof(port_ptr));
}

port_ptr *owner_bucket(const struct owner_table *table, struct ioasid_owner owner)
{
	uint64_t x = owner.key ^ (owner.generation * UINT64_C(0x9e3779b97f4a7c15));

	/* Keys are often addresses: spread the high bits over the low ones. */
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return &table->bucket[(x ^ (x >> 32)) & (table->buckets - 1)];
}

bool owner_matches(const struct chain_node *node, const void *owner)
{
	const struct ioasid_owner_set *set =
		(const struct ioasid_owner_set *)(const void *)((const char *)node -
	                                                        offsetof(struct ioasid_owner_set, node));
	const struct ioasid_owner *wanted = owner;

	/* relaxed: a set without a hold is about to be ended by whoever had the last. */
	return set->owner.key == wanted->key && set->owner.generation == wanted->generation &&
	       port_u32_load_relaxed(&set->holds) != 0 && (owner_word(set) & OWNER_ENDED) == 0;
}
