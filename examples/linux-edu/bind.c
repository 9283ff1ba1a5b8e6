/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * bind.c - the library's rule, for a process: its set, its bindings, its requests, its faults.
 *
 * Who opens a device gets the set of its mm, and the device is bound to the set's
 * shared PASID. What ends first, the file or the process, need not be known: both
 * are told to the library, in any order, and it quiesces once, by the calls of space.c.
 */
#include "edu.h"

#define QUOTA 24

static int library_open(struct edu_file *file)
{
	return ioasid_mm_set(edu_space(), current->mm, QUOTA, &file->set);
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
	error = ioasid_binding_data(edu_space(), binding, &data);
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
	error = ioasid_binding_handle(edu_space(), use->binding, &handle);
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
		(void)ioasid_binding_unbind(edu_space(), use->binding);
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
	(void)ioasid_binding_unbind(edu_space(), use->binding);
	edu_window_put(use->window);
}

static int library_begin(struct edu_window *window)
{
	return ioasid_request_begin(edu_space(), window->binding);
}

static void library_end(struct edu_window *window)
{
	(void)ioasid_request_end(edu_space(), window->binding);
}

static int library_pin(struct edu *edu, u32 pasid, ioasid_binding_t *binding)
{
	return ioasid_device_pin(edu->ioasid, ioasid_make(pasid), binding);
}

static void library_unpin(ioasid_binding_t binding)
{
	(void)ioasid_binding_unpin(edu_space(), binding);
}

/* Under this rule the table can be checked: the number is in the very life that the entry was made for. */
static bool library_lives(struct edu_window *window)
{
	ioasid_t id = ioasid_make(window->pasid);
	enum ioasid_state state;
	ioasid_handle_t handle;

	if (ioasid_id_state(edu_space(), id, &state) || (state != IOASID_STATE_ACTIVE && state != IOASID_STATE_PARKED))
		return false;
	return ioasid_id_find(edu_space(), id, &handle) || ioasid_handle_equal(handle, window->handle);
}

const struct edu_rule edu_rule_library = {
	.start = edu_space_start,
	.stop = edu_space_stop,
	.add = edu_space_add,
	.remove = edu_space_remove,
	.open = library_open,
	.close = library_close,
	.bind = library_bind,
	.unbind = library_unbind,
	.begin = library_begin,
	.end = library_end,
	.pin = library_pin,
	.unpin = library_unpin,
	.lives = library_lives,
};
