/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * iotlb.h - a device's translation cache. What is in it stays in it, whatever
 * becomes of the PASID table, until it is invalidated: it has no capacity that
 * would evict a stale entry by luck.
 */
#ifndef REPLAY_IOTLB_H
#define REPLAY_IOTLB_H

#include "aspace.h"
#include "sparse.h"

struct iotlb {
	struct sparse lines; /* struct iotlb_line, in the source; the device's lock guards them */
};

void iotlb_init(struct iotlb *iotlb, uint32_t limit);
void iotlb_fini(struct iotlb *iotlb);

/** iotlb_lookup() - the address space that @page of @pasid was found in, or NULL. */
struct aspace *iotlb_lookup(const struct iotlb *iotlb, uint32_t pasid, uint32_t page);

/** iotlb_fill() - remember a walk. */
void iotlb_fill(struct iotlb *iotlb, uint32_t pasid, uint32_t page, struct aspace *space);

/** iotlb_invalidate() - forget all pages of a PASID. */
void iotlb_invalidate(struct iotlb *iotlb, uint32_t pasid);

#endif
