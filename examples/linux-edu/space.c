/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * space.c - the library's rule, for a device: the space, how the device is quiesced, its coming and going.
 *
 * One space, as if one table of addresses served all devices: a process has the same
 * shared PASID on each. The callbacks are all that the library needs of a driver; it
 * lets nobody have a number before they have answered for it.
 */
#include <linux/delay.h>

#include "edu.h"

static struct ioasid_space *space;
static struct ioasid_participant *table;

struct ioasid_space *edu_space(void)
{
	return space;
}

/* SUBMIT: the process's next ioctl is refused, what waits in the queue is dropped. */
static int stop_submitting(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	if (view->data)
		edu_close_window(view->data);
	return IOASID_DONE;
}

/* DEVICE: the DMA that runs cannot be called back; the interrupt that ends it answers. */
static int drain(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	return !view->data || edu_drain_window(view->data, token) ? IOASID_DONE : IOASID_PENDING;
}

/* The binding is gone: nobody asks for its data any more. */
static void released(void *context, const struct ioasid_view *view)
{
	if (view->data)
		edu_window_put(view->data);
}

static const struct ioasid_quiesce_ops device_ops = {
	.size = sizeof(device_ops),
	.quiesce = {[IOASID_PHASE_SUBMIT] = stop_submitting, [IOASID_PHASE_DEVICE] = drain},
	.released = released,
};

/* IOMMU: asked for each binding, also if its device was torn out; the id itself has no entry. */
static int clear_entry(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	if (view->device && view->data)
		edu_table_clear(view->data);
	return IOASID_DONE;
}

static const struct ioasid_quiesce_ops table_ops = {
	.size = sizeof(table_ops),
	.quiesce = {[IOASID_PHASE_IOMMU] = clear_entry},
};

int edu_space_start(void)
{
	struct ioasid_space_config config = {
		.size = sizeof(config),
		.bits = EDU_PASID_BITS,
		.flags = IOASID_SPACE_BACKGROUND,
		.order = IOASID_ORDER_LOWEST, /* as the naive rule: a number comes round as soon as it may */
		.name = "edu",
	};
	struct ioasid_participant_config behind = {
		.size = sizeof(behind),
		.ops = &table_ops,
		.name = "PASID table",
	};
	int error = ioasid_space_create(&config, &space);

	if (error)
		return error;
	error = ioasid_space_enroll(space, &behind, &table);
	if (error)
		(void)!ioasid_space_destroy(space, NULL, NULL);
	return error;
}

/* No file is open and no device is left, but processes may live that had one open. */
int edu_space_stop(void)
{
	int error;

	ioasid_mm_end_all(space);
	error = ioasid_participant_withdraw(table);
	if (!error)
		error = ioasid_space_destroy(space, ioasid_tell, "ioasid_edu");
	return error;
}

int edu_space_add(struct edu *edu)
{
	struct ioasid_device_config config = {
		.size = sizeof(config),
		.bits = EDU_PASID_BITS,
		.ops = &device_ops,
		.context = edu,
		.name = dev_name(&edu->dev),
	};

	return ioasid_device_register(space, &config, &edu->ioasid);
}

/* Users, pins and requests are forgiven; the table's entries are cleared; then it has no bindings. */
void edu_space_remove(struct edu *edu)
{
	(void)ioasid_device_remove(edu->ioasid);
	while (ioasid_device_unregister(edu->ioasid) == -EBUSY)
		msleep(10);
}
