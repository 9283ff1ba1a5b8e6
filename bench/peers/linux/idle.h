/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* idle.h - between two operations: what the kernel does when it is done with RCU callbacks in between. For loops.h. */
#ifndef IOASID_BENCH_LINUX_IDLE_H
#define IOASID_BENCH_LINUX_IDLE_H

#include "common.h"

static inline void idle(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
	linux_softirq();
}

#define HAS_IDLE

#endif
