/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lock.h - a spinlock that costs what the kernel's queued spinlock costs.
 *
 * Free: one compare-and-swap to take, one store of a byte to release. Held: the
 * next in line marks itself pending and waits, in order. The kernel's further
 * waiters stand in a queue, each on its own CPU with preemption off; threads are
 * preempted, and an order among sleepers would be a collapse that the kernel does
 * not have: further threads wait out of order, and whoever waits for long yields.
 */
#ifndef LINUX_SHIM_LOCK_H
#define LINUX_SHIM_LOCK_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the byte that says locked is the lowest one"
#endif

#define LINUX_LOCKED UINT32_C(1)

typedef struct linux_lock {
	union {
		uint32_t word;
		uint8_t locked;
	};
} linux_lock;

void linux_lock_slow(linux_lock *lock);

static inline void linux_lock_take(linux_lock *lock)
{
	uint32_t word = 0;

	if (!__atomic_compare_exchange_n(&lock->word, &word, LINUX_LOCKED, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		linux_lock_slow(lock);
}

static inline void linux_lock_drop(linux_lock *lock)
{
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

#endif
