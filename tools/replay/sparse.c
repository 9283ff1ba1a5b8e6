/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* sparse.c - see sparse.h. */
#include "sparse.h"

#include <stdlib.h>

#include "must.h"

#define LEAF_SHIFT 8
#define LEAF_SIZE (UINT32_C(1) << LEAF_SHIFT)

void sparse_init(struct sparse *sparse, uint32_t limit, size_t entry_size)
{
	sparse->entry_size = entry_size;
	sparse->nr_leaves = (limit + LEAF_SIZE - 1) >> LEAF_SHIFT;
	sparse->leaves = must_calloc(sparse->nr_leaves, sizeof(*sparse->leaves));
}

void sparse_fini(struct sparse *sparse)
{
	for (uint32_t i = 0; i < sparse->nr_leaves; i++)
		free(atomic_load_explicit(&sparse->leaves[i], memory_order_relaxed));
	free(sparse->leaves);
	sparse->leaves = NULL;
	sparse->nr_leaves = 0;
}

void *sparse_peek(const struct sparse *sparse, uint32_t index)
{
	unsigned char *leaf = atomic_load_explicit(&sparse->leaves[index >> LEAF_SHIFT], memory_order_acquire);

	return leaf ? leaf + (index & (LEAF_SIZE - 1)) * sparse->entry_size : NULL;
}

void *sparse_at(struct sparse *sparse, uint32_t index)
{
	_Atomic(unsigned char *) *place = &sparse->leaves[index >> LEAF_SHIFT];
	unsigned char *leaf = atomic_load_explicit(place, memory_order_acquire);

	if (!leaf) {
		unsigned char *fresh = must_calloc(LEAF_SIZE, sparse->entry_size);

		/* Another thread may have been first: then its leaf is the one. */
		if (atomic_compare_exchange_strong_explicit(place, &leaf, fresh, memory_order_acq_rel,
		                                            memory_order_acquire))
			leaf = fresh;
		else
			free(fresh);
	}
	return leaf + (index & (LEAF_SIZE - 1)) * sparse->entry_size;
}
