/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * check.c - do the subjects out of the kernel do what they are measured at? With a
 * lock that does not lock, or memory that comes back before a grace period is
 * over, they would be fast, too. The time of a pair, on one thread, is a hint.
 */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SOME UINT64_C(4096)
#define HELD UINT64_C(64)
#define FIRST 1000u
#define LAST (FIRST + 99u)
#define WRITERS 2u
#define ROUNDS 200000u
#define PAIRS UINT64_C(1000000)

static const struct subject *const all[] = {
	&subject_linux_ida, &subject_linux_xarray, &subject_linux_idr, &subject_linux_sbitmap, &subject_linux_ioasid,
};

static const struct subject *subject;
static void *it;
static subject_token token[SUBJECT_IDS];
static bool seen[SUBJECT_IDS];
static atomic_bool taken[SUBJECT_IDS];
static atomic_uint writing;
static atomic_uint behind;

void expect(bool so, const char *what)
{
	if (so)
		return;
	(void)fprintf(stderr, "%s: not so: %s\n", subject != NULL ? subject->name : "RCU", what);
	exit(1);
}

static uint32_t id_of(subject_token one)
{
	return (uint32_t)one - 1;
}

static void expect_distinct(uint64_t count, uint32_t first, uint32_t last)
{
	uint64_t i;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < count; i++) {
		uint32_t id = id_of(token[i]);

		expect(id >= first && id <= last, "an id is within its range");
		expect(!seen[id], "an id is handed out once");
		seen[id] = true;
	}
}

static void leave(unsigned thread)
{
	if (subject->leave != NULL)
		subject->leave(it, thread);
}

static void expect_found(bool live)
{
	uint64_t missed = live ? 0 : SOME;
	uint64_t seed = 1;

	if (subject->find != NULL)
		expect(subject->find(it, 0, token, SOME, SOME, &seed) == missed, "live ids are found, freed ones not");
	if (subject->get_put != NULL)
		expect(subject->get_put(it, 0, token, SOME, SOME, &seed) == missed, "the object of a live id is got");
}

static void check_some(void)
{
	uint64_t seed = 1;

	expect(subject->fill(it, 0, token, SOME) == 0, "there are ids");
	expect_distinct(SOME, 0, SUBJECT_IDS - 1);
	expect_found(true);
	expect(subject->replace(it, 0, token, SOME, 16 * SOME, &seed) == 0, "there are ids when some were freed");
	expect_distinct(SOME, 0, SUBJECT_IDS - 1);
	expect_found(true);
	subject->drain(it, 0, token, SOME);
	expect_found(false);
}

/*
 * Twice, for what the first time left behind. On one CPU, and in a fresh space:
 * where sbitmap's hint is an id in use, it stays, and each search begins there anew.
 */
static void check_full(void)
{
	subject_token none;
	cpu_set_t before;
	cpu_set_t one;
	unsigned i;

	expect(sched_getaffinity(0, sizeof(before), &before) == 0, "the CPUs are known");
	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
	for (i = 0; i < 2; i++) {
		expect(subject->fill(it, 0, token, SUBJECT_IDS) == 0, "all ids can be had");
		expect_distinct(SUBJECT_IDS, 0, SUBJECT_IDS - 1);
		expect(subject->fill(it, 0, &none, 1) == 1 && none == 0, "then there are no more");
		subject->drain(it, 0, &token[4711], 1);
		none = token[4711];
		expect(subject->fill(it, 0, &token[4711], 1) == 0, "a freed one can be had");
		expect(id_of(none) == id_of(token[4711]), "the only free one is the freed one");
		subject->drain(it, 0, token, SUBJECT_IDS);
	}
	(void)sched_setaffinity(0, sizeof(before), &before);
}

static void check_range(void)
{
	const uint64_t size = LAST - FIRST + 1;
	subject_token none;
	uint64_t seed = 1;

	if (subject->fill_range == NULL)
		return;
	expect(subject->fill_range(it, 0, token, size, FIRST, LAST) == 0, "all of a range can be had");
	expect_distinct(size, FIRST, LAST);
	expect(subject->fill_range(it, 0, &none, 1, FIRST, LAST) == 1 && none == 0, "then it has no more");
	expect(subject->replace_range(it, 0, token, HELD, SOME, &seed, FIRST, LAST) == 0, "a freed one is in range");
	expect_distinct(size, FIRST, LAST);
	subject->drain(it, 0, token, size);
}

/* Nobody else has an id while one has it. */
static void replace_own(unsigned thread, subject_token *one)
{
	if (*one != 0) {
		atomic_store(&taken[id_of(*one)], false);
		subject->drain(it, thread, one, 1);
	}
	expect(subject->fill(it, thread, one, 1) == 0, "there is an id for each of two threads");
	expect(id_of(*one) < SUBJECT_IDS, "an id is in the space");
	expect(!atomic_exchange(&taken[id_of(*one)], true), "an id is one thread's at a time");
}

/* Until all have done their rounds, so that they do them at the same time. */
static void *writer(void *at)
{
	unsigned thread = (unsigned)(uintptr_t)at;
	subject_token held[HELD] = {0};
	uint64_t seed = thread + 1;
	unsigned i;

	for (i = 0; i < ROUNDS || atomic_load(&behind) > 0; i++) {
		replace_own(thread, &held[subject_random(&seed) % HELD]);
		if (i + 1 == ROUNDS)
			atomic_fetch_sub(&behind, 1);
	}
	/* The loop as it is measured, on ids of its own. */
	for (i = 0; i < HELD; i++)
		atomic_store(&taken[id_of(held[i])], false);
	expect(subject->replace(it, thread, held, HELD, ROUNDS, &seed) == 0, "there are ids for two threads");
	memcpy(&token[SOME + thread * HELD], held, sizeof(held));
	atomic_fetch_sub(&writing, 1);
	leave(thread);
	return NULL;
}

/* What lives is found, whatever is built and freed around it. */
static void *reader(void *at)
{
	uint64_t seed = 4711;

	(void)at;
	while (atomic_load(&writing) > 0) {
		expect(subject->find(it, WRITERS, token, SOME, SOME, &seed) == 0, "a live id is found under churn");
		if (subject->get_put != NULL)
			expect(subject->get_put(it, WRITERS, token, SOME, SOME, &seed) == 0,
			       "the right object is got under churn");
	}
	leave(WRITERS);
	return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), unsigned number)
{
	expect(pthread_create(thread, NULL, run, (void *)(uintptr_t)number) == 0, "a thread can be created");
}

static void check_threads(void)
{
	pthread_t thread[WRITERS + 1];
	unsigned threads = 0;
	uint64_t live = SOME + WRITERS * HELD;
	uint64_t i;

	expect(subject->fill(it, 0, token, SOME) == 0, "there are ids");
	for (i = 0; i < SOME; i++)
		atomic_store(&taken[id_of(token[i])], true);
	atomic_store(&writing, WRITERS);
	atomic_store(&behind, WRITERS);
	for (; threads < WRITERS; threads++)
		start(&thread[threads], writer, threads);
	if (subject->find != NULL)
		start(&thread[threads++], reader, 0);
	while (threads > 0)
		(void)pthread_join(thread[--threads], NULL);
	expect_distinct(live, 0, SUBJECT_IDS - 1);
	subject->drain(it, 0, token, live);
	for (i = 0; i < SUBJECT_IDS; i++)
		atomic_store(&taken[i], false);
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Once without a word: the first time pays for what is touched first. */
static double pair_ns(void)
{
	double begin;

	expect(subject->pair(it, 0, PAIRS) == 0, "there are ids for pairs");
	begin = seconds();
	expect(subject->pair(it, 0, PAIRS) == 0, "there are ids for pairs");
	return (seconds() - begin) * 1e9 / (double)PAIRS;
}

static void check(void)
{
	double ns;
	unsigned i;

	it = subject->create(WRITERS + 1);
	expect(it != NULL, "it can be created");
	check_full();
	check_some();
	check_range();
	check_threads();
	ns = pair_ns();
	/* Ids in use when it goes are none when the next one comes. */
	expect(subject->fill(it, 0, token, SOME) == 0, "there are ids at the end");
	leave(0);
	subject->destroy(it);
	for (i = 0; i < 2; i++) {
		it = subject->create(1);
		expect(it != NULL, "it can be created again");
		check_some();
		leave(0);
		subject->destroy(it);
	}
	(void)printf("ok  %-18s %6.1f ns a pair\n", subject->name, ns);
}

int main(void)
{
	size_t i;

	check_rcu();
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		subject = all[i];
		check();
	}
	return 0;
}
