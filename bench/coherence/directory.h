/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * directory.h - who has which cache line: MESI with caches that never forget.
 *
 * All that the core gets from its port lies in one arena of 64-byte lines. For
 * each line the directory knows the cores that have it, and whether one of them
 * has it alone. A core that reads a line that it has not, or writes one that it
 * has not alone, misses; anything else is free. A new block is with
 * the core that asked for it, which has zeroed it.
 *
 * One pass serves all numbers of sockets: whose line it was says for each of
 * them whether the miss stayed on its socket.
 */
#ifndef IOASID_COHERENCE_DIRECTORY_H
#define IOASID_COHERENCE_DIRECTORY_H

#include "arena.h"

#include <stdbool.h>

#define CORES_MAX 256u
/* One more, for whoever does the deferred work. */
#define CORE_WORDS ((CORES_MAX + 1 + 63) / 64)
/* 1, 2, 4 and 8 sockets. */
#define SOCKET_COUNTS 4u

/** enum place - what a line, or the part of it that was missed, belongs to. */
enum place {
	PLACE_LEAF,    /* free and quarantined bits */
	PLACE_SLOT,    /* of an id: word, owner, chain of bindings */
	PLACE_LABEL,   /* of an id: its owner's short name; who has which */
	PLACE_PARKED,  /* a chunk's count of parked ids */
	PLACE_SET,     /* charge, map of chunks, quota, holds */
	PLACE_HINT,    /* which chunks have something: some, resting */
	PLACE_CURSOR,  /* a shard's: where to look next, takes under a quota */
	PLACE_CLOCK,   /* the grace-period clock */
	PLACE_COUNTER, /* statistics, bytes of memory */
	PLACE_DOOR,    /* inbox and letters, parked list, events, sleepers, the right to run */
	PLACE_TALLY,   /* cells of distributed counts: a line per shard */
	PLACE_CENTRAL, /* their central words, and which columns are taken */
	PLACE_BINDING, /* a binding's word, contents and links */
	PLACE_POOL,    /* the stack of free bindings, the hint to tallies */
	PLACE_DEVICE,  /* a device, and the chain of its bindings */
	PLACE_SPACE,   /* what every call reads of the space, the table, the owners' buckets */
	PLACE_NUMBERS, /* how many sets and devices there are, and sets ending */
	PLACE_READER,  /* the port's read sections and grace periods */
	PLACE_OTHER,
	PLACE_COUNT
};

extern const char *const place_names[PLACE_COUNT];

/** struct misses - those on one place. */
struct misses {
	uint64_t all;
	uint64_t falsely;              /* the last owner of the line had not written the word */
	uint64_t deferred;             /* within the deferred work */
	uint64_t other[SOCKET_COUNTS]; /* from another socket */
	uint64_t other_deferred[SOCKET_COUNTS];
};

/** struct line - one line's state, and how often it had to change hands. */
struct line {
	uint64_t holders[CORE_WORDS];
	uint16_t owner;   /* the core that has it alone, + 1 */
	uint16_t filler;  /* the core that missed it last, + 1 */
	uint16_t written; /* by the last owner: a bit per 4 bytes */
	bool falsely;     /* the last miss was a false one */
	uint8_t place;    /* of the last miss */
	uint32_t moves;   /* misses that no other miss of the line can be served beside */
	uint32_t moves_other[SOCKET_COUNTS];
};

/*
 * struct busiest - how often the busiest line of a place moved. Which line that is
 * changes as the cores go on from id to id, so it is summed over short windows.
 */
struct busiest {
	uint64_t moves[SOCKET_COUNTS];
	uint64_t moves_other[SOCKET_COUNTS];
};

/* directory_reset() - the arena is empty. @cores do the work, core number @cores what is deferred. */
void directory_reset(uint32_t cores);
/* directory_run_as() - who makes the accesses from now on. */
void directory_run_as(uint32_t core);
uint32_t directory_core(void);
/* directory_count() - count misses from zero, or not at all. */
void directory_count(bool on);
/* directory_window() - one window is over. By the costs of a move, which line was the busiest. */
void directory_window(double own_ns, double other_ns);
/* directory_defer() - what is missed now is missed by the deferred work. */
void directory_defer(bool on);

void directory_access(const volatile void *where, bool write);

const struct misses *directory_misses(enum place place);
uint64_t directory_accesses(void);
const struct busiest *directory_busiest(enum place place);

/* directory_own() - a new block: the running core has all of its lines alone, having zeroed them. */
void directory_own(uint32_t line, uint32_t count);

#endif
