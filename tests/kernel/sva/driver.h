/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * driver.h - ioasid_sva.ko: a driver whose PASIDs are the kernel's, and their lives libioasid's.
 *
 *   main.c    the device, the space, the file
 *   adopt.c   iommu_sva_bind_device() to a life of the number, and its end
 *   engine.c  the device: requests that land some time after they have begun
 */
#ifndef IOASID_TESTS_KERNEL_SVA_DRIVER_H
#define IOASID_TESTS_KERNEL_SVA_DRIVER_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include <ioasid/linux.h>

#include "uapi.h"

struct adopted;

/* An open file; requests that are in flight keep it. */
struct client {
	struct kref kref;
	struct mutex lock;
	struct adopted *adopted;
	atomic_t in_flight;
};

struct totals {
	atomic64_t adopted, joined, reused, early, revived, bound, unbound;
	atomic64_t written, late, lost, astray, in_flight;
};

/* All there is one of. */
struct sva {
	struct device *dev;
	struct ioasid_space *space;
	struct ioasid_device *device;
	struct totals totals;
	wait_queue_head_t landed;
	/* A seeded bug: requests are not counted, so that nobody waits for them. */
	bool uncounted;
};

extern struct sva sva;

/* adopt.c: process context; the client's lock is held. */
extern const struct ioasid_quiesce_ops adopt_ops;
int adopt(struct client *client, struct sva_life *life);
void give_back(struct client *client);
/* The binding of the client's adoption; -EACCES if that is another address space's. */
int adopted_binding(struct client *client, ioasid_binding_t *binding, u32 *pasid);

/* engine.c */
int engine_init(void);
void engine_exit(void);
int engine_begin(struct client *client, const struct sva_request *request);
void client_put(struct client *client);

#endif
