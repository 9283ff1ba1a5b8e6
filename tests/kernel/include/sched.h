/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef IOASID_TESTS_KERNEL_SCHED_H
#define IOASID_TESTS_KERNEL_SCHED_H

#include "kernel.h"

/* To sleep a while: cond_resched() does nothing in a kernel that preempts, and yield() is for those who know better. */
static inline int sched_yield(void)
{
	/* In a read section of RCU's nobody may sleep; the threads that depend on one are on other processors. */
	if (rcu_preempt_depth() != 0)
		cpu_relax();
	else
		usleep_range(1, 20);
	return 0;
}

#endif
