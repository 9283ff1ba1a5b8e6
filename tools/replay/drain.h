/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * drain.h - how many things are under way for each PASID, and who waits for none.
 *
 * A queue counts what enters and leaves it; whoever wants a PASID drained is
 * called back, once, by the thread that took its last thing out. The queue's
 * lock guards a table; callbacks are made without it.
 */
#ifndef REPLAY_DRAIN_H
#define REPLAY_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "sparse.h"

typedef void drained_fn(void *context);

struct drain_waiter {
	drained_fn *drained;
	void *context;
	struct drain_waiter *next;
};

struct drain_table {
	struct sparse counts; /* struct drain_count, in the source */
};

void drain_table_init(struct drain_table *table, uint32_t limit);
void drain_table_fini(struct drain_table *table);

/** drain_enter() - one more is under way. */
void drain_enter(struct drain_table *table, uint32_t key);

/** drain_leave() - one less; those to call back, if it was the last. */
struct drain_waiter *drain_leave(struct drain_table *table, uint32_t key);

/** drain_ask() - true: nothing is under way, nobody will be called; false: @drained will be. */
bool drain_ask(struct drain_table *table, uint32_t key, drained_fn *drained, void *context);

/** drain_tell() - call back what drain_leave() returned; with no lock held. */
void drain_tell(struct drain_waiter *waiters);

#endif
