/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/quiesce.h - making devices, and what stands behind them, stop.
 *
 * Quiescing goes through the phases in this order, and a phase begins only when
 * every callback of the one before has answered (for a park: of all bindings):
 *
 *   SUBMIT  stop new work at its source: doorbells, CPU contexts
 *   DEVICE  drain or abort what the device has; the library also waits here for
 *           every request that was begun to end
 *   IOMMU   forget the translation; drain the page request queue
 *   LAST    whatever must come last: a hypervisor, an accountant
 *
 * Callbacks run from the deferred work only (ioasid/space.h), with nothing held
 * and outside any RCU read section; at most once per phase of a binding. They
 * may call anything, except wait for what they themselves hold up (-EDEADLK).
 *
 * Unbinding quiesces one binding; parking quiesces all that are left and then
 * the id itself: a participant of the space or the set is asked once for every
 * binding and once, with device == NULL, for the id.
 */
#ifndef IOASID_QUIESCE_H
#define IOASID_QUIESCE_H

#include <ioasid/set.h>

/** enum ioasid_phase - the order in which the parts of a system are quiesced. */
enum ioasid_phase {
	IOASID_PHASE_SUBMIT,
	IOASID_PHASE_DEVICE,
	IOASID_PHASE_IOMMU,
	IOASID_PHASE_LAST,
	IOASID_PHASE_COUNT
};

/* What a quiesce callback answers; a negative error means that it failed. */
#define IOASID_DONE 0
#define IOASID_PENDING 1

/** enum ioasid_reason - why a callback is being called. */
enum ioasid_reason {
	IOASID_REASON_UNBIND, /* this binding goes; the id may live on */
	IOASID_REASON_PARK,   /* the id ends for all */
	IOASID_REASON_REMOVE, /* the device was removed by force */
	IOASID_REASON_ENROLL  /* not a quiesce: this id or binding lives already */
};

/** struct ioasid_view - what a callback may know; valid during the callback only. */
struct ioasid_view {
	size_t size; /* sizeof(struct ioasid_view) of the library */
	ioasid_t id;
	ioasid_handle_t handle;
	enum ioasid_phase phase;
	enum ioasid_reason reason;
	bool shared;
	struct ioasid_device *device; /* NULL: the id itself */
	void *data;                   /* the binding's; NULL without a device */
	ioasid_binding_t binding;     /* zero without a device */
	struct ioasid_owner owner;
};

/**
 * ioasid_quiesce_fn - quiesce one (device, id) in one phase.
 * @token: keep it to answer later, if you return IOASID_PENDING.
 *
 * Return: IOASID_DONE; IOASID_PENDING, and call ioasid_token_complete() from any
 *         context before the space's deadline; or a negative error. An error or
 *         a missed deadline poisons the id: it is withheld until a reset.
 */
typedef int ioasid_quiesce_fn(void *context, const struct ioasid_view *view, ioasid_token_t token);

/** struct ioasid_quiesce_ops - a participant's callbacks; NULL ones are skipped. */
struct ioasid_quiesce_ops {
	size_t size; /* sizeof(struct ioasid_quiesce_ops) */
	ioasid_quiesce_fn *quiesce[IOASID_PHASE_COUNT];
	/* A participant that registers late is told of what lives already. */
	void (*enroll)(void *context, const struct ioasid_view *view);
	/* A device's only: the binding is gone for good; view->data may be freed. */
	void (*released)(void *context, const struct ioasid_view *view);
};

/** struct ioasid_participant_config - who else must be quiesced. */
struct ioasid_participant_config {
	size_t size;                          /* sizeof(struct ioasid_participant_config) */
	const struct ioasid_quiesce_ops *ops; /* must outlive the participant */
	void *context;
	const char *name; /* for the dump; at most 31 bytes are kept; may be NULL */
};

/* How many participants a space, and a set, can have. */
#define IOASID_PARTICIPANTS_MAX 8

IOASID_BEGIN_DECLS

/**
 * ioasid_space_enroll() - a participant for every id of the space.
 * ioasid_set_enroll() - a participant for every id of the set.
 * ioasid_binding_enroll() - a participant for the bindings that name it only.
 *
 * The ids and bindings that live already are told to ops->enroll by the deferred
 * work; those that park later are quiesced through it. A set's participant has a
 * hold on the set, as of ioasid_set_lookup(), until it is withdrawn.
 * Context:  process; may sleep. Progress: blocking (a grace period).
 * Return:   0; -ENOSPC (IOASID_PARTICIPANTS_MAX are enrolled); -ENOMEM; -ESTALE
 *           (the set has ended); -EDEADLK (within an RCU read section); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_space_enroll(struct ioasid_space *space,
                                                     const struct ioasid_participant_config *config,
                                                     struct ioasid_participant **participant);
IOASID_API IOASID_MUST_CHECK int ioasid_set_enroll(struct ioasid_owner_set *set,
                                                   const struct ioasid_participant_config *config,
                                                   struct ioasid_participant **participant);
IOASID_API IOASID_MUST_CHECK int ioasid_binding_enroll(struct ioasid_space *space,
                                                       const struct ioasid_participant_config *config,
                                                       struct ioasid_participant **participant);

/**
 * ioasid_participant_withdraw() - leave; no callback follows a return of 0.
 *
 * Context:  process; may sleep; not from a callback. Progress: blocking.
 * Return:   0 (the pointer is gone); -EBUSY (a quiesce or a binding still needs
 *           it: nothing has changed); -EDEADLK; -ESTALE (a forked child); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_participant_withdraw(struct ioasid_participant *participant);

/**
 * ioasid_token_complete() - the answer to a callback that returned PENDING.
 * @status: 0, or the negative error that it failed with.
 *
 * Context:  any, interrupts included; allocates nothing. Progress: lock-free.
 * Return:   0; -ESTALE (completed already, or after the deadline); -EINVAL.
 */
IOASID_API int ioasid_token_complete(struct ioasid_space *space, ioasid_token_t token, int status);

/** ioasid_phase_name() - "SUBMIT" to "LAST"; "?" for anything else. Any context. */
IOASID_API const char *ioasid_phase_name(enum ioasid_phase phase);

IOASID_END_DECLS

#endif
