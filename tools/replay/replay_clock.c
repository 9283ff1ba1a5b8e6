/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* replay_clock.c - see replay_clock.h. */
#include "replay_clock.h"

#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)

static struct timespec to_timespec(uint64_t ns)
{
	struct timespec time = {(time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND)};

	return time;
}

uint64_t replay_clock_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void replay_clock_start(struct replay_clock *clock, double speed)
{
	clock->speed = speed;
	clock->start_ns = replay_clock_ns();
}

uint64_t replay_clock_span(const struct replay_clock *clock, uint64_t trace_us)
{
	double ns = (double)trace_us * 1000.0;

	return (uint64_t)(clock->speed > 0 ? ns / clock->speed : ns);
}

uint64_t replay_clock_due(const struct replay_clock *clock, uint64_t trace_us)
{
	return clock->speed > 0 ? clock->start_ns + replay_clock_span(clock, trace_us) : clock->start_ns;
}

void replay_clock_sleep(uint64_t until_ns)
{
	struct timespec until = to_timespec(until_ns);

	while (replay_clock_ns() < until_ns)
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

void replay_clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until_ns)
{
	struct timespec until = to_timespec(until_ns);

	if (until_ns == 0)
		(void)pthread_cond_wait(cond, lock);
	else
		(void)pthread_cond_timedwait(cond, lock, &until);
}
