/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * subject.h - what is measured side by side: ours, peers, floors.
 *
 * A subject is a file that says how it takes and gives back an id, and what else
 * it can do, as static inline functions, and then includes loops.h, which makes
 * the loops of every workload out of them. So nobody pays for a call through a
 * pointer in each operation; what a user of the subject calls, is called.
 */
#ifndef IOASID_BENCH_SUBJECT_H
#define IOASID_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#define SUBJECT_IDS (UINT32_C(1) << 20)
#define SUBJECT_THREADS 8u
#define SUBJECT_LINE 64

/* What an id is to its holder: the number, or a handle with the number in it. */
typedef uint64_t subject_token;

/** struct subject - one column of the comparison. A loop that is NULL: it cannot do that. */
struct subject {
	const char *name;
	const char *lacks; /* what it does not do, for the reader of the table */
	bool floor;        /* not an equal: a bare number dispenser, or */
	bool machine;      /* no allocator at all: what the machine itself asks for */

	/* A space of SUBJECT_IDS ids for up to @threads threads; NULL: no memory. Called before the threads exist. */
	void *(*create)(unsigned threads);
	void (*destroy)(void *it);
	/* On each thread, before its first loop and after its last one. */
	void (*enter)(void *it, unsigned thread);
	void (*leave)(void *it, unsigned thread);

	/* Each loop does @count operations on @thread and returns how many of them got no id. */
	uint64_t (*pair)(void *it, unsigned thread, uint64_t count);
	/* One of the @held tokens, at random, goes and a new one comes, @count times; a token of 0 is none. */
	uint64_t (*replace)(void *it, unsigned thread, subject_token *token, uint64_t held, uint64_t count,
	                    uint64_t *seed);
	/* The same within [first, last]; NULL: it has no ranges. */
	uint64_t (*replace_range)(void *it, unsigned thread, subject_token *token, uint64_t held, uint64_t count,
	                          uint64_t *seed, uint32_t first, uint32_t last);
	uint64_t (*fill)(void *it, unsigned thread, subject_token *token, uint64_t count);
	uint64_t (*fill_range)(void *it, unsigned thread, subject_token *token, uint64_t count, uint32_t first,
	                       uint32_t last);
	void (*drain)(void *it, unsigned thread, const subject_token *token, uint64_t count);
	/* Finds live ids at random out of @live tokens; returns how many were not found. */
	uint64_t (*find)(void *it, unsigned thread, const subject_token *token, uint64_t live, uint64_t count,
	                 uint64_t *seed);
	/* Finds, takes a reference, drops it. */
	uint64_t (*get_put)(void *it, unsigned thread, const subject_token *token, uint64_t live, uint64_t count,
	                    uint64_t *seed);
	/* Of what has devices: a device is bound to an id and unbound, until it is gone; a request begins and ends. */
	uint64_t (*bind)(void *it, unsigned thread, uint64_t count);
	uint64_t (*request)(void *it, unsigned thread, uint64_t count);
	/* All that @thread has taken goes at once, and may be taken again when this returns. */
	void (*end_all)(void *it, unsigned thread);
	/* One id that is meant to be got and put by all threads at once; NULL: any. */
	subject_token (*hot)(void *it);
	/* All that was freed may be taken again when this returns; NULL: it may at once. Not in a loop. */
	void (*settle)(void *it, unsigned thread);
};

/* subject_zalloc() - zeroed memory that begins a line; NULL if there is none. */
void *subject_zalloc(uint64_t size);

/* A small fast generator, the same numbers in every run (Marsaglia's xorshift). */
static inline uint64_t subject_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* One of the first @count numbers; @count is at most 2^32. */
static inline uint64_t subject_below(uint64_t *seed, uint64_t count)
{
	return (subject_random(seed) >> 32) * count >> 32;
}

#endif
