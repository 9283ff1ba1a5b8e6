/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The posix port's clock and sleep: CLOCK_MONOTONIC and Linux's futex. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../port.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/time_types.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * The kernel's types, not libc's: where a long has 32 bits, struct timespec may
 * be the 64-bit one while SYS_futex still reads the old one. The newest such
 * systems have the new call only.
 */
#ifdef SYS_futex
#define FUTEX_CALL SYS_futex
typedef struct __kernel_old_timespec futex_span;
#else
#define FUTEX_CALL SYS_futex_time64
typedef struct __kernel_timespec futex_span;
#endif

#define NS_PER_S UINT64_C(1000000000)
/* Longer sleeps end early, which the contract allows, and so no width overflows. */
#define SLEEP_MAX_S UINT64_C(3600)

void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	futex_span span;
	int saved = errno;

	if (timeout_ns > SLEEP_MAX_S * NS_PER_S)
		timeout_ns = SLEEP_MAX_S * NS_PER_S;
	span.tv_sec = (__typeof__(span.tv_sec))(timeout_ns / NS_PER_S);
	span.tv_nsec = (__typeof__(span.tv_nsec))(timeout_ns % NS_PER_S);
	/* EINTR, EAGAIN and ETIMEDOUT are all one to the caller, who looks again. */
	(void)syscall(FUTEX_CALL, &word->value_, FUTEX_WAIT_PRIVATE, seen, &span, NULL, 0);
	errno = saved;
}

void ioasid_port_wake(port_u32 *word)
{
	int saved = errno;

	(void)syscall(FUTEX_CALL, &word->value_, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
	errno = saved;
}

uint64_t ioasid_port_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}
