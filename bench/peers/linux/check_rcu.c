/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * check_rcu.c - does what is freed by RCU stay until its readers are gone? No loop
 * of a subject would tell: it seldom frees what somebody else is reading.
 */
#include <shim.h>

#include "check.h"
#include "common.h"

#include <semaphore.h>

#define CALLBACKS (8 * LINUX_RCU_BATCH)
#define LONG_ENOUGH_US 100000

static struct rcu_head head[CALLBACKS];
static unsigned ran;
static sem_t reading;
static sem_t enough;

static void callback(struct rcu_head *one)
{
	expect(one == &head[ran], "callbacks run in order");
	ran++;
}

static void *reader(void *at)
{
	(void)at;
	rcu_read_lock();
	(void)sem_post(&reading);
	(void)sem_wait(&enough);
	rcu_read_unlock();
	return NULL;
}

void check_rcu(void)
{
	pthread_t thread;
	unsigned i;

	linux_begin();
	(void)sem_init(&reading, 0, 0);
	(void)sem_init(&enough, 0, 0);
	expect(pthread_create(&thread, NULL, reader, NULL) == 0, "a thread can be created");
	(void)sem_wait(&reading);
	for (i = 0; i < CALLBACKS; i++) {
		call_rcu(&head[i], callback);
		linux_softirq();
	}
	(void)usleep(LONG_ENOUGH_US);
	linux_rcu_process();
	expect(ran == 0, "no callback runs while somebody reads");
	(void)sem_post(&enough);
	linux_leave(NULL, 0);
	expect(ran == CALLBACKS, "all callbacks run at last");
	(void)pthread_join(thread, NULL);
	(void)sem_destroy(&reading);
	(void)sem_destroy(&enough);
}
