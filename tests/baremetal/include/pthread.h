/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Threads: each is a CPU of its own, that was parked. */
#ifndef BAREMETAL_PTHREAD_H
#define BAREMETAL_PTHREAD_H

#include <stdint.h>
#include <time.h>

#include "port.h"

typedef struct baremetal_thread *pthread_t;
typedef struct {
	port_u32 word;
} pthread_mutex_t;
typedef struct {
	port_u32 word;
} pthread_rwlock_t;
typedef struct {
	port_u32 inside;
	port_u32 round;
	uint32_t wanted;
} pthread_barrier_t;

#define PTHREAD_BARRIER_SERIAL_THREAD (-1)

int pthread_create(pthread_t *thread, const void *attributes, void *(*fn)(void *), void *arg);
int pthread_join(pthread_t thread, void **result);
int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *until);

int pthread_mutex_init(pthread_mutex_t *mutex, const void *attributes);
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_unlock(pthread_mutex_t *mutex);

int pthread_rwlock_init(pthread_rwlock_t *lock, const void *attributes);
int pthread_rwlock_rdlock(pthread_rwlock_t *lock);
int pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int pthread_rwlock_unlock(pthread_rwlock_t *lock);

int pthread_barrier_init(pthread_barrier_t *barrier, const void *attributes, unsigned count);
int pthread_barrier_wait(pthread_barrier_t *barrier);
int pthread_barrier_destroy(pthread_barrier_t *barrier);

#endif
