/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * sparse.h - a big array of which little is used: zeroed entries in leaves that
 * appear when they are first asked for, and stay where they are.
 *
 * Leaves may be asked for by many threads at once; what is in an entry is the
 * user's to guard.
 */
#ifndef REPLAY_SPARSE_H
#define REPLAY_SPARSE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct sparse {
	_Atomic(unsigned char *) *leaves;
	size_t entry_size;
	uint32_t nr_leaves;
};

/** sparse_init() - @limit entries of @entry_size bytes. */
void sparse_init(struct sparse *sparse, uint32_t limit, size_t entry_size);

/** sparse_fini() - gives the memory back. */
void sparse_fini(struct sparse *sparse);

/** sparse_at() - the entry, made if it is not there; @index is below the limit. */
void *sparse_at(struct sparse *sparse, uint32_t index);

/** sparse_peek() - the entry, or NULL if its leaf was never asked for. */
void *sparse_peek(const struct sparse *sparse, uint32_t index);

#endif
