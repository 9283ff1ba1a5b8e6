/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * tally.h - a count that many CPUs change without sharing a cache line.
 *
 * A column is one counter: one 32-bit cell per shard, and one central word. Cells
 * of sixteen columns share a line per shard, so a column costs 4 bytes a shard.
 *
 *  open    central == 0: enter and leave change the own shard's cell. A cell may
 *          go below zero (who leaves may run elsewhere); only the sum counts.
 *  closing central >= TALLY_BIAS / 2: leave changes central; the cells no longer
 *          change once a grace period has passed since tally_close().
 *  folded  central == TALLY_FOLDED + n: n are still in; at n == 0 it is drained.
 *
 * Enter is legal only while the owner's gate (a binding's or slot's word) is
 * open; gate and tally are closed before the same grace period, and both calls
 * are made within one read section. So nobody enters after the fold, and the
 * leave that brings the folded count to zero is told so: exactly one.
 */
#ifndef IOASID_CORE_TALLY_H
#define IOASID_CORE_TALLY_H

#include <ioasid/error.h>

#include "memory.h"
#include "port.h"

#define TALLY_COLUMNS (PORT_CACHELINE / sizeof(port_u32))
#define TALLY_BIAS (UINT64_C(1) << 40)
#define TALLY_FOLDED (UINT64_C(1) << 60)

struct tally_row {
	_Alignas(PORT_CACHELINE) port_u32 cell[TALLY_COLUMNS];
};

struct tally_block {
	port_ptr next;
	port_u32 used; /* bit per column */
	port_u64 central[TALLY_COLUMNS];
	struct tally_row row[];
};

struct tally {
	struct memory *memory;
	uint32_t shards;
	port_ptr blocks; /* only ever grows, until the space is destroyed */
	port_ptr hint;   /* a block that had a free column lately */
};

struct tally_ref {
	struct tally_block *block;
	uint32_t column;
};

/* tally_take() - a column that counts zero and is open. 0, or -ENOMEM. */
int tally_take(struct tally *tally, struct tally_ref *ref);

/* tally_give() - back; for the reclaimer, after a grace period without users. */
void tally_give(struct tally *tally, struct tally_ref *ref);
void tally_fini(struct tally *tally);

/* tally_enter() - one more. Within a read section, gate seen open. */
static inline void tally_enter(const struct tally *tally, const struct tally_ref *ref)
{
	struct tally_row *row = &ref->block->row[port_shard_hint() & (tally->shards - 1)];

	/* relaxed: summed after a grace period, which orders it. */
	(void)port_u32_add_relaxed(&row->cell[ref->column], 1);
}

/* What a leave came to. */
enum tally_left {
	TALLY_LEFT,
	TALLY_DRAINED, /* it was the last: tell the reclaimer */
	TALLY_SURPLUS  /* nobody was in */
};

/* tally_leave() - one less. Within a read section. */
static inline enum tally_left tally_leave(const struct tally *tally, const struct tally_ref *ref)
{
	port_u64 *central = &ref->block->central[ref->column];
	/* ACQUIRE [Y2, from Y1]: folded is seen with what was folded. */
	uint64_t count = port_u64_load_acquire(central);

	if (count == 0) {
		struct tally_row *row = &ref->block->row[port_shard_hint() & (tally->shards - 1)];

		/* RELEASE [Y5 -> fold]: the request's work is before whatever follows the grace period. */
		(void)port_u32_add_release(&row->cell[ref->column], UINT32_MAX);
		return TALLY_LEFT;
	}
	do {
		if (count == TALLY_FOLDED)
			return TALLY_SURPLUS;
		/* ACQ_REL [Y1 -> Y2]: the work of all who left is before the drained one's report. */
	} while (!port_u64_cas_acq_rel(central, &count, count - 1));
	return count - 1 == TALLY_FOLDED ? TALLY_DRAINED : TALLY_LEFT;
}

/* tally_close() - the reclaimer: from now on, leave goes to the central word. */
static inline void tally_close(const struct tally_ref *ref)
{
	/* SEQ_CST [Y1 -> Y2]: before the grace period after which the cells rest. */
	port_u64_store_seq_cst(&ref->block->central[ref->column], TALLY_BIAS);
}

/*
 * tally_fold() - the reclaimer, a grace period after tally_close(): true if drained
 * now; otherwise one leave will be told TALLY_DRAINED. *surplus: how many leaves
 * there were too many.
 */
bool tally_fold(const struct tally *tally, const struct tally_ref *ref, uint64_t *surplus);

/* tally_forgive() - after the fold: all who are in are forgiven. Returns how many. */
uint64_t tally_forgive(const struct tally_ref *ref);

/* tally_is_drained() - after the fold: nobody is in. */
static inline bool tally_is_drained(const struct tally_ref *ref)
{
	return port_u64_load_acquire(&ref->block->central[ref->column]) == TALLY_FOLDED; /* ACQUIRE [Y2, from Y1] */
}

#endif
