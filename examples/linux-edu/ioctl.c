/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ioctl.c - what a process asks of the device that it has opened. */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "edu.h"

static struct edu_use *find_use(struct edu_file *file, u32 use)
{
	return use < EDU_USES && file->uses[use].window ? &file->uses[use] : NULL;
}

static int do_info(struct edu_file *file, struct edu_use_args *args)
{
	struct edu_use *use = find_use(file, args->use);

	if (!use)
		return -EINVAL;
	args->pasid = use->window->pasid;
	return 0;
}

static int do_private(struct edu_file *file, struct edu_use_args *args)
{
	int error;
	u32 i;

	for (i = 1; i < EDU_USES && file->uses[i].window; i++)
		;
	if (i == EDU_USES)
		return -EMFILE;
	error = edu_bind(file, false, &file->uses[i]);
	if (error)
		return error;
	args->use = i;
	return do_info(file, args);
}

/* What is queued on it is dropped by its quiesce; what runs is waited for, but not by us. */
static int do_unbind(struct edu_file *file, const struct edu_use_args *args)
{
	struct edu_use *use = find_use(file, args->use);

	if (!use || args->use == 0)
		return -EINVAL;
	edu_rule->unbind(file, use);
	use->window = NULL;
	return 0;
}

static int do_map(struct edu_file *file, const struct edu_map_args *args)
{
	struct edu_use *use = find_use(file, args->use);

	return use ? edu_window_map(use->window, args->slot, args->address, !args->later) : -EINVAL;
}

static int submit(struct edu_file *file, struct edu_window *window, struct edu_request *request)
{
	int error = edu_rule->begin(window);

	if (error)
		return error;
	error = edu_submit(file->edu, request);
	if (error)
		edu_rule->end(window);
	return error;
}

static int do_submit(struct edu_file *file, struct edu_copy_args *args)
{
	struct edu_use *use = find_use(file, args->use);
	struct edu_request *request;
	int error;

	if (!use || args->from >= EDU_PAGES || args->to >= EDU_PAGES)
		return -EINVAL;
	request = kzalloc(sizeof(*request), GFP_KERNEL);
	if (!request)
		return -ENOMEM;
	refcount_set(&request->refs, 1);
	kref_get(&use->window->refs);
	request->window = use->window;
	request->file = file;
	request->pasid = use->window->pasid;
	request->from = args->from;
	request->to = args->to;
	request->cookie = ++file->last_cookie;
	request->status = -EINPROGRESS;
	error = submit(file, use->window, request);
	if (error) {
		edu_request_put(request);
		return error;
	}
	list_add_tail(&request->in_file, &file->requests);
	args->cookie = request->cookie;
	return 0;
}

/* Takes the request out of the file: the wait is its last word. */
static struct edu_request *take_request(struct edu_file *file, u32 cookie)
{
	struct edu_request *request;

	list_for_each_entry(request, &file->requests, in_file)
	{
		if (request->cookie == cookie) {
			list_del(&request->in_file);
			return request;
		}
	}
	return NULL;
}

static int do_wait(struct edu_file *file, const struct edu_copy_args *args)
{
	struct edu_request *request;
	int error;

	mutex_lock(&file->lock);
	request = take_request(file, args->cookie);
	mutex_unlock(&file->lock);
	if (!request)
		return -EINVAL;
	error = wait_event_killable(file->edu->progress, READ_ONCE(request->status) != -EINPROGRESS);
	if (!error)
		error = READ_ONCE(request->status);
	edu_request_put(request);
	return error;
}

union args {
	struct edu_use_args use;
	struct edu_map_args map;
	struct edu_copy_args copy;
};

static int dispatch(struct edu_file *file, unsigned int command, union args *args)
{
	switch (command) {
	case EDU_INFO:
		return do_info(file, &args->use);
	case EDU_PRIVATE:
		return do_private(file, &args->use);
	case EDU_UNBIND:
		return do_unbind(file, &args->use);
	case EDU_MAP:
		return do_map(file, &args->map);
	case EDU_SUBMIT:
		return do_submit(file, &args->copy);
	default:
		return -ENOTTY;
	}
}

long edu_ioctl(struct file *f, unsigned int command, unsigned long address)
{
	struct edu_file *file = f->private_data;
	size_t size = _IOC_SIZE(command);
	union args args = {};
	int error;

	if (current->mm != file->mm)
		return -EPERM; /* another address space: open the device yourself */
	if (READ_ONCE(file->edu->gone))
		return -ENODEV;
	if (size > sizeof(args))
		return -ENOTTY;
	if ((_IOC_DIR(command) & _IOC_WRITE) && copy_from_user(&args, (void __user *)address, size))
		return -EFAULT;
	if (command == EDU_WAIT)
		return do_wait(file, &args.copy);
	mutex_lock(&file->lock);
	error = dispatch(file, command, &args);
	mutex_unlock(&file->lock);
	if (!error && (_IOC_DIR(command) & _IOC_READ) && copy_to_user((void __user *)address, &args, size))
		error = -EFAULT;
	return error;
}
