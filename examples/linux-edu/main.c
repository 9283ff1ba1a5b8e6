/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* main.c - module and PCI: QEMU's edu device, found, served, and torn out. */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "edu.h"

#define EDU_DEVICES 16

static bool free_at_exit;
module_param(free_at_exit, bool, 0444);
MODULE_PARM_DESC(free_at_exit, "PASIDs by the rule of 2020, which lets DMA go astray: to compare (default: no)");

const struct edu_rule *edu_rule = &edu_rule_library;

static dev_t numbers;
static DEFINE_IDA(minors);

static void edu_free(struct device *dev)
{
	struct edu *edu = container_of(dev, struct edu, dev);

	ida_free(&minors, MINOR(dev->devt));
	kfree(edu);
}

static struct edu *edu_create(struct pci_dev *pdev)
{
	struct edu *edu = kzalloc(sizeof(*edu), GFP_KERNEL);
	int minor;

	if (!edu)
		return ERR_PTR(-ENOMEM);
	minor = ida_alloc_max(&minors, EDU_DEVICES - 1, GFP_KERNEL);
	if (minor < 0) {
		kfree(edu);
		return ERR_PTR(minor);
	}
	edu->pdev = pdev;
	init_rwsem(&edu->serving);
	spin_lock_init(&edu->lock);
	INIT_LIST_HEAD(&edu->queue);
	init_waitqueue_head(&edu->progress);
	INIT_WORK(&edu->fault.work, edu_fault_work);
	device_initialize(&edu->dev);
	edu->dev.parent = &pdev->dev;
	edu->dev.release = edu_free;
	edu->dev.devt = MKDEV(MAJOR(numbers), minor);
	cdev_init(&edu->cdev, &edu_fops);
	edu->cdev.owner = THIS_MODULE;
	return edu;
}

/* What pcim_ and dmam_ give goes with the device, after edu_remove(). */
static int edu_power_up(struct edu *edu)
{
	struct pci_dev *pdev = edu->pdev;
	int tries = 100;
	int error = pcim_enable_device(pdev);

	if (!error)
		error = pcim_iomap_regions(pdev, BIT(0), "ioasid_edu");
	if (!error)
		error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(28));
	if (error)
		return error;
	edu->registers = pcim_iomap_table(pdev)[0];
	edu->bounce = dmam_alloc_coherent(&pdev->dev, EDU_BYTES, &edu->bounce_dma, GFP_KERNEL);
	if (!edu->bounce)
		return -ENOMEM;
	while (!edu_quiet(edu) && --tries)
		msleep(10);
	if (!tries)
		return -EIO;
	pci_set_master(pdev);
	return pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_ALL_TYPES) == 1 ? 0 : -EIO;
}

static int edu_serve(struct edu *edu)
{
	struct pci_dev *pdev = edu->pdev;
	int error = edu_rule->add(edu);

	if (error)
		return error;
	error = request_irq(pci_irq_vector(pdev, 0), edu_interrupt, IRQF_SHARED, "ioasid_edu", edu);
	if (error)
		goto no_irq;
	error = cdev_device_add(&edu->cdev, &edu->dev);
	if (!error)
		return 0;
	free_irq(pci_irq_vector(pdev, 0), edu);
no_irq:
	edu_rule->remove(edu);
	return error;
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu = edu_create(pdev);
	int error;

	if (IS_ERR(edu))
		return PTR_ERR(edu);
	error = dev_set_name(&edu->dev, "ioasid_edu%u", MINOR(edu->dev.devt));
	if (!error)
		error = edu_power_up(edu);
	if (error)
		goto no_power;
	error = edu_serve(edu);
	if (error)
		goto no_service;
	pci_set_drvdata(pdev, edu);
	return 0;

no_service:
	pci_free_irq_vectors(pdev);
	pci_clear_master(pdev);
no_power:
	put_device(&edu->dev);
	return error;
}

/*
 * Also by force, with files open and DMA under way: no more DMA reaches memory,
 * no more interrupts come, all requests end; then the library is told. The files
 * keep what they need until they are closed.
 */
static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	cdev_device_del(&edu->cdev, &edu->dev);
	down_write(&edu->serving);
	edu->leaving = true;
	up_write(&edu->serving);
	pci_clear_master(pdev);
	free_irq(pci_irq_vector(pdev, 0), edu);
	edu_stop(edu);
	flush_work(&edu->fault.work);
	edu_rule->remove(edu);
	pci_free_irq_vectors(pdev);
	put_device(&edu->dev);
}

static const struct pci_device_id edu_ids[] = {
	{PCI_DEVICE(0x1234, 0x11e8)},
	{},
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "ioasid_edu",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};

static int __init edu_init(void)
{
	int error;

	if (free_at_exit)
		edu_rule = &edu_rule_free_at_exit;
	error = alloc_chrdev_region(&numbers, 0, EDU_DEVICES, "ioasid_edu");
	if (error)
		return error;
	error = edu_iommu_start();
	if (error)
		goto no_iommu;
	error = edu_rule->start();
	if (error)
		goto no_rule;
	edu_stats_start();
	error = pci_register_driver(&edu_driver);
	if (!error)
		return 0;

	edu_stats_stop();
	(void)edu_rule->stop();
no_rule:
	edu_iommu_stop();
no_iommu:
	unregister_chrdev_region(numbers, EDU_DEVICES);
	return error;
}

/* No file is open: each has a reference to the module. */
static void __exit edu_exit(void)
{
	pci_unregister_driver(&edu_driver);
	edu_stats_stop();
	WARN_ON(edu_rule->stop());
	edu_iommu_stop();
	ida_destroy(&minors);
	unregister_chrdev_region(numbers, EDU_DEVICES);
}

module_init(edu_init);
module_exit(edu_exit);
MODULE_DESCRIPTION("QEMU's edu device, with PASIDs from libioasid: an example");
MODULE_LICENSE("Dual BSD/GPL");
