/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* global_pasid.c - what newer kernels have instead of the predecessor: one IDA, and the device's width. */
#include <linux/device.h>
#include <linux/iommu.h>

#define NUMBER ioasid_t
#include "bench.h"

/* All that is asked of the device is its width. */
static struct dev_iommu wide = {.max_pasids = BENCH_LAST + 1};
static struct device device = {.iommu = &wide};

static inline bool take(ioasid_t *number)
{
	*number = iommu_alloc_global_pasid(&device);
	return *number != IOMMU_PASID_INVALID;
}

static inline void give(ioasid_t number)
{
	iommu_free_global_pasid(number);
}

#include "loops.h"

static int begin(void)
{
	hold();
	return 0;
}

const struct bench_row bench_global_pasid[] = {
	{.workload = "pair", .subject = "global pasid", .loop = pair},
	{.workload = "replace-64", .subject = "global pasid", .begin = begin, .loop = replace, .end = let_go},
	{},
};
