/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* tenant.c - the driver's side: binds, attaches, and detaches when it is told to. */
#include "tenant.h"

#include <linux/bitmap.h>
#include <linux/slab.h>

void wrong(struct rig *rig, const char *what, u32 pasid, int error)
{
	/* Of thousands the first few will do. */
	if (atomic_inc_return(&rig->wrong) <= 8)
		pr_info("ioasid_iommu_test: # %s: PASID %u, error %d\n", what, pasid, error);
}

void claim(struct rig *rig, u32 pasid)
{
	must(rig, !test_and_set_bit(pasid, rig->claimed), "somebody else has it", pasid, 0);
	must(rig, !mock_domain(rig->dev, pasid), "handed out while it is attached", pasid, 0);
}

void unclaim(struct rig *rig, u32 pasid)
{
	must(rig, test_and_clear_bit(pasid, rig->claimed), "given back twice", pasid, 0);
}

static void detach(struct tenant *tenant)
{
	struct rig *rig = tenant->rig;

	if (!tenant->attached)
		return;
	must(rig, mock_domain(rig->dev, tenant->id) == tenant->domain, "not attached to what it should", tenant->id, 0);
	if (!rig->forget) {
		iommu_detach_device_pasid(tenant->domain, rig->dev, tenant->id);
		tenant->attached = false;
	}
	unclaim(rig, tenant->id);
}

static void detach_later(struct work_struct *work)
{
	struct tenant *tenant = container_of(work, struct tenant, detach);
	struct ioasid_space *space = tenant->rig->space;
	ioasid_token_t token = tenant->token;

	detach(tenant);
	must(tenant->rig, ioasid_token_complete(space, token, 0) == 0, "the token is refused", tenant->id, 0);
}

static int quiesce_device(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct tenant *tenant = view->data;
	struct rig *rig = context;

	must(rig, !tenant->attached || mock_domain(rig->dev, view->id) == tenant->domain,
	     "detached before the device has stopped", view->id, 0);
	return IOASID_DONE;
}

static int quiesce_iommu(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct tenant *tenant = view->data;

	if (tenant->later) {
		tenant->token = token;
		schedule_work(&tenant->detach);
		return IOASID_PENDING;
	}
	detach(tenant);
	return IOASID_DONE;
}

static int quiesce_last(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct rig *rig = context;

	must(rig, !mock_domain(rig->dev, view->id), "attached after the IOMMU's phase", view->id, 0);
	return IOASID_DONE;
}

static void released(void *context, const struct ioasid_view *view)
{
	struct tenant *tenant = view->data;

	/* What was forgotten is taken down with the rig. */
	if (!tenant->attached)
		iommu_domain_free(tenant->domain);
	kfree(tenant);
}

static const struct ioasid_quiesce_ops ops = {
	.size = sizeof(ops),
	.quiesce =
		{
			[IOASID_PHASE_DEVICE] = quiesce_device,
			[IOASID_PHASE_IOMMU] = quiesce_iommu,
			[IOASID_PHASE_LAST] = quiesce_last,
		},
	.released = released,
};

static struct tenant *new_tenant(struct rig *rig)
{
	struct tenant *tenant = kzalloc(sizeof(*tenant), GFP_KERNEL);
	struct iommu_domain *domain = iommu_paging_domain_alloc(rig->dev);

	if (!tenant || IS_ERR(domain)) {
		wrong(rig, "no domain", 0, PTR_ERR_OR_ZERO(domain));
		if (!IS_ERR(domain))
			iommu_domain_free(domain);
		kfree(tenant);
		return NULL;
	}
	tenant->rig = rig;
	tenant->domain = domain;
	tenant->later = atomic_inc_return(&rig->turn) % 2;
	INIT_WORK(&tenant->detach, detach_later);
	return tenant;
}

struct tenant *tenant_enter(struct rig *rig)
{
	struct tenant *tenant = new_tenant(rig);
	struct ioasid_bind_args args = {.size = sizeof(args), .device = rig->device, .data = tenant};
	ioasid_handle_t handle;
	int error;

	if (!tenant)
		return NULL;
	error = ioasid_set_bind_private(rig->set, &args, 1, IOASID_BIND_WAIT, &tenant->binding);
	if (error) {
		wrong(rig, "bind", 0, error);
		iommu_domain_free(tenant->domain);
		kfree(tenant);
		return NULL;
	}
	error = ioasid_binding_handle(rig->space, tenant->binding, &handle);
	must(rig, error == 0, "the handle of a binding that lives", 0, error);
	tenant->id = ioasid_handle_id(handle);
	claim(rig, tenant->id);
	error = iommu_attach_device_pasid(tenant->domain, rig->dev, tenant->id, NULL);
	must(rig, error == 0, "attach", tenant->id, error);
	tenant->attached = error == 0;
	if (error)
		unclaim(rig, tenant->id);
	return tenant;
}

void tenant_leave(struct tenant *tenant)
{
	struct rig *rig = tenant->rig;
	int error = ioasid_binding_unbind(rig->space, tenant->binding);

	must(rig, error == 0, "unbind", 0, error);
}

int rig_open(struct rig *rig, u32 first, u32 last)
{
	struct ioasid_range reserved[] = {
		{ioasid_make(0), ioasid_make(first - 1)},
		{ioasid_make(last + 1), ioasid_make(PASIDS - 1)},
	};
	struct ioasid_space_config config = {
		.size = sizeof(config),
		.bits = 20,
		.flags = IOASID_SPACE_BACKGROUND,
		.reserved = reserved,
		.nr_reserved = last + 1 < PASIDS ? 2 : 1,
		.name = "beside the kernel",
	};
	struct ioasid_set_config owner = {.size = sizeof(owner),
	                                  .owner = ioasid_owner_of(rig, 1),
	                                  .quota = IOASID_UNLIMITED};
	struct ioasid_device_config device = {
		.size = sizeof(device), .bits = 20, .ops = &ops, .context = rig, .name = MOCK_WIDE};
	int error = ioasid_space_create(&config, &rig->space);

	if (error)
		return error;
	error = ioasid_set_create(rig->space, &owner, &rig->set);
	return error ? error : ioasid_device_register(rig->space, &device, &rig->device);
}

/* With the seeded bug PASIDs stay attached; the kernel's core would not let their device go. */
static void take_down(struct rig *rig)
{
	u32 pasid;

	for (pasid = 0; pasid < PASIDS; pasid++) {
		struct iommu_domain *domain = mock_domain(rig->dev, pasid);

		if (!domain)
			continue;
		wrong(rig, "still attached at the end", pasid, 0);
		iommu_detach_device_pasid(domain, rig->dev, pasid);
		iommu_domain_free(domain);
	}
}

void rig_close(struct rig *rig)
{
	int error;

	(void)ioasid_set_end(rig->set);
	error = ioasid_set_wait(rig->set, 10ULL * NSEC_PER_SEC);
	must(rig, error == 0, "the set is not done", 0, error);
	(void)ioasid_set_release(rig->set);
	error = ioasid_space_flush(rig->space, 10ULL * NSEC_PER_SEC);
	must(rig, error == 0, "something still rests", 0, error);
	error = ioasid_device_unregister(rig->device);
	must(rig, error == 0, "the device is still bound", 0, error);
	error = ioasid_space_destroy(rig->space, ioasid_tell, "ioasid_iommu_test");
	must(rig, error == 0, "the space is in use", 0, error);
	take_down(rig);
	must(rig, bitmap_empty(rig->claimed, PASIDS), "a number was never given back", 0, 0);
	bitmap_zero(rig->claimed, PASIDS);
}
