/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * both.c - two allocators for the PASIDs of one device: the kernel's global one, lowest
 * first, and ours, of which the lower half is a reserved range.
 */
#include "tenant.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#define ALLOCATIONS 10000u
#define HELD 32u

/* Each goes on until the other has done his allocations, too: so all of them are beside the other's. */
struct worker {
	struct rig *rig;
	const struct worker *other;
	u32 allocations;
	u32 done;
	u32 lowest;
	u32 highest;
	struct completion over;
};

static bool more(const struct worker *worker)
{
	return worker->done < worker->allocations || READ_ONCE(worker->other->done) < worker->allocations;
}

/* Who only keeps the other company need not hurry. */
static void go_on(struct worker *worker)
{
	WRITE_ONCE(worker->done, worker->done + 1);
	if (worker->done >= worker->allocations)
		usleep_range(100, 200);
	else
		cond_resched();
}

static void note(struct worker *worker, u32 id)
{
	worker->lowest = min(worker->lowest, id);
	worker->highest = max(worker->highest, id);
}

struct global {
	ioasid_t id;
	struct iommu_domain *domain;
};

static void global_leave(struct rig *rig, struct global *one)
{
	if (!one->domain)
		return;
	must(rig, mock_domain(rig->dev, one->id) == one->domain, "not attached to what it should", one->id, 0);
	iommu_detach_device_pasid(one->domain, rig->dev, one->id);
	iommu_domain_free(one->domain);
	unclaim(rig, one->id);
	iommu_free_global_pasid(one->id);
	one->domain = NULL;
}

static void global_enter(struct worker *worker, struct global *one)
{
	struct rig *rig = worker->rig;
	int error;

	one->domain = iommu_paging_domain_alloc(rig->dev);
	one->id = iommu_alloc_global_pasid(rig->dev);
	if (IS_ERR(one->domain) || one->id == IOMMU_PASID_INVALID)
		return wrong(rig, "the kernel has none", one->id, 0);
	note(worker, one->id);
	must(rig, one->id < SPLIT, "the kernel has one of ours", one->id, 0);
	claim(rig, one->id);
	error = iommu_attach_device_pasid(one->domain, rig->dev, one->id, NULL);
	must(rig, error == 0, "attach of the kernel's", one->id, error);
}

static int kernels(void *argument)
{
	static struct global held[HELD];
	struct worker *worker = argument;
	u32 i;

	while (more(worker)) {
		struct global *one = &held[worker->done % HELD];

		global_leave(worker->rig, one);
		global_enter(worker, one);
		go_on(worker);
	}
	for (i = 0; i < HELD; i++)
		global_leave(worker->rig, &held[i]);
	kthread_complete_and_exit(&worker->over, 0); /* after which none of this module is run */
	return 0;
}

static int ours(void *argument)
{
	struct tenant *held[HELD] = {};
	struct worker *worker = argument;
	u32 i;

	while (more(worker)) {
		struct tenant **one = &held[worker->done % HELD];

		if (*one)
			tenant_leave(*one);
		*one = tenant_enter(worker->rig);
		if (*one) {
			note(worker, (*one)->id);
			must(worker->rig, (*one)->id >= SPLIT, "we have one of the kernel's", (*one)->id, 0);
		}
		go_on(worker);
	}
	for (i = 0; i < HELD; i++)
		if (held[i])
			tenant_leave(held[i]);
	kthread_complete_and_exit(&worker->over, 0); /* after which none of this module is run */
	return 0;
}

static void start(struct worker *worker, int (*fn)(void *))
{
	struct task_struct *task = kthread_run(fn, worker, "ioasid-both");

	if (!IS_ERR(task))
		return;
	wrong(worker->rig, "no thread", 0, PTR_ERR_OR_ZERO(task));
	WRITE_ONCE(worker->done, U32_MAX);
	complete(&worker->over);
}

static void run_both(struct rig *rig, u32 allocations)
{
	struct ioasid_counters counters = {.size = sizeof(counters)};
	struct mock_counts before, after;
	struct worker kernel, own;
	u32 attached;

	kernel = (struct worker){.rig = rig, .other = &own, .allocations = allocations, .lowest = U32_MAX};
	own = (struct worker){.rig = rig, .other = &kernel, .allocations = allocations, .lowest = U32_MAX};
	init_completion(&kernel.over);
	init_completion(&own.over);
	mock_count(rig->dev, &before);
	start(&kernel, kernels);
	start(&own, ours);
	wait_for_completion(&kernel.over);
	wait_for_completion(&own.over);
	must(rig, ioasid_space_flush(rig->space, 30ULL * NSEC_PER_SEC) == 0, "something still rests", 0, 0);
	mock_count(rig->dev, &after);
	attached = kernel.done + own.done;
	must(rig, after.conflicts == 0, "conflicts in the table", 0, 0);
	must(rig, after.attached - before.attached == attached, "not as many attached", 0, 0);
	must(rig, after.detached - before.detached == attached, "not as many detached", 0, 0);
	must(rig, ioasid_space_counters(rig->space, &counters) == 0, "counters", 0, 0);
	must(rig, counters.poisoned == 0 && counters.failed == 0, "a quiesce failed", 0, 0);
	must(rig, counters.reclaimed >= own.done, "not as many reclaimed", 0, 0);
	pr_info("ioasid_iommu_test: # the kernel: %u, of %u to %u; ours: %u, of %u to %u, in %llu grace periods\n",
	        kernel.done, kernel.lowest, kernel.highest, own.done, own.lowest, own.highest, counters.grace_periods);
}

void test_both(struct rig *rig)
{
	run_both(rig, ALLOCATIONS);
}

/* Few numbers, so that each is used again and again: never before it is detached. */
void test_reuse(struct rig *rig)
{
	run_both(rig, ALLOCATIONS / 4);
}

/* A device of 19 bits cannot get one of the upper half, however many are taken. */
void test_kernel_full(struct rig *rig)
{
	struct tenant *tenant;
	u32 taken = 0;
	ioasid_t id;

	for (;;) {
		id = iommu_alloc_global_pasid(rig->narrow);
		if (id == IOMMU_PASID_INVALID)
			break;
		taken++;
		must(rig, id < SPLIT, "the kernel has one of ours", id, 0);
		cond_resched();
	}
	must(rig, taken == SPLIT - IOMMU_FIRST_GLOBAL_PASID, "not all of the lower half", taken, 0);
	tenant = tenant_enter(rig);
	if (tenant)
		tenant_leave(tenant);
	while (taken--)
		iommu_free_global_pasid(taken + IOMMU_FIRST_GLOBAL_PASID);
}
