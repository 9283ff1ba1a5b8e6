/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * fault.c - a device that can wait for a page: as PCI's page request interface has it.
 *
 * The fault comes in the interrupt, with a PASID and an address. To look the number
 * up and to keep its life from ending meanwhile is one call, which also says what
 * to do otherwise: ESTALE is a straggler, to be answered without a word; ENOENT is
 * a device that uses a number that nobody gave it, which somebody should be told.
 */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "edu.h"

/* The lock is held; it may be the interrupt. -EAGAIN: asked for, the engine waits. */
int edu_fault(struct edu *edu, struct edu_request *request, struct edu_window *entry, u32 slot)
{
	int error = edu_rule->pin(edu, request->pasid, &edu->fault.binding);

	if (error) {
		edu_count(error == -ESTALE ? EDU_silent : EDU_faults, 1);
		return error;
	}
	kref_get(&entry->refs);
	edu->fault.window = entry;
	edu->fault.slot = slot;
	queue_work(system_unbound_wq, &edu->fault.work);
	return -EAGAIN;
}

/*
 * An mm that is exiting has no users any more, and is not asked for pages. Of one
 * that has, our use may be the last: then the exit is another thread's, for it
 * waits for the very request that waits for us.
 */
static struct page *fetch(struct edu_window *window, unsigned long address)
{
	struct page *page = NULL;

	if (!mmget_not_zero(window->mm))
		return NULL;
	kthread_use_mm(window->mm);
	if (pin_user_pages_fast(address, 1, FOLL_WRITE | FOLL_LONGTERM, &page) != 1)
		page = NULL;
	kthread_unuse_mm(window->mm);
	mmput_async(window->mm);
	return page;
}

/* Answer, then let go of the number. */
void edu_fault_work(struct work_struct *work)
{
	struct edu *edu = container_of(work, struct edu, fault.work);
	struct edu_window *window = edu->fault.window;
	ioasid_binding_t binding = edu->fault.binding;
	struct page *page = fetch(window, window->address[edu->fault.slot]);
	struct page **place = &window->pages[edu->fault.slot];

	spin_lock_irq(&edu->lock);
	if (page && !*place) {
		*place = page;
		page = NULL;
		edu_count(EDU_answered, 1);
	}
	if (edu->running && !edu->gone) {
		edu->running->unreachable = !*place;
		edu_engine_run(edu);
	}
	spin_unlock_irq(&edu->lock);
	if (page)
		unpin_user_page(page);
	edu_rule->unpin(binding);
	edu_window_put(window);
}
