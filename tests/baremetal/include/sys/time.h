/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The timer of undone.c: from when it is set, each CPU that lets SIGALRM in is interrupted. */
#ifndef BAREMETAL_SYS_TIME_H
#define BAREMETAL_SYS_TIME_H

struct timeval {
	long tv_sec;
	long tv_usec;
};
struct itimerval {
	struct timeval it_interval;
	struct timeval it_value;
};

#define ITIMER_REAL 0

int setitimer(int which, const struct itimerval *value, struct itimerval *was);

#endif
