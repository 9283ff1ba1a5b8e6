/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The sim port's clock and sleep. Time is a number that tests move. A sleeper
 * with a limit moves it himself if nobody else is there to wake him, or if
 * nothing happens for a moment of real time: a test may sit in pthread_join()
 * meanwhile, which the port cannot see.
 */
#include "../port.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "sim.h"
#include "thread.h"

#define CLOCK_FIRST_NS UINT64_C(1000000000)
#define PATIENCE_NS 5000000
#define NS_PER_S 1000000000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic uint64_t clock_ns = CLOCK_FIRST_NS; /* written under the lock, as all below */
static uint64_t wakes;
static uint64_t waits;
static uint64_t early_every;
static uint32_t sleepers;
static bool manual;

static void move_clock(uint64_t to)
{
	if (to > atomic_load(&clock_ns))
		atomic_store(&clock_ns, to);
	(void)pthread_cond_broadcast(&changed);
}

/* Sleep until something changes; false if nothing did for the length of the patience. */
static bool sleep_a_moment(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += PATIENCE_NS;
	if (until.tv_nsec >= NS_PER_S) {
		until.tv_nsec -= NS_PER_S;
		until.tv_sec++;
	}
	return pthread_cond_timedwait(&changed, &lock, &until) != ETIMEDOUT;
}

/* One step of a sleep that ends at @deadline. */
static void sleep_until(uint64_t deadline)
{
	uint64_t before = atomic_load(&clock_ns);

	if (deadline == UINT64_MAX || manual) {
		sleepers++;
		(void)pthread_cond_wait(&changed, &lock);
		sleepers--;
		return;
	}
	if (!sim_thread_alone()) {
		bool happened;

		sleepers++;
		happened = sleep_a_moment();
		sleepers--;
		if (happened || manual || before != atomic_load(&clock_ns))
			return;
	}
	move_clock(deadline);
}

void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	uint64_t deadline;
	uint64_t woken;

	(void)sim_thread_self();
	(void)pthread_mutex_lock(&lock);
	waits++;
	if (early_every == 0 || waits % early_every != 0) {
		uint64_t now = atomic_load(&clock_ns);

		deadline = timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + timeout_ns;
		woken = wakes;
		/* The waker changes the word first and takes the lock then: no wake-up falls between. */
		while (port_u32_load_acquire(word) == seen && wakes == woken && atomic_load(&clock_ns) < deadline)
			sleep_until(deadline);
	}
	(void)pthread_mutex_unlock(&lock);
}

/* Wakes all sleepers, on whatever word: the others find that they woke for no reason. */
void ioasid_port_wake(port_u32 *word)
{
	(void)word;
	(void)pthread_mutex_lock(&lock);
	wakes++;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
}

uint64_t ioasid_port_now_ns(void)
{
	return atomic_load(&clock_ns);
}

void sim_clock_set(uint64_t ns)
{
	(void)pthread_mutex_lock(&lock);
	atomic_store(&clock_ns, ns);
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
}

void sim_clock_advance(uint64_t ns)
{
	(void)pthread_mutex_lock(&lock);
	move_clock(atomic_load(&clock_ns) + ns);
	(void)pthread_mutex_unlock(&lock);
}

void sim_clock_manual(bool by_hand)
{
	(void)pthread_mutex_lock(&lock);
	manual = by_hand;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
}

void sim_wait_early_every(uint64_t k)
{
	(void)pthread_mutex_lock(&lock);
	early_every = k;
	waits = 0;
	(void)pthread_mutex_unlock(&lock);
}

uint32_t sim_wait_sleepers(void)
{
	uint32_t value;

	(void)pthread_mutex_lock(&lock);
	value = sleepers;
	(void)pthread_mutex_unlock(&lock);
	return value;
}

void sim_fork_clock(enum sim_fork step)
{
	static const pthread_cond_t nobody_sleeps = PTHREAD_COND_INITIALIZER;

	if (step == SIM_FORK_BEFORE) {
		(void)pthread_mutex_lock(&lock);
		return;
	}
	if (step == SIM_FORK_CHILD) {
		memcpy(&changed, &nobody_sleeps, sizeof(changed));
		sleepers = 0;
	}
	(void)pthread_mutex_unlock(&lock);
}

void sim_reset_clock(void)
{
	sim_clock_set(CLOCK_FIRST_NS);
	sim_clock_manual(false);
	sim_wait_early_every(0);
}
