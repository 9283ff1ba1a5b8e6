/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * inbox.h - what any context asks of the reclaimer, without allocating.
 *
 * Whatever can need the reclaimer contains a letter. Posting ors bits into it;
 * whoever makes them non-zero puts the letter on the list. The reclaimer takes
 * the whole list, and from each letter its bits, after it has read its link:
 * from then on the letter may be posted again.
 */
#ifndef IOASID_CORE_INBOX_H
#define IOASID_CORE_INBOX_H

#include "port.h"

enum letter_kind {
	LETTER_BINDING,
	LETTER_SET,
	LETTER_DEVICE,
	LETTER_PARTICIPANT
};

struct letter {
	port_ptr next;
	port_u32 bits;
	enum letter_kind kind;
};

struct inbox {
	port_ptr head;
};

/* inbox_post() - ask for @bits. The caller then wakes the reclaimer. Any context. */
static inline void inbox_post(struct inbox *inbox, struct letter *letter, uint32_t bits)
{
	void *first;

	/* SEQ_CST [I1 -> I2]: what was done before is seen by the reclaimer. */
	if (port_u32_or_seq_cst(&letter->bits, bits) != 0)
		return;
	first = port_ptr_load_relaxed(&inbox->head); /* relaxed: the swap checks it */
	do
		port_ptr_store_relaxed(&letter->next, first); /* relaxed: published by the swap */
	/* SEQ_CST [I3 -> I4]: the link is before the letter. */
	while (!port_ptr_cas_seq_cst(&inbox->head, &first, letter));
}

/* inbox_take() - everything, oldest first; for the reclaimer. */
static inline struct letter *inbox_take(struct inbox *inbox)
{
	struct letter *letter = port_ptr_xchg_seq_cst(&inbox->head, NULL); /* SEQ_CST [I4, from I3] */
	struct letter *reversed = NULL;

	while (letter != NULL) {
		struct letter *next = port_ptr_load_relaxed(&letter->next); /* relaxed: acquired with the list */

		port_ptr_store_relaxed(&letter->next, reversed); /* relaxed: ours until its bits are taken */
		reversed = letter;
		letter = next;
	}
	return reversed;
}

/* letter_open() - its bits, and *next, the letter after it; it may then be posted again. */
static inline uint32_t letter_open(struct letter *letter, struct letter **next)
{
	*next = port_ptr_load_relaxed(&letter->next); /* relaxed: ours until its bits are taken */
	/* SEQ_CST [I2, from I1]: what the posters did is seen. */
	return port_u32_xchg_seq_cst(&letter->bits, 0);
}

#endif
