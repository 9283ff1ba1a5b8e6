/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * edge.h - the edges of the state machine, and the one place that applies them.
 *
 * Inline, because an edge is a constant wherever it is applied: what is left of
 * the unpacking, the function and the packing is a few instructions between the
 * load and the swap.
 */
#ifndef IOASID_CORE_EDGE_H
#define IOASID_CORE_EDGE_H

#include "slot.h"

/* An edge is a constant only where the function that takes it is inlined. */
#if defined(__GNUC__)
#define EDGE_INLINE static inline __attribute__((always_inline))
#else
#define EDGE_INLINE static inline
#endif

/* An edge: changes *word and returns 0, or returns a negative error. @arg: the edge's own. */
typedef int slot_edge(uint64_t *word, uint32_t arg);

/* How a life is born: RESERVED, but for SLOT_BIRTH_ACTIVE; the others are bits of the word. */
#define SLOT_BIRTH_ACTIVE ((uint32_t)(SLOT_ACTIVE - SLOT_RESERVED))
#define SLOT_BIRTH_CLAIM ((uint32_t)SLOT_CLAIM)
#define SLOT_BIRTH_SHARED ((uint32_t)SLOT_SHARED)
#define SLOT_BIRTH_HOT ((uint32_t)SLOT_HOT)
#define SLOT_BIRTH_BIND ((uint32_t)SLOT_BIND) /* for a bind: with the reference that it will drop */

_Static_assert(SLOT_BIND_SHIFT < 32, "how a life is born fits an edge's argument");

/* Any generation: for calls by number. */
#define SLOT_ANY 0u

/* What keeps a life from its end, once it has parked. */
#define SLOT_HELD (SLOT_CLAIM | SLOT_REFS | SLOT_BINDS | SLOT_PINS)

static inline void slot_move(uint64_t *word, enum slot_state state)
{
	*word = (*word & ~SLOT_STATE) | (uint64_t)state;
}

/* I4: whoever makes this true by a swap owns the end of the life. */
static inline void slot_settle(uint64_t *word)
{
	if (slot_state(*word) != SLOT_PARKED || (*word & SLOT_HELD) != 0)
		return;
	*word &= ~(SLOT_SHARED | SLOT_HOT);
	slot_move(word, SLOT_IDLE);
}

/*
 * Park: the claim now stands for the quiesce. There is one if there are bindings,
 * if references are counted in a tally, or if a participant wants to hear of
 * every id.
 */
static inline void slot_do_park(uint64_t *word, bool participants)
{
	slot_move(word, SLOT_PARKED);
	*word &= ~SLOT_CLAIM;
	if (participants || (*word & (SLOT_BINDS | SLOT_HOT)) != 0)
		*word |= SLOT_CLAIM;
	slot_settle(word);
}

static inline bool slot_can_live(uint64_t word)
{
	return slot_state(word) == SLOT_IDLE && (word & SLOT_GENS) != SLOT_GENS;
}

static inline uint64_t slot_alive(uint64_t word, uint32_t how)
{
	return word + SLOT_GEN + SLOT_RESERVED + how; /* and ACTIVE, if @how says so */
}

static inline int slot_on_publish(uint64_t *word, uint32_t unused)
{
	(void)unused;
	if (slot_is_active(*word))
		return -IOASID_EBUSY;
	if (slot_state(*word) != SLOT_RESERVED)
		return -IOASID_ESTALE;
	slot_move(word, SLOT_ACTIVE);
	return 0;
}

static inline int slot_on_abort(uint64_t *word, uint32_t unused)
{
	(void)unused;
	if (slot_is_active(*word))
		return -IOASID_EBUSY;
	if (slot_state(*word) != SLOT_RESERVED)
		return -IOASID_ESTALE;
	*word &= ~(SLOT_CLAIM | SLOT_SHARED | SLOT_HOT | SLOT_BINDS);
	slot_move(word, SLOT_IDLE);
	return 0;
}

/* ACTIVE is asked for first, here and below: where it is known that the id is, the compiler asks nothing more. */
static inline bool slot_is_idle(uint64_t word)
{
	return !slot_is_active(word) && slot_state(word) == SLOT_IDLE;
}

/* What a call that needs an ACTIVE id answers in any other state. */
static inline int slot_not_active(uint64_t word)
{
	return slot_state(word) == SLOT_RESERVED ? -IOASID_ENOENT : -IOASID_ESTALE;
}

static inline int slot_on_get(uint64_t *word, uint32_t unused)
{
	(void)unused;
	if (!slot_is_active(*word))
		return slot_not_active(*word);
	if ((*word & SLOT_REFS) == SLOT_REFS)
		return -IOASID_EOVERFLOW;
	*word += SLOT_REF;
	return 0;
}

/* Where references are counted in the word: not of a hot id. */
static inline int slot_on_get_cold(uint64_t *word, uint32_t unused)
{
	return (*word & SLOT_HOT) != 0 ? -IOASID_EINVAL : slot_on_get(word, unused);
}

/* A reference has gone: an id that nobody keeps parks with its last one. */
static inline void slot_let_go(uint64_t *word, uint32_t participants)
{
	if (!slot_is_active(*word))
		slot_settle(word);
	else if ((*word & (SLOT_CLAIM | SLOT_REFS | SLOT_BINDS)) == 0)
		slot_do_park(word, participants != 0);
}

static inline int slot_on_put(uint64_t *word, uint32_t participants)
{
	if (slot_is_idle(*word))
		return -IOASID_ESTALE;
	if ((*word & SLOT_REFS) == 0 || (!slot_is_active(*word) && slot_state(*word) == SLOT_RESERVED))
		return -IOASID_EINVAL;
	*word -= SLOT_REF;
	slot_let_go(word, participants);
	return 0;
}

/* A binding, or a bind under way, holds on to the id, and lets go of it. */
static inline int slot_on_bind(uint64_t *word, uint32_t unused)
{
	(void)unused;
	if (!slot_is_active(*word))
		return slot_not_active(*word);
	if ((*word & SLOT_BINDS) == SLOT_BINDS)
		return -IOASID_EOVERFLOW;
	*word += SLOT_BIND;
	return 0;
}

static inline int slot_on_unbind(uint64_t *word, uint32_t participants)
{
	if (slot_is_idle(*word))
		return -IOASID_ESTALE;
	if ((*word & SLOT_BINDS) == 0)
		return -IOASID_EINVAL;
	*word -= SLOT_BIND;
	slot_let_go(word, participants);
	return 0;
}

static inline int slot_on_pin(uint64_t *word, uint32_t unused)
{
	(void)unused;
	if (slot_is_idle(*word))
		return -IOASID_ENOENT;
	if (!slot_is_active(*word))
		return slot_not_active(*word);
	if ((*word & SLOT_PINS) == SLOT_PINS)
		return -IOASID_EOVERFLOW;
	*word += SLOT_PIN;
	return 0;
}

static inline int slot_on_unpin(uint64_t *word, uint32_t unused)
{
	(void)unused;
	if (slot_is_idle(*word))
		return -IOASID_ESTALE;
	if ((*word & SLOT_PINS) == 0)
		return -IOASID_EINVAL;
	*word -= SLOT_PIN;
	if (!slot_is_active(*word))
		slot_settle(word);
	return 0;
}

/* Free, and the end of a set: for the holder of the claim, which goes with it. */
static inline int slot_on_park(uint64_t *word, uint32_t participants)
{
	if (slot_state(*word) == SLOT_RESERVED)
		return slot_on_abort(word, 0);
	if (!slot_is_active(*word))
		return -IOASID_ESTALE;
	slot_do_park(word, participants != 0);
	return 0;
}

/* The quiesce has gone through all its phases. */
static inline int slot_on_seal(uint64_t *word, uint32_t failed)
{
	if (slot_state(*word) != SLOT_PARKED || (*word & SLOT_CLAIM) == 0)
		return -IOASID_EINVAL;
	if (failed) {
		slot_move(word, SLOT_POISONED);
		return 0;
	}
	*word &= ~SLOT_CLAIM;
	slot_settle(word);
	return 0;
}

static inline int slot_on_cure(uint64_t *word, uint32_t unused)
{
	(void)unused;
	if (slot_state(*word) == SLOT_IDLE)
		return -IOASID_ESTALE;
	if (slot_state(*word) != SLOT_POISONED)
		return -IOASID_EINVAL;
	slot_move(word, SLOT_PARKED);
	*word &= ~SLOT_CLAIM;
	slot_settle(word);
	return 0;
}

/*
 * slot_apply() - apply @edge to the life @generation; on success *before and
 * *after are the two sides of the swap that did it; on failure *before is what
 * was refused.
 * Return: 0; -ENOENT (no such life yet); -ESTALE (a past life); the edge's error.
 */
EDGE_INLINE int slot_apply(struct slot *slot, uint32_t generation, slot_edge *edge, uint32_t arg, uint64_t *before,
                           uint64_t *after)
{
	/* ACQUIRE [S2, from S1]: an edge that is refused must have seen what it was refused for. */
	uint64_t word = port_u64_load_acquire(&slot->word);

	for (;;) {
		uint64_t next = word;
		int error;

		*before = word;
		if (generation != SLOT_ANY && slot_generation(word) != generation)
			return generation > slot_generation(word) ? -IOASID_ENOENT : -IOASID_ESTALE;
		error = edge(&next, arg);
		if (error != 0)
			return error;
		/*
		 * SEQ_CST [S1 -> S2; Q1]: releases the caller's writes to whoever
		 * finds the id, acquires those of whoever let it go; and a life that
		 * ends here ends before its thread reads the clock (quarantine.c).
		 */
		if (port_u64_cas_seq_cst(&slot->word, &word, next)) {
			*after = next;
			return 0;
		}
	}
}

/*
 * slot_birth() - the life of an id begins, whose bit the caller took out of its leaf. A
 * store: no edge leads away from IDLE, so nobody else's swap can come between (I1).
 */
static inline uint64_t slot_birth(struct slot *slot, uint32_t how)
{
	uint64_t word = port_u64_load_relaxed(&slot->word); /* relaxed: acquired with the leaf (F2) */
	uint64_t born = slot_alive(word, how);

	port_assert(slot_can_live(word));
	port_u64_store_release(&slot->word, born); /* RELEASE [S1 -> S2]: the owner is written before */
	return born;
}

/*
 * slot_end_at_once() - end the life @generation at once, if it is ACTIVE, private, and
 * nothing but its allocator keeps it. False: nothing was done.
 */
static inline bool slot_end_at_once(struct slot *slot, uint32_t generation)
{
	uint64_t idle = (uint64_t)generation << SLOT_GEN_SHIFT;
	uint64_t word = idle | SLOT_CLAIM | SLOT_ACTIVE;

	/* SEQ_CST [S1 -> S2; Q1]: as in slot_apply(). */
	return port_u64_cas_seq_cst(&slot->word, &word, idle);
}

/*
 * slot_stay() - apply an @edge, if the id is and stays ACTIVE: then nothing follows
 * from it, and it is nobody else's business. False: nothing was done, and what is to
 * be done is for slot_apply() and its caller.
 */
EDGE_INLINE bool slot_stay(struct slot *slot, uint32_t generation, slot_edge *edge)
{
	uint64_t word = port_u64_load_relaxed(&slot->word); /* relaxed: the swap checks it */
	uint64_t next;

	do {
		next = word;
		if (slot_generation(word) != generation || !slot_is_active(word) || edge(&next, 0) != 0 ||
		    !slot_is_active(next))
			return false;
		/* ACQ_REL [S1 -> S2]: what was done under the reference is before the end of the life. */
	} while (!port_u64_cas_acq_rel(&slot->word, &word, next));
	return true;
}

#endif
