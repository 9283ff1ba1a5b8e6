/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * device.h - the software DMA device, and the witness in it.
 *
 * It takes the descriptors of an Intel DSA (<linux/idxd.h>): a MEMMOVE reads at
 * src_addr and, some time later, writes at dst_addr, each through the PASID of
 * the descriptor, a PASID table and a translation cache. Where a translation is
 * missing it asks for the page and tries again when it is answered. When it is
 * through it writes the completion record and raises an interrupt.
 *
 * The witness: with each descriptor travels, unseen by the device, the mark of
 * the owner on whose behalf it was submitted. A DMA that ends up in memory with
 * any other mark is a stray.
 */
#ifndef REPLAY_DEVICE_H
#define REPLAY_DEVICE_H

#include <linux/idxd.h>
#include <pthread.h>
#include <stdint.h>

#include "aspace.h"
#include "iotlb.h"
#include "pasid_table.h"
#include "prq.h"
#include "stats.h"
#include "workqueue.h"

#define DEVICES_MAX 8u
#define DEVICE_FAULTS_MAX 8u /* page requests of one descriptor before the device gives up */

/** device_interrupt_fn - the completion record at this address has been written. */
typedef void device_interrupt_fn(void *context, uint64_t completion_address);

struct device_config {
	uint32_t index;
	uint32_t pasids;
	uint64_t latency_ns; /* mean time from the doorbell to the completion, without faults */
	struct prq *prq;
	struct stats *stats;
	device_interrupt_fn *interrupt;
	void *interrupt_context;
};

struct device {
	uint32_t index;
	struct device_config config;
	struct pasid_table table;
	struct iotlb iotlb;
	pthread_mutex_t translation; /* held from a translation to the end of the access */
	struct workqueue queue;
};

void device_start(struct device *device, const struct device_config *config);

/** device_stop() - nothing may be in its queue. */
void device_stop(struct device *device);

/** device_map() - the PASID stands for this address space. */
void device_map(struct device *device, uint32_t pasid, struct aspace *space);

/** device_unmap() - it stands for nothing, is forgotten, and no access through it is under way. */
void device_unmap(struct device *device, uint32_t pasid);

#endif
