/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * tenant.h - a PASID of libioasid's that leads to a domain of its own, through the
 * kernel's iommu_attach_device_pasid(); the quiesce's IOMMU phase detaches it.
 */
#ifndef IOASID_TESTS_KERNEL_TENANT_H
#define IOASID_TESTS_KERNEL_TENANT_H

#include <ioasid/linux.h>

#include <linux/atomic.h>
#include <linux/workqueue.h>

#include "mock.h"

/* Numbers below are the kernel's, the others ours. */
#define SPLIT (1u << 19)
#define PASIDS (1u << 20)

/* What every test has: the space, its device, and what has gone wrong. */
struct rig {
	struct device *dev;    /* 20 bits */
	struct device *narrow; /* 19 bits */
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	unsigned long *claimed; /* a bit for each number that somebody has, the kernel or we */
	atomic_t wrong;
	atomic_t turn;
	bool forget; /* seeded: the IOMMU phase forgets to detach */
};

struct tenant {
	struct rig *rig;
	struct iommu_domain *domain;
	ioasid_binding_t binding;
	ioasid_t id;
	bool attached;
	bool later; /* detaches in a workqueue, and completes by its token */
	struct work_struct detach;
	ioasid_token_t token;
};

/* wrong() - tell, and count; the test goes on, for it must end in order. */
void wrong(struct rig *rig, const char *what, u32 pasid, int error);

static inline void must(struct rig *rig, bool good, const char *what, u32 pasid, int error)
{
	if (!good)
		wrong(rig, what, pasid, error);
}

/* rig_open() - a space that hands out @first to @last, a set and the wide device. */
int rig_open(struct rig *rig, u32 first, u32 last);

/* rig_close() - everything back; whoever is left is named, and wrong. */
void rig_close(struct rig *rig);

/* claim() - nobody else has the number, and it leads nowhere. */
void claim(struct rig *rig, u32 pasid);
void unclaim(struct rig *rig, u32 pasid);

/* tenant_enter() - a new PASID, bound and attached. NULL: said already. It is gone some time after its unbind. */
struct tenant *tenant_enter(struct rig *rig);
void tenant_leave(struct tenant *tenant);

/* The tests. */
void test_one(struct rig *rig);
void test_refused_twice(struct rig *rig);
void test_set_ends(struct rig *rig);
void test_device_removed(struct rig *rig);
void test_both(struct rig *rig);
void test_reuse(struct rig *rig);
void test_kernel_full(struct rig *rig);

#endif
