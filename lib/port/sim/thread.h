/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* thread.h - what the sim port knows of each thread; used again after the thread has gone. */
#ifndef IOASID_PORT_SIM_THREAD_H
#define IOASID_PORT_SIM_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct sim_thread {
	struct sim_thread *next; /* written before it is linked, never unlinked */
	_Atomic bool used;
	_Alignas(8) _Atomic uint64_t reading; /* the grace period in which the section began; 0: in none */
	uint32_t depth;                       /* the thread's own */
	uint32_t number;
	uint32_t hint;
};

/* The caller's; made at its first call. */
struct sim_thread *sim_thread_self(void);
/* All that ever were, by ->next. */
struct sim_thread *sim_thread_first(void);
/* Is the caller the only thread that the port knows? Workers count from their start on. */
bool sim_thread_alone(void);

/* Each file's share of sim_reset(). */
void sim_reset_memory(void);
void sim_reset_clock(void);
void sim_reset_grace(void);
void sim_reset_thread(void);
void sim_reset_faults(void);

/*
 * Each file's share of a fork: its lock is taken before and given back after, so
 * that no thread that the child does not have holds it; and who slept, sleeps in
 * the parent only.
 */
enum sim_fork {
	SIM_FORK_BEFORE,
	SIM_FORK_PARENT,
	SIM_FORK_CHILD
};
void sim_fork_memory(enum sim_fork step);
void sim_fork_clock(enum sim_fork step);
void sim_fork_grace(enum sim_fork step);

/* What a bug in the core, or in a test, ends with. */
__attribute__((noreturn)) void sim_die(const char *what);

#endif
