/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/id.h - private ids, and what may be done with any id.
 *
 * A private id is born RESERVED: nobody can find it until it is published, so
 * no fault is delivered to a half-made owner. Whoever allocated it ends it with
 * ioasid_id_free(), in every state and from any thread, also after its set has
 * ended; the number returns to the pool only when every reference, binding and
 * pin is gone, every quiesce phase is done and a grace period has passed.
 *
 * What is taken has one undo, and nothing else undoes it: alloc and free, get
 * and put, pin and unpin, bind and unbind. So a put too many can never take what
 * a binding holds, nor free what another thread has allocated.
 *
 * Which calls may run at once: all of them, on the same id, from any thread.
 * What each answers in each state: <ioasid/state.h>.
 */
#ifndef IOASID_ID_H
#define IOASID_ID_H

#include <ioasid/error.h>
#include <ioasid/state.h>

/* Flags of an allocation. An unknown bit is -EINVAL. */
#define IOASID_ALLOC_ACTIVE UINT32_C(1) /* born ACTIVE: no separate publish */
#define IOASID_ALLOC_WAIT UINT32_C(2)   /* while ids are quiescing, wait instead of -EAGAIN */

IOASID_BEGIN_DECLS

/**
 * ioasid_id_alloc() - a private id for a set.
 * @set:    is charged for it until the id is reclaimed.
 * @range:  where to look, NULL for the whole space; first == last asks for one id.
 * @flags:  IOASID_ALLOC_*.
 * @handle: written on success. The id is the caller's until it is freed, or its set ends.
 *
 * Context:  process; any with neither WAIT nor memory needed: a call that finds
 *           no populated free id adds a leaf of 512 through the port's allocator.
 * Progress: lock-free; blocking with WAIT.
 * Ordering: acquires what the id's former users released.
 * Cost:     one atomic RMW each on a leaf and the set.
 * Return:   0; -ENOSPC (at some moment of the call no id in the range was free);
 *           -EAGAIN (none was free, but some are quiescing, or in the hands of a
 *           call that may have to give them back); -EDQUOT; -ESTALE (the set has
 *           ended); -ENOMEM; -EINVAL (range reversed or outside the
 *           space, flags); -EDEADLK (WAIT from a callback or read section).
 */
IOASID_API IOASID_MUST_CHECK int ioasid_id_alloc(struct ioasid_owner_set *set, const struct ioasid_range *range,
                                                 uint32_t flags, ioasid_handle_t *handle);

/**
 * ioasid_id_publish() - RESERVED to ACTIVE: from now on the id can be found.
 *
 * Context:  any. Progress: lock-free. Ordering: releases the caller's writes to
 *           whoever finds, gets or pins the id.
 * Return:   0; -EBUSY (published already); -ESTALE (past life, or the set ended
 *           meanwhile: then the id has been given back); -ENOENT; -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_id_publish(struct ioasid_space *space, ioasid_handle_t handle);

/**
 * ioasid_id_abort() - undo of an allocation that was not published; FREE at once.
 *
 * Context:  any. Progress: lock-free.
 * Return:   0; -EBUSY (published: free it); -ESTALE; -ENOENT; -EINVAL.
 */
IOASID_API int ioasid_id_abort(struct ioasid_space *space, ioasid_handle_t handle);

/**
 * ioasid_id_free() - end this life for all: park.
 *
 * The undo of an allocation; of a shared id, takes it from its set. References
 * that are out stay until they are put, and delay the reuse of the number. In
 * RESERVED it is an abort. Twice is harmless: the second is told -ESTALE, as is
 * a free after the end of the set.
 * Context:  any, interrupts included; allocates nothing, takes no lock, calls no
 *           driver. Progress: lock-free. Ordering: releases the caller's writes
 *           to the next holder of the number.
 * Cost:     one RMW on the slot and one on a leaf if nothing else holds the id.
 * Return:   0; -ESTALE (parked, or a past life); -ENOENT (never allocated); -EINVAL.
 */
IOASID_API int ioasid_id_free(struct ioasid_space *space, ioasid_handle_t handle);

/**
 * ioasid_id_find() - the life that a number is in now. Takes no reference.
 *
 * The answer may be old when it arrives; use the handle with get or pin, which check.
 * Context:  any. Progress: wait-free, two dependent loads. Ordering: acquires
 *           what was written before publish.
 * Return:   0; -ESTALE (parked or quarantined: a straggler, stay silent); -ENOENT
 *           (free, reserved, or never allocated: report it); -EINVAL (no id of
 *           this space).
 */
IOASID_API IOASID_MUST_CHECK int ioasid_id_find(struct ioasid_space *space, ioasid_t id, ioasid_handle_t *handle);

/**
 * ioasid_id_get() - take a reference on a life that is ACTIVE.
 *
 * Context:  any. Progress: lock-free. Ordering: as find. Cost: one RMW; none that
 *           is shared if the set was made with IOASID_SET_HOT and the id is its
 *           shared one.
 * Return:   0; -ESTALE (parked, or a past life); -ENOENT (reserved, or never
 *           allocated); -EOVERFLOW (1,023 references are out); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_id_get(struct ioasid_space *space, ioasid_handle_t handle);

/** ioasid_id_find_get() - find and get in one step. Returns as the two of them. */
IOASID_API IOASID_MUST_CHECK int ioasid_id_find_get(struct ioasid_space *space, ioasid_t id, ioasid_handle_t *handle);

/**
 * ioasid_id_put() - drop a reference that get took.
 *
 * The last access to the id by its caller. An id that nobody keeps, neither by an
 * allocation, nor as the shared id of a set, nor by a binding, parks with its
 * last reference.
 * Context:  as free. Progress: lock-free. Ordering: release.
 * Return:   0; -EINVAL (a put too many: refused and counted); -ESTALE (of a past
 *           life: refused and counted); -ENOENT. The count of a HOT id is kept
 *           per CPU: there a put too many is refused when the counts are folded.
 */
IOASID_API int ioasid_id_put(struct ioasid_space *space, ioasid_handle_t handle);

/**
 * ioasid_id_pin() - a fault's lookup and pin in one step.
 * @handle: written on success; unpin with it.
 *
 * Context:  any, interrupts included. Progress: lock-free. Cost: one RMW.
 * Return:   0; -ESTALE (parked or quarantined: answer invalid, stay silent);
 *           -ENOENT (report it); -EOVERFLOW (511 pins are out); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_id_pin(struct ioasid_space *space, ioasid_t id, ioasid_handle_t *handle);

/** ioasid_id_unpin() - the fault was answered. Context and returns as put. */
IOASID_API int ioasid_id_unpin(struct ioasid_space *space, ioasid_handle_t handle);

/**
 * ioasid_id_wait() - wait until this life is over: quarantined, free, or a later life.
 * @timeout_ns: 0 polls; IOASID_FOREVER waits for ever.
 *
 * In a polled space the waiter does the work of ioasid_space_run() itself.
 * Context:  process; may sleep. Progress: blocking.
 * Return:   0; -EAGAIN (time is up); -EDEADLK (from a callback of this space, or
 *           within an RCU read section); -ENOENT; -ESTALE (a forked child); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_id_wait(struct ioasid_space *space, ioasid_handle_t handle,
                                                uint64_t timeout_ns);

/**
 * ioasid_id_unpoison() - whatever failed to quiesce this id has been reset.
 *
 * Lifts the poison of every binding and participant of the id; it is then
 * quarantined when its last reference and pin are gone.
 * Context:  any. Progress: lock-free; done by the deferred work.
 * Return:   0; -EINVAL (not poisoned); -ESTALE; -ENOENT.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_id_unpoison(struct ioasid_space *space, ioasid_handle_t handle);

/**
 * ioasid_id_state() - the state that a number is in now; of a reserved range: RESERVED.
 *
 * Context:  any. Progress: wait-free.
 * Return:   0; -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_id_state(struct ioasid_space *space, ioasid_t id, enum ioasid_state *state);

IOASID_END_DECLS

#endif
