/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * rule.h - how ids are obtained and ended: the one thing that differs between
 * two replays of the same trace on the same device.
 *
 * Calls of one owner or binding come in the order of its own events; everything
 * else comes at once, from several threads. What the rule does itself is to map
 * and unmap PASIDs (device.h), to decide when that may happen, and when the
 * memory of an owner that ended goes back to the pool.
 */
#ifndef REPLAY_RULE_H
#define REPLAY_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "machine.h"
#include "owner.h"
#include "prq.h"

/** struct rule_levels - how many there are now, for the timeline. */
struct rule_levels {
	uint64_t live;
	uint64_t parked;
	uint64_t quarantined;
	uint64_t dangling; /* bindings that are still open although their number went back to the pool */
};

/** struct rule_leaks - what was not given back when everything had ended. */
struct rule_leaks {
	uint64_t ids;
	uint64_t bindings;
	uint64_t sets;
	uint64_t quarantined; /* lives that went through quarantine before their number was free */
};

struct rule {
	const char *name;

	/** start() - @machine has its devices; returns what the other calls are given. */
	void *(*start)(struct machine *machine);

	/** owner_begin() - the address space is there. */
	void (*owner_begin)(void *state, struct owner *owner);

	/** bind() - 0: requests with binding->pasid may be submitted; or a negative error. */
	int (*bind)(void *state, struct binding *binding);

	/** unbind() - of a binding that was bound; returns at once. */
	void (*unbind)(void *state, struct binding *binding);

	/** request_begin() - 0, or -IOASID_ESTALE: do not submit. request_end() - it was reaped. */
	int (*request_begin)(void *state, struct binding *binding);
	void (*request_end)(void *state, struct binding *binding);

	/** owner_end() - takes over the caller's reference on @owner. */
	void (*owner_end)(void *state, struct owner *owner);

	/** page_request() - a prq_answer_fn. */
	prq_answer_fn *page_request;

	/** levels() - any thread, at any time between start() and finish(). */
	void (*levels)(void *state, struct rule_levels *levels);

	/** finish() - nothing is in flight; @state is gone afterwards. */
	void (*finish)(void *state, struct rule_leaks *leaks);
};

extern const struct rule rule_libioasid;
extern const struct rule rule_free_at_exit;

#endif
