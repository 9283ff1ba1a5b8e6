/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * rcu.h - the kernel's RCU on liburcu: readers are liburcu's, call_rcu() is as in
 * the kernel. Each CPU there gathers its callbacks, learns from others that a
 * grace period is over, and runs them itself when it is interrupted next; here
 * each thread does, between its operations (linux_softirq()).
 */
#ifndef LINUX_SHIM_RCU_H
#define LINUX_SHIM_RCU_H

#include <stdint.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wgnu-statement-expression"
#include <urcu/urcu-bp.h>
#pragma GCC diagnostic pop

/* So many callbacks wait for a grace period together. */
#define LINUX_RCU_BATCH 1024u

struct linux_rcu {
	unsigned count;
	struct rcu_head *first;
	struct rcu_head *last;
};

extern _Thread_local struct linux_rcu linux_rcu;

typedef void (*linux_rcu_fn)(struct rcu_head *head);

/* As the kernel has it: a @fn that is no address says how far in memory that is freed @head is. */
#define LINUX_RCU_FREE(offset) ((linux_rcu_fn)(uintptr_t)(offset))
#define LINUX_RCU_OFFSETS 4096u

void linux_call_rcu(struct rcu_head *head, linux_rcu_fn fn);

void linux_rcu_process(void);

static inline void linux_softirq(void)
{
	if (__builtin_expect(linux_rcu.count >= LINUX_RCU_BATCH, 0))
		linux_rcu_process();
}

/* Starts the thread that waits for grace periods, so that it does not inherit the CPU of a measured one. */
void linux_rcu_start(void);
/* Waits until all callbacks of the calling thread have run. */
void linux_rcu_leave(void);

#endif
