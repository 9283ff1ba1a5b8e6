/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * adopt.c - a process's PASID, which the kernel has chosen, gets a life in our space.
 *
 * The kernel's number is the mm's from the first bind until the mm's structure goes.
 * A life here is shorter: from the first file of the process that wants it to the last
 * one's close, or to the exit of the process. Both ends go through the phases, and it is
 * the IOMMU phase that gives iommu_sva_bind_device()'s reference back. The set of the mm
 * keeps the mm's structure until all lives are over and reclaimed: so the kernel cannot
 * give the number to another process before.
 */
#include "driver.h"

#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

/* Lives that have users. The hold on the set is what keeps its address from being another's. */
struct adopted {
	struct list_head link;
	struct ioasid_owner_set *set;
	struct mm_struct *mm; /* to compare with, no hold */
	ioasid_handle_t handle;
	ioasid_binding_t binding;
	unsigned int users;
};

static LIST_HEAD(adoptions);
static DEFINE_MUTEX(adoptions_lock);

/* The last life of each number, for the checks; the kernel hands out the lowest that is free. */
#define WATCHED 4096
static ioasid_handle_t last_life[WATCHED];

static struct adopted *find(const struct ioasid_owner_set *set)
{
	struct adopted *adopted;

	list_for_each_entry(adopted, &adoptions, link)
	{
		if (adopted->set == set)
			return adopted;
	}
	return NULL;
}

static struct iommu_sva *bind_sva(void)
{
	struct iommu_sva *handle = iommu_sva_bind_device(sva.dev, current->mm);

	if (!IS_ERR(handle))
		atomic64_inc(&sva.totals.bound);
	return handle;
}

static void unbind_sva(struct iommu_sva *handle)
{
	iommu_sva_unbind_device(handle);
	atomic64_inc(&sva.totals.unbound);
}

/* Translation is forgotten when nothing of the device's is under way any more, and not before. */
static int quiesce_iommu(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	unbind_sva(view->data);
	return IOASID_DONE;
}

const struct ioasid_quiesce_ops adopt_ops = {
	.size = sizeof(adopt_ops),
	.quiesce = {[IOASID_PHASE_IOMMU] = quiesce_iommu},
};

/* What a number must be when the kernel has just given it to a process that had none. */
static void check_new_number(u32 pasid)
{
	enum ioasid_state state = IOASID_STATE_POISONED;

	if (ioasid_id_state(sva.space, ioasid_make(pasid), &state) || state != IOASID_STATE_FREE)
		atomic64_inc(&sva.totals.early);
	if (pasid < WATCHED && ioasid_handle_is_set(last_life[pasid]))
		atomic64_inc(&sva.totals.reused);
}

static void check_new_life(u32 pasid, ioasid_handle_t handle)
{
	if (pasid >= WATCHED)
		return;
	if (ioasid_handle_is_set(last_life[pasid]) && ioasid_id_get(sva.space, last_life[pasid]) != -ESTALE)
		atomic64_inc(&sva.totals.revived);
	last_life[pasid] = handle;
}

/* What a file has of a life: it is a user of the binding, and has a reference, which a park does not take. */
static int bind_life(ioasid_handle_t handle, struct iommu_sva *bond, ioasid_binding_t *binding)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = sva.device, .data = bond};
	int error = ioasid_id_get(sva.space, handle);

	if (error)
		return error;
	error = ioasid_id_bind(sva.space, handle, &args, 1, IOASID_BIND_WAIT, binding);
	if (error)
		(void)ioasid_id_put(sva.space, handle);
	return error;
}

/*
 * The number is not ours to choose: a range of one. If a former life of it in this
 * process is still quiescing, the new one waits; other processes' are over.
 */
static int begin_life(struct adopted *adopted, struct iommu_sva *bond)
{
	u32 pasid = iommu_sva_get_pasid(bond);
	struct ioasid_range range = ioasid_range_make(ioasid_make(pasid), ioasid_make(pasid));
	int error = ioasid_id_alloc(adopted->set, &range, IOASID_ALLOC_ACTIVE | IOASID_ALLOC_WAIT, &adopted->handle);

	if (error)
		return error;
	error = bind_life(adopted->handle, bond, &adopted->binding);
	if (error) {
		(void)ioasid_id_free(sva.space, adopted->handle);
		return error;
	}
	check_new_life(pasid, adopted->handle);
	atomic64_inc(&sva.totals.adopted);
	return 0;
}

static struct adopted *begin(struct ioasid_owner_set *set)
{
	struct adopted *adopted = kzalloc(sizeof(*adopted), GFP_KERNEL);
	bool has_none = mm_get_enqcmd_pasid(current->mm) == IOMMU_PASID_INVALID;
	struct iommu_sva *bond = adopted ? bind_sva() : ERR_PTR(-ENOMEM);
	int error = PTR_ERR_OR_ZERO(bond);

	if (!error) {
		if (has_none)
			check_new_number(iommu_sva_get_pasid(bond));
		adopted->set = set;
		adopted->mm = current->mm;
		error = begin_life(adopted, bond);
		if (error)
			unbind_sva(bond);
	}
	if (error) {
		kfree(adopted);
		return ERR_PTR(error);
	}
	list_add(&adopted->link, &adoptions);
	return adopted;
}

/* One user more of the binding, which has a reference of its own: the second is given back at once. */
static int join(struct adopted *adopted)
{
	struct iommu_sva *bond = bind_sva();
	ioasid_binding_t binding;
	int error = PTR_ERR_OR_ZERO(bond);

	if (error)
		return error;
	error = bind_life(adopted->handle, bond, &binding);
	WARN_ON(!error && (binding.binding_ != adopted->binding.binding_ ||
	                   iommu_sva_get_pasid(bond) != ioasid_value(ioasid_handle_id(adopted->handle))));
	unbind_sva(bond);
	if (!error)
		atomic64_inc(&sva.totals.joined);
	return error;
}

static int adopt_in_set(struct client *client, struct ioasid_owner_set *set, struct sva_life *life)
{
	struct adopted *adopted = find(set);
	int error = 0;

	life->shared = adopted != NULL;
	if (adopted) {
		error = join(adopted);
		(void)ioasid_set_release(set); /* the life has a hold already */
	} else {
		adopted = begin(set);
		error = PTR_ERR_OR_ZERO(adopted);
		if (error)
			(void)ioasid_set_release(set);
	}
	if (error)
		return error;
	adopted->users++;
	client->adopted = adopted;
	life->handle = adopted->handle.handle_;
	life->pasid = ioasid_value(ioasid_handle_id(adopted->handle));
	return 0;
}

int adopt(struct client *client, struct sva_life *life)
{
	struct ioasid_owner_set *set;
	int error;

	if (client->adopted)
		return -EBUSY;
	mutex_lock(&adoptions_lock);
	error = ioasid_mm_set(sva.space, current->mm, IOASID_UNLIMITED, &set);
	if (!error)
		error = adopt_in_set(client, set, life);
	mutex_unlock(&adoptions_lock);
	return error;
}

/*
 * Also after the exit of the process, whose set has then ended: the binding has gone, and
 * the file's reference is what has kept the number from being anybody's.
 */
void give_back(struct client *client)
{
	struct adopted *adopted = client->adopted;
	int error;

	if (!adopted)
		return;
	client->adopted = NULL;
	mutex_lock(&adoptions_lock);
	error = ioasid_binding_unbind(sva.space, adopted->binding);
	WARN_ON(error && error != -ESTALE);
	if (adopted->users == 1)
		(void)ioasid_id_free(sva.space, adopted->handle);
	WARN_ON(ioasid_id_put(sva.space, adopted->handle));
	if (--adopted->users == 0) {
		list_del(&adopted->link);
		(void)ioasid_set_release(adopted->set);
		kfree(adopted);
	}
	mutex_unlock(&adoptions_lock);
}

int adopted_binding(struct client *client, ioasid_binding_t *binding, u32 *pasid)
{
	if (!client->adopted)
		return -ENOENT;
	if (client->adopted->mm != current->mm)
		return -EACCES;
	*binding = client->adopted->binding;
	*pasid = ioasid_value(ioasid_handle_id(client->adopted->handle));
	return 0;
}
