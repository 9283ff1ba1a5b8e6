/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * must.h - what a tool cannot go on without: memory and threads.
 *
 * A replay that has lost an allocation would measure something else than what
 * it says, so these end the program with EXIT_SYSTEM instead of failing.
 */
#ifndef REPLAY_MUST_H
#define REPLAY_MUST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* How the program ends. */
enum exit_status {
	EXIT_CLEAN = 0,
	EXIT_STRAY = 1,  /* a stray DMA, or something leaked */
	EXIT_INPUT = 2,  /* the command line, or a file */
	EXIT_SYSTEM = 3, /* memory, threads, or a call of the library that should not fail */
};

/** must_calloc() - zeroed memory. */
void *must_calloc(size_t count, size_t size);

/** must_align() - memory that begins at a multiple of @alignment. */
void *must_align(size_t alignment, size_t size);

/** must_start() - a joinable thread. */
void must_start(pthread_t *thread, void *(*run)(void *context), void *context);

/** must_cond_init() - a condition variable that is timed by the monotonic clock. */
void must_cond_init(pthread_cond_t *cond);

/** must_hold() - ends the program with @what if @truth does not hold. */
void must_hold(bool truth, const char *what, int error);

#endif
