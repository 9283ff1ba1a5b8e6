/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * conform.h - the tests of the port contract, which every port must pass. They
 * are compiled once for each port; a port says what its host has:
 *
 *   CONFORM_NAME     the port's name
 *   CONFORM_THREADS  threads: workers, sleeping, a read section of each thread's own
 *   CONFORM_FORK     processes that fork
 *   CONFORM_PROCESS  a process, whose memory can be limited; 1 if nothing is said
 *   CONFORM_ERRNO    an errno that the primitives must leave alone; 1 if nothing is said
 *   CONFORM_PATIENCE how often to try for what may not show at once; one more
 *                    try for a right port, many for one that is known to be wrong
 */
#ifndef IOASID_TESTS_CONFORM_H
#define IOASID_TESTS_CONFORM_H

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFORM_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CONFORM_SANITIZED 1
#endif
#endif
#ifndef CONFORM_SANITIZED
#define CONFORM_SANITIZED 0
#endif

#ifndef CONFORM_PROCESS
#define CONFORM_PROCESS 1
#endif
#ifndef CONFORM_ERRNO
#define CONFORM_ERRNO 1
#endif
#ifndef CONFORM_PATIENCE
#define CONFORM_PATIENCE 1
#endif

TCase *conform_values(void);
void conform_orders(Suite *suite);
TCase *conform_memory(void);
TCase *conform_grace(void);
TCase *conform_sleep(void);
TCase *conform_host(void);

/* Threads that are ended in their order; what they find goes into their argument, and is judged by the test. */
static inline pthread_t conform_start(void *(*fn)(void *), void *argument)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, fn, argument), 0);
	return thread;
}

static inline void conform_join(pthread_t thread)
{
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/*
 * A meeting of two, again and again: both leave it at nearly the same moment.
 * The tests' own atomics, so that a port's bug cannot hide itself.
 */
struct meeting {
	_Atomic unsigned came;
};

static inline void meet(struct meeting *meeting, unsigned *round)
{
	unsigned spins = 0;

	*round += 2;
	(void)atomic_fetch_add(&meeting->came, 1);
	while ((int)(atomic_load(&meeting->came) - *round) < 0) {
		if (++spins % 1024 == 0)
			(void)sched_yield();
	}
}

#endif
