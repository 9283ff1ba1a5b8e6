/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* threads.c - pthreads and clocks for CPUs, and a signal that is an interrupt. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "cpus.h"
#include "threads.h"
#include "virt.h"

#define SECOND UINT64_C(1000000000)
#define TLS_MAX 256

struct baremetal_thread {
	void *(*fn)(void *);
	void *arg;
	void *result;
	uint32_t cpu;
};

_Thread_local int errno;

extern char __tdata_start[];
extern char __tdata_size[]; /* their addresses are the sizes */
extern char __tls_size[];

/* The first two words after the thread pointer are not the program's. */
void thread_begin(void)
{
	static _Alignas(16) unsigned char tls[BOARD_CPUS][16 + TLS_MAX];
	unsigned char *own = tls[ioasid_port_cpu()];

	port_assert((uintptr_t)__tls_size <= TLS_MAX);
	memset(own, 0, 16 + TLS_MAX);
	memcpy(own + 16, __tdata_start, (uintptr_t)__tdata_size);
	__asm__ volatile("msr tpidr_el0, %0" ::"r"(own) : "memory");
}

static void thread_main(void *arg)
{
	struct baremetal_thread *thread = arg;

	thread_begin();
	thread->result = thread->fn(thread->arg);
}

int pthread_create(pthread_t *thread, const void *attributes, void *(*fn)(void *), void *arg)
{
	struct baremetal_thread *new = malloc(sizeof(*new));

	(void)attributes;
	if (new == NULL)
		return EAGAIN;
	*new = (struct baremetal_thread){.fn = fn, .arg = arg};
	new->cpu = ioasid_port_cpu_start(thread_main, new);
	if (new->cpu == 0) {
		free(new);
		return EAGAIN;
	}
	*thread = new;
	return 0;
}

static int join(pthread_t thread, void **result, uint64_t timeout_ns)
{
	if (!ioasid_port_cpu_join(thread->cpu, timeout_ns))
		return ETIMEDOUT;
	if (result != NULL)
		*result = thread->result;
	free(thread);
	return 0;
}

int pthread_join(pthread_t thread, void **result)
{
	return join(thread, result, UINT64_MAX);
}

int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *until)
{
	const uint64_t limit = (uint64_t)until->tv_sec * SECOND + (uint64_t)until->tv_nsec;
	const uint64_t now = ioasid_port_now_ns();

	return join(thread, result, limit > now ? limit - now : 0);
}

int pthread_mutex_init(pthread_mutex_t *mutex, const void *attributes)
{
	(void)attributes;
	port_u32_init(&mutex->word, 0);
	return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	while (port_u32_xchg_acq_rel(&mutex->word, 1) != 0) /* ACQ_REL: ACQUIRE, with the unlock */
		ioasid_port_wait(&mutex->word, 1, UINT64_MAX);
	return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	port_u32_store_release(&mutex->word, 0); /* RELEASE: with the lock */
	ioasid_port_wake(&mutex->word);
	return 0;
}

/* How many read, or: one writes. */
#define WRITER UINT32_MAX

int pthread_rwlock_init(pthread_rwlock_t *lock, const void *attributes)
{
	(void)attributes;
	port_u32_init(&lock->word, 0);
	return 0;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	uint32_t seen = port_u32_load_relaxed(&lock->word); /* relaxed: the swap orders */

	for (;;) {
		if (seen == WRITER) {
			ioasid_port_wait(&lock->word, seen, UINT64_MAX);
			seen = port_u32_load_relaxed(&lock->word);               /* relaxed: as above */
		} else if (port_u32_cas_acq_rel(&lock->word, &seen, seen + 1)) { /* ACQ_REL: ACQUIRE, with the unlock */
			return 0;
		}
	}
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	uint32_t seen = 0;

	while (!port_u32_cas_acq_rel(&lock->word, &seen, WRITER)) { /* ACQ_REL: ACQUIRE, with the unlock */
		if (seen != 0)
			ioasid_port_wait(&lock->word, seen, UINT64_MAX);
		seen = 0;
	}
	return 0;
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	if (port_u32_load_relaxed(&lock->word) == WRITER) /* relaxed: it is we who hold it */
		port_u32_store_release(&lock->word, 0);   /* RELEASE: with the next lock */
	else
		(void)port_u32_add_release(&lock->word, UINT32_MAX); /* RELEASE: as above */
	ioasid_port_wake(&lock->word);
	return 0;
}

int pthread_barrier_init(pthread_barrier_t *barrier, const void *attributes, unsigned count)
{
	(void)attributes;
	port_u32_init(&barrier->inside, 0);
	port_u32_init(&barrier->round, 0);
	barrier->wanted = count;
	return 0;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	const uint32_t round = port_u32_load_acquire(&barrier->round); /* ACQUIRE: with the RELEASE below */

	/* ACQ_REL: what all did before, to the last who comes. */
	if (port_u32_add_acq_rel(&barrier->inside, 1) + 1 == barrier->wanted) {
		port_u32_store_relaxed(&barrier->inside, 0);        /* relaxed: the next round comes after this one */
		port_u32_store_release(&barrier->round, round + 1); /* RELEASE: to all who wait */
		ioasid_port_wake(&barrier->round);
		return PTHREAD_BARRIER_SERIAL_THREAD;
	}
	while (port_u32_load_acquire(&barrier->round) == round) /* ACQUIRE: as above */
		ioasid_port_wait(&barrier->round, round, UINT64_MAX);
	return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	(void)barrier;
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	const uint64_t ns = ioasid_port_now_ns();

	(void)clock;
	*now = (struct timespec){(time_t)(ns / SECOND), (long)(ns % SECOND)};
	return 0;
}

time_t time(time_t *now)
{
	(void)now;
	return (time_t)(ioasid_port_now_ns() / SECOND);
}

/* In an interrupt, time passes only by looking at the clock. */
static void pass(uint64_t ns)
{
	const uint64_t start = ioasid_port_now_ns();
	port_u32 nothing;
	uint64_t spent;

	port_u32_init(&nothing, 0);
	while ((spent = ioasid_port_now_ns() - start) < ns) {
		if (!board_in_interrupt())
			ioasid_port_wait(&nothing, 0, ns - spent);
	}
}

int nanosleep(const struct timespec *span, struct timespec *left)
{
	(void)left;
	pass((uint64_t)span->tv_sec * SECOND + (uint64_t)span->tv_nsec);
	return 0;
}

/* There is nobody else on this CPU; but the emulator has fewer processors than there are CPUs. */
int sched_yield(void)
{
	pass(20000);
	return 0;
}

static struct {
	port_u32 period_us;
	void (*handler)(int);
} alarm;

static void deliver(const struct board_frame *frame)
{
	(void)frame;
	alarm.handler(SIGALRM);
}

int sigemptyset(sigset_t *set)
{
	*set = 0;
	return 0;
}

int sigaddset(sigset_t *set, int number)
{
	*set |= 1u << number;
	return 0;
}

int sigaction(int number, const struct sigaction *action, struct sigaction *was)
{
	(void)number;
	(void)was;
	alarm.handler = action->sa_handler;
	return 0;
}

int setitimer(int which, const struct itimerval *value, struct itimerval *was)
{
	(void)which;
	(void)was;
	port_u32_store_relaxed(&alarm.period_us,
	                       (uint32_t)value->it_interval.tv_usec); /* relaxed: no thread has begun */
	return 0;
}

/* One timer for all would have to choose whom to interrupt: here everybody has one. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *was)
{
	(void)set;
	(void)was;
	board_tick(how == SIG_UNBLOCK ? port_u32_load_relaxed(&alarm.period_us) : 0, deliver); /* relaxed: as above */
	return 0;
}
