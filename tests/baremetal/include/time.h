/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One clock, which began with the machine. */
#ifndef BAREMETAL_TIME_H
#define BAREMETAL_TIME_H

typedef long time_t;
typedef int clockid_t;
struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1

int clock_gettime(clockid_t clock, struct timespec *now);
int nanosleep(const struct timespec *span, struct timespec *left);
time_t time(time_t *now);

#endif
