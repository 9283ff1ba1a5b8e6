/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* iotlb.c - see iotlb.h. */
#include "iotlb.h"

#include <string.h>

struct iotlb_line {
	struct aspace *page[ASPACE_PAGES];
};

void iotlb_init(struct iotlb *iotlb, uint32_t limit)
{
	sparse_init(&iotlb->lines, limit, sizeof(struct iotlb_line));
}

void iotlb_fini(struct iotlb *iotlb)
{
	sparse_fini(&iotlb->lines);
}

struct aspace *iotlb_lookup(const struct iotlb *iotlb, uint32_t pasid, uint32_t page)
{
	const struct iotlb_line *line = sparse_peek(&iotlb->lines, pasid);

	return line ? line->page[page] : NULL;
}

void iotlb_fill(struct iotlb *iotlb, uint32_t pasid, uint32_t page, struct aspace *space)
{
	struct iotlb_line *line = sparse_at(&iotlb->lines, pasid);

	line->page[page] = space;
}

void iotlb_invalidate(struct iotlb *iotlb, uint32_t pasid)
{
	struct iotlb_line *line = sparse_peek(&iotlb->lines, pasid);

	if (line)
		memset(line, 0, sizeof(*line));
}
