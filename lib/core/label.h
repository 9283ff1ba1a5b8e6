/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * label.h - labels: short names of owners, one beside each id.
 *
 * Who reclaims ids must know whom they are charged to. A pointer in each one's slot
 * would be on a line that other CPUs have changed since, to fetch for each id, and for
 * its next user to fetch back. So a chunk has a byte for each id, that of its owner
 * among the space's LABELS, or LABEL_NONE: "see the pointer" (struct slot_more). The
 * next owner of an id mostly has the label of the last one, for it is the same. Then
 * nobody writes, and the labels stay in every CPU's cache.
 *
 * Invariant L7: the label of an id that is in use or rests is its owner's, or it is
 * LABEL_NONE, and the pointer is. For who has the id alone writes it before the birth;
 * and an owner has his label until nothing is charged to him, and he is freed, which
 * is a grace period later: who saw the life, in a read section, sees him.
 */
#ifndef IOASID_CORE_LABEL_H
#define IOASID_CORE_LABEL_H

#include "port.h"

#define LABELS 256u /* as many as a byte can say */
#define LABEL_NONE 0u

struct labels {
	port_ptr owner[LABELS]; /* nobody's at LABEL_NONE */
	port_u32 next;          /* hint: where to look for one that nobody has */
};

/* label_take() - a label for @owner, or LABEL_NONE: a few looks, not all. */
uint8_t label_take(struct labels *labels, void *owner);

/* label_give() - its owner is charged for nothing any more. */
void label_give(struct labels *labels, uint8_t label);

/* label_put() - @label for an id that the caller has alone; if it is LABEL_NONE, the pointer is written. */
static inline void label_put(port_u8 *place, uint8_t label)
{
	/* relaxed: published by the birth. */
	if (port_u8_load_relaxed(place) == label)
		return;
	if (label == LABEL_NONE)
		/* SEQ_CST [J2 -> J3]: the pointer is first, to who looks since a life that was aborted meanwhile, too. */
		port_fence_seq_cst();
	port_u8_store_relaxed(place, label); /* relaxed: as above */
}

/* label_owner() - who has a label that is in use. */
static inline void *label_owner(const struct labels *labels, uint8_t label)
{
	return port_ptr_load_relaxed(&labels->owner[label]); /* relaxed: written before his first id was born */
}

#endif
