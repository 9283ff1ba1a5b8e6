/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* mock_iommu.c - ioasid_mock_iommu.ko: the driver of an IOMMU that is a table (mock.h). */
#include "mock.h"

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/string.h>

#define BITS_MAX 20u

struct table {
	u32 pasids;
	atomic64_t attached;
	atomic64_t detached;
	atomic64_t conflicts;
	struct iommu_domain *domain[];
};

static struct iommu_device mock;

/* Every device that has no other IOMMU is offered to us. */
static struct iommu_device *probe_device(struct device *dev)
{
	struct table *table;
	u32 bits;

	if (!strstarts(dev_name(dev), MOCK_DEVICE))
		return ERR_PTR(-ENODEV);
	if (device_property_read_u32(dev, "pasid-num-bits", &bits) || bits > BITS_MAX)
		return ERR_PTR(-EINVAL);
	table = kvzalloc(struct_size(table, domain, 1u << bits), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
	table->pasids = 1u << bits;
	dev_iommu_priv_set(dev, table);
	return &mock;
}

/* The core forgets the pointer with the device. */
static void release_device(struct device *dev)
{
	kvfree(dev_iommu_priv_get(dev));
}

static int attach_dev(struct iommu_domain *domain, struct device *dev)
{
	return 0;
}

/* The core asks only for what its own array says is free: that it is, is what we are here to see. */
static int set_dev_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid, struct iommu_domain *old)
{
	struct table *table = dev_iommu_priv_get(dev);

	if (pasid >= table->pasids)
		return -EINVAL;
	if (cmpxchg(&table->domain[pasid], old, domain) != old) {
		atomic64_inc(&table->conflicts);
		return -EBUSY;
	}
	atomic64_inc(&table->attached);
	return 0;
}

static void remove_dev_pasid(struct device *dev, ioasid_t pasid, struct iommu_domain *domain)
{
	struct table *table = dev_iommu_priv_get(dev);

	if (pasid >= table->pasids || cmpxchg(&table->domain[pasid], domain, NULL) != domain)
		atomic64_inc(&table->conflicts);
	else
		atomic64_inc(&table->detached);
}

struct iommu_domain *mock_domain(struct device *dev, u32 pasid)
{
	struct table *table = dev_iommu_priv_get(dev);

	return pasid < table->pasids ? READ_ONCE(table->domain[pasid]) : NULL;
}
EXPORT_SYMBOL_GPL(mock_domain);

void mock_count(struct device *dev, struct mock_counts *counts)
{
	struct table *table = dev_iommu_priv_get(dev);

	counts->attached = atomic64_read(&table->attached);
	counts->detached = atomic64_read(&table->detached);
	counts->conflicts = atomic64_read(&table->conflicts);
}
EXPORT_SYMBOL_GPL(mock_count);

static struct iommu_domain *domain_alloc_paging(struct device *dev)
{
	return kzalloc(sizeof(struct iommu_domain), GFP_KERNEL);
}

static void domain_free(struct iommu_domain *domain)
{
	kfree(domain);
}

static const struct iommu_domain_ops domain_ops = {
	.attach_dev = attach_dev,
	.set_dev_pasid = set_dev_pasid,
	.free = domain_free,
};

static const struct iommu_domain_ops identity_ops = {
	.attach_dev = attach_dev,
};

static struct iommu_domain identity = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &identity_ops,
};

/* Without a PASID the device's DMA is let through: there is none. */
static int def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops mock_ops = {
	.owner = THIS_MODULE,
	.probe_device = probe_device,
	.release_device = release_device,
	.device_group = generic_device_group,
	.def_domain_type = def_domain_type,
	.domain_alloc_paging = domain_alloc_paging,
	.remove_dev_pasid = remove_dev_pasid,
	.default_domain_ops = &domain_ops,
	.identity_domain = &identity,
	.pgsize_bitmap = PAGE_SIZE,
};

static int __init mock_init(void)
{
	int error = iommu_device_sysfs_add(&mock, NULL, NULL, "ioasid-mock-iommu");

	if (error)
		return error;
	mock.max_pasids = 1u << BITS_MAX;
	error = iommu_device_register(&mock, &mock_ops, NULL);
	if (error)
		iommu_device_sysfs_remove(&mock);
	return error;
}

/* While there is a device of ours, the core has a hold on this module. */
static void __exit mock_exit(void)
{
	iommu_device_unregister(&mock);
	iommu_device_sysfs_remove(&mock);
}

module_init(mock_init);
module_exit(mock_exit);
MODULE_DESCRIPTION("An IOMMU that is a table, for tests of libioasid");
MODULE_LICENSE("Dual BSD/GPL");
