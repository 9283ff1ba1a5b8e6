/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The sim port's threads: who they are, workers, and a fork that a test only pretends. */
#include "thread.h"

#include "../port.h"

#include <ioasid/error.h>
#include <pthread.h>
#include <stdlib.h>

#include "sim.h"

static _Atomic(struct sim_thread *) threads;
static _Atomic uint32_t known;
static _Atomic uint32_t next_number;
static _Atomic bool refuse_workers;
static _Atomic uint32_t epoch;
static _Atomic uint32_t unique;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static _Thread_local struct sim_thread *self;
static _Thread_local bool counted; /* a worker: whoever started it has counted it */

static void thread_gone(void *argument)
{
	struct sim_thread *thread = argument;

	if (thread->depth != 0)
		sim_die("a thread ended within a read section");
	self = NULL;
	atomic_store(&thread->used, false);
	(void)atomic_fetch_sub(&known, 1);
}

static void fork_step(enum sim_fork step)
{
	sim_fork_grace(step);
	sim_fork_clock(step);
	sim_fork_memory(step);
}

static void before_fork(void)
{
	fork_step(SIM_FORK_BEFORE);
}

static void after_fork_parent(void)
{
	fork_step(SIM_FORK_PARENT);
}

/* The child has one thread, in no section but its own. */
static void after_fork_child(void)
{
	fork_step(SIM_FORK_CHILD);
	for (struct sim_thread *thread = atomic_load(&threads); thread != NULL; thread = thread->next) {
		if (thread == self)
			continue;
		atomic_store(&thread->used, false);
		atomic_store(&thread->reading, 0);
		thread->depth = 0;
	}
	atomic_store(&known, self != NULL);
	(void)atomic_fetch_add(&epoch, 1);
}

static void init(void)
{
	if (pthread_key_create(&key, thread_gone) != 0 ||
	    pthread_atfork(before_fork, after_fork_parent, after_fork_child) != 0)
		sim_die("the C library is out of memory");
}

__attribute__((constructor)) static void init_early(void)
{
	(void)pthread_once(&once, init);
}

/* A record that nobody uses, or a new one. */
static struct sim_thread *take_record(void)
{
	struct sim_thread *thread;

	for (thread = atomic_load(&threads); thread != NULL; thread = thread->next) {
		bool expected = false;

		if (atomic_compare_exchange_strong(&thread->used, &expected, true))
			return thread;
	}
	thread = calloc(1, sizeof(*thread));
	if (thread == NULL)
		sim_die("the C library is out of memory");
	atomic_store(&thread->used, true);
	thread->number = atomic_fetch_add(&next_number, 1);
	thread->next = atomic_load(&threads);
	while (!atomic_compare_exchange_weak(&threads, &thread->next, thread))
		;
	return thread;
}

struct sim_thread *sim_thread_self(void)
{
	if (self != NULL)
		return self;
	init_early();
	self = take_record();
	self->hint = self->number;
	(void)pthread_setspecific(key, self);
	if (!counted)
		(void)atomic_fetch_add(&known, 1);
	counted = false;
	return self;
}

struct sim_thread *sim_thread_first(void)
{
	return atomic_load(&threads);
}

bool sim_thread_alone(void)
{
	(void)sim_thread_self();
	return atomic_load(&known) == 1;
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

	counted = true;
	(void)sim_thread_self();
	w->fn(w->arg);
	return NULL;
}

int ioasid_port_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg)
{
	struct worker *w;

	if (atomic_load(&refuse_workers))
		return -IOASID_EAGAIN;
	w = ioasid_port_zalloc(sizeof(*w), _Alignof(struct worker));
	if (w == NULL)
		return -IOASID_ENOMEM;
	w->epoch = ioasid_port_epoch();
	w->fn = fn;
	w->arg = arg;
	(void)atomic_fetch_add(&known, 1);
	if (pthread_create(&w->thread, NULL, worker_main, w) != 0) {
		(void)atomic_fetch_sub(&known, 1);
		ioasid_port_free(w, sizeof(*w));
		return -IOASID_EAGAIN;
	}
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

uint64_t ioasid_port_thread_id(void)
{
	return (uint64_t)(uintptr_t)sim_thread_self();
}

uint32_t ioasid_port_epoch(void)
{
	return atomic_load(&epoch);
}

uint32_t ioasid_port_unique(void)
{
	return atomic_fetch_add(&unique, 1) + 1;
}

uint32_t ioasid_port_shards(void)
{
	return PORT_SHARDS;
}

uint32_t ioasid_port_shard(void)
{
	return sim_thread_self()->hint;
}

void sim_shard_set(uint32_t hint)
{
	sim_thread_self()->hint = hint;
}

void sim_epoch_set(uint32_t value)
{
	atomic_store(&epoch, value);
}

void sim_worker_refuse(bool refuse)
{
	atomic_store(&refuse_workers, refuse);
}

void sim_reset_thread(void)
{
	atomic_store(&refuse_workers, false);
	sim_thread_self()->hint = sim_thread_self()->number;
}
