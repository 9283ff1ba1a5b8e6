/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/space.h - one independent range of ids, and the work it defers.
 *
 * A space is what a device, a VM or a whole host draws its ids from; any number
 * of them live side by side and share nothing. Freed ids, parked ids, ended
 * sets and drivers' callbacks are deferred work: it is done by the space's own
 * thread (IOASID_SPACE_BACKGROUND) or by whoever calls ioasid_space_run().
 */
#ifndef IOASID_SPACE_H
#define IOASID_SPACE_H

#include <ioasid/error.h>
#include <ioasid/state.h>

/* Flags of a space. An unknown bit is -EINVAL. */
#define IOASID_SPACE_BACKGROUND UINT32_C(1) /* a thread of the space's own does the deferred work */
#define IOASID_SPACE_ZERO UINT32_C(2)       /* id 0 may be handed out (reserved otherwise) */

/** enum ioasid_order - which of the free ids is handed out next. */
enum ioasid_order {
	/*
	 * Oldest first: the search moves forward through the populated ids, per
	 * CPU, and comes round to an id only after all the others in the chunks
	 * that this CPU has been at; other CPUs' come after that, then new memory.
	 */
	IOASID_ORDER_OLDEST,
	/*
	 * Lowest first: for dense tables. Reuse distance still holds. Once after each
	 * grace period, a CPU looks from the beginning, past all that is in use.
	 */
	IOASID_ORDER_LOWEST
};

/** struct ioasid_space_config - what ioasid_space_create() builds; zero is a default. */
struct ioasid_space_config {
	size_t size;    /* sizeof(struct ioasid_space_config) */
	uint32_t bits;  /* width, 1 to 20; ids are 0 to 2^bits - 1 */
	uint32_t flags; /* IOASID_SPACE_* */
	uint32_t order; /* enum ioasid_order */
	/*
	 * Reuse distance, in grace periods, 0 to 65536: a freed id rests for one
	 * full grace period and this many more before it is handed out again. An
	 * allocation that would fail otherwise waives the distance, never the
	 * grace period.
	 */
	uint32_t reuse_distance;
	uint32_t owners; /* how many owners to expect, at most 2^20; sizes their table; 0: by width */
	/* Time that one callback may stay pending, in ns; 0: 10 s; IOASID_FOREVER: no limit. */
	uint64_t quiesce_timeout_ns;
	const struct ioasid_range *reserved; /* never handed out; copied; may overlap */
	uint32_t nr_reserved;                /* at most 64 */
	const char *name;                    /* for the dump; at most 31 bytes are kept; may be NULL */
};

/** struct ioasid_holder - one id that is not free, and what holds it. */
struct ioasid_holder {
	ioasid_handle_t handle;
	enum ioasid_state state;
	bool shared;
	uint32_t references; /* bindings included */
	uint32_t pins;
	uint32_t bindings; /* of devices, in any state */
	uint64_t owner_key;
	uint64_t owner_generation;
};

/** ioasid_holder_fn - is told of one holder; returns true to go on. */
typedef bool ioasid_holder_fn(void *context, const struct ioasid_holder *holder);

IOASID_BEGIN_DECLS

/**
 * ioasid_space_create() - make a space.
 * @config: copied; see above.
 * @space:  written on success.
 *
 * Costs memory for a directory only; leaves of 512 ids are added as ids are
 * handed out, those already added first.
 * Context:  process; may sleep (memory, a thread). Progress: blocking.
 * Return:   0; -EINVAL (NULL, size, bits, flags, order, a reserved range that is
 *           reversed or too wide, too many of them); -ENOMEM; -EAGAIN (no thread).
 */
IOASID_API IOASID_MUST_CHECK int ioasid_space_create(const struct ioasid_space_config *config,
                                                     struct ioasid_space **space);

/**
 * ioasid_space_destroy() - give a space back.
 * @tell: if the space is in use, is called once for each id that is not free
 *        (may be NULL); reserved ranges are not in use.
 *
 * First does the deferred work that can be done at once. Refuses while an id is
 * live, parked or poisoned, while there is a set, a device or a participant,
 * and leaves the space as it was: late puts and frees stay defined. In a forked
 * child it always succeeds, calls nobody, and takes the child's copies of sets,
 * devices and participants with it: a child inherits no id.
 * Context:  process; may sleep; not from a callback of this space and not
 *           within an RCU read section. No other call on @space may be running
 *           or follow.
 * Progress: blocking.
 * Return:   0; -EBUSY; -EDEADLK (from a callback or read section); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_space_destroy(struct ioasid_space *space, ioasid_holder_fn *tell,
                                                      void *context);

/**
 * ioasid_space_run() - do deferred work from the host's own poll loop.
 * @budget: stop after the round of work in which so many steps (callbacks,
 *          completions, grace periods) were done; 0: when nothing is left that
 *          can be done without waiting for a device. Where others (or callbacks)
 *          never stop adding, it ends after 16 rounds and the reuse distance.
 * @done:   number of steps done, written on success; may be NULL.
 *
 * Runs quiesce callbacks, completes what they answered, ends sets, drives a
 * grace period and moves what has rested from quarantined to free. One thread
 * does this at a time; another caller returns at once with *done = 0.
 * Context:  process; may sleep for a grace period; calls drivers with nothing held.
 * Progress: blocking.
 * Return:   0; -EDEADLK (from a callback of this space, or within an RCU read
 *           section); -ESTALE (a forked child); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_space_run(struct ioasid_space *space, uint32_t budget, uint32_t *done);

/**
 * ioasid_space_flush() - wait until nothing is quiescing or quarantined, and no
 * ended set is waiting for its done().
 * @timeout_ns: 0 polls; IOASID_FOREVER waits for ever.
 *
 * In a polled space the waiter does the work of ioasid_space_run() itself.
 * Context:  process; may sleep. Progress: blocking.
 * Return:   0; -EAGAIN (time is up; what is poisoned or still referenced cannot
 *           be flushed); -EDEADLK; -ESTALE (a forked child); -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_space_flush(struct ioasid_space *space, uint64_t timeout_ns);

/**
 * ioasid_space_reserved() - ask which ranges are never handed out.
 * @index: 0, 1, ... until -ENOENT.
 *
 * Context:  any. Progress: wait-free.
 * Return:   0; -ENOENT; -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_space_reserved(const struct ioasid_space *space, uint32_t index,
                                                       struct ioasid_range *range);

IOASID_END_DECLS

#endif
