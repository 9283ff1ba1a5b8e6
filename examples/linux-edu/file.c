/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * file.c - a process opens the device, and closes it.
 *
 * A file belongs to the address space that opened it. Whoever gets it otherwise,
 * by fork, by exec or over a socket, may close it and nothing else: its memory is
 * not what the file's PASIDs lead to.
 */
#include <linux/fs.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "edu.h"

/* Not while the device is being removed: what a rule knows of it goes then. */
int edu_bind(struct edu_file *file, bool shared, struct edu_use *use)
{
	struct edu *edu = file->edu;
	int error;

	down_read(&edu->serving);
	error = edu->leaving ? -ENODEV : edu_rule->bind(file, shared, use);
	up_read(&edu->serving);
	return error;
}

static int file_create(struct edu *edu, struct edu_file **out)
{
	struct edu_file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	int error;

	if (!file)
		return -ENOMEM;
	file->edu = edu;
	file->mm = current->mm;
	mutex_init(&file->lock);
	INIT_LIST_HEAD(&file->requests);
	error = edu_rule->open(file);
	if (error)
		goto no_set;
	error = edu_bind(file, true, &file->uses[0]);
	if (error)
		goto no_binding;
	mmgrab(file->mm);
	*out = file;
	return 0;

no_binding:
	edu_rule->close(file);
no_set:
	kfree(file);
	return error;
}

/* The character device keeps the device's structure for as long as files are open. */
static int edu_open(struct inode *inode, struct file *f)
{
	struct edu *edu = container_of(inode->i_cdev, struct edu, cdev);
	struct edu_file *file;
	int error;

	if (!current->mm)
		return -EINVAL;
	error = file_create(edu, &file);
	if (error)
		return error;
	f->private_data = file;
	edu_count(EDU_files, 1);
	return nonseekable_open(inode, f);
}

/* Before the process's exit, in the middle of it, or long after: the same calls, which wait for nobody. */
static int edu_release(struct inode *inode, struct file *f)
{
	struct edu_file *file = f->private_data;
	struct edu_request *request;
	struct edu_request *next;
	unsigned int i;

	edu_drop_file(file->edu, file);
	list_for_each_entry_safe(request, next, &file->requests, in_file) edu_request_put(request);
	for (i = 0; i < EDU_USES; i++)
		if (file->uses[i].window)
			edu_rule->unbind(file, &file->uses[i]);
	edu_rule->close(file);
	mmdrop(file->mm);
	kfree(file);
	edu_count(EDU_files, -1);
	return 0;
}

const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.open = edu_open,
	.release = edu_release,
	.unlocked_ioctl = edu_ioctl,
};
