/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * core.h - what scenarios on the library have in common: a small space, a set,
 * and what must be true when everything is over.
 *
 * Ids are few: all but the first ones of the space are reserved, so that a
 * space is exhausted within a few steps.
 */
#ifndef IOASID_TEST_CORE_H
#define IOASID_TEST_CORE_H

#include <ioasid/ioasid.h>

#include "../../lib/port/port.h"
#include "explorer.h"

#define CORE_BITS 4u
#define CORE_IDS 8u /* more than any scenario leaves free */
#define CORE_LIVES 8u

struct core {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	ioasid_handle_t handle;          /* a life that setup has made */
	unsigned users[1u << CORE_BITS]; /* who may use the id now: holders, references, pins */
	unsigned lives[1u << CORE_BITS]; /* the newest generation that was handed out */
	unsigned held;                   /* references and the like that must go before the set is done */
	unsigned done;                   /* calls of the set's done() */
	unsigned result[MODEL_THREADS];
};

/* core_make() - a space with @ids free ids, and a set. @distance: of reuse. */
void core_make(struct core *core, unsigned ids, unsigned distance, uint32_t quota);
/* core_make_set() - the same, and the set has @flags. */
void core_make_set(struct core *core, unsigned ids, unsigned distance, uint32_t quota, uint32_t flags);

/* core_alloc() - allocate one ACTIVE id; on success it is nobody else's. Answers as ioasid_id_alloc(). */
int core_alloc(struct core *core, ioasid_handle_t *handle);

/* core_use(), core_unuse() - from a successful get or pin to just before its put. */
void core_use(struct core *core, ioasid_handle_t handle);
void core_unuse(struct core *core, ioasid_handle_t handle);

/* core_free() - the holder's use ends, and the life. */
int core_free(struct core *core, ioasid_handle_t handle);

/* core_settle() - do all deferred work: for checks. */
void core_settle(struct core *core);

/* core_finish() - end and release the set, destroy the space: nothing must be left. */
void core_finish(struct core *core);

/* Thread bodies. */
void core_reclaim_once(void *state);
void core_reclaim_twice(void *state);

#endif
