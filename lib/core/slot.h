/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * slot.h - the word that decides: one id's state, generation and references.
 *
 *  63           34 33    25 24    16 15     6   5      4       3    2   0
 * +---------------+--------+--------+--------+-----+--------+-------+-----+
 * |  generation   |  pins  | binds  |  refs  | hot | shared | claim |state|
 * +---------------+--------+--------+--------+-----+--------+-------+-----+
 *   PORT_GEN_BITS  PIN_BITS BIND_BITS REF_BITS                               (the port may shrink them)
 *
 * Every edge of the state machine is a pure function on the word (edge.h);
 * slot_apply(), slot_end_at_once() and slot_stay() are the places that store a
 * result, by a compare-and-swap. What the caller does next, it decides by the before and
 * after of its own successful swap, never by reading again. slot_birth() is a store: what
 * decides it is the swap on the leaf, by which the id is the caller's (I1).
 *
 *  @claim   RESERVED, ACTIVE: whoever allocated it has not freed it (private),
 *           or the set keeps it (shared). PARKED, POISONED: the quiesce has not
 *           finished.
 *  @refs    references of the host: what ioasid_id_get() took and put() drops.
 *  @binds   references of bindings, and of binds under way: counted apart, so
 *           that no put of the host's, however many, ever takes one of them.
 *  @shared  this life is a set's shared id.
 *  @hot     the host's references are counted per CPU (tally.h), not in @refs.
 *
 * Invariants
 *  I1  one life at a time: generation changes only on IDLE -> RESERVED|ACTIVE,
 *      and only for the thread that took the id's bit out of its leaf.
 *  I2  IDLE has neither refs, binds, pins nor claim.
 *  I3  refs, binds and pins grow in ACTIVE only.
 *  I4  PARKED -> IDLE happens in the one swap that leaves refs == binds == pins == 0
 *      and no claim: exactly one thread sees it, and that thread quarantines the id.
 * FREE and QUARANTINED are both IDLE here; the leaf tells them apart.
 */
#ifndef IOASID_CORE_SLOT_H
#define IOASID_CORE_SLOT_H

#include <ioasid/error.h>
#include <ioasid/state.h>

#include "port.h"

/* In the order of a life; ACTIVE, which is asked for most, is known by one bit. */
enum slot_state {
	SLOT_IDLE = 0,
	SLOT_RESERVED = 1,
	SLOT_ACTIVE = 2,
	SLOT_PARKED = 4,
	SLOT_POISONED = 5
};

struct slot_life {
	uint32_t generation;
	uint32_t pins;
	uint32_t binds;
	uint32_t refs;
	bool hot;
	bool shared;
	bool claim;
	enum slot_state state;
};

/* All that most calls want of an id, so that many fit a cache. */
struct slot {
	port_u64 word;
};

/* What the others want besides: lies apart (table.h), and is not touched by those. */
struct slot_more {
	port_ptr owner;    /* whose it is, if his label is LABEL_NONE: label.h */
	port_ptr bindings; /* chain of struct binding: chain.h */
	port_u32 link;     /* next on the space's list of parked slots */
	port_u32 tally;    /* who stands for the id: space_leader() */
};

#define SLOT_STATE (UINT64_C(7))
#define SLOT_CLAIM (UINT64_C(1) << 3)
#define SLOT_SHARED (UINT64_C(1) << 4)
#define SLOT_HOT (UINT64_C(1) << 5)
#define SLOT_REF_SHIFT 6
#define SLOT_BIND_SHIFT (SLOT_REF_SHIFT + PORT_REF_BITS)
#define SLOT_PIN_SHIFT (SLOT_BIND_SHIFT + PORT_BIND_BITS)
#define SLOT_GEN_SHIFT (SLOT_PIN_SHIFT + PORT_PIN_BITS)
#define SLOT_REF_MAX ((UINT32_C(1) << PORT_REF_BITS) - 1)
#define SLOT_BIND_MAX ((UINT32_C(1) << PORT_BIND_BITS) - 1)
#define SLOT_PIN_MAX ((UINT32_C(1) << PORT_PIN_BITS) - 1)
#define SLOT_GEN_MAX ((uint32_t)((UINT64_C(1) << PORT_GEN_BITS) - 1))
/* One of each count, and all of it. */
#define SLOT_REF (UINT64_C(1) << SLOT_REF_SHIFT)
#define SLOT_BIND (UINT64_C(1) << SLOT_BIND_SHIFT)
#define SLOT_PIN (UINT64_C(1) << SLOT_PIN_SHIFT)
#define SLOT_GEN (UINT64_C(1) << SLOT_GEN_SHIFT)
#define SLOT_REFS ((uint64_t)SLOT_REF_MAX << SLOT_REF_SHIFT)
#define SLOT_BINDS ((uint64_t)SLOT_BIND_MAX << SLOT_BIND_SHIFT)
#define SLOT_PINS ((uint64_t)SLOT_PIN_MAX << SLOT_PIN_SHIFT)
#define SLOT_GENS ((uint64_t)SLOT_GEN_MAX << SLOT_GEN_SHIFT)

_Static_assert(SLOT_GEN_SHIFT + PORT_GEN_BITS <= 64, "the fields fit the word");
_Static_assert(PORT_GEN_BITS <= 32, "a generation fits a handle");
_Static_assert(((SLOT_IDLE | SLOT_RESERVED | SLOT_PARKED | SLOT_POISONED) & SLOT_ACTIVE) == 0,
               "its bit is ACTIVE's alone");

static inline enum slot_state slot_state(uint64_t word)
{
	return (enum slot_state)(word & SLOT_STATE);
}

static inline bool slot_is_active(uint64_t word)
{
	return (word & SLOT_ACTIVE) != 0;
}

static inline uint32_t slot_generation(uint64_t word)
{
	return (uint32_t)(word >> SLOT_GEN_SHIFT) & SLOT_GEN_MAX;
}

static inline struct slot_life slot_unpack(uint64_t word)
{
	struct slot_life life = {
		.generation = slot_generation(word),
		.pins = (uint32_t)(word >> SLOT_PIN_SHIFT) & SLOT_PIN_MAX,
		.binds = (uint32_t)(word >> SLOT_BIND_SHIFT) & SLOT_BIND_MAX,
		.refs = (uint32_t)(word >> SLOT_REF_SHIFT) & SLOT_REF_MAX,
		.hot = (word & SLOT_HOT) != 0,
		.shared = (word & SLOT_SHARED) != 0,
		.claim = (word & SLOT_CLAIM) != 0,
		.state = slot_state(word),
	};
	return life;
}

/* slot_word() - what the word says now: acquires what the last edge released. */
static inline uint64_t slot_word(const struct slot *slot)
{
	return port_u64_load_acquire(
		&slot->word); /* ACQUIRE [S2, from S1]: what was written before the id was published */
}

static inline struct slot_life slot_read(const struct slot *slot)
{
	return slot_unpack(slot_word(slot));
}

/* Did the swap from @before to @after end the life? The caller then quarantines the id. */
static inline bool slot_ended(uint64_t before, uint64_t after)
{
	return slot_state(before) != SLOT_IDLE && slot_state(after) == SLOT_IDLE;
}

/* Did it park a life? If it kept a claim, the caller then queues it. */
static inline bool slot_parked(uint64_t before, uint64_t after)
{
	return slot_is_active(before) && slot_state(after) == SLOT_PARKED;
}

#endif
