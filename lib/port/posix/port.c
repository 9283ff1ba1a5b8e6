/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The posix port, link-time half: liburcu for grace periods, futex for sleeping,
 * pthreads for the reclaimer. Memory is in memory.c.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../port.h"

#include <errno.h>
#include <ioasid/error.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(IOASID_ENOENT == ENOENT && IOASID_EAGAIN == EAGAIN && IOASID_ENOMEM == ENOMEM &&
                       IOASID_EACCES == EACCES && IOASID_EBUSY == EBUSY && IOASID_EINVAL == EINVAL &&
                       IOASID_ENOSPC == ENOSPC && IOASID_EDEADLK == EDEADLK && IOASID_EOVERFLOW == EOVERFLOW &&
                       IOASID_ESTALE == ESTALE && IOASID_EDQUOT == EDQUOT,
               "this host numbers its errors differently: teach ioasid/error.h");

#ifdef PORT_TSAN
char ioasid_port_grace_tag;
#endif

static port_u32 epoch;
static port_u32 unique;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
	urcu_bp_before_fork();
}

static void after_fork_parent(void)
{
	urcu_bp_after_fork_parent();
}

static void after_fork_child(void)
{
	urcu_bp_after_fork_child();
	/* relaxed: a child is born with one thread. */
	port_u32_add_relaxed(&epoch, 1);
}

static void init(void)
{
	(void)pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

uint32_t ioasid_port_epoch(void)
{
	(void)pthread_once(&once, init);
	return port_u32_load_relaxed(&epoch); /* relaxed: changes only where no other thread runs */
}

uint32_t ioasid_port_unique(void)
{
	return port_u32_add_relaxed(&unique, 1) + 1; /* relaxed: only its uniqueness matters */
}

uint32_t ioasid_port_shards(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint32_t shards = 1;

	while (shards < PORT_SHARDS && (long)shards < cpus)
		shards *= 2;
	return shards;
}

uint32_t ioasid_port_cpu_slow(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (uint32_t)cpu;
}

void ioasid_port_synchronize(void)
{
	urcu_bp_synchronize_rcu();
#ifdef PORT_TSAN
	__tsan_acquire(&ioasid_port_grace_tag);
#endif
}

bool ioasid_port_read_held(void)
{
	return urcu_bp_read_ongoing() != 0;
}

void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	struct timespec span = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
	int saved = errno;

	/* Early returns (EINTR, EAGAIN, ETIMEDOUT) are part of the contract. */
	(void)syscall(SYS_futex, &word->value_, FUTEX_WAIT_PRIVATE, seen, timeout_ns == UINT64_MAX ? NULL : &span,
	              NULL, 0);
	errno = saved;
}

void ioasid_port_wake(port_u32 *word)
{
	int saved = errno;

	(void)syscall(SYS_futex, &word->value_, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
	errno = saved;
}

uint64_t ioasid_port_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t ioasid_port_thread_id(void)
{
	static _Thread_local char self;

	return (uint64_t)(uintptr_t)&self;
}

struct worker {
	pthread_t thread;
	void (*fn)(void *);
	void *arg;
};

static void *worker_main(void *argument)
{
	struct worker *w = argument;

	w->fn(w->arg);
	return NULL;
}

int ioasid_port_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg)
{
	sigset_t all;
	sigset_t saved;
	struct worker *w = ioasid_port_zalloc(sizeof(*w), _Alignof(struct worker));
	int error;

	if (w == NULL)
		return -IOASID_ENOMEM;
	w->fn = fn;
	w->arg = arg;
	/* The host's signals are not for our thread. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &saved);
	error = pthread_create(&w->thread, NULL, worker_main, w);
	(void)pthread_sigmask(SIG_SETMASK, &saved, NULL);
	if (error != 0) {
		ioasid_port_free(w, sizeof(*w));
		return -IOASID_EAGAIN;
	}
	(void)pthread_setname_np(w->thread, "ioasid-reclaim");
	worker->impl = w;
	return 0;
}

void ioasid_port_worker_join(struct port_worker *worker)
{
	struct worker *w = worker->impl;

	(void)pthread_join(w->thread, NULL);
	ioasid_port_free(w, sizeof(*w));
	worker->impl = NULL;
}
