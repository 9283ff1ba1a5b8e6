/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * engine.c - the device: a request is a number, an address, and a while. When the while
 * is over the IOMMU is asked where the number leads, and there the device writes: it
 * does not know whose memory that is. We do, and count.
 */
#include "driver.h"

#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "iommu.h"

struct request {
	struct delayed_work landing;
	struct client *client;
	ioasid_binding_t binding;
	u32 pasid;
	u32 value;
	u64 address;
	u64 serial; /* of the attachment that it was begun for */
};

static struct workqueue_struct *queue;

static void write(const struct request *request, struct mm_struct *mm)
{
	kthread_use_mm(mm);
	/* An address that is not mapped is the process's own affair. */
	(void)!put_user(request->value, (u32 __user *)(uintptr_t)request->address);
	kthread_unuse_mm(mm);
}

static atomic64_t *what_became(const struct request *request, const struct sva_target *target)
{
	if (target->serial == 0)
		return &sva.totals.lost;
	if (target->serial != request->serial)
		return &sva.totals.astray;
	return target->mm ? &sva.totals.written : &sva.totals.late;
}

static void client_free(struct kref *kref)
{
	kfree(container_of(kref, struct client, kref));
}

void client_put(struct client *client)
{
	kref_put(&client->kref, client_free);
}

static void land(struct work_struct *work)
{
	struct request *request = container_of(work, struct request, landing.work);
	struct sva_target target;

	sva_iommu_translate(sva.dev, request->pasid, &target);
	if (target.mm)
		write(request, target.mm);
	atomic64_inc(what_became(request, &target));
	if (!sva.uncounted)
		WARN_ON(ioasid_request_end(sva.space, request->binding));
	/* Perhaps the last user: then the exit of the process waits for other requests that are to land. */
	if (target.mm)
		mmput_async(target.mm);
	atomic_dec(&request->client->in_flight);
	client_put(request->client);
	kfree(request);
	atomic64_dec(&sva.totals.in_flight);
	wake_up_all(&sva.landed);
}

static int submit(struct request *request, u32 delay_ms)
{
	struct sva_target target;
	int error = sva.uncounted ? 0 : ioasid_request_begin(sva.space, request->binding);

	if (error)
		return error;
	sva_iommu_translate(sva.dev, request->pasid, &target);
	if (target.mm)
		mmput(target.mm);
	request->serial = target.serial;
	kref_get(&request->client->kref);
	atomic_inc(&request->client->in_flight);
	atomic64_inc(&sva.totals.in_flight);
	queue_delayed_work(queue, &request->landing, msecs_to_jiffies(delay_ms));
	return 0;
}

int engine_begin(struct client *client, const struct sva_request *asked)
{
	struct request *request = kzalloc(sizeof(*request), GFP_KERNEL);
	int error;

	if (!request)
		return -ENOMEM;
	INIT_DELAYED_WORK(&request->landing, land);
	request->client = client;
	request->address = asked->address;
	request->value = asked->value;
	error = adopted_binding(client, &request->binding, &request->pasid);
	if (!error)
		error = submit(request, asked->delay_ms);
	if (error)
		kfree(request);
	return error;
}

int engine_init(void)
{
	init_waitqueue_head(&sva.landed);
	queue = alloc_workqueue("ioasid-sva", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

void engine_exit(void)
{
	wait_event(sva.landed, atomic64_read(&sva.totals.in_flight) == 0);
	destroy_workqueue(queue);
}
