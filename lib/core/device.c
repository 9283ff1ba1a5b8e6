/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* device.c - devices joining, leaving, and being torn out. */
#include <ioasid/device.h>

#include "participant.h"
#include "quiesce.h"
#include "reclaim.h"

int ioasid_device_register(struct ioasid_space *space, const struct ioasid_device_config *config,
                           struct ioasid_device **out)
{
	struct ioasid_device *device;

	if (space == NULL || config == NULL || out == NULL || config->size != sizeof(*config) || config->bits == 0 ||
	    config->bits > IOASID_BITS_MAX || config->flags != 0 ||
	    (config->ops != NULL && config->ops->size != sizeof(*config->ops)))
		return -IOASID_EINVAL;
	device = memory_take(&space->memory, sizeof(*device));
	if (device == NULL)
		return -IOASID_ENOMEM;
	device->space = space;
	device->bits = config->bits;
	if (config->ops != NULL)
		device->ops = *config->ops;
	device->context = config->context;
	device->letter.kind = LETTER_DEVICE;
	copy_name(device->name, config->name);
	(void)port_u32_add_seq_cst(&space->nr_devices, 1);
	port_read_lock();
	(void)chain_add(&space->devices, &device->node, NULL, NULL);
	port_read_unlock();
	*out = device;
	return 0;
}

int ioasid_device_unregister(struct ioasid_device *device)
{
	struct ioasid_space *space;
	int error;

	if (device == NULL)
		return -IOASID_EINVAL;
	space = device->space;
	error = reclaim_enter_wait(space);
	if (error != 0)
		return error;
	(void)reclaim_run(space, 0, UINT32_MAX);
	if (chain_first(&device->bindings) != NULL) {
		reclaim_leave(space);
		return -IOASID_EBUSY;
	}
	chain_remove(&space->devices, &device->node);
	/* The dump walks the chain within a read section. */
	ioasid_port_synchronize();
	reclaim_leave(space);
	memory_give(&space->memory, device, sizeof(*device));
	(void)port_u32_add_seq_cst(&space->nr_devices, UINT32_MAX);
	return 0;
}

int ioasid_device_remove(struct ioasid_device *device)
{
	uint32_t gone;

	if (device == NULL)
		return -IOASID_EINVAL;
	/* SEQ_CST [B3]: either a bind sees it, or the reclaimer sees the bind's binding. */
	gone = port_u32_xchg_seq_cst(&device->gone, 1);
	if (gone != 0)
		return -IOASID_ESTALE;
	space_post(device->space, &device->letter, DEVICE_REMOVED);
	return 0;
}

int ioasid_device_reset_done(struct ioasid_device *device)
{
	if (device == NULL)
		return -IOASID_EINVAL;
	space_post(device->space, &device->letter, DEVICE_RESET);
	return 0;
}

struct binding_over {
	struct binding *binding;
	uint32_t generation;
};

static bool binding_is_over(void *context)
{
	const struct binding_over *w = context;
	struct binding_life life = binding_read(w->binding);

	return life.generation != w->generation || life.state == BINDING_FREE;
}

int ioasid_binding_wait(struct ioasid_space *space, ioasid_binding_t binding, uint64_t timeout_ns)
{
	struct binding_over w = {space_binding(space, binding), binding_handle_generation(binding)};

	return w.binding == NULL ? -IOASID_EINVAL : wait_for(space, binding_is_over, &w, timeout_ns);
}
