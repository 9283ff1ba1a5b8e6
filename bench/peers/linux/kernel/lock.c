/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lock.c - a spinlock that costs what the kernel's costs: how to wait. */
#include "lock.h"

#include <sched.h>
#include <stdbool.h>

#define PENDING UINT32_C(0x100)
#define PATIENCE 256u

static bool patient(unsigned *spins)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
	return ++*spins < PATIENCE;
}

/* The pending one: the lock is its as soon as the holder drops it. False: the holder is not running. */
static bool next_in_line(linux_lock *lock)
{
	unsigned spins = 0;

	while (__atomic_load_n(&lock->locked, __ATOMIC_ACQUIRE) != 0) {
		if (!patient(&spins)) {
			/* Nobody shall wait for one that sleeps. */
			__atomic_fetch_and(&lock->word, ~PENDING, __ATOMIC_RELAXED);
			return false;
		}
	}
	/* Nobody else writes while the lock is dropped and somebody is pending. */
	__atomic_store_n(&lock->word, LINUX_LOCKED, __ATOMIC_RELAXED);
	return true;
}

void linux_lock_slow(linux_lock *lock)
{
	unsigned spins = 0;
	uint32_t word;

	for (;;) {
		word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);
		if (word == 0) {
			if (__atomic_compare_exchange_n(&lock->word, &word, LINUX_LOCKED, 0, __ATOMIC_ACQUIRE,
			                                __ATOMIC_RELAXED))
				return;
		} else if ((word & PENDING) == 0) {
			if (!__atomic_compare_exchange_n(&lock->word, &word, word | PENDING, 0, __ATOMIC_RELAXED,
			                                 __ATOMIC_RELAXED))
				continue;
			if (next_in_line(lock))
				return;
			(void)sched_yield();
		} else if (!patient(&spins)) {
			(void)sched_yield();
			spins = 0;
		}
	}
}
