/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * iommu.c - ioasid_sva_iommu.ko: the driver of an IOMMU that is not there (iommu.h).
 *
 * All that is above a driver is the kernel's: who has which PASID, when an address
 * space is attached and detached, and how long it is kept.
 */
#include "iommu.h"

#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/property.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#define BITS 20u

/* Of one device: attachments by PASID. The lock is what keeps a target's mm while it is looked at. */
struct table {
	struct xarray attachments;
};

struct attachment {
	struct iommu_domain *domain;
	u64 serial;
};

static struct iommu_device mock;
static atomic64_t attached, detached, conflicts;

/* Every device that has no other IOMMU is offered to us. */
static struct iommu_device *probe_device(struct device *dev)
{
	struct table *table;

	if (strcmp(dev_name(dev), SVA_DEVICE) != 0)
		return ERR_PTR(-ENODEV);
	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
	xa_init(&table->attachments);
	dev_iommu_priv_set(dev, table);
	return &mock;
}

static void release_device(struct device *dev)
{
	struct table *table = dev_iommu_priv_get(dev);

	WARN(!xa_empty(&table->attachments), "a PASID is still attached\n");
	xa_destroy(&table->attachments);
	kfree(table);
}

static int attach_dev(struct iommu_domain *domain, struct device *dev)
{
	return 0;
}

static int set_dev_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid, struct iommu_domain *old)
{
	struct table *table = dev_iommu_priv_get(dev);
	struct attachment *attachment = kzalloc(sizeof(*attachment), GFP_KERNEL);
	int error;

	if (!attachment)
		return -ENOMEM;
	attachment->domain = domain;
	attachment->serial = (u64)atomic64_inc_return(&attached);
	error = xa_insert(&table->attachments, pasid, attachment, GFP_KERNEL);
	if (error) {
		atomic64_inc(&conflicts);
		kfree(attachment);
	}
	return error;
}

static void remove_dev_pasid(struct device *dev, ioasid_t pasid, struct iommu_domain *domain)
{
	struct table *table = dev_iommu_priv_get(dev);
	struct attachment *attachment = xa_erase(&table->attachments, pasid);

	if (!attachment || attachment->domain != domain)
		atomic64_inc(&conflicts);
	else
		atomic64_inc(&detached);
	kfree(attachment);
}

/* The domain has a hold on the mm's structure for as long as it is attached. */
void sva_iommu_translate(struct device *dev, u32 pasid, struct sva_target *target)
{
	struct table *table = dev_iommu_priv_get(dev);
	struct attachment *attachment;

	*target = (struct sva_target){};
	xa_lock(&table->attachments);
	attachment = xa_load(&table->attachments, pasid);
	if (attachment) {
		target->serial = attachment->serial;
		if (mmget_not_zero(attachment->domain->mm))
			target->mm = attachment->domain->mm;
	}
	xa_unlock(&table->attachments);
}
EXPORT_SYMBOL_GPL(sva_iommu_translate);

void sva_iommu_count(struct sva_iommu_counts *counts)
{
	counts->attached = (u64)atomic64_read(&attached);
	counts->detached = (u64)atomic64_read(&detached);
	counts->conflicts = (u64)atomic64_read(&conflicts);
}
EXPORT_SYMBOL_GPL(sva_iommu_count);

static void domain_free(struct iommu_domain *domain)
{
	kfree(domain);
}

static const struct iommu_domain_ops sva_ops = {
	.set_dev_pasid = set_dev_pasid,
	.free = domain_free,
};

static struct iommu_domain *domain_alloc_sva(struct device *dev, struct mm_struct *mm)
{
	struct iommu_domain *domain = kzalloc(sizeof(*domain), GFP_KERNEL);

	if (!domain)
		return ERR_PTR(-ENOMEM);
	domain->ops = &sva_ops;
	return domain;
}

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

static int change_feature(struct device *dev, enum iommu_dev_features feature)
{
	return feature == IOMMU_DEV_FEAT_SVA ? 0 : -EOPNOTSUPP;
}

static const struct iommu_ops mock_ops = {
	.owner = THIS_MODULE,
	.probe_device = probe_device,
	.release_device = release_device,
	.device_group = generic_device_group,
	.def_domain_type = def_domain_type,
	.domain_alloc_sva = domain_alloc_sva,
	.dev_enable_feat = change_feature,
	.dev_disable_feat = change_feature,
	.remove_dev_pasid = remove_dev_pasid,
	.default_domain_ops = &identity_ops,
	.identity_domain = &identity,
	.pgsize_bitmap = PAGE_SIZE,
};

static int __init mock_init(void)
{
	int error = iommu_device_sysfs_add(&mock, NULL, NULL, "ioasid-sva-iommu");

	if (error)
		return error;
	mock.max_pasids = 1u << BITS;
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
MODULE_DESCRIPTION("An IOMMU that is a table, for libioasid beside the kernel's SVA");
MODULE_LICENSE("Dual BSD/GPL");
