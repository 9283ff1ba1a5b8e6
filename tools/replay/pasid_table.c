/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* pasid_table.c - see pasid_table.h. */
#include "pasid_table.h"

typedef _Atomic(struct aspace *) entry;

void pasid_table_init(struct pasid_table *table, uint32_t limit)
{
	sparse_init(&table->entries, limit, sizeof(entry));
}

void pasid_table_fini(struct pasid_table *table)
{
	sparse_fini(&table->entries);
}

void pasid_table_set(struct pasid_table *table, uint32_t pasid, struct aspace *space)
{
	entry *place = sparse_at(&table->entries, pasid);

	/* Release: the memory's marks are there before a device can walk to it. */
	atomic_store_explicit(place, space, memory_order_release);
}

struct aspace *pasid_table_walk(const struct pasid_table *table, uint32_t pasid)
{
	entry *place = sparse_peek(&table->entries, pasid);

	return place ? atomic_load_explicit(place, memory_order_acquire) : NULL;
}
