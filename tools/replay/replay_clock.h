/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * replay_clock.h - trace time and machine time.
 *
 * At speed X, one second of the trace takes 1/X seconds here; the device's
 * latencies are scaled with it, so that requests overlap the ends of their
 * owners as they would at speed 1. Speed 0 does not wait for the trace at all
 * and leaves the latencies as they are.
 */
#ifndef REPLAY_CLOCK_H
#define REPLAY_CLOCK_H

#include <pthread.h>
#include <stdint.h>

struct replay_clock {
	uint64_t start_ns;
	double speed;
};

/** replay_clock_start() - trace time is zero now. */
void replay_clock_start(struct replay_clock *clock, double speed);

/** replay_clock_ns() - machine time, in ns, monotonic. */
uint64_t replay_clock_ns(void);

/** replay_clock_due() - the machine time at which trace time @trace_us has come. */
uint64_t replay_clock_due(const struct replay_clock *clock, uint64_t trace_us);

/** replay_clock_span() - how many ns of machine time @trace_us last. */
uint64_t replay_clock_span(const struct replay_clock *clock, uint64_t trace_us);

/** replay_clock_sleep() - until machine time @until_ns. */
void replay_clock_sleep(uint64_t until_ns);

/** replay_clock_wait() - on @cond, at most until machine time @until_ns; 0 waits for a signal only. */
void replay_clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until_ns);

#endif
