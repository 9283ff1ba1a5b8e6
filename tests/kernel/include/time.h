/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef IOASID_TESTS_KERNEL_TIME_H
#define IOASID_TESTS_KERNEL_TIME_H

#include "kernel.h"

struct timespec {
	long tv_sec;
	long tv_nsec;
};

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1

static inline int clock_gettime(int clock, struct timespec *now)
{
	u64 ns = ktime_get_ns();

	(void)clock;
	now->tv_sec = (long)(ns / NSEC_PER_SEC);
	now->tv_nsec = (long)(ns % NSEC_PER_SEC);
	return 0;
}

static inline int nanosleep(const struct timespec *span, struct timespec *left)
{
	const u64 us = span->tv_sec * USEC_PER_SEC + DIV_ROUND_UP(span->tv_nsec, NSEC_PER_USEC);

	(void)left;
	if (rcu_preempt_depth() != 0) /* nobody may sleep in there */
		mdelay(DIV_ROUND_UP(us, USEC_PER_MSEC));
	else
		fsleep((unsigned long)us);
	return 0;
}

#endif
