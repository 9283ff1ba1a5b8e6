/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* device.c - see device.h. */
#include "device.h"

#include <stdatomic.h>

#include "must.h"

enum step {
	STEP_READ,
	STEP_WRITE
};

static enum work_verdict complete(struct device *device, struct work *work, uint8_t status, uint64_t fault_address)
{
	struct dsa_completion_record *record = (struct dsa_completion_record *)(uintptr_t)work->desc.completion_addr;

	record->bytes_completed = status == DSA_COMP_SUCCESS ? work->desc.xfer_size : 0;
	record->fault_addr = fault_address;
	/* Whoever sees the status sees the rest of the record. */
	atomic_thread_fence(memory_order_release);
	record->status = status;
	device->config.interrupt(device->config.interrupt_context, work->desc.completion_addr);
	return WORK_COMPLETE;
}

/* The IOMMU's part of a DMA: cache first, then the table; NULL is a fault. */
static struct aspace *translate(struct device *device, uint32_t pasid, uint32_t page)
{
	struct aspace *space = iotlb_lookup(&device->iotlb, pasid, page);

	if (space)
		return space;
	space = pasid_table_walk(&device->table, pasid);
	if (!space || !aspace_is_present(space, page))
		return NULL;
	iotlb_fill(&device->iotlb, pasid, page, space);
	return space;
}

/* A device that works through a buffer asks early for the page that comes next. */
static bool wants_prefetch(struct device *device, uint32_t pasid, uint32_t page)
{
	return page + 1 < ASPACE_PAGES && !translate(device, pasid, page + 1);
}

static bool ask_for_page(struct device *device, struct work *waiting, const struct work *work, uint32_t page)
{
	struct page_request request = {.device = device,
	                               .work = waiting,
	                               .on_behalf = work->on_behalf,
	                               .pasid = work->desc.pasid,
	                               .page = page};

	return prq_post(device->config.prq, &request);
}

static void witness(struct device *device, const struct work *work, uint64_t mark)
{
	struct stats *stats = device->config.stats;

	stat_add(&stats->dmas, 1);
	if (mark == work->on_behalf)
		return;
	stat_add(&stats->strays, 1);
	if (work->step == STEP_WRITE)
		stat_add(&stats->stray_writes, 1);
}

/* One DMA; false if there was no translation. */
static bool access_memory(struct device *device, struct work *work, uint64_t address, uint32_t page, bool *prefetch)
{
	uint32_t pasid = work->desc.pasid;
	struct aspace *space;
	uint64_t mark = 0;

	pthread_mutex_lock(&device->translation);
	space = translate(device, pasid, page);
	if (space) {
		mark = work->step == STEP_READ ? aspace_read(space, address, work->desc.xfer_size)
		                               : aspace_write(space, address, work->desc.xfer_size, work->on_behalf);
		*prefetch = wants_prefetch(device, pasid, page);
	}
	pthread_mutex_unlock(&device->translation);
	if (space)
		witness(device, work, mark);
	return space != NULL;
}

static enum work_verdict execute(void *context, struct work *work)
{
	struct device *device = context;
	uint64_t address = work->step == STEP_READ ? work->desc.src_addr : work->desc.dst_addr;
	uint32_t page = aspace_page(address);
	bool prefetch = false;

	if (work->desc.opcode != DSA_OPCODE_MEMMOVE)
		return complete(device, work, DSA_COMP_BAD_OPCODE, 0);
	if (page == ASPACE_PAGES)
		return complete(device, work, DSA_COMP_TRANSLATION_FAIL, address);
	if (work->answered_invalid)
		return complete(device, work, DSA_COMP_PAGE_FAULT_NOBOF, address);
	if (!access_memory(device, work, address, page, &prefetch)) {
		if (work->faults++ == DEVICE_FAULTS_MAX || !ask_for_page(device, work, work, page))
			return complete(device, work, DSA_COMP_PAGE_FAULT_NOBOF, address);
		return WORK_BLOCKED;
	}
	if (prefetch)
		(void)ask_for_page(device, NULL, work, page + 1);
	if (work->step == STEP_WRITE)
		return complete(device, work, DSA_COMP_SUCCESS, 0);
	work->step = STEP_WRITE;
	return WORK_AGAIN;
}

void device_start(struct device *device, const struct device_config *config)
{
	struct workqueue_config queue = {.execute = execute,
	                                 .context = device,
	                                 .queue_ns = config->latency_ns * 3 / 4,
	                                 .engine_ns = config->latency_ns / 4,
	                                 .pasids = config->pasids,
	                                 .seed = config->index + 1};

	device->index = config->index;
	device->config = *config;
	must_hold(pthread_mutex_init(&device->translation, NULL) == 0, "making a lock", 0);
	pasid_table_init(&device->table, config->pasids);
	iotlb_init(&device->iotlb, config->pasids);
	workqueue_start(&device->queue, &queue);
}

void device_stop(struct device *device)
{
	workqueue_stop(&device->queue);
	iotlb_fini(&device->iotlb);
	pasid_table_fini(&device->table);
	(void)pthread_mutex_destroy(&device->translation);
}

void device_map(struct device *device, uint32_t pasid, struct aspace *space)
{
	pasid_table_set(&device->table, pasid, space);
}

void device_unmap(struct device *device, uint32_t pasid)
{
	pthread_mutex_lock(&device->translation);
	pasid_table_set(&device->table, pasid, NULL);
	iotlb_invalidate(&device->iotlb, pasid);
	pthread_mutex_unlock(&device->translation);
}
