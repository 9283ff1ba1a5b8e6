/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ends.c - a PASID's ways to its end: unbound, its owner's end, its device's removal. */
#include "tenant.h"

#define MANY 200u

static void count(struct rig *rig, struct mock_counts *counts)
{
	mock_count(rig->dev, counts);
	must(rig, counts->conflicts == 0, "conflicts in the table", 0, 0);
}

void test_one(struct rig *rig)
{
	struct mock_counts before, after;
	struct tenant *tenant;
	ioasid_binding_t binding;
	u32 id;

	count(rig, &before);
	tenant = tenant_enter(rig);
	if (!tenant)
		return;
	id = tenant->id;
	binding = tenant->binding;
	must(rig, id >= SPLIT, "not one of ours", id, 0);
	must(rig, mock_domain(rig->dev, id) == tenant->domain, "the table does not say so", id, 0);
	tenant_leave(tenant);
	must(rig, ioasid_binding_wait(rig->space, binding, 10ULL * NSEC_PER_SEC) == 0, "not gone", id, 0);
	must(rig, !mock_domain(rig->dev, id), "attached after its end", id, 0);
	count(rig, &after);
	must(rig, after.attached == before.attached + 1 && after.detached == before.detached + 1, "not one each", id,
	     0);
}

/* If anybody had the number while it is attached, the kernel's core would say so: this is what the others rely on. */
void test_refused_twice(struct rig *rig)
{
	struct tenant *tenant = tenant_enter(rig);
	struct iommu_domain *second = iommu_paging_domain_alloc(rig->dev);
	int error;

	if (!tenant || IS_ERR(second))
		return wrong(rig, "no domain", 0, 0);
	error = iommu_attach_device_pasid(second, rig->dev, tenant->id, NULL);
	must(rig, error == -EBUSY, "a second domain on one PASID", tenant->id, error);
	iommu_domain_free(second);
	tenant_leave(tenant);
}

static void enter_many(struct rig *rig)
{
	u32 i;

	for (i = 0; i < MANY; i++)
		(void)tenant_enter(rig);
}

/* The owner is gone: done() is said only when nothing of his is attached. */
void test_set_ends(struct rig *rig)
{
	struct mock_counts before, after;

	count(rig, &before);
	enter_many(rig);
	must(rig, ioasid_set_end(rig->set) == 0, "end", 0, 0);
	must(rig, ioasid_set_wait(rig->set, 10ULL * NSEC_PER_SEC) == 0, "not done", 0, 0);
	count(rig, &after);
	must(rig, after.attached == before.attached + MANY, "not as many attached", 0, 0);
	must(rig, after.detached - before.detached == MANY, "done, and still attached", 0, 0);
}

static int iommu_of_removed(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct rig *rig = context;
	struct iommu_domain *domain = mock_domain(rig->dev, view->id);

	must(rig, view->reason == IOASID_REASON_REMOVE || view->device == NULL, "another reason", view->id, 0);
	if (view->device != NULL && domain != NULL && !rig->forget) {
		iommu_detach_device_pasid(domain, rig->dev, view->id);
		iommu_domain_free(domain);
		unclaim(rig, view->id);
	}
	return IOASID_DONE;
}

static const struct ioasid_quiesce_ops behind_ops = {
	.size = sizeof(behind_ops),
	.quiesce = {[IOASID_PHASE_IOMMU] = iommu_of_removed},
};

static struct ioasid_participant *enroll(struct rig *rig)
{
	struct ioasid_participant_config config = {.size = sizeof(config),
	                                           .ops = &behind_ops,
	                                           .context = rig,
	                                           .name = "the IOMMU"};
	struct ioasid_participant *behind = NULL;

	must(rig, ioasid_space_enroll(rig->space, &config, &behind) == 0, "enroll", 0, 0);
	return behind;
}

static void bind_and_attach(struct rig *rig, struct ioasid_device *device)
{
	struct iommu_domain *domain = iommu_paging_domain_alloc(rig->dev);
	struct ioasid_bind_args args = {.size = sizeof(args), .device = device, .data = rig};
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	u32 id;

	if (IS_ERR(domain) || ioasid_set_bind_private(rig->set, &args, 1, IOASID_BIND_WAIT, &binding) ||
	    ioasid_binding_handle(rig->space, binding, &handle))
		return wrong(rig, "bind", 0, 0);
	id = ioasid_handle_id(handle);
	claim(rig, id);
	must(rig, iommu_attach_device_pasid(domain, rig->dev, id, NULL) == 0, "attach", id, 0);
	must(rig, ioasid_request_begin(rig->space, binding) == 0, "a request, which will never end", id, 0);
}

/* Pulled out with requests in flight: the device is not asked any more, the IOMMU, a participant of the space, is. */
void test_device_removed(struct rig *rig)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 20, .name = "removed"};
	struct ioasid_participant *behind = enroll(rig);
	struct mock_counts before, after;
	struct ioasid_device *device;
	u32 i;

	if (!behind)
		return;
	if (ioasid_device_register(rig->space, &config, &device))
		return wrong(rig, "register", 0, 0);
	count(rig, &before);
	for (i = 0; i < MANY; i++)
		bind_and_attach(rig, device);
	must(rig, ioasid_device_remove(device) == 0, "remove", 0, 0);
	must(rig, ioasid_space_flush(rig->space, 10ULL * NSEC_PER_SEC) == 0, "something still rests", 0, 0);
	count(rig, &after);
	must(rig, after.detached - before.detached == MANY, "removed, and still attached", 0, 0);
	must(rig, ioasid_device_unregister(device) == 0, "still bound", 0, 0);
	must(rig, ioasid_participant_withdraw(behind) == 0, "still needed", 0, 0);
}
