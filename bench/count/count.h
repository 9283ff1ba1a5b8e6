/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * count.h - atomic operations by the kind of word that they are on.
 */
#ifndef IOASID_BENCH_COUNT_H
#define IOASID_BENCH_COUNT_H

#include <stdint.h>

/** enum place - what a counted word is part of. TALLY is the only one that is a CPU's own. */
enum place {
	PLACE_LEAF,    /* free and quarantined bits */
	PLACE_SLOT,    /* of an id: word, chain of bindings; count of parked ids */
	PLACE_SET,     /* charge, shared id, end; map of chunks */
	PLACE_HINT,    /* which chunks have something; clock */
	PLACE_BINDING, /* bindings, their pool, devices' chains */
	PLACE_DOOR,    /* inbox and letters, parked list, events, sleepers, the right to run */
	PLACE_COUNTER, /* statistics */
	PLACE_TALLY,   /* cells of distributed counts: a line per CPU */
	PLACE_OTHER,
	PLACE_COUNT
};

struct counts {
	uint64_t rmw[PLACE_COUNT];
	uint64_t barriers; /* seq_cst stores and fences */
	uint64_t read_sections;
	uint64_t grace_periods;
};

extern struct counts counts;

struct ioasid_space;

/* count_begin() - from zero; words are told apart by what @space has now. */
void count_begin(const struct ioasid_space *space);
/* count_end() - until count_begin(), nothing is counted. */
void count_end(void);
void count_grace_period(void);

#endif
