/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/device.h - devices, their bindings, and the requests in flight on them.
 *
 * A binding is one (device, id) pair with the driver's own data; it holds a
 * reference on the id. There is one per pair: whoever binds the pair again with
 * the same data becomes one more user of it; with other data, -EBUSY. Each
 * successful bind is undone by one unbind. The binding is quiesced when its last
 * user unbinds, when its id parks, or when its device is removed.
 */
#ifndef IOASID_DEVICE_H
#define IOASID_DEVICE_H

#include <ioasid/quiesce.h>

/* How many devices one call can bind. */
#define IOASID_BIND_MAX 64

/* Flags of a bind. An unknown bit is -EINVAL. */
#define IOASID_BIND_WAIT UINT32_C(1) /* wait instead of -EAGAIN */

/** struct ioasid_device_config - a device as it registers. */
struct ioasid_device_config {
	size_t size;                          /* sizeof(struct ioasid_device_config) */
	uint32_t bits;                        /* how many bits of PASID it has, 1 to 20 (PCIe: Max PASID Width) */
	uint32_t flags;                       /* none yet */
	const struct ioasid_quiesce_ops *ops; /* must outlive the device; NULL: nothing to quiesce */
	void *context;
	const char *name; /* for the dump; at most 31 bytes are kept; may be NULL */
};

/** struct ioasid_bind_args - one device of a bind. */
struct ioasid_bind_args {
	size_t size; /* sizeof(struct ioasid_bind_args) */
	struct ioasid_device *device;
	void *data;                        /* the driver's own; NULL takes what another user has installed */
	struct ioasid_participant *behind; /* an ioasid_binding_enroll() participant, or NULL */
};

IOASID_BEGIN_DECLS

/**
 * ioasid_device_register() - a device joins the space.
 *
 * Context:  process; may allocate. Progress: lock-free but for the allocator.
 * Return:   0; -ENOMEM; -EINVAL (NULL, size, bits, flags).
 */
IOASID_API IOASID_MUST_CHECK int ioasid_device_register(struct ioasid_space *space,
                                                        const struct ioasid_device_config *config,
                                                        struct ioasid_device **device);

/**
 * ioasid_device_unregister() - the device leaves in order.
 *
 * Context:  process; may sleep; not from a callback. Progress: blocking.
 * Return:   0 (the pointer is gone); -EBUSY (bindings are left, nothing has
 *           changed); -EDEADLK; -ESTALE (a forked child); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_device_unregister(struct ioasid_device *device);

/**
 * ioasid_device_remove() - the device is gone by force: release all that it held.
 *
 * Refuses new bindings; every binding is closed, its users, pins and requests in
 * flight are forgiven, the device's own callbacks are skipped, those behind it
 * (IOMMU, LAST) still run. Unregister it when its bindings are gone.
 * Context:  any; allocates nothing. Progress: lock-free; done by the deferred work.
 * Return:   0; -ESTALE (removed already: harmless); -EINVAL.
 */
IOASID_API int ioasid_device_remove(struct ioasid_device *device);

/**
 * ioasid_device_reset_done() - the device was reset: lift the poison of its bindings.
 *
 * Context:  any; allocates nothing. Progress: lock-free; done by the deferred work.
 * Return:   0; -EINVAL.
 */
IOASID_API int ioasid_device_reset_done(struct ioasid_device *device);

/**
 * ioasid_set_bind() - bind devices to the set's shared id.
 * ioasid_set_bind_private() - bind devices to a new private id of the set.
 * ioasid_id_bind() - bind devices to an id that is ACTIVE.
 * @args:     @count devices, each once, all of the set's space; at most IOASID_BIND_MAX.
 * @flags:    IOASID_BIND_*.
 * @bindings: @count entries, written on success.
 *
 * All or nothing, as to bindings: the set keeps a shared id that was made on the
 * way, also if the bind then fails. The shared id is made by the first who binds,
 * exactly once however many race; a private one parks with its last binding. The new id fits
 * the narrowest of the devices.
 * Context:  process; may allocate. Progress: lock-free but for the allocator;
 *           blocking with WAIT.
 * Return:   0; -EOVERFLOW (the id is too wide for a device, or counts are full);
 *           -EBUSY (the pair is bound with other data); -EAGAIN (the pair is
 *           still quiescing, or another bind of it is under way; or ids are
 *           quiescing); -ESTALE (the set has ended, the id is
 *           parked, the device removed); -ENOSPC, -EDQUOT, -ENOMEM, -ENOENT;
 *           -EINVAL (NULL, size, count, flags, another space's device, one named
 *           twice); -EDEADLK (WAIT from a callback or read section).
 */
IOASID_API IOASID_MUST_CHECK int ioasid_set_bind(struct ioasid_owner_set *set, const struct ioasid_bind_args *args,
                                                 uint32_t count, uint32_t flags, ioasid_binding_t *bindings);
IOASID_API IOASID_MUST_CHECK int ioasid_set_bind_private(struct ioasid_owner_set *set,
                                                         const struct ioasid_bind_args *args, uint32_t count,
                                                         uint32_t flags, ioasid_binding_t *bindings);
IOASID_API IOASID_MUST_CHECK int ioasid_id_bind(struct ioasid_space *space, ioasid_handle_t handle,
                                                const struct ioasid_bind_args *args, uint32_t count, uint32_t flags,
                                                ioasid_binding_t *bindings);

/**
 * ioasid_binding_unbind() - one user less; the last one starts the quiesce.
 *
 * Legal in every state; the caller's last access to the binding.
 * Context:  any, interrupts included; allocates nothing, calls no driver.
 * Progress: lock-free. Ordering: release.
 * Return:   0; -ESTALE (unbound by all its users, or its device was removed, or
 *           its id has parked and the binding is released); -EINVAL.
 */
IOASID_API int ioasid_binding_unbind(struct ioasid_space *space, ioasid_binding_t binding);

/**
 * ioasid_binding_wait() - wait until the binding is gone: quiesced and released.
 *
 * In a polled space the waiter does the work of ioasid_space_run() itself.
 * Context:  process; may sleep. Progress: blocking.
 * Return:   0; -EAGAIN (time is up); -EDEADLK; -ESTALE (a forked child); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_binding_wait(struct ioasid_space *space, ioasid_binding_t binding,
                                                     uint64_t timeout_ns);

/** ioasid_binding_handle() - which life of which id. Any context, wait-free. 0, -ESTALE, -EINVAL. */
IOASID_API IOASID_MUST_CHECK int ioasid_binding_handle(struct ioasid_space *space, ioasid_binding_t binding,
                                                       ioasid_handle_t *handle);

/** ioasid_binding_data() - the driver's data. Any context, wait-free. 0, -ESTALE, -EINVAL. */
IOASID_API IOASID_MUST_CHECK int ioasid_binding_data(struct ioasid_space *space, ioasid_binding_t binding, void **data);

/**
 * ioasid_device_pin() - a fault of this device on this id: lookup and pin in one step.
 * @binding: written on success; unpin with it. Forced removal releases the pin.
 *
 * Context:  any, interrupts included. Progress: lock-free. Cost: one RMW, on the
 *           binding.
 * Return:   0; -ESTALE (parked, unbound or quarantined: answer invalid, stay
 *           silent); -ENOENT (not bound here: report it); -EOVERFLOW (4,095 pins
 *           are out); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_device_pin(struct ioasid_device *device, ioasid_t id,
                                                   ioasid_binding_t *binding);

/** ioasid_binding_unpin() - the fault was answered. Any context. 0; -EINVAL (a surplus, counted); -ESTALE. */
IOASID_API int ioasid_binding_unpin(struct ioasid_space *space, ioasid_binding_t binding);

/**
 * ioasid_request_begin() - one request is about to be submitted on this binding.
 *
 * Context:  any but NMI. Progress: wait-free. Ordering: acquires what was
 *           written before the bind. Cost: no shared cache line is written.
 * Return:   0; -ESTALE (unbound, parked or removed: do not submit); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_request_begin(struct ioasid_space *space, ioasid_binding_t binding);

/**
 * ioasid_request_end() - the request has completed; any thread may say so, once.
 *
 * Context:  any but NMI. Progress: wait-free; lock-free once the binding is
 *           closing. Ordering: release.
 * Return:   0; -ESTALE (the device was removed and its requests forgiven); -EINVAL.
 *           An end too many is refused, and counted, when the counts are folded.
 */
IOASID_API int ioasid_request_end(struct ioasid_space *space, ioasid_binding_t binding);

IOASID_END_DECLS

#endif
