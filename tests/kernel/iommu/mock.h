/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * mock.h - an IOMMU that is a table: for each device, which domain each PASID is in.
 *
 * Everything above the driver is the kernel's own: groups, domains, the array of
 * PASIDs, max_pasids. Nothing is translated, and no PASID crosses a bus.
 */
#ifndef IOASID_TESTS_KERNEL_MOCK_H
#define IOASID_TESTS_KERNEL_MOCK_H

#include <linux/device.h>
#include <linux/iommu.h>

#define MOCK_DEVICE "ioasid-mock"
/* Devices of 20 bits and of 19. */
#define MOCK_WIDE MOCK_DEVICE ".0"
#define MOCK_NARROW MOCK_DEVICE ".1"

struct mock_counts {
	u64 attached;
	u64 detached;
	u64 conflicts; /* a second domain on a PASID, or a domain taken away that was not there */
};

/* mock_domain() - where a PASID of @dev leads to now; NULL: nowhere. */
struct iommu_domain *mock_domain(struct device *dev, u32 pasid);
void mock_count(struct device *dev, struct mock_counts *counts);

#endif
