/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* roles.c - W7: one thread churns among 65,536 live ids while the others look for some of them. */
#include "compare.h"

#include <stdlib.h>
#include <time.h>

#define LIVE 65536u

struct role {
	_Alignas(SUBJECT_LINE) uint64_t operations;
	uint64_t cpu_ns;
};

struct roles {
	struct place place;
	struct role role[SUBJECT_THREADS];
	subject_token *looked_at; /* a copy: who churns changes his own */
};

static uint64_t thread_cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void work(void *state, unsigned thread, uint64_t operations)
{
	struct roles *r = state;
	struct place *p = &r->place;
	uint64_t *seed = &p->thread[thread].seed;
	uint64_t start = thread_cpu_ns();

	if (thread == 0)
		(void)p->subject->replace(p->it, 0, p->thread[0].token, LIVE, operations, seed);
	else /* some are gone by then: a miss is an answer, too */
		(void)p->subject->find(p->it, thread, r->looked_at, LIVE, operations, seed);
	r->role[thread].cpu_ns += thread_cpu_ns() - start;
	r->role[thread].operations += operations;
}

static void enter(void *state, unsigned thread)
{
	place_enter(&((struct roles *)state)->place, thread);
}

static void leave(void *state, unsigned thread)
{
	place_leave(&((struct roles *)state)->place, thread);
}

static void measure(struct bench *bench, const struct subject *subject, unsigned threads, double *writer,
                    double *reader)
{
	const struct load load = {.work = work, .enter = enter, .leave = leave};
	struct roles *r = bench_zalloc(1, sizeof(*r));
	uint64_t looked = 0;
	uint64_t looking = 0;
	double value;
	double cpu;
	unsigned t;

	must(place_open(&r->place, subject, threads, LIVE) ? 0 : -IOASID_ENOMEM, "make a space of a peer");
	r->place.threads = 1;
	place_fill(&r->place);
	r->looked_at = bench_zalloc(LIVE, sizeof(subject_token));
	for (t = 0; t < LIVE; t++)
		r->looked_at[t] = r->place.thread[0].token[t];
	(void)bench_samples(bench, threads, &load, r, &value, &cpu, 1);
	*writer = (double)r->role[0].cpu_ns / (double)r->role[0].operations;
	for (t = 1; t < threads; t++) {
		looking += r->role[t].cpu_ns;
		looked += r->role[t].operations;
	}
	*reader = (double)looking / (double)looked;
	for (t = 1; t < threads; t++)
		free(r->place.thread[t].token);
	place_close(&r->place);
	free(r->looked_at);
	free(r);
}

static void run(struct bench *bench, const struct workload *w, struct results *results)
{
	double writer[COMPARE_SUBJECTS][COMPARE_ROUNDS];
	double reader[COMPARE_SUBJECTS][COMPARE_ROUNDS];
	unsigned rounds = bench->quick ? 1 : COMPARE_ROUNDS;
	unsigned threads;
	unsigned round;
	unsigned i;

	for (threads = 2; threads <= SUBJECT_THREADS; threads *= 2) {
		for (round = 0; round < rounds; round++) {
			for (i = 0; compare_subjects[i] != NULL; i++) {
				if (compare_subjects[i]->find == NULL || compare_subjects[i]->replace == NULL)
					continue;
				compare_progress(bench, w->name, threads, compare_subjects[i]->name);
				measure(bench, compare_subjects[i], threads, &writer[i][round], &reader[i][round]);
			}
		}
		for (i = 0; compare_subjects[i] != NULL; i++) {
			if (compare_subjects[i]->find == NULL || compare_subjects[i]->replace == NULL)
				continue;
			result_add(results, "W7 writer", compare_subjects[i], threads, "ns", writer[i], rounds, 0);
			result_add(results, "W7 reader", compare_subjects[i], threads, "ns", reader[i], rounds, 0);
		}
	}
}

const struct workload compare_roles[] = {
	{"W7 find under churn",
         "one thread replaces ids at random among 65,536; the others find some of them: CPU time", run, NULL, NULL, 0,
         false, 0, 0},
	{NULL, NULL, NULL, NULL, NULL, 0, false, 0, 0},
};
