/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* owner.c - see owner.h. */
#include "owner.h"

#include <stdlib.h>

#include "must.h"

/* Marks look like nothing else in memory, and never like ASPACE_NOBODY. */
#define MARK_BASE UINT64_C(0x6d61726b00000000)

static void attachment_init(struct attachment *attachment, struct owner *owner, struct device *device)
{
	attachment->owner = owner;
	attachment->device = device;
	attachment->pasid = NO_PASID;
	must_hold(pthread_mutex_init(&attachment->lock, NULL) == 0, "making a lock", 0);
	must_cond_init(&attachment->reopened);
}

static void attachment_fini(struct attachment *attachment)
{
	(void)pthread_cond_destroy(&attachment->reopened);
	(void)pthread_mutex_destroy(&attachment->lock);
}

struct owner *owner_create(uint32_t number, struct device *devices)
{
	struct owner *owner = must_calloc(1, sizeof(*owner));

	owner->number = number;
	owner->mark = MARK_BASE + number;
	owner->pasid = NO_PASID;
	atomic_init(&owner->references, 1);
	for (uint32_t i = 0; i < DEVICES_MAX; i++)
		attachment_init(&owner->attachments[i], owner, &devices[i]);
	return owner;
}

void owner_get(struct owner *owner)
{
	(void)atomic_fetch_add_explicit(&owner->references, 1, memory_order_relaxed);
}

void owner_put(struct owner *owner)
{
	if (atomic_fetch_sub_explicit(&owner->references, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < DEVICES_MAX; i++)
		attachment_fini(&owner->attachments[i]);
	free(owner);
}

struct binding *binding_create(uint32_t number, struct owner *owner, struct device *device, bool shared)
{
	struct binding *binding = must_calloc(1, sizeof(*binding));

	binding->number = number;
	binding->owner = owner;
	binding->shared = shared;
	binding->pasid = NO_PASID;
	atomic_init(&binding->references, 1);
	owner_get(owner);
	if (shared) {
		binding->attachment = &owner->attachments[device->index];
	} else {
		attachment_init(&binding->own, owner, device);
		binding->own.private_of = binding;
		binding->attachment = &binding->own;
	}
	return binding;
}

void binding_get(struct binding *binding)
{
	(void)atomic_fetch_add_explicit(&binding->references, 1, memory_order_relaxed);
}

void binding_put(struct binding *binding)
{
	if (atomic_fetch_sub_explicit(&binding->references, 1, memory_order_acq_rel) != 1)
		return;
	if (!binding->shared)
		attachment_fini(&binding->own);
	owner_put(binding->owner);
	free(binding);
}

void attachment_hold(struct attachment *attachment)
{
	if (attachment->private_of)
		binding_get(attachment->private_of);
	else
		owner_get(attachment->owner);
}

void attachment_drop(struct attachment *attachment)
{
	if (attachment->private_of)
		binding_put(attachment->private_of);
	else
		owner_put(attachment->owner);
}
