/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/set.h - the owner of ids: an mm, a VM, a client.
 *
 * A set is charged for every id it holds until the id is reclaimed, so that
 * churn is paid for by whoever churns. When it ends, all its ids end, and the
 * owner is told when its address space may go. A set is found by its owner's
 * key, which carries a generation: a recycled address does not match.
 */
#ifndef IOASID_SET_H
#define IOASID_SET_H

#include <ioasid/space.h>

/* Flags of a set. An unknown bit is -EINVAL. */
#define IOASID_SET_EAGER UINT32_C(1) /* park the shared id when its last binding or reference goes */
#define IOASID_SET_HOT UINT32_C(2)   /* count the shared id's references per CPU; not with EAGER */

/** struct ioasid_owner - who a set belongs to: a pointer or number, and its generation. */
struct ioasid_owner {
	uint64_t key;
	uint64_t generation;
};

/**
 * ioasid_done_fn - the set has ended: every id is reclaimed, no device can reach
 * the owner's address space any more. Called once, from the deferred work only,
 * with nothing held; may call anything, except wait.
 */
typedef void ioasid_done_fn(void *context, struct ioasid_owner owner);

/** struct ioasid_set_config - what ioasid_set_create() builds. */
struct ioasid_set_config {
	size_t size; /* sizeof(struct ioasid_set_config) */
	struct ioasid_owner owner;
	uint32_t quota;       /* ids at once; 0 allows none; IOASID_UNLIMITED */
	uint32_t flags;       /* IOASID_SET_* */
	ioasid_done_fn *done; /* may be NULL */
	void *context;
};

/** struct ioasid_set_info - what a set holds at this moment. */
struct ioasid_set_info {
	struct ioasid_owner owner;
	uint32_t quota;
	uint32_t charged; /* ids not yet reclaimed */
	bool ended;
	bool done; /* ended, and everything reclaimed */
};

IOASID_BEGIN_DECLS

/** ioasid_owner_of() - an owner known by its address. */
IOASID_INLINE struct ioasid_owner ioasid_owner_of(const void *pointer, uint64_t generation)
{
	struct ioasid_owner owner = {(uint64_t)(uintptr_t)pointer, generation};
	return owner;
}

/**
 * ioasid_set_create() - a set for an owner; the caller has one hold on it.
 *
 * Context:  process; may allocate. Progress: lock-free but for the allocator.
 * Return:   0; -EBUSY (the owner has a set that has not ended: look it up);
 *           -ENOMEM; -EINVAL (NULL, size, unknown flags, EAGER with HOT).
 */
IOASID_API IOASID_MUST_CHECK int ioasid_set_create(struct ioasid_space *space, const struct ioasid_set_config *config,
                                                   struct ioasid_owner_set **set);

/**
 * ioasid_set_lookup() - the owner's set that has not ended; takes a hold on it.
 *
 * Context:  any. Progress: lock-free.
 * Return:   0; -ENOENT; -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_set_lookup(struct ioasid_space *space, struct ioasid_owner owner,
                                                   struct ioasid_owner_set **set);

/**
 * ioasid_set_end() - the owner is gone: park everything, refuse everything new.
 *
 * Returns at once; done() or ioasid_set_wait() tell when it is over. A RESERVED
 * id stays its allocator's until published (-ESTALE then) or aborted.
 * Context:  any, interrupts included; allocates nothing. Progress: lock-free, but
 *           for the host's fence for all CPUs, if it has one and an allocation is
 *           met on its way (posix: membarrier(2), some microseconds); O(ids of the
 *           set). Ordering: release.
 * Return:   0; -ESTALE (ended already: harmless); -EINVAL.
 */
IOASID_API int ioasid_set_end(struct ioasid_owner_set *set);

/**
 * ioasid_set_wait() - wait until an ended set is done.
 *
 * In a polled space the waiter does the work of ioasid_space_run() itself.
 * Context:  process; may sleep; the caller has a hold. Progress: blocking.
 * Return:   0 (done() has returned, if there is one); -EAGAIN (time is up);
 *           -EBUSY (not ended); -EDEADLK (from a callback of this space, or
 *           within an RCU read section); -ESTALE (a forked child); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_set_wait(struct ioasid_owner_set *set, uint64_t timeout_ns);

/**
 * ioasid_set_release() - give up a hold; the last one ends the set.
 *
 * The caller may not use the pointer afterwards. Precondition, asserted in debug
 * builds: the caller has a hold.
 * Context:  any, interrupts included. Progress: lock-free; of the last one, as of
 *           ioasid_set_end().
 * Return:   0; -EINVAL.
 */
IOASID_API int ioasid_set_release(struct ioasid_owner_set *set);

/**
 * ioasid_set_shared() - the set's shared id. Takes no reference.
 *
 * Context:  any. Progress: wait-free.
 * Return:   0; -ENOENT (none is alive); -ESTALE (the set has ended); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_set_shared(struct ioasid_owner_set *set, ioasid_handle_t *handle);

/** ioasid_set_find() - as ioasid_id_find(), but -EACCES for another set's id, whatever its state. */
IOASID_API IOASID_MUST_CHECK int ioasid_set_find(struct ioasid_owner_set *set, ioasid_t id, ioasid_handle_t *handle);

/** ioasid_set_get() - as ioasid_id_get(), but -EACCES for another set's id. */
IOASID_API IOASID_MUST_CHECK int ioasid_set_get(struct ioasid_owner_set *set, ioasid_handle_t handle);

/** ioasid_set_free() - as ioasid_id_free(), but -EACCES for another set's id. */
IOASID_API int ioasid_set_free(struct ioasid_owner_set *set, ioasid_handle_t handle);

/**
 * ioasid_set_for_each() - tell @fn of every id that the set holds.
 *
 * An id that is there throughout is told exactly once; one that comes or goes
 * meanwhile may or may not be.
 * Context:  as @fn's; @fn may call anything. Progress: lock-free, O(ids).
 * Return:   0; -EINVAL.
 */
IOASID_API int ioasid_set_for_each(struct ioasid_owner_set *set, ioasid_holder_fn *fn, void *context);

/** ioasid_set_query() - what the set holds now. Any context, wait-free. 0 or -EINVAL. */
IOASID_API IOASID_MUST_CHECK int ioasid_set_query(const struct ioasid_owner_set *set, struct ioasid_set_info *info);

IOASID_END_DECLS

#endif
