/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * naive.c - the rule of 2020, to be compared with: free_at_exit=1.
 *
 * "x86/mmu: Allocate/free PASID" freed a process's PASID when the process exited,
 * to be had at once by the next. Nobody asked the devices. Do not copy this file.
 */
#include <linux/bitmap.h>
#include <linux/idr.h>
#include <linux/mmu_notifier.h>
#include <linux/slab.h>

#include "edu.h"

struct owner {
	struct mmu_notifier notifier; /* one an mm, counted */
	struct mutex lock;
	bool exited;
	u32 shared; /* 0: none yet */
	DECLARE_BITMAP(ids, EDU_PASIDS);
};

static DEFINE_IDA(ids);

static void free_all(struct owner *owner)
{
	unsigned long id;

	mutex_lock(&owner->lock);
	owner->exited = true;
	for_each_set_bit(id, owner->ids, EDU_PASIDS) ida_free(&ids, id);
	bitmap_zero(owner->ids, EDU_PASIDS);
	mutex_unlock(&owner->lock);
}

static void owner_exits(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	free_all(container_of(notifier, struct owner, notifier));
}

static struct mmu_notifier *owner_alloc(struct mm_struct *mm)
{
	struct owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL);

	if (!owner)
		return ERR_PTR(-ENOMEM);
	mutex_init(&owner->lock);
	return &owner->notifier;
}

static void owner_free(struct mmu_notifier *notifier)
{
	struct owner *owner = container_of(notifier, struct owner, notifier);

	free_all(owner);
	kfree(owner);
}

static const struct mmu_notifier_ops owner_ops = {
	.release = owner_exits,
	.alloc_notifier = owner_alloc,
	.free_notifier = owner_free,
};

static int naive_start(void)
{
	return 0;
}

static int naive_stop(void)
{
	mmu_notifier_synchronize();
	ida_destroy(&ids);
	return 0;
}

static int naive_add(struct edu *edu)
{
	return 0;
}

static void naive_remove(struct edu *edu)
{
	struct edu_window *window;
	unsigned int i;

	for (i = 0; i < EDU_PASIDS; i++) {
		spin_lock_irq(&edu->lock);
		window = edu->table[i];
		edu->table[i] = NULL;
		spin_unlock_irq(&edu->lock);
		if (window)
			edu_window_put(window);
	}
}

static int naive_open(struct edu_file *file)
{
	struct mmu_notifier *notifier = mmu_notifier_get(&owner_ops, current->mm);

	if (IS_ERR(notifier))
		return PTR_ERR(notifier);
	file->naive = container_of(notifier, struct owner, notifier);
	return 0;
}

static void naive_close(struct edu_file *file)
{
	struct owner *owner = file->naive;

	mmu_notifier_put(&owner->notifier);
}

static int take_id(struct owner *owner, bool shared)
{
	int id;

	if (shared && owner->shared)
		return owner->shared;
	id = ida_alloc_range(&ids, 1, EDU_PASIDS - 1, GFP_KERNEL);
	if (id < 0)
		return id;
	__set_bit(id, owner->ids);
	if (shared)
		owner->shared = id;
	return id;
}

/* The window that another file of this process has put there. */
static struct edu_window *join(struct edu *edu, u32 id)
{
	struct edu_window *window;

	spin_lock_irq(&edu->lock);
	window = edu->table[id];
	if (window && (window->mm != current->mm || !window->users))
		window = NULL;
	if (window) {
		window->users++;
		edu_window_get(window);
	}
	spin_unlock_irq(&edu->lock);
	return window;
}

static int make_window(struct edu *edu, u32 id, struct edu_window **out)
{
	struct edu_window *window = edu_window_create(edu);
	int error;

	if (!window)
		return -ENOMEM;
	window->users = 1;
	error = edu_table_set(window, id, (ioasid_handle_t){0}, (ioasid_binding_t){0});
	if (error)
		edu_window_put(window);
	else
		*out = window;
	return error;
}

static int naive_bind(struct edu_file *file, bool shared, struct edu_use *use)
{
	struct owner *owner = file->naive;
	int error = 0;
	int id;

	mutex_lock(&owner->lock);
	id = take_id(owner, shared);
	if (id < 0) {
		error = id;
	} else {
		use->window = shared ? join(file->edu, id) : NULL;
		if (!use->window)
			error = make_window(file->edu, id, &use->window);
	}
	if (error && id > 0 && !shared) {
		__clear_bit(id, owner->ids);
		ida_free(&ids, id);
	}
	mutex_unlock(&owner->lock);
	return error;
}

static void naive_unbind(struct edu_file *file, struct edu_use *use)
{
	struct owner *owner = file->naive;
	struct edu_window *window = use->window;
	bool last;

	mutex_lock(&owner->lock);
	spin_lock_irq(&file->edu->lock);
	last = --window->users == 0;
	spin_unlock_irq(&file->edu->lock);
	if (last)
		edu_table_clear(window); /* if it is still ours */
	if (use != &file->uses[0] && __test_and_clear_bit(window->pasid, owner->ids))
		ida_free(&ids, window->pasid);
	mutex_unlock(&owner->lock);
	edu_window_put(window);
}

static int naive_begin(struct edu_window *window)
{
	return 0;
}

static void naive_end(struct edu_window *window)
{
}

static int naive_pin(struct edu *edu, u32 pasid, ioasid_binding_t *binding)
{
	return 0;
}

static void naive_unpin(ioasid_binding_t binding)
{
}

static bool naive_lives(struct edu_window *window)
{
	return true; /* a number has no lives here: nobody can say */
}

const struct edu_rule edu_rule_free_at_exit = {
	.start = naive_start,
	.stop = naive_stop,
	.add = naive_add,
	.remove = naive_remove,
	.open = naive_open,
	.close = naive_close,
	.bind = naive_bind,
	.unbind = naive_unbind,
	.begin = naive_begin,
	.end = naive_end,
	.pin = naive_pin,
	.unpin = naive_unpin,
	.lives = naive_lives,
};
