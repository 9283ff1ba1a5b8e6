/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * check.c - do the subjects do what they are measured at? A peer that hands out an
 * id twice, or finds nothing, would be fast, too.
 *
 * bench-peers-check [NAME...] - all, or those whose name contains a NAME. Also
 * prints the time of a pair on one thread, as a hint only.
 */
#define _GNU_SOURCE
#include "../bench.h"
#include "subject.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SOME UINT64_C(4096)
#define HELD 64u

extern const struct subject subject_mutex, subject_urcu_stack, subject_urcu_lfht, subject_ck_ring, subject_ck_bitmap,
	subject_ck_ht, subject_dpdk_ring, subject_dpdk_mempool, subject_dpdk_hash, subject_floor_add,
	subject_floor_add_two, subject_floor_add_shared, subject_floor_array, subject_floor_objects,
	subject_floor_count, subject_floor_calls, subject_floor_rest, subject_floor_grace;

static const struct checked {
	const struct subject *subject;
	bool ids;   /* hands them out; the others are single instructions */
	bool tells; /* when there are no more; mutex ends the program */
	bool whole; /* one thread can have all that others gave back */
} all[] = {
	{&subject_mutex, true, false, true},
	{&subject_urcu_stack, true, true, true},
	{&subject_urcu_lfht, true, true, true},
	{&subject_ck_ring, true, true, true},
	{&subject_ck_bitmap, true, true, true},
	{&subject_ck_ht, true, true, true},
	{&subject_dpdk_ring, true, true, true},
	{&subject_dpdk_mempool, true, true, true},
	{&subject_dpdk_hash, true, true, true},
	{&subject_floor_array, true, true, false},
	{&subject_floor_objects, true, true, false},
	{&subject_floor_count, true, true, false},
	{&subject_floor_calls, true, true, false},
	{&subject_floor_rest, true, true, false},
	{&subject_floor_grace, true, true, false},
	/* These hand out none. */
	{&subject_floor_add, false, false, false},
	{&subject_floor_add_two, false, false, false},
	{&subject_floor_add_shared, false, false, false},
};

static subject_token token[SUBJECT_IDS];
static bool seen[SUBJECT_IDS];
static _Atomic(uint32_t) owner[SUBJECT_IDS];
static const char *subject_name;

static void expect(bool so, const char *what)
{
	if (so)
		return;
	(void)fflush(stdout);
	(void)fprintf(stderr, "%s: not so: %s\n", subject_name, what);
	exit(1);
}

void must(int error, const char *what)
{
	expect(error == 0, what);
}

void *bench_zalloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	expect(memory != NULL, "there is memory");
	return memory;
}

void *subject_zalloc(uint64_t size)
{
	uint64_t whole = (size + SUBJECT_LINE - 1) & ~(uint64_t)(SUBJECT_LINE - 1);
	void *memory = aligned_alloc(SUBJECT_LINE, whole);

	return memory != NULL ? memset(memory, 0, whole) : NULL;
}

static void enter(const struct subject *subject, void *it, unsigned thread)
{
	if (subject->enter != NULL)
		subject->enter(it, thread);
}

static void leave(const struct subject *subject, void *it, unsigned thread)
{
	if (subject->leave != NULL)
		subject->leave(it, thread);
}

static void *create(const struct subject *subject, unsigned threads)
{
	void *it = subject->create(threads);

	expect(it != NULL, "it can be created");
	return it;
}

static void expect_distinct(uint64_t count)
{
	uint64_t i;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < count; i++) {
		expect(token[i] >= 1 && token[i] <= SUBJECT_IDS, "an id is below 2^20");
		expect(!seen[token[i] - 1], "an id is handed out once");
		seen[token[i] - 1] = true;
	}
}

static void check_some(const struct subject *subject)
{
	void *it = create(subject, 1);
	uint64_t seed = 1;

	enter(subject, it, 0);
	expect(subject->fill(it, 0, token, SOME) == 0, "there are some ids");
	expect_distinct(SOME);
	if (subject->find != NULL)
		expect(subject->find(it, 0, token, SOME, SOME, &seed) == 0, "a live id is found");
	if (subject->get_put != NULL) {
		expect(subject->get_put(it, 0, token, SOME, SOME, &seed) == 0, "a live id has a reference for all");
		if (subject->find != NULL)
			expect(subject->find(it, 0, token, SOME, SOME, &seed) == 0, "dropping a reference leaves it");
	}
	expect(subject->replace(it, 0, token, SOME, 4 * SOME, &seed) == 0, "there are ids after some were freed");
	expect_distinct(SOME);
	if (subject->find != NULL)
		expect(subject->find(it, 0, token, SOME, SOME, &seed) == 0, "a new id is found");
	subject->drain(it, 0, token, SOME);
	if (subject->find != NULL)
		expect(subject->find(it, 0, token, SOME, SOME, &seed) == SOME, "a freed id is not found");
	leave(subject, it, 0);
	subject->destroy(it);
}

static void fill_up(const struct checked *checked, void *it)
{
	subject_token none;

	expect(checked->subject->fill(it, 0, token, SUBJECT_IDS) == 0, "2^20 ids can be had");
	expect_distinct(SUBJECT_IDS);
	if (checked->tells)
		expect(checked->subject->fill(it, 0, &none, 1) == 1 && none == 0, "then there are no more");
}

static void check_full(const struct checked *checked)
{
	const struct subject *subject = checked->subject;
	void *it = create(subject, 1);
	uint64_t seed = 1;

	enter(subject, it, 0);
	fill_up(checked, it);
	if (subject->find != NULL)
		expect(subject->find(it, 0, token, SUBJECT_IDS, SOME, &seed) == 0, "one of 2^20 is found");
	subject->drain(it, 0, token, SUBJECT_IDS);
	if (subject->settle != NULL)
		subject->settle(it, 0);
	fill_up(checked, it);
	subject->drain(it, 0, token, SUBJECT_IDS / 2); /* the others are left for destroy() */
	leave(subject, it, 0);
	subject->destroy(it);
}

struct racer {
	pthread_t thread;
	const struct subject *subject;
	void *it;
	pthread_barrier_t *start;
	unsigned number;
	uint64_t count;
	bool crowded; /* so few are left that it may be told that there is none */
};

/* Each marks what it holds, and finds no other's mark there. */
static void acquired(struct racer *racer, const subject_token *slot, uint64_t failed)
{
	if (failed != 0) {
		expect(racer->crowded && *slot == 0, "a racing thread gets an id");
		return;
	}
	expect(*slot >= 1 && *slot <= SUBJECT_IDS, "its id is below 2^20");
	expect(atomic_exchange(&owner[*slot - 1], racer->number + 1) == 0, "an id is handed to one thread");
}

static void releases(struct racer *racer, const subject_token *slot)
{
	expect(atomic_exchange(&owner[*slot - 1], 0) == racer->number + 1, "an id that is held stays its own");
}

static void race_step(struct racer *racer, subject_token *slot, uint64_t *seed)
{
	const struct subject *subject = racer->subject;

	if (*slot == 0) {
		acquired(racer, slot, subject->fill(racer->it, racer->number, slot, 1));
		return;
	}
	releases(racer, slot);
	if ((subject_random(seed) >> 20 & 1) != 0) {
		acquired(racer, slot, subject->replace(racer->it, racer->number, slot, 1, 1, seed));
	} else {
		subject->drain(racer->it, racer->number, slot, 1);
		*slot = 0;
	}
}

static void *race(void *arg)
{
	struct racer *racer = arg;
	subject_token held[HELD] = {0};
	uint64_t seed = racer->number + 1;
	uint64_t i;

	enter(racer->subject, racer->it, racer->number);
	(void)pthread_barrier_wait(racer->start);
	for (i = 0; i < racer->count; i++)
		race_step(racer, &held[subject_random(&seed) >> 30 & (HELD - 1)], &seed);
	for (i = 0; i < HELD; i++) {
		if (held[i] != 0)
			releases(racer, &held[i]);
	}
	racer->subject->drain(racer->it, racer->number, held, HELD);
	leave(racer->subject, racer->it, racer->number);
	return NULL;
}

static void run_race(const struct subject *subject, void *it, unsigned threads, uint64_t count, bool crowded)
{
	struct racer racer[SUBJECT_THREADS];
	pthread_barrier_t start;
	unsigned i;

	(void)pthread_barrier_init(&start, NULL, threads);
	for (i = 0; i < threads; i++) {
		racer[i] = (struct racer){.subject = subject, .it = it, .start = &start, .number = i, .count = count};
		racer[i].crowded = crowded;
		must(pthread_create(&racer[i].thread, NULL, race, &racer[i]), "a thread can be created");
	}
	for (i = 0; i < threads; i++)
		(void)pthread_join(racer[i].thread, NULL);
	(void)pthread_barrier_destroy(&start);
}

/* With all ids to choose from, or with hardly more than the threads hold; nothing is lost in the end. */
static void check_race(const struct checked *checked, unsigned threads, uint64_t count, bool crowded)
{
	const struct subject *subject = checked->subject;
	uint64_t taken = crowded ? SUBJECT_IDS - threads * HELD : 0;
	void *it = create(subject, threads);
	uint64_t i;

	memset(owner, 0, sizeof(owner));
	enter(subject, it, 0);
	expect(subject->fill(it, 0, token, taken) == 0, "most can be taken");
	leave(subject, it, 0);
	for (i = 0; i < taken; i++)
		owner[token[i] - 1] = UINT32_MAX;
	run_race(subject, it, threads, count, crowded);
	enter(subject, it, 0);
	subject->drain(it, 0, token, taken);
	if (subject->settle != NULL)
		subject->settle(it, 0);
	if (checked->whole)
		fill_up(checked, it);
	leave(subject, it, 0);
	subject->destroy(it);
}

static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double pair_ns(const struct subject *subject)
{
	const uint64_t count = 200000;
	void *it = create(subject, 1);
	double begin;

	enter(subject, it, 0);
	expect(subject->pair(it, 0, count / 10) == 0, "a pair gets an id");
	begin = now();
	expect(subject->pair(it, 0, count) == 0, "a pair gets an id");
	begin = now() - begin;
	leave(subject, it, 0);
	subject->destroy(it);
	return begin / (double)count;
}

static bool wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strstr(name, argv[i]) != NULL)
			return true;
	}
	return argc < 2;
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct subject *subject = all[i].subject;

		subject_name = subject->name;
		if (!wanted(subject->name, argc, argv))
			continue;
		expect(subject->lacks != NULL, "it says what it does not do");
		if (all[i].ids) {
			check_some(subject);
			check_full(&all[i]);
			check_race(&all[i], 2, 400000, false);
			check_race(&all[i], 2, 400000, true);
			check_race(&all[i], SUBJECT_THREADS, 100, false);
			check_race(&all[i], SUBJECT_THREADS, 100, true);
		}
		(void)printf("%-28s ok, a pair %6.1f ns\n", subject->name, pair_ns(subject));
		(void)fflush(stdout);
	}
	return 0;
}
