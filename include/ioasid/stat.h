/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/stat.h - looking at a space: counters, a snapshot, a readable dump.
 *
 * The library never logs; it counts, and tells whoever asks.
 */
#ifndef IOASID_STAT_H
#define IOASID_STAT_H

#include <ioasid/space.h>

/** struct ioasid_counters - what has happened since the space was made. */
struct ioasid_counters {
	size_t size;              /* in: sizeof(struct ioasid_counters) */
	uint64_t grace_periods;   /* driven to their end */
	uint64_t reclaimed;       /* ids moved from quarantined to free */
	uint64_t surplus_puts;    /* refused: no reference (or request) was out */
	uint64_t surplus_unpins;  /* refused: no pin was out */
	uint64_t stale_calls;     /* put, unpin, unbind or end on a past life */
	uint64_t callbacks;       /* quiesce callbacks called */
	uint64_t failed;          /* callbacks that answered an error */
	uint64_t timeouts;        /* callbacks that missed their deadline */
	uint64_t poisoned;        /* bindings and ids poisoned */
	uint64_t late_tokens;     /* completions refused: done already, or too late */
	uint64_t distance_waived; /* ids reused before the reuse distance, under exhaustion */
	uint64_t retired;         /* ids withheld for good: their generations are used up */
	uint64_t forgiven;        /* pins and requests dropped by a forced removal */
};

/** struct ioasid_snapshot - how many ids are in each state; they add up to @capacity. */
struct ioasid_snapshot {
	size_t size;       /* in: sizeof(struct ioasid_snapshot) */
	bool exact;        /* nothing moved while it was taken: all counts are of one moment */
	uint32_t capacity; /* 2^bits */
	uint32_t withheld; /* in reserved ranges, or retired */
	uint32_t in_state[IOASID_STATE_COUNT];
	uint32_t populated; /* ids that have memory */
	uint64_t references;
	uint64_t pins;
	uint64_t memory; /* bytes that the space has from its port */
};

/** ioasid_write_fn - takes a piece of text, not 0-terminated; returns true to go on. */
typedef bool ioasid_write_fn(void *context, const char *text, size_t length);

IOASID_BEGIN_DECLS

/** ioasid_space_counters() - copy the counters. Any context, wait-free. 0 or -EINVAL. */
IOASID_API IOASID_MUST_CHECK int ioasid_space_counters(const struct ioasid_space *space,
                                                       struct ioasid_counters *counters);

/**
 * ioasid_space_snapshot() - count the ids in each state.
 *
 * Collects until two collections agree, eight times at most; then .exact is
 * false and the numbers are of the last collection.
 * Context:  process; O(populated ids). Progress: wait-free.
 * Return:   0; -EINVAL.
 */
IOASID_API IOASID_MUST_CHECK int ioasid_space_snapshot(struct ioasid_space *space, struct ioasid_snapshot *snapshot);

/**
 * ioasid_space_dump() - every id that is not free, and who still holds it, as text.
 *
 * Context:  process; @write may call anything. Progress: O(populated ids).
 * Return:   0; -EINVAL.
 */
IOASID_API int ioasid_space_dump(struct ioasid_space *space, ioasid_write_fn *write, void *context);

IOASID_END_DECLS

#endif
