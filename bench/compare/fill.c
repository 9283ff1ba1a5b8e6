/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * fill.c - W3 and W9: every id is taken, by one thread or by several in a race,
 * and given back: time, bytes, and whether all were handed out.
 */
#include "compare.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOW_NS 2000.0

/* What a child process tells of one fill. */
struct filled {
	double fill;  /* CPU ns per id */
	double drain; /* until all may be taken again */
	double bytes; /* by which the process grew, per id */
	double short_of;
};

struct filler {
	struct place *place;
	unsigned thread;
	pthread_barrier_t *barrier;
	uint64_t got;
	pthread_t id;
};

static void *filler_main(void *argument)
{
	struct filler *f = argument;
	const struct subject *subject = f->place->subject;
	subject_token *token = f->place->thread[f->thread].token;

	place_enter(f->place, f->thread);
	(void)pthread_barrier_wait(f->barrier);
	/* Until there is none left, for this thread at least. */
	while (f->got < SUBJECT_IDS && subject->fill(f->place->it, f->thread, token + f->got, 1) == 0)
		f->got++;
	(void)pthread_barrier_wait(f->barrier);
	(void)pthread_barrier_wait(f->barrier);
	subject->drain(f->place->it, f->thread, token, f->got);
	if (subject->settle != NULL)
		subject->settle(f->place->it, f->thread);
	(void)pthread_barrier_wait(f->barrier);
	place_leave(f->place, f->thread);
	return NULL;
}

static struct filled fill(const struct subject *subject, unsigned threads)
{
	struct filler filler[SUBJECT_THREADS] = {{0}};
	struct filled result = {0};
	pthread_barrier_t barrier;
	struct place place;
	double before;
	double start;
	uint64_t got = 0;
	unsigned t;

	/* The tokens are in memory before, and so not counted. */
	must(place_open(&place, subject, threads, SUBJECT_IDS) ? 0 : -IOASID_ENOMEM, subject->name);
	before = bench_resident_bytes();
	(void)pthread_barrier_init(&barrier, NULL, threads + 1);
	for (t = 0; t < threads; t++) {
		filler[t] = (struct filler){.place = &place, .thread = t, .barrier = &barrier};
		must(-pthread_create(&filler[t].id, NULL, filler_main, &filler[t]), "start a thread");
	}
	start = (double)bench_cpu_ns();
	(void)pthread_barrier_wait(&barrier);
	(void)pthread_barrier_wait(&barrier);
	result.fill = ((double)bench_cpu_ns() - start) / SUBJECT_IDS;
	result.bytes = (bench_resident_bytes() - before) / SUBJECT_IDS;
	for (t = 0; t < threads; t++)
		got += filler[t].got;
	result.short_of = (double)SUBJECT_IDS - (double)got;
	start = (double)bench_cpu_ns();
	(void)pthread_barrier_wait(&barrier);
	(void)pthread_barrier_wait(&barrier);
	result.drain = ((double)bench_cpu_ns() - start) / SUBJECT_IDS;
	for (t = 0; t < threads; t++)
		(void)pthread_join(filler[t].id, NULL);
	return result;
}

/* In a process of its own: what an earlier one has returned does not count as free. */
static bool fill_in_child(const struct subject *subject, unsigned threads, struct filled *result)
{
	int status = 0;
	pid_t child;
	int end[2];

	must(pipe(end) != 0 ? -IOASID_EINVAL : 0, "make a pipe");
	child = fork();
	must(child < 0 ? -IOASID_EAGAIN : 0, "make a child process");
	if (child == 0) {
		(void)alarm(30); /* some never end */
		*result = fill(subject, threads);
		_exit(write(end[1], result, sizeof(*result)) == (ssize_t)sizeof(*result) ? 0 : 1);
	}
	(void)close(end[1]);
	if (read(end[0], result, sizeof(*result)) != (ssize_t)sizeof(*result))
		status = 1;
	(void)close(end[0]);
	while (waitpid(child, status == 0 ? &status : NULL, 0) != child)
		;
	return status == 0;
}

static void fill_subject(struct bench *bench, const struct subject *subject, unsigned threads, struct results *results)
{
	double taken[BENCH_SAMPLES];
	double given[BENCH_SAMPLES];
	double bytes[BENCH_SAMPLES];
	double short_of = 0;
	unsigned rounds = bench->quick ? 1 : COMPARE_ROUNDS;
	unsigned n;

	compare_progress(bench, "W3 fill", threads, subject->name);
	for (n = 0; n < rounds; n++) {
		struct filled f;

		if (!fill_in_child(subject, threads, &f))
			return;
		/* Some search so long for the last ids that once is enough. */
		if (f.fill > SLOW_NS)
			rounds = n + 1;
		taken[n] = f.fill;
		given[n] = f.drain;
		bytes[n] = f.bytes;
		short_of = f.short_of > short_of ? f.short_of : short_of;
	}
	result_add(results, "W3 fill", subject, threads, "ns", taken, rounds, short_of);
	result_add(results, "W3 give back", subject, threads, "ns", given, rounds, 0);
	if (threads == 1)
		result_add(results, "W3 memory", subject, threads, "bytes", bytes, rounds, 0);
}

static void run_fill(struct bench *bench, const struct workload *w, struct results *results)
{
	unsigned threads;
	unsigned i;

	(void)w;
	for (threads = 1; threads <= bench->cpus && threads <= SUBJECT_THREADS; threads *= 2)
		for (i = 0; compare_subjects[i] != NULL; i++)
			if (compare_subjects[i]->fill != NULL && !compare_subjects[i]->machine)
				fill_subject(bench, compare_subjects[i], threads, results);
}

const struct workload compare_fills[] = {
	{"W3 fill",
         "2^20 ids are taken in a race until there is none, and given back until all may be taken again: CPU time",
         run_fill, NULL, NULL, 0, false, 0, 0},
	{NULL, NULL, NULL, NULL, NULL, 0, false, 0, 0},
};
