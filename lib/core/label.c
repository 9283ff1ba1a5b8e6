/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* label.c - who has which label. */
#include "label.h"

#define LOOKS 8u

uint8_t label_take(struct labels *labels, void *owner)
{
	uint32_t i;

	for (i = 0; i < LOOKS; i++) {
		/* relaxed: a hint. */
		uint32_t label = port_u32_add_relaxed(&labels->next, 1) % LABELS;
		void *there = NULL;

		/* relaxed: the swap checks it. */
		if (label == LABEL_NONE || port_ptr_load_relaxed(&labels->owner[label]) != NULL)
			continue;
		/* ACQ_REL [J1 -> J1]: nobody asks for its last owner any more. */
		if (port_ptr_cas_acq_rel(&labels->owner[label], &there, owner))
			return (uint8_t)label;
	}
	return LABEL_NONE;
}

void label_give(struct labels *labels, uint8_t label)
{
	if (label != LABEL_NONE)
		port_ptr_store_release(&labels->owner[label],
		                       NULL); /* RELEASE [J1 -> J1]: who asked has had his answer */
}
