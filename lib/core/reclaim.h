/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * reclaim.h - the deferred work of a space, done by one thread at a time.
 */
#ifndef IOASID_CORE_RECLAIM_H
#define IOASID_CORE_RECLAIM_H

#include "space.h"

/* reclaim_enter() - become the one who runs. 0; -EBUSY; -EDEADLK (it is me, or a read section); -ESTALE (forked). */
int reclaim_enter(struct ioasid_space *space);
/* reclaim_enter_wait() - the same, waiting for whoever is in. */
int reclaim_enter_wait(struct ioasid_space *space);
void reclaim_leave(struct ioasid_space *space);

/* reclaim_run() - within enter and leave: at most @budget steps (0: no limit), @graces grace periods. Returns steps. */
uint32_t reclaim_run(struct ioasid_space *space, uint32_t budget, uint32_t graces);

/* reclaim_wanted() - does anything wait for a grace period? */
bool reclaim_wanted(const struct ioasid_space *space);

/* reclaim_sleep() - until space->events is no longer @seen, or @limit_ns are over. */
void reclaim_sleep(struct ioasid_space *space, uint32_t seen, uint64_t limit_ns);

/* reclaim_free_set() - nobody can reach it any more. */
void reclaim_free_set(struct ioasid_space *space, struct ioasid_owner_set *set);

/* reclaim_thread() - the background thread's main; @space. */
void reclaim_thread(void *space);

/*
 * wait_for() - wait until @ready says so, helping with the deferred work if the
 * space is polled. 0; -EAGAIN (time is up); -EDEADLK; -ESTALE (forked).
 */
typedef bool wait_ready(void *context);
int wait_for(struct ioasid_space *space, wait_ready *ready, void *context, uint64_t timeout_ns);

#endif
