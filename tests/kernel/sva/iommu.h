/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * iommu.h - the mock: an IOMMU that is a table from PASID to the address space that
 * the kernel's SVA core has attached there. What a device "sends" is looked up in it.
 */
#ifndef IOASID_TESTS_KERNEL_SVA_IOMMU_H
#define IOASID_TESTS_KERNEL_SVA_IOMMU_H

#include <linux/types.h>

struct device;
struct mm_struct;

/* The one device behind it, which ioasid_sva.ko makes: it has 20 bits. */
#define SVA_DEVICE "ioasid-sva"

/* What a PASID leads to at this moment. */
struct sva_target {
	u64 serial;           /* of the attachment, no two are the same; 0: it leads nowhere */
	struct mm_struct *mm; /* with a hold on its users: mmput(); NULL: its last user is gone */
};

struct sva_iommu_counts {
	u64 attached;
	u64 detached;
	u64 conflicts; /* attached where something is, detached where something else is */
};

void sva_iommu_translate(struct device *dev, u32 pasid, struct sva_target *target);
void sva_iommu_count(struct sva_iommu_counts *counts);

#endif
