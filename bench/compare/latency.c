/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * latency.c - W14: how long a single take lasts while ids are replaced at random,
 * by one thread and by two: the median, and what is worse. With the cost of two
 * looks at the clock in it, which is told.
 */
#include "compare.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define HELD 64u
#define TAKES 200000u

struct taker {
	struct place *place;
	const struct bench *bench;
	unsigned thread;
	pthread_barrier_t *barrier;
	double *ns; /* of each take */
	pthread_t id;
};

static void *taker_main(void *argument)
{
	struct taker *t = argument;
	const struct subject *subject = t->place->subject;
	subject_token *token = t->place->thread[t->thread].token;
	uint64_t seed = BENCH_SEED(t->thread);
	cpu_set_t set;
	unsigned i;

	CPU_ZERO(&set);
	CPU_SET((size_t)t->bench->cpu[t->thread % t->bench->cpus], &set);
	must(-pthread_setaffinity_np(pthread_self(), sizeof(set), &set), "pin a thread to its CPU");
	place_enter(t->place, t->thread);
	(void)subject->fill(t->place->it, t->thread, token, HELD);
	(void)pthread_barrier_wait(t->barrier);
	for (i = 0; i < TAKES; i++) {
		subject_token *victim = &token[subject_below(&seed, HELD)];
		uint64_t start;

		subject->drain(t->place->it, t->thread, victim, 1);
		start = bench_now_ns();
		if (subject->fill(t->place->it, t->thread, victim, 1) != 0)
			*victim = 0;
		t->ns[i] = (double)(bench_now_ns() - start);
	}
	(void)pthread_barrier_wait(t->barrier);
	place_leave(t->place, t->thread);
	return NULL;
}

static void add(struct results *results, const struct subject *subject, unsigned threads, double *sorted, size_t count)
{
	static const struct {
		const char *name;
		double part;
	} points[] = {{"W14 take, median", 0.5},
	              {"W14 take, 99 %", 0.99},
	              {"W14 take, 99.9 %", 0.999},
	              {"W14 take, worst", 1}};
	size_t i;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		size_t at = (size_t)(points[i].part * (double)count);
		double value = sorted[at < count ? at : count - 1];

		result_add(results, points[i].name, subject, threads, "ns", &value, 1, 0);
	}
}

static void measure(struct bench *bench, const struct subject *subject, unsigned threads, struct results *results)
{
	double *ns = bench_zalloc((size_t)TAKES * threads, sizeof(*ns));
	struct taker taker[SUBJECT_THREADS];
	pthread_barrier_t barrier;
	struct place place;
	unsigned t;

	if (!place_open(&place, subject, threads, HELD)) {
		free(ns);
		return;
	}
	(void)pthread_barrier_init(&barrier, NULL, threads);
	for (t = 0; t < threads; t++) {
		taker[t] = (struct taker){&place, bench, t, &barrier, ns + (size_t)t * TAKES, 0};
		must(-pthread_create(&taker[t].id, NULL, taker_main, &taker[t]), "start a thread");
	}
	for (t = 0; t < threads; t++)
		(void)pthread_join(taker[t].id, NULL);
	(void)pthread_barrier_destroy(&barrier);
	(void)bench_median(ns, TAKES * threads); /* sorts */
	add(results, subject, threads, ns, (size_t)TAKES * threads);
	place_close(&place);
	free(ns);
}

static void run(struct bench *bench, const struct workload *w, struct results *results)
{
	unsigned threads;
	unsigned i;

	for (threads = 1; threads <= 2 && threads <= bench->cpus; threads++) {
		for (i = 0; compare_subjects[i] != NULL; i++) {
			if (compare_subjects[i]->machine)
				continue;
			compare_progress(bench, w->name, threads, compare_subjects[i]->name);
			measure(bench, compare_subjects[i], threads, results);
		}
	}
}

const struct workload compare_latencies[] = {
	{"W14 take", "how long single takes last while 64 ids a thread are replaced at random", run, NULL, NULL, 0,
         false, 0, 0},
	{NULL, NULL, NULL, NULL, NULL, 0, false, 0, 0},
};
