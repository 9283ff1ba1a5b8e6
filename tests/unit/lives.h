/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lives.h - slot words taken apart and put together, for the tests of edges. */
#ifndef IOASID_TEST_LIVES_H
#define IOASID_TEST_LIVES_H

#include "edge.h"

static inline uint64_t slot_pack(const struct slot_life *life)
{
	return ((uint64_t)life->generation << SLOT_GEN_SHIFT) | ((uint64_t)life->pins << SLOT_PIN_SHIFT) |
	       ((uint64_t)life->binds << SLOT_BIND_SHIFT) | ((uint64_t)life->refs << SLOT_REF_SHIFT) |
	       (life->hot ? SLOT_HOT : 0) | (life->shared ? SLOT_SHARED : 0) | (life->claim ? SLOT_CLAIM : 0) |
	       (uint64_t)life->state;
}

/* on_birth() - what slot_birth() does, in the shape of an edge: its callers know that they may. */
static inline int on_birth(uint64_t *word, uint32_t how)
{
	if (!slot_can_live(*word))
		return slot_state(*word) != SLOT_IDLE ? -IOASID_EBUSY : -IOASID_EOVERFLOW;
	*word = slot_alive(*word, how);
	return 0;
}

/* edge_on() - the edge on a life that is taken apart; what it leaves in the word is told, refused or not. */
static inline int edge_on(slot_edge *edge, struct slot_life *life, uint32_t arg)
{
	uint64_t word = slot_pack(life);
	int answer = edge(&word, arg);

	*life = slot_unpack(word);
	return answer;
}

#endif
