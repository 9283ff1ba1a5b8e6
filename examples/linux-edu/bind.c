/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * bind.c - the library's rule: all that this driver does with libioasid.
 *
 * One space, as if one table served all devices. A process that opens a device
 * gets the set of its mm, and the device is bound to the set's shared PASID. What
 * ends first, the file or the process, need not be known: the library quiesces
 * through the callbacks below, and lets nobody have the number before they are through.
 */
#include <linux/delay.h>

#include "edu.h"

#define QUOTA 24

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

static int library_start(void)
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
static int library_stop(void)
{
	int error;

	ioasid_mm_end_all(space);
	error = ioasid_participant_withdraw(table);
	if (!error)
		error = ioasid_space_destroy(space, ioasid_tell, "ioasid_edu");
	return error;
}

static int library_add(struct edu *edu)
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
static void library_remove(struct edu *edu)
{
	(void)ioasid_device_remove(edu->ioasid);
	while (ioasid_device_unregister(edu->ioasid) == -EBUSY)
		msleep(10);
}

static int library_open(struct edu_file *file)
{
	return ioasid_mm_set(space, current->mm, QUOTA, &file->set);
}

static void library_close(struct edu_file *file)
{
	(void)ioasid_set_release(file->set);
}

static int bind_window(struct edu_file *file, bool shared, struct edu_window *window, ioasid_binding_t *binding)
{
	struct ioasid_bind_args args = {
		.size = sizeof(args),
		.device = file->edu->ioasid,
		.data = window,
	};

	/* To wait: the device may still be quiescing what an earlier file of this process has unbound. */
	return shared ? ioasid_set_bind(file->set, &args, 1, IOASID_BIND_WAIT, binding)
	              : ioasid_set_bind_private(file->set, &args, 1, IOASID_BIND_WAIT, binding);
}

/* The window that the binding has. It may be closed over our heads at any time: hence RCU, and a reference. */
static int take_window(ioasid_binding_t binding, struct edu_window **window)
{
	void *data;
	int error;

	rcu_read_lock();
	error = ioasid_binding_data(space, binding, &data);
	if (!error && (!data || !edu_window_get(data)))
		error = -EAGAIN; /* we came after the last user with a window had left */
	rcu_read_unlock();
	if (!error)
		*window = data;
	return error;
}

static int finish_bind(struct edu_use *use)
{
	ioasid_handle_t handle;
	int error = take_window(use->binding, &use->window);

	if (error)
		return error;
	error = ioasid_binding_handle(space, use->binding, &handle);
	if (!error)
		error = edu_table_set(use->window, ioasid_value(ioasid_handle_id(handle)), handle, use->binding);
	if (error)
		edu_window_put(use->window);
	return error;
}

static int try_to_bind(struct edu_file *file, bool shared, struct edu_use *use)
{
	struct edu_window *window = edu_window_create(file->edu);
	int error;

	if (!window)
		return -ENOMEM;
	error = bind_window(file, shared, window, &use->binding);
	if (error)
		edu_window_put(window);
	/* Another file or thread of this process has a window there: ours, too. */
	if (error == -EBUSY && shared)
		error = bind_window(file, shared, NULL, &use->binding);
	if (error)
		return error;
	error = finish_bind(use);
	if (error)
		(void)ioasid_binding_unbind(space, use->binding);
	return error;
}

static int library_bind(struct edu_file *file, bool shared, struct edu_use *use)
{
	int error;

	do
		error = try_to_bind(file, shared, use);
	while (error == -EAGAIN);
	return error;
}

static void library_unbind(struct edu_file *file, struct edu_use *use)
{
	(void)ioasid_binding_unbind(space, use->binding);
	edu_window_put(use->window);
}

static int library_begin(struct edu_window *window)
{
	return ioasid_request_begin(space, window->binding);
}

static void library_end(struct edu_window *window)
{
	(void)ioasid_request_end(space, window->binding);
}

/* Under this rule the table can be checked: the number is in the very life that the entry was made for. */
static bool library_lives(struct edu_window *window)
{
	ioasid_t id = ioasid_make(window->pasid);
	enum ioasid_state state;
	ioasid_handle_t handle;

	if (ioasid_id_state(space, id, &state) || (state != IOASID_STATE_ACTIVE && state != IOASID_STATE_PARKED))
		return false;
	return ioasid_id_find(space, id, &handle) || ioasid_handle_equal(handle, window->handle);
}

const struct edu_rule edu_rule_library = {
	.start = library_start,
	.stop = library_stop,
	.add = library_add,
	.remove = library_remove,
	.open = library_open,
	.close = library_close,
	.bind = library_bind,
	.unbind = library_unbind,
	.begin = library_begin,
	.end = library_end,
	.lives = library_lives,
};
