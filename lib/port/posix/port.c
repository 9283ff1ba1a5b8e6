/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The posix port, link-time half: liburcu for grace periods, fork, the reclaimer's
 * thread. Memory is in memory.c, sleeping and time in wait.c.
 *
 * Fork. liburcu's locks must not be held by a thread that the child does not
 * have, and the readers of such threads must not hold up the child's grace
 * periods: the handlers below see to both, from before main() on. Whoever uses
 * liburcu-bp elsewhere in the process and calls urcu_bp_before_fork() as well
 * takes the same lock twice: build with IOASID_NO_ATFORK then, and we only count.
 *
 * Unloading. The C library knows the handlers and liburcu knows our threads, so
 * the code must stay once it was loaded: the shared library is linked with
 * -z nodelete, and so must be a plugin that holds us as an archive.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../port.h"

#include <errno.h>
#include <ioasid/error.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(IOASID_ENOENT == ENOENT && IOASID_EAGAIN == EAGAIN && IOASID_ENOMEM == ENOMEM &&
                       IOASID_EACCES == EACCES && IOASID_EBUSY == EBUSY && IOASID_EINVAL == EINVAL &&
                       IOASID_ENOSPC == ENOSPC && IOASID_EDEADLK == EDEADLK && IOASID_EOVERFLOW == EOVERFLOW &&
                       IOASID_ESTALE == ESTALE && IOASID_EDQUOT == EDQUOT,
               "this host numbers its errors differently: teach ioasid/error.h");

#ifdef PORT_TSAN
char ioasid_port_grace_tag;
#endif

static port_u32 forks;
static port_u32 unique;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool no_handlers;
bool ioasid_port_membarrier;

#ifndef IOASID_NO_ATFORK
static void before_fork(void)
{
	urcu_bp_before_fork();
}

static void after_fork_parent(void)
{
	urcu_bp_after_fork_parent();
}
#endif

static void after_fork_child(void)
{
#ifndef IOASID_NO_ATFORK
	urcu_bp_after_fork_child();
#endif
	(void)port_u32_add_relaxed(&forks, 1); /* relaxed: a child is born with one thread */
}

static int membarrier(int command)
{
	int saved = errno;
	int answer = (int)syscall(SYS_membarrier, command, 0, 0);

	errno = saved;
	return answer;
}

static bool membarrier_init(void)
{
	int commands = membarrier(MEMBARRIER_CMD_QUERY);

	return commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0 &&
	       membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

/*
 * A process that has lost the right to the system call since, to a filter, dies here, as
 * it does in liburcu: the light fences that others have passed cannot be made good.
 */
void ioasid_port_fence_heavy(void)
{
	port_fence_seq_cst();
	if (ioasid_port_membarrier && membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0)
		abort();
	port_fence_seq_cst();
}

static void init(void)
{
	ioasid_port_membarrier = membarrier_init();
#ifdef IOASID_NO_ATFORK
	no_handlers = pthread_atfork(NULL, NULL, after_fork_child) != 0;
#else
	no_handlers = pthread_atfork(before_fork, after_fork_parent, after_fork_child) != 0;
#endif
}

/*
 * Before main(), so that no fork goes unseen and no signal handler finds the
 * once half done. Constructors of other objects may call us earlier still:
 * therefore the once.
 */
__attribute__((constructor)) static void init_early(void)
{
	(void)pthread_once(&once, init);
}

uint32_t ioasid_port_epoch(void)
{
	init_early();
	if (no_handlers) /* the C library had no memory for them: a process id serves as well, at a system call each */
		return (uint32_t)getpid();
	return port_u32_load_relaxed(&forks); /* relaxed: changes only where no other thread runs */
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

/* The fences: liburcu has none of its own while no thread has ever read. */
void ioasid_port_synchronize(void)
{
	int saved = errno;

	port_fence_seq_cst();
	urcu_bp_synchronize_rcu();
	port_fence_seq_cst();
#ifdef PORT_TSAN
	__tsan_acquire(&ioasid_port_grace_tag);
#endif
	errno = saved;
}

/* A thread that liburcu does not know is in no section; to ask must not register it. */
bool ioasid_port_read_held(void)
{
	return URCU_TLS(urcu_bp_reader) != NULL && urcu_bp_read_ongoing() != 0;
}

uint64_t ioasid_port_thread_id(void)
{
	static _Thread_local char self;

	return (uint64_t)(uintptr_t)&self;
}

struct worker {
	pthread_t thread;
	uint32_t epoch;
	void (*fn)(void *);
	void *arg;
};

static void *worker_main(void *argument)
{
	struct worker *w = argument;

	w->fn(w->arg);
	return NULL;
}

/*
 * The host's signals are not for our thread; but what a driver's callback does
 * to itself on it (a guest's page that is gone, a breakpoint) must reach the
 * host's handler: a blocked one would kill the process without asking.
 */
static void block_signals(sigset_t *saved)
{
	static const int synchronous[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
	sigset_t set;

	(void)sigfillset(&set);
	for (size_t i = 0; i < sizeof(synchronous) / sizeof(synchronous[0]); i++)
		(void)sigdelset(&set, synchronous[i]);
	(void)pthread_sigmask(SIG_SETMASK, &set, saved);
}

int ioasid_port_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg)
{
	sigset_t saved;
	struct worker *w = ioasid_port_zalloc(sizeof(*w), _Alignof(struct worker));
	int error;

	if (w == NULL)
		return -IOASID_ENOMEM;
	w->epoch = ioasid_port_epoch();
	w->fn = fn;
	w->arg = arg;
	block_signals(&saved);
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

	if (w->epoch == ioasid_port_epoch())
		(void)pthread_join(w->thread, NULL);
	ioasid_port_free(w, sizeof(*w));
	worker->impl = NULL;
}
