/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * request.c - what drivers do with a binding: requests, pins, unbind.
 *
 * A request is a read section that sees the gate open (binding OPEN, id ACTIVE)
 * and enters the binding's tally on the own shard: no shared line is written. A
 * quiesce closes the gate, waits for a grace period and folds the tally, so it
 * counts every request that got in (tally.h).
 */
#include "lifecycle.h"
#include "participant.h"

/* Removed: nobody may submit to it, though the reclaimer has not come to close its bindings. */
static bool is_gone(const struct ioasid_device *device)
{
	return port_u32_load_acquire(&device->gone) != 0; /* ACQUIRE [B3]: what was done before the removal */
}

static bool is_open(const struct binding *binding, uint32_t generation)
{
	struct binding_life life = binding_read(binding);
	struct slot_life id;

	if (life.generation != generation || life.state != BINDING_OPEN || is_gone(binding->device))
		return false;
	/* A park closes the gate at once, before the reclaimer comes to close the binding. */
	id = slot_read(binding->slot);
	return id.state == SLOT_ACTIVE && id.generation == handle_generation(binding->handle);
}

int ioasid_request_begin(struct ioasid_space *space, ioasid_binding_t handle)
{
	struct binding *binding = space_binding(space, handle);
	bool open;

	if (binding == NULL)
		return -IOASID_EINVAL;
	port_read_lock();
	open = is_open(binding, binding_handle_generation(handle));
	if (open)
		tally_enter(&space->tally, &binding->tally);
	port_read_unlock();
	return open ? 0 : -IOASID_ESTALE;
}

int ioasid_request_end(struct ioasid_space *space, ioasid_binding_t handle)
{
	struct binding *binding = space_binding(space, handle);
	struct binding_life life;
	enum tally_left left = TALLY_LEFT;
	int error = 0;

	if (binding == NULL)
		return -IOASID_EINVAL;
	port_read_lock();
	life = binding_read(binding);
	if (life.generation != binding_handle_generation(handle) || life.state == BINDING_FREE)
		error = -IOASID_ESTALE;
	else
		left = tally_leave(&space->tally, &binding->tally);
	if (left == TALLY_DRAINED)
		space_post(space, &binding->letter, BINDING_DRAINED);
	/* It was forgiven, which is no fault of who ends it. */
	if (left == TALLY_SURPLUS && is_gone(binding->device)) {
		left = TALLY_LEFT;
		error = -IOASID_ESTALE;
	}
	port_read_unlock();
	if (left == TALLY_SURPLUS) {
		count_up(&space->count.surplus_puts, 1);
		return -IOASID_EINVAL;
	}
	if (error != 0)
		count_up(&space->count.stale_calls, 1);
	return error;
}

/* The device's binding on the id, pinned; the id is ACTIVE. Within a read section. */
static int pin_binding(struct ioasid_device *device, uint32_t id, ioasid_binding_t *handle)
{
	struct chain_node *node = chain_find(&table_more(&device->space->table, id)->bindings, binding_is_of, device);
	struct binding_life before;
	struct binding_life after;
	struct binding *binding;
	int error;

	if (node == NULL)
		return -IOASID_ENOENT;
	if (is_gone(device))
		return -IOASID_ESTALE;
	binding = binding_by_slot(node);
	error = binding_apply(binding, 0, binding_on_pin, 0, &before, &after);
	if (error == 0)
		*handle = binding_handle(device->space, binding, after.generation);
	return error;
}

int ioasid_device_pin(struct ioasid_device *device, ioasid_t id, ioasid_binding_t *binding)
{
	ioasid_handle_t handle;
	int error;

	if (device == NULL || binding == NULL || !space_has(device->space, id))
		return -IOASID_EINVAL;
	port_read_lock();
	error = ioasid_id_find(device->space, id, &handle);
	if (error == 0)
		error = pin_binding(device, ioasid_value(id), binding);
	port_read_unlock();
	return error;
}

int ioasid_binding_unpin(struct ioasid_space *space, ioasid_binding_t handle)
{
	struct binding *binding = space_binding(space, handle);
	struct binding_life before;
	struct binding_life after;
	int error;

	if (binding == NULL)
		return -IOASID_EINVAL;
	/* The read section keeps the binding from being used again before the letter is in. */
	port_read_lock();
	error = binding_apply(binding, binding_handle_generation(handle), binding_on_unpin, 0, &before, &after);
	if (error == 0 && after.pins == 0 && after.state == BINDING_CLOSING)
		space_post(space, &binding->letter, BINDING_DRAINED);
	if (error == -IOASID_EINVAL && is_gone(binding->device))
		error = -IOASID_ESTALE; /* forgiven */
	port_read_unlock();
	if (error == -IOASID_EINVAL)
		count_up(&space->count.surplus_unpins, 1);
	else if (error != 0)
		count_up(&space->count.stale_calls, 1);
	return error;
}

int ioasid_binding_unbind(struct ioasid_space *space, ioasid_binding_t handle)
{
	struct binding *binding = space_binding(space, handle);
	struct binding_life before;
	struct binding_life after;
	int error;

	if (binding == NULL)
		return -IOASID_EINVAL;
	port_read_lock(); /* as above */
	error = binding_apply(binding, binding_handle_generation(handle), binding_on_unbind, 0, &before, &after);
	if (error == 0 && before.state == BINDING_OPEN && after.state == BINDING_CLOSING) {
		life_unbinding(space, binding->handle);
		space_post(space, &binding->letter, BINDING_CLOSED);
	}
	port_read_unlock();
	if (error != 0)
		count_up(&space->count.stale_calls, 1);
	return error;
}

/* Is it still in the life that @handle names? Within a read section, which then keeps its contents. */
static bool is_alive(const struct binding *binding, ioasid_binding_t handle)
{
	struct binding_life life = binding_read(binding);

	return life.generation == binding_handle_generation(handle) && life.state != BINDING_FREE;
}

int ioasid_binding_handle(struct ioasid_space *space, ioasid_binding_t binding, ioasid_handle_t *handle)
{
	struct binding *found = space_binding(space, binding);
	bool alive;

	if (found == NULL || handle == NULL)
		return -IOASID_EINVAL;
	port_read_lock();
	alive = is_alive(found, binding);
	if (alive)
		*handle = found->handle;
	port_read_unlock();
	return alive ? 0 : -IOASID_ESTALE;
}

int ioasid_binding_data(struct ioasid_space *space, ioasid_binding_t handle, void **data)
{
	struct binding *binding = space_binding(space, handle);
	bool alive;

	if (binding == NULL || data == NULL)
		return -IOASID_EINVAL;
	port_read_lock();
	alive = is_alive(binding, handle);
	if (alive)
		*data = port_plain_get(binding->data);
	port_read_unlock();
	return alive ? 0 : -IOASID_ESTALE;
}
