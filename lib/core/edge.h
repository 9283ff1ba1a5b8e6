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

/* An edge: changes @life and returns 0, or returns a negative error. @arg: the edge's own. */
typedef int slot_edge(struct slot_life *life, uint32_t arg);

#define SLOT_BIRTH_ACTIVE 1u
#define SLOT_BIRTH_SHARED 2u
#define SLOT_BIRTH_HOT 4u
#define SLOT_BIRTH_CLAIM 8u
#define SLOT_BIRTH_BIND 16u /* for a bind: with the reference that it will drop */

/* Any generation: for calls by number. */
#define SLOT_ANY 0u

/* I4: whoever makes this true by a swap owns the end of the life. */
static inline void slot_settle(struct slot_life *life)
{
	if (life->state != SLOT_PARKED || life->claim || life->refs != 0 || life->binds != 0 || life->pins != 0)
		return;
	life->state = SLOT_IDLE;
	life->shared = false;
	life->hot = false;
}

/*
 * Park: the claim now stands for the quiesce. There is one if there are bindings,
 * if references are counted in a tally, or if a participant wants to hear of
 * every id.
 */
static inline void slot_do_park(struct slot_life *life, bool participants)
{
	life->state = SLOT_PARKED;
	life->claim = participants || life->binds != 0 || life->hot;
	slot_settle(life);
}

static inline int slot_on_birth(struct slot_life *life, uint32_t how)
{
	if (life->state != SLOT_IDLE)
		return -IOASID_EBUSY;
	if (life->generation == SLOT_GEN_MAX)
		return -IOASID_EOVERFLOW;
	life->generation++;
	life->state = (how & SLOT_BIRTH_ACTIVE) ? SLOT_ACTIVE : SLOT_RESERVED;
	life->shared = (how & SLOT_BIRTH_SHARED) != 0;
	life->hot = (how & SLOT_BIRTH_HOT) != 0;
	life->claim = (how & SLOT_BIRTH_CLAIM) != 0;
	life->binds = (how & SLOT_BIRTH_BIND) ? 1 : 0;
	return 0;
}

static inline int slot_on_publish(struct slot_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state == SLOT_ACTIVE)
		return -IOASID_EBUSY;
	if (life->state != SLOT_RESERVED)
		return -IOASID_ESTALE;
	life->state = SLOT_ACTIVE;
	return 0;
}

static inline int slot_on_abort(struct slot_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state == SLOT_ACTIVE)
		return -IOASID_EBUSY;
	if (life->state != SLOT_RESERVED)
		return -IOASID_ESTALE;
	life->state = SLOT_IDLE;
	life->claim = false;
	life->shared = false;
	life->hot = false;
	life->binds = 0;
	return 0;
}

/* What a call that needs an ACTIVE id answers in any other state. */
static inline int slot_not_active(const struct slot_life *life)
{
	return life->state == SLOT_RESERVED ? -IOASID_ENOENT : -IOASID_ESTALE;
}

static inline int slot_on_get(struct slot_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state != SLOT_ACTIVE)
		return slot_not_active(life);
	if (life->refs == SLOT_REF_MAX)
		return -IOASID_EOVERFLOW;
	life->refs++;
	return 0;
}

/* A reference has gone: an id that nobody keeps parks with its last one. */
static inline void slot_let_go(struct slot_life *life, uint32_t participants)
{
	if (life->state == SLOT_ACTIVE && life->refs == 0 && life->binds == 0 && !life->claim)
		slot_do_park(life, participants != 0);
	else
		slot_settle(life);
}

static inline int slot_on_put(struct slot_life *life, uint32_t participants)
{
	if (life->state == SLOT_IDLE)
		return -IOASID_ESTALE;
	if (life->state == SLOT_RESERVED)
		return -IOASID_EINVAL;
	if (life->refs == 0)
		return -IOASID_EINVAL;
	life->refs--;
	slot_let_go(life, participants);
	return 0;
}

/* A binding, or a bind under way, holds on to the id, and lets go of it. */
static inline int slot_on_bind(struct slot_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state != SLOT_ACTIVE)
		return slot_not_active(life);
	if (life->binds == SLOT_BIND_MAX)
		return -IOASID_EOVERFLOW;
	life->binds++;
	return 0;
}

static inline int slot_on_unbind(struct slot_life *life, uint32_t participants)
{
	if (life->state == SLOT_IDLE)
		return -IOASID_ESTALE;
	if (life->binds == 0)
		return -IOASID_EINVAL;
	life->binds--;
	slot_let_go(life, participants);
	return 0;
}

static inline int slot_on_pin(struct slot_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state == SLOT_IDLE)
		return -IOASID_ENOENT;
	if (life->state != SLOT_ACTIVE)
		return slot_not_active(life);
	if (life->pins == SLOT_PIN_MAX)
		return -IOASID_EOVERFLOW;
	life->pins++;
	return 0;
}

static inline int slot_on_unpin(struct slot_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state == SLOT_IDLE)
		return -IOASID_ESTALE;
	if (life->pins == 0)
		return -IOASID_EINVAL;
	life->pins--;
	slot_settle(life);
	return 0;
}

/* Free, and the end of a set: for the holder of the claim, which goes with it. */
static inline int slot_on_park(struct slot_life *life, uint32_t participants)
{
	if (life->state == SLOT_RESERVED)
		return slot_on_abort(life, 0);
	if (life->state != SLOT_ACTIVE)
		return -IOASID_ESTALE;
	slot_do_park(life, participants != 0);
	return 0;
}

/* The quiesce has gone through all its phases. */
static inline int slot_on_seal(struct slot_life *life, uint32_t failed)
{
	if (life->state != SLOT_PARKED || !life->claim)
		return -IOASID_EINVAL;
	if (failed) {
		life->state = SLOT_POISONED;
		return 0;
	}
	life->claim = false;
	slot_settle(life);
	return 0;
}

static inline int slot_on_cure(struct slot_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state == SLOT_IDLE)
		return -IOASID_ESTALE;
	if (life->state != SLOT_POISONED)
		return -IOASID_EINVAL;
	life->state = SLOT_PARKED;
	life->claim = false;
	slot_settle(life);
	return 0;
}

/*
 * slot_apply() - apply @edge to the life @generation; on success *before and
 * *after are the two sides of the swap that did it.
 * Return: 0; -ENOENT (no such life yet); -ESTALE (a past life); the edge's error.
 */
EDGE_INLINE int slot_apply(struct slot *slot, uint32_t generation, slot_edge *edge, uint32_t arg,
                           struct slot_life *before, struct slot_life *after)
{
	/* ACQUIRE [S2, from S1]: an edge that is refused must have seen what it was refused for. */
	uint64_t word = port_u64_load_acquire(&slot->word);

	for (;;) {
		struct slot_life life = slot_unpack(word);
		int error;

		*before = life;
		if (generation != SLOT_ANY && life.generation != generation)
			return generation > life.generation ? -IOASID_ENOENT : -IOASID_ESTALE;
		error = edge(&life, arg);
		if (error != 0)
			return error;
		/*
		 * SEQ_CST [S1 -> S2; Q1]: releases the caller's writes to whoever
		 * finds the id, acquires those of whoever let it go; and a life that
		 * ends here ends before its thread reads the clock (quarantine.c).
		 */
		if (port_u64_cas_seq_cst(&slot->word, &word, slot_pack(&life))) {
			*after = life;
			return 0;
		}
	}
}

#endif
