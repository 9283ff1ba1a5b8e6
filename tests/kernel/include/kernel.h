/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * kernel.h - all of the kernel's headers that the tests use, before any name of the
 * C library's is given another meaning below: the kernel's own are read whole.
 */
#ifndef IOASID_TESTS_KERNEL_KERNEL_H
#define IOASID_TESTS_KERNEL_KERNEL_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include <linux/tracepoint-defs.h>
#include <linux/wait.h>

#include <stdint.h>

/* From 6.4 on it brings the kernel's drivers along, who share names with those of the tests. */
#include <ioasid/types.h>

#define driver_init test_driver_init
#define driver_register test_driver_register

#if defined(IOASID_TEST_CORE)
#include "port.h"
#endif

#endif
