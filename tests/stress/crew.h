/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * crew.h - threads that do the same work at once, and what they find.
 *
 * A check that fails on a thread is kept and ends the crew's work; the test that
 * called crew_run() fails with it. The time of one crew is a quarter of a second,
 * or what the environment variable STRESS_SECONDS says: 0.1, or 60.
 */
#ifndef IOASID_TESTS_CREW_H
#define IOASID_TESTS_CREW_H

#include <check.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CREW_MAX 8u

struct crew;
typedef void crew_work(struct crew *crew, uint32_t me);

struct crew {
	crew_work *work;
	void *context;
	const char *name;
	uint32_t threads;
	uint64_t started;
	uint64_t until;
	pthread_barrier_t barrier;
	atomic_bool failed;
	bool stop;          /* decided by one, read by all, between two barriers */
	atomic_ullong done; /* whatever the work counts: shown as progress */
	char message[256];
};

/* crew_run() - @threads threads run @work until all have returned; fails the test if one failed. */
void crew_run(const char *name, uint32_t threads, crew_work *work, void *context);

/* crew_goes_on() - time is left and nobody has failed. The first answer that a thread gets is true, if it is late. */
bool crew_goes_on(struct crew *crew);

/* crew_meet() - all come together; all are told the same: whether to go on. */
bool crew_meet(struct crew *crew);

/* crew_fail() - keep the first failure. */
void crew_fail(struct crew *crew, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* crew_check() - as an assertion, on any thread of the crew; true if @cond holds. */
#define crew_check(crew, cond, ...) ((cond) ? true : (crew_fail((crew), __VA_ARGS__), false))

/* crew_count() - @n more operations, for the progress line. */
static inline void crew_count(struct crew *crew, uint64_t n)
{
	(void)atomic_fetch_add_explicit(&crew->done, n, memory_order_relaxed);
}

/* crew_random() - a number below @limit; every thread has a state of its own, not 0. */
static inline uint32_t crew_random(uint64_t *state, uint32_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return limit == 0 ? 0 : (uint32_t)((*state >> 32) % limit);
}

static inline uint64_t crew_seed(uint32_t me)
{
	return UINT64_C(0x9e3779b97f4a7c15) * (me + 1);
}

/* crew_again() - for work that ends by itself: true while there is time by STRESS_SECONDS. @until begins as 0. */
bool crew_again(uint64_t *until);

/*
 * The host's part (crew_host.c): a clock, how long a crew works, whether the calling
 * thread has had an answer of crew_goes_on(), and progress (@now 0: it is over).
 */
uint64_t crew_host_now_ns(void);
uint64_t crew_host_duration_ns(void);
bool *crew_host_has_come(void);
void crew_host_progress(const struct crew *crew, uint64_t now);

/* crew_main() - run the suite's cases; 0 if none failed. The cases get the time that they need. */
int crew_main(const char *name, TCase *const cases[], uint32_t count);

#endif
