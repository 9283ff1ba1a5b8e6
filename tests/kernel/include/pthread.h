/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Threads are kthreads, locks are the kernel's. */
#ifndef IOASID_TESTS_KERNEL_PTHREAD_H
#define IOASID_TESTS_KERNEL_PTHREAD_H

#include "kernel.h"
#include "time.h"

typedef struct test_thread *pthread_t;

int pthread_create(pthread_t *thread, const void *attributes, void *(*fn)(void *), void *argument);
int pthread_join(pthread_t thread, void **result);
int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *limit);
/* The thread that a test runs on, or one that pthread_create() made. */
pthread_t pthread_self(void);
/* One flag of each such thread, false at first. */
bool *test_has_come(void);

typedef struct {
	unsigned wanted;
	unsigned came;
	unsigned round;
	wait_queue_head_t all_there;
} pthread_barrier_t;

#define PTHREAD_BARRIER_SERIAL_THREAD (-1)
int pthread_barrier_init(pthread_barrier_t *barrier, const void *attributes, unsigned count);
int pthread_barrier_wait(pthread_barrier_t *barrier);
int pthread_barrier_destroy(pthread_barrier_t *barrier);

typedef struct mutex pthread_mutex_t;
#define pthread_mutex_init(mutex, attributes) \
	({                                    \
		mutex_init(mutex);            \
		0;                            \
	})
#define pthread_mutex_lock(mutex)  \
	({                         \
		mutex_lock(mutex); \
		0;                 \
	})
#define pthread_mutex_unlock(mutex)  \
	({                           \
		mutex_unlock(mutex); \
		0;                   \
	})

/* Which kind is to be unlocked, pthreads know and the kernel does not: the writer leaves his name. */
typedef struct {
	struct rw_semaphore lock;
	struct task_struct *writer;
} pthread_rwlock_t;

/* Who takes several locks takes them in the order of their addresses, as those of an array; lockdep is to know, and check it. */
#if defined(CONFIG_PROVE_LOCKING)
static inline int test_rwlock_order(const struct lockdep_map *a, const struct lockdep_map *b)
{
	return a < b ? -1 : a > b;
}
#define test_rwlock_ordered(lock) lock_set_cmp_fn(&(lock)->lock, test_rwlock_order, NULL)
#else
#define test_rwlock_ordered(lock) ((void)(lock))
#endif

static inline int test_rwlock_init(pthread_rwlock_t *lock)
{
	init_rwsem(&lock->lock);
	test_rwlock_ordered(lock);
	lock->writer = NULL;
	return 0;
}

static inline int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	down_read(&lock->lock);
	return 0;
}

static inline int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	down_write(&lock->lock);
	WRITE_ONCE(lock->writer, current);
	return 0;
}

static inline int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	if (READ_ONCE(lock->writer) == current) {
		WRITE_ONCE(lock->writer, NULL);
		up_write(&lock->lock);
	} else {
		up_read(&lock->lock);
	}
	return 0;
}

#define pthread_rwlock_init(lock, attributes) test_rwlock_init(lock)

#endif
