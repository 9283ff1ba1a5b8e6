/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * mm.c - a set for each address space, which ends when the address space does.
 *
 * The set's owner is the address of the mm. It cannot be another mm's while the
 * set lives: a notifier keeps the mm's structure until the set is done.
 *
 * An exit may not wait for the set to be done: files are closed after the mm has
 * gone, and the references that they hold keep ids from being reused, not devices
 * from having stopped. So a participant of the set notes the ids that are wholly quiesced.
 */
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <ioasid/linux.h>

#include "internal.h"

struct watch {
	struct mmu_notifier notifier;
	struct list_head link;
	struct ioasid_space *space;
	struct ioasid_owner_set *set; /* NULL once the participant's hold does not keep it, or may soon not */
	struct ioasid_participant *participant;
	struct xarray quiesced; /* id -> the handle's value of the life that has stopped */
	struct work_struct over;
};

static LIST_HEAD(watches);
static DEFINE_MUTEX(watches_lock);
static DECLARE_WAIT_QUEUE_HEAD(progress); /* an id has stopped, or a watch is over */
static struct workqueue_struct *cleaners;

static int id_has_stopped(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct watch *watch = context;
	void *life;

	(void)token;
	if (view->device)
		return IOASID_DONE;
	/* The generation's low bits; at any time one life of an id is there. */
	life = xa_mk_value((unsigned long)(view->handle.handle_ >> IOASID_BITS_MAX) & LONG_MAX);
	/* A node at most. An error here would poison the id, with nothing of it left that could ever be reset. */
	if (xa_is_err(xa_store(&watch->quiesced, ioasid_value(view->id), life, GFP_KERNEL | __GFP_NOFAIL)))
		return -IOASID_ENOMEM;
	wake_up_all(&progress);
	return IOASID_DONE;
}

static const struct ioasid_quiesce_ops watch_ops = {
	.size = sizeof(watch_ops),
	.quiesce = {[IOASID_PHASE_LAST] = id_has_stopped},
};

struct look {
	struct watch *watch;
	bool stopped;
};

static bool has_it_stopped(void *context, const struct ioasid_holder *holder)
{
	struct look *look = context;
	unsigned long id = ioasid_value(ioasid_handle_id(holder->handle));
	unsigned long life = (unsigned long)(holder->handle.handle_ >> IOASID_BITS_MAX) & LONG_MAX;
	void *seen;

	/* A reserved id was never with a device; a poisoned one has had its time. */
	if (holder->state == IOASID_STATE_RESERVED || holder->state == IOASID_STATE_POISONED)
		return true;
	seen = xa_load(&look->watch->quiesced, id);
	look->stopped = seen && xa_to_value(seen) == life;
	return look->stopped;
}

static bool all_have_stopped(struct watch *watch)
{
	struct look look = {watch, true};

	(void)ioasid_set_for_each(watch->set, has_it_stopped, &look);
	return look.stopped;
}

/* In a polled space it is us who do the work; -EDEADLK and the like mean that another does. */
static void wait_until_stopped(struct watch *watch)
{
	while (!all_have_stopped(watch)) {
		(void)!ioasid_space_run(watch->space, 0, NULL);
		wait_event_timeout(progress, all_have_stopped(watch), HZ / 100 + 1);
	}
}

static void mm_exits(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct watch *watch = container_of(notifier, struct watch, notifier);

	(void)ioasid_set_end(watch->set);
	wait_until_stopped(watch);
}

static const struct mmu_notifier_ops notifier_ops = {
	.release = mm_exits,
};

/*
 * The set is done. Not within its callback: to withdraw waits for callbacks to end.
 * The lock, once: whoever makes a watch has it until all below is true of it.
 */
static void clean_up(struct work_struct *work)
{
	struct watch *watch = container_of(work, struct watch, over);

	mutex_lock(&watches_lock);
	mutex_unlock(&watches_lock);
	if (watch->notifier.mm)
		mmu_notifier_unregister(&watch->notifier, watch->notifier.mm);
	mutex_lock(&watches_lock);
	watch->set = NULL;
	mutex_unlock(&watches_lock);
	if (watch->participant)
		WARN_ON_ONCE(ioasid_participant_withdraw(watch->participant));
	mutex_lock(&watches_lock);
	list_del(&watch->link);
	mutex_unlock(&watches_lock);
	xa_destroy(&watch->quiesced);
	kfree(watch);
	wake_up_all(&progress);
}

static void set_is_done(void *context, struct ioasid_owner owner)
{
	struct watch *watch = context;

	(void)owner;
	queue_work(cleaners, &watch->over);
}

static int make_set(struct watch *watch, struct mm_struct *mm, u32 quota)
{
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = ioasid_owner_of(mm, 1),
		.quota = quota,
		.done = set_is_done,
		.context = watch,
	};

	return ioasid_set_create(watch->space, &config, &watch->set);
}

static int follow_mm(struct watch *watch, struct mm_struct *mm)
{
	struct ioasid_participant_config config = {
		.size = sizeof(config),
		.ops = &watch_ops,
		.context = watch,
		.name = "mm",
	};
	struct ioasid_participant *participant;
	int error = ioasid_set_enroll(watch->set, &config, &participant);

	if (error)
		return error;
	watch->participant = participant;
	return mmu_notifier_register(&watch->notifier, mm);
}

static struct watch *new_watch(struct ioasid_space *space)
{
	struct watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL);

	if (!watch)
		return NULL;
	watch->notifier.ops = &notifier_ops;
	watch->space = space;
	xa_init(&watch->quiesced);
	INIT_WORK(&watch->over, clean_up);
	return watch;
}

/* The set of an mm that has none. Once there is a set, its end is what frees the watch. */
static int watch_mm(struct ioasid_space *space, struct mm_struct *mm, u32 quota, struct ioasid_owner_set **set)
{
	struct watch *watch = new_watch(space);
	int error;

	if (!watch)
		return -ENOMEM;
	error = make_set(watch, mm, quota);
	if (error) {
		kfree(watch);
		return error;
	}
	list_add(&watch->link, &watches);
	*set = watch->set;
	error = follow_mm(watch, mm);
	if (error) {
		watch->set = NULL;
		(void)ioasid_set_end(*set);
		(void)ioasid_set_release(*set);
	}
	return error;
}

int ioasid_mm_set(struct ioasid_space *space, struct mm_struct *mm, u32 quota, struct ioasid_owner_set **set)
{
	struct ioasid_owner_set *found;
	int error;

	if (!space || !mm || !set)
		return -EINVAL;
	if (mutex_lock_killable(&watches_lock))
		return -EINTR;
	error = ioasid_set_lookup(space, ioasid_owner_of(mm, 1), &found);
	if (error == -ENOENT)
		error = watch_mm(space, mm, quota, &found);
	mutex_unlock(&watches_lock);
	if (!error)
		*set = found;
	return error;
}

/* The mm of a watch stays for as long as the notifier; the watch, until we have let go of the lock. */
static bool end_sets(struct ioasid_space *space)
{
	struct watch *watch;
	bool any = false;

	mutex_lock(&watches_lock);
	list_for_each_entry(watch, &watches, link)
	{
		if (watch->space == space) {
			any = true;
			if (watch->set)
				(void)ioasid_set_end(watch->set);
		}
	}
	mutex_unlock(&watches_lock);
	return any;
}

void ioasid_mm_end_all(struct ioasid_space *space)
{
	while (end_sets(space)) {
		(void)!ioasid_space_run(space, 0, NULL);
		wait_event_timeout(progress, false, HZ / 100 + 1);
	}
}

int ioasid_linux_mm_init(void)
{
	cleaners = alloc_workqueue("libioasid", WQ_UNBOUND, 0);
	return cleaners ? 0 : -ENOMEM;
}

void ioasid_linux_mm_exit(void)
{
	destroy_workqueue(cleaners);
}
