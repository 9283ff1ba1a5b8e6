/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* main.c - ioasid_sva.ko: a device behind the mock IOMMU, a space for its PASIDs, and the file that processes open. */
#include "driver.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "iommu.h"

struct sva sva;
module_param_named(uncounted, sva.uncounted, bool, 0444);
MODULE_PARM_DESC(uncounted,
                 "a bug on purpose: requests are not begun with the library, which then cannot wait for them");

static struct platform_device *platform_device;

static long adopt_call(struct client *client, void __user *argument)
{
	struct sva_life life = {};
	int error = adopt(client, &life);

	if (!error && copy_to_user(argument, &life, sizeof(life))) {
		give_back(client);
		error = -EFAULT;
	}
	return error;
}

static long begin_call(struct client *client, const void __user *argument)
{
	struct sva_request request;

	if (copy_from_user(&request, argument, sizeof(request)))
		return -EFAULT;
	return engine_begin(client, &request);
}

/* A success is undone at once; what is asked about are lives that should be over. */
static int try_to_bind(ioasid_handle_t handle)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = sva.device};
	ioasid_binding_t binding;
	int error = ioasid_id_bind(sva.space, handle, &args, 1, 0, &binding);

	if (!error)
		(void)ioasid_binding_unbind(sva.space, binding);
	return error;
}

static void answer(struct sva_question *question)
{
	ioasid_handle_t handle = {question->handle}, found = {};
	ioasid_t id = ioasid_handle_id(handle);
	enum ioasid_state state = IOASID_STATE_COUNT;
	struct sva_target target;

	if (ioasid_id_state(sva.space, id, &state))
		state = IOASID_STATE_COUNT;
	question->state = (s32)state;
	question->get = ioasid_id_get(sva.space, handle);
	if (!question->get)
		(void)ioasid_id_put(sva.space, handle);
	question->bind = try_to_bind(handle);
	question->find = ioasid_id_find(sva.space, id, &found);
	question->found = found.handle_;
	sva_iommu_translate(sva.dev, ioasid_value(id), &target);
	if (target.mm)
		mmput(target.mm);
	question->attached = target.serial;
}

static long ask_call(void __user *argument)
{
	struct sva_question question;

	if (copy_from_user(&question, argument, sizeof(question)))
		return -EFAULT;
	answer(&question);
	return copy_to_user(argument, &question, sizeof(question)) ? -EFAULT : 0;
}

static u64 held(void)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};

	if (ioasid_space_snapshot(sva.space, &snapshot))
		return U64_MAX;
	return (u64)snapshot.capacity - snapshot.withheld - snapshot.in_state[IOASID_STATE_FREE];
}

#define COPY(field) totals.field = (u64)atomic64_read(&sva.totals.field)

static long totals_call(void __user *argument)
{
	struct sva_totals totals = {.held = held()};
	struct sva_iommu_counts counts;

	COPY(adopted);
	COPY(joined);
	COPY(reused);
	COPY(early);
	COPY(revived);
	COPY(bound);
	COPY(unbound);
	COPY(written);
	COPY(late);
	COPY(lost);
	COPY(astray);
	COPY(in_flight);
	sva_iommu_count(&counts);
	totals.attached = counts.attached;
	totals.detached = counts.detached;
	totals.conflicts = counts.conflicts;
	return copy_to_user(argument, &totals, sizeof(totals)) ? -EFAULT : 0;
}

static long call(struct client *client, unsigned int command, void __user *argument)
{
	switch (command) {
	case SVA_ADOPT:
		return adopt_call(client, argument);
	case SVA_GIVE_BACK:
		give_back(client);
		return 0;
	case SVA_BEGIN:
		return begin_call(client, argument);
	case SVA_ASK:
		return ask_call(argument);
	case SVA_SETTLE:
		return ioasid_space_flush(sva.space, 10 * NSEC_PER_SEC);
	case SVA_TOTALS:
		return totals_call(argument);
	default:
		return -ENOTTY;
	}
}

static long sva_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct client *client = file->private_data;
	long result;

	if (command == SVA_DRAIN)
		return wait_event_killable(sva.landed, atomic_read(&client->in_flight) == 0);
	if (mutex_lock_killable(&client->lock))
		return -EINTR;
	result = call(client, command, (void __user *)argument);
	mutex_unlock(&client->lock);
	return result;
}

static int sva_open(struct inode *inode, struct file *file)
{
	struct client *client = kzalloc(sizeof(*client), GFP_KERNEL);

	if (!client)
		return -ENOMEM;
	kref_init(&client->kref);
	mutex_init(&client->lock);
	file->private_data = client;
	return 0;
}

/* Requests may be in flight: the library waits for them, not the close. */
static int sva_release(struct inode *inode, struct file *file)
{
	struct client *client = file->private_data;

	give_back(client);
	client_put(client);
	return 0;
}

static const struct file_operations sva_fops = {
	.owner = THIS_MODULE,
	.open = sva_open,
	.release = sva_release,
	.unlocked_ioctl = sva_ioctl,
};

static struct miscdevice sva_file = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ioasid-sva",
	.fops = &sva_fops,
};

/* The IOMMU probes the device as it is added; nothing else does. */
static int make_device(void)
{
	static const struct property_entry properties[] = {PROPERTY_ENTRY_U32("pasid-num-bits", 20), {}};
	const struct platform_device_info info = {
		.name = SVA_DEVICE,
		.id = PLATFORM_DEVID_NONE,
		.properties = properties,
	};
	int error;

	platform_device = platform_device_register_full(&info);
	if (IS_ERR(platform_device))
		return PTR_ERR(platform_device);
	sva.dev = &platform_device->dev;
	error = iommu_dev_enable_feature(sva.dev, IOMMU_DEV_FEAT_SVA);
	if (error)
		platform_device_unregister(platform_device);
	return error;
}

static void remove_device(void)
{
	(void)iommu_dev_disable_feature(sva.dev, IOMMU_DEV_FEAT_SVA);
	platform_device_unregister(platform_device);
}

/* Every number is the kernel's choice, so none is reserved and none is ours to hand out. */
static int make_space(void)
{
	const struct ioasid_space_config config = {
		.size = sizeof(config),
		.bits = 20,
		.flags = IOASID_SPACE_BACKGROUND,
		.name = "sva",
	};
	const struct ioasid_device_config device = {
		.size = sizeof(device),
		.bits = 20,
		.ops = &adopt_ops,
		.name = SVA_DEVICE,
	};
	int error = ioasid_space_create(&config, &sva.space);

	if (error)
		return error;
	error = ioasid_device_register(sva.space, &device, &sva.device);
	if (error)
		WARN_ON(ioasid_space_destroy(sva.space, NULL, NULL));
	return error;
}

static void remove_space(void)
{
	ioasid_mm_end_all(sva.space);
	WARN_ON(ioasid_device_unregister(sva.device));
	WARN_ON(ioasid_space_destroy(sva.space, ioasid_tell, "ioasid_sva"));
}

static int __init sva_init(void)
{
	int error = engine_init();

	if (error)
		return error;
	error = make_device();
	if (error)
		goto no_device;
	error = make_space();
	if (error)
		goto no_space;
	error = misc_register(&sva_file);
	if (error)
		goto no_file;
	return 0;
no_file:
	remove_space();
no_space:
	remove_device();
no_device:
	engine_exit();
	return error;
}

static void __exit sva_exit(void)
{
	misc_deregister(&sva_file);
	engine_exit();
	remove_space();
	remove_device();
}

module_init(sva_init);
module_exit(sva_exit);
MODULE_DESCRIPTION("PASIDs of the kernel's SVA, adopted by libioasid");
MODULE_LICENSE("Dual BSD/GPL");
