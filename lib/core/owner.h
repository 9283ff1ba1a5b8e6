/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * owner.h - a set: its charge, its shared id, and how it is found.
 *
 *  63      62     61 ............ 42 41 ........ 22 21 ........ 2 1      0
 * Word: [ ended : 1 | shared there : 1 | generation of it : 20 | id : 20 | charge : 21 ]
 *
 * Charge, shared id and end are one word, so that "one shared id, charged once,
 * unless the set has ended" is one compare-and-swap. The generation's low bits
 * tell the shared id from an earlier life of the same number.
 *
 * Which ids a set has is written beside them (label.h); the map says in
 * which chunks to look. It is a hint that only grows, one bit per chunk, set
 * before the set is looked at again for its end: see owner_may_have_ended().
 */
#ifndef IOASID_CORE_OWNER_H
#define IOASID_CORE_OWNER_H

#include <ioasid/quiesce.h>

#include "chain.h"
#include "inbox.h"
#include "memory.h"
#include "slot.h"

#define OWNER_CHARGE_BITS 21
#define OWNER_CHARGE_MASK ((UINT64_C(1) << OWNER_CHARGE_BITS) - 1)
#define OWNER_ID_SHIFT OWNER_CHARGE_BITS
#define OWNER_GEN_SHIFT (OWNER_ID_SHIFT + 20)
#define OWNER_SHARED_MASK (((UINT64_C(1) << 41) - 1) << OWNER_ID_SHIFT)
#define OWNER_SHARED (UINT64_C(1) << 61)
#define OWNER_ENDED (UINT64_C(1) << 62)
#define OWNER_FIELD_20 UINT64_C(0xfffff)

/* What is asked of the reclaimer by a set's letter. */
#define OWNER_DONE 1u     /* ended, and its charge is zero */
#define OWNER_RELEASED 2u /* its last hold is gone */

struct ioasid_owner_set {
	/* Read by every call; written as the set is made and ends, as its quota is met, as participants come and go. */
	struct ioasid_space *space;
	struct ioasid_owner owner;
	uint32_t quota;
	uint32_t flags;
	uint8_t label;  /* label.h */
	port_u32 ended; /* 1: the word says so, too; on a line that no charge takes away */
	port_u32 full;  /* 1: a charge was refused, and none given back since: a hint */
	uint32_t map_words;
	ioasid_done_fn *done;
	void *context;
	port_u32 nr_participants;
	port_ptr participant[IOASID_PARTICIPANTS_MAX];

	/* Written with every id. */
	_Alignas(PORT_CACHELINE) port_u64 word;
	port_u32 holds;
	port_u32 finished; /* 1: done() has returned */
	struct chain_node node;
	struct letter letter;
	uint32_t asked; /* letters so far; the reclaimer's */
	uint32_t stamp; /* of its removal; the reclaimer's */
	struct ioasid_owner_set *limbo;

	_Alignas(PORT_CACHELINE) port_u64 map[]; /* bit per chunk: may have private ids of ours */
};

static inline uint32_t owner_charge(uint64_t word)
{
	return (uint32_t)(word & OWNER_CHARGE_MASK);
}

static inline uint64_t owner_shared_of(uint32_t id, uint32_t generation)
{
	return OWNER_SHARED | ((uint64_t)generation & OWNER_FIELD_20) << OWNER_GEN_SHIFT |
	       (uint64_t)id << OWNER_ID_SHIFT;
}

static inline uint32_t owner_shared_id(uint64_t word)
{
	return (uint32_t)(word >> OWNER_ID_SHIFT & OWNER_FIELD_20);
}

static inline uint32_t owner_shared_generation(uint64_t word)
{
	return (uint32_t)(word >> OWNER_GEN_SHIFT & OWNER_FIELD_20);
}

/* owner_word() - as of now, in the one order of all ends, charges and slots. */
static inline uint64_t owner_word(const struct ioasid_owner_set *set)
{
	return port_u64_load_seq_cst(&set->word); /* SEQ_CST [O2, from O1] */
}

static inline int owner_room_in(uint64_t word, uint32_t quota)
{
	if (word & OWNER_ENDED)
		return -IOASID_ESTALE;
	return owner_charge(word) >= quota ? -IOASID_EDQUOT : 0;
}

/* owner_room() - would a charge succeed now? 0, -ESTALE (ended), -EDQUOT. Saves a search. */
static inline int owner_room(const struct ioasid_owner_set *set)
{
	return owner_room_in(owner_word(set), set->quota);
}

/* owner_charge_one() - a private id is charged to a set of that quota. 0, -ESTALE, -EDQUOT. */
static inline int owner_charge_one(struct ioasid_owner_set *set, uint32_t quota)
{
	uint64_t word = port_u64_load_relaxed(&set->word); /* relaxed: the swap checks it */
	int error;

	do {
		error = owner_room_in(word, quota);
		if (error != 0)
			return error;
		/* SEQ_CST [O1]: before the end of the set, or not at all. */
	} while (!port_u64_cas_seq_cst(&set->word, &word, word + 1));
	return 0;
}

/* owner_is_open() - worth a search, as far as one sees without the word, which other CPUs are after. */
static inline bool owner_is_open(const struct ioasid_owner_set *set)
{
	/* relaxed: hints, both; the charge asks the word. */
	return (port_u32_load_relaxed(&set->ended) | port_u32_load_relaxed(&set->full)) == 0;
}

/* owner_has_ended() - after a birth: has the end begun to look for what the set has? */
static inline bool owner_has_ended(const struct ioasid_owner_set *set)
{
	/* SEQ_CST [O5, from O3]: after the birth, and its mark in the map. */
	return port_u32_load_seq_cst(&set->ended) != 0;
}

/* owner_refused() - a charge met the quota: before the next search, the word is to be asked. */
static inline void owner_refused(struct ioasid_owner_set *set)
{
	/* relaxed: a hint; if it comes too late, the next uncharge mends it. */
	port_u32_store_relaxed(&set->full, 1);
}

/*
 * owner_install() - a shared id is charged and installed, if none is there.
 * Return: 0; -EBUSY (there is one: *word says which); -ESTALE; -EDQUOT.
 */
int owner_install(struct ioasid_owner_set *set, uint32_t id, uint32_t generation, uint64_t *word);

/* owner_forget() - the shared id that @word names has parked; harmless if it is another by now. */
void owner_forget(struct ioasid_owner_set *set, uint32_t id, uint32_t generation);

/* owner_uncharge() - @count ids are reclaimed. True: the set is done, post OWNER_DONE. */
bool owner_uncharge(struct ioasid_owner_set *set, uint32_t count);

/* owner_end() - 0 and *done (post OWNER_DONE), *word before; -ESTALE: ended already. */
int owner_end(struct ioasid_owner_set *set, uint64_t *word, bool *done);

/* owner_note() - the set may have ids in this chunk. */
static inline void owner_note(struct ioasid_owner_set *set, uint32_t chunk)
{
	/* ACQUIRE [O3]: who finds it set looks at the set's end no earlier than who has set it. */
	if ((port_u64_load_acquire(&set->map[chunk >> 6]) >> (chunk & 63) & 1) == 0)
		/* SEQ_CST [O3 -> O4]: before the look at the set's end (lifecycle.c). */
		(void)port_u64_or_seq_cst(&set->map[chunk >> 6], UINT64_C(1) << (chunk & 63));
}

/* The table of owners: chains by key. */
struct owner_table {
	struct memory *memory;
	uint32_t buckets; /* a power of two */
	port_ptr *bucket;
};

int owner_table_init(struct owner_table *table, uint32_t expected);
void owner_table_fini(struct owner_table *table);
port_ptr *owner_bucket(const struct owner_table *table, struct ioasid_owner owner);

/* owner_matches() - a chain_match: the set of that owner, if it has not ended and somebody has a hold on it. */
bool owner_matches(const struct chain_node *node, const void *owner);

static inline struct ioasid_owner_set *owner_of_node(struct chain_node *node)
{
	return (struct ioasid_owner_set *)(void *)((char *)node - offsetof(struct ioasid_owner_set, node));
}

#endif
