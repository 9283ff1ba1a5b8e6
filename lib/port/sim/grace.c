/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The sim port's grace periods. Each thread publishes the period in which its
 * outermost section began; a grace period opens a new one and looks for those
 * of older ones. All atomics here are seq_cst: either the reader sees what was
 * unlinked before the new period, or the other side sees the reader.
 */
#include "../port.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "sim.h"
#include "thread.h"

static _Atomic uint64_t period = 1;
static _Atomic uint64_t begun;
static _Atomic uint64_t ended;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static enum sim_grace mode; /* under the lock, as is: */
static uint32_t held;

void ioasid_port_read_begin(void)
{
	struct sim_thread *thread = sim_thread_self();

	if (thread->depth++ != 0)
		return;
	atomic_store(&thread->reading, atomic_load(&period));
	port_fence_seq_cst();
}

void ioasid_port_read_end(void)
{
	struct sim_thread *thread = sim_thread_self();

	if (thread->depth == 0)
		sim_die("the end of a read section that was not begun");
	if (--thread->depth == 0)
		atomic_store(&thread->reading, 0);
}

bool ioasid_port_read_held(void)
{
	return sim_thread_self()->depth != 0;
}

static bool began_by(const struct sim_thread *thread, uint64_t last)
{
	uint64_t reading = atomic_load(&thread->reading);

	return reading != 0 && reading <= last;
}

static void wait_for_readers(uint64_t last)
{
	for (const struct sim_thread *thread = sim_thread_first(); thread != NULL; thread = thread->next) {
		while (began_by(thread, last))
			(void)sched_yield();
	}
}

static void verify_readers(uint64_t last)
{
	for (const struct sim_thread *thread = sim_thread_first(); thread != NULL; thread = thread->next) {
		if (began_by(thread, last))
			sim_die("a grace period was asked for while a reader is inside (SIM_GRACE_VERIFY)");
	}
}

static enum sim_grace mode_when_let_go(void)
{
	enum sim_grace now;

	(void)pthread_mutex_lock(&lock);
	held++;
	while (mode == SIM_GRACE_HELD)
		(void)pthread_cond_wait(&changed, &lock);
	held--;
	now = mode;
	(void)pthread_mutex_unlock(&lock);
	return now;
}

void ioasid_port_synchronize(void)
{
	uint64_t last;

	if (sim_thread_self()->depth != 0)
		sim_die("a grace period awaited from within a read section");
	(void)atomic_fetch_add(&begun, 1);
	last = atomic_fetch_add(&period, 1);
	port_fence_seq_cst();
	switch (mode_when_let_go()) {
	case SIM_GRACE_REAL:
		wait_for_readers(last);
		break;
	case SIM_GRACE_VERIFY:
		verify_readers(last);
		break;
	case SIM_GRACE_INSTANT:
	case SIM_GRACE_HELD:
		break;
	}
	port_fence_seq_cst();
	(void)atomic_fetch_add(&ended, 1);
}

void sim_grace_mode(enum sim_grace wanted)
{
	(void)pthread_mutex_lock(&lock);
	mode = wanted;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
}

uint64_t sim_grace_begun(void)
{
	return atomic_load(&begun);
}

uint64_t sim_grace_ended(void)
{
	return atomic_load(&ended);
}

uint32_t sim_grace_held(void)
{
	uint32_t value;

	(void)pthread_mutex_lock(&lock);
	value = mode == SIM_GRACE_HELD ? held : 0;
	(void)pthread_mutex_unlock(&lock);
	return value;
}

uint32_t sim_read_depth(void)
{
	return sim_thread_self()->depth;
}

uint32_t sim_readers(void)
{
	uint32_t readers = 0;

	for (const struct sim_thread *thread = sim_thread_first(); thread != NULL; thread = thread->next)
		readers += atomic_load(&thread->reading) != 0;
	return readers;
}

void sim_fork_grace(enum sim_fork step)
{
	static const pthread_cond_t nobody_sleeps = PTHREAD_COND_INITIALIZER;

	if (step == SIM_FORK_BEFORE) {
		(void)pthread_mutex_lock(&lock);
		return;
	}
	if (step == SIM_FORK_CHILD) {
		memcpy(&changed, &nobody_sleeps, sizeof(changed));
		held = 0;
	}
	(void)pthread_mutex_unlock(&lock);
}

void sim_reset_grace(void)
{
	sim_grace_mode(SIM_GRACE_REAL);
	atomic_store(&begun, 0);
	atomic_store(&ended, 0);
}
