/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * pasid_table.h - a device's PASID table, as the IOMMU walks it: for each PASID
 * the address space that it stands for, or none.
 */
#ifndef REPLAY_PASID_TABLE_H
#define REPLAY_PASID_TABLE_H

#include "aspace.h"
#include "sparse.h"

struct pasid_table {
	struct sparse entries;
};

void pasid_table_init(struct pasid_table *table, uint32_t limit);
void pasid_table_fini(struct pasid_table *table);

/** pasid_table_set() - @space NULL: the entry is not present. */
void pasid_table_set(struct pasid_table *table, uint32_t pasid, struct aspace *space);

/** pasid_table_walk() - NULL if the entry is not present. */
struct aspace *pasid_table_walk(const struct pasid_table *table, uint32_t pasid);

#endif
