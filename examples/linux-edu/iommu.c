/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * iommu.c - a model of what stands behind a device that has PASIDs.
 *
 * An IOMMU finds the memory of a DMA by the PASID that it carries, in a table, at
 * the moment of the DMA, and asks nobody whether the number still means what it
 * meant when the request was queued. So does edu_translate(); judge() counts
 * where that led astray.
 */
#include <linux/mm.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "edu.h"

static struct workqueue_struct *freers;

int edu_iommu_start(void)
{
	freers = alloc_workqueue("ioasid_edu", WQ_UNBOUND, 0);
	return freers ? 0 : -ENOMEM;
}

void edu_iommu_stop(void)
{
	rcu_barrier(); /* what is still to be queued by call_rcu() */
	destroy_workqueue(freers);
}

struct edu_window *edu_window_create(struct edu *edu)
{
	struct edu_window *window = kzalloc(sizeof(*window), GFP_KERNEL);

	if (!window)
		return NULL;
	kref_init(&window->refs);
	get_device(&edu->dev);
	window->edu = edu;
	mmgrab(current->mm);
	window->mm = current->mm;
	edu_count(EDU_windows, 1);
	return window;
}

static void window_free(struct work_struct *work)
{
	struct edu_window *window = container_of(to_rcu_work(work), struct edu_window, over);
	unsigned int i;

	for (i = 0; i < EDU_PAGES; i++)
		if (window->pages[i])
			unpin_user_pages_dirty_lock(&window->pages[i], 1, true);
	mmdrop(window->mm);
	put_device(&window->edu->dev);
	edu_count(EDU_windows, -1);
	kfree(window);
}

/* Not here: the last to go may be an interrupt, and who has it from the library by RCU may yet take a reference. */
static void window_over(struct kref *refs)
{
	struct edu_window *window = container_of(refs, struct edu_window, refs);

	INIT_RCU_WORK(&window->over, window_free);
	queue_rcu_work(freers, &window->over);
}

bool edu_window_get(struct edu_window *window)
{
	return kref_get_unless_zero(&window->refs);
}

void edu_window_put(struct edu_window *window)
{
	kref_put(&window->refs, window_over);
}

static int set_slot(struct edu_window *window, u32 slot, struct page *page, unsigned long address)
{
	struct edu *edu = window->edu;
	int error = 0;

	spin_lock_irq(&edu->lock);
	if (window->pages[slot] || window->address[slot])
		error = -EBUSY;
	if (!error) {
		window->pages[slot] = page;
		window->address[slot] = address;
	}
	spin_unlock_irq(&edu->lock);
	return error;
}

/* Pages that are pinned now; or fetched by fault.c, as shared virtual memory has it, and then pinned. */
int edu_window_map(struct edu_window *window, u32 slot, unsigned long address, bool now)
{
	struct page *page;
	int n;

	if (slot >= EDU_PAGES || !address || offset_in_page(address))
		return -EINVAL;
	if (!now)
		return set_slot(window, slot, NULL, address);
	n = pin_user_pages_fast(address, 1, FOLL_WRITE | FOLL_LONGTERM, &page);
	if (n != 1)
		return n < 0 ? n : -EFAULT;
	n = set_slot(window, slot, page, 0);
	if (n)
		unpin_user_page(page);
	return n;
}

/* Each who binds says the same. The table has a reference. What was there is displaced, which only the naive rule lets happen. */
int edu_table_set(struct edu_window *window, u32 pasid, ioasid_handle_t handle, ioasid_binding_t binding)
{
	struct edu *edu = window->edu;
	struct edu_window *displaced = NULL;
	int error = 0;

	spin_lock_irq(&edu->lock);
	if (window->closed || edu->gone) {
		error = edu->gone ? -ENODEV : -ESTALE;
	} else if (edu->table[pasid] != window) {
		displaced = edu->table[pasid];
		kref_get(&window->refs);
		window->pasid = pasid;
		window->handle = handle;
		window->binding = binding;
		edu->table[pasid] = window;
	}
	spin_unlock_irq(&edu->lock);
	if (displaced)
		edu_window_put(displaced);
	return error;
}

void edu_table_clear(struct edu_window *window)
{
	struct edu *edu = window->edu;
	bool found;

	spin_lock_irq(&edu->lock);
	window->closed = true;
	found = edu->table[window->pasid] == window;
	if (found)
		edu->table[window->pasid] = NULL;
	spin_unlock_irq(&edu->lock);
	if (found)
		edu_window_put(window);
}

/* exit_mmap() says so when everything has been unmapped. */
static bool is_gone(const struct mm_struct *mm)
{
	return test_bit(MMF_OOM_SKIP, &mm->flags);
}

/* What no IOMMU can: does the number mean what it meant when the request was queued? */
static void judge(const struct edu_request *request, struct edu_window *entry)
{
	if (entry->mm != request->window->mm)
		edu_count(EDU_strays_other, 1);
	else if (entry != request->window || !edu_rule->lives(entry))
		edu_count(EDU_strays_own, 1);
	else if (is_gone(entry->mm))
		edu_count(EDU_strays_gone, 1);
}

/* By its number alone. The lock is held. -EAGAIN: the page has been asked for. */
struct page *edu_translate(struct edu *edu, struct edu_request *request, u32 slot)
{
	struct edu_window *entry = edu->table[request->pasid];

	if (!entry || (!entry->pages[slot] && !entry->address[slot])) {
		edu_count(EDU_faults, 1);
		return ERR_PTR(-EFAULT);
	}
	if (!entry->pages[slot])
		return ERR_PTR(edu_fault(edu, request, entry, slot));
	judge(request, entry);
	return entry->pages[slot];
}
