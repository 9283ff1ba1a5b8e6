/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * run.c - timing a loop on pinned threads.
 *
 * Each thread does batches of some 20 microseconds and notes when each ended. A
 * batch counts only if its thread, and all others, ran throughout: whoever was
 * taken off the CPU shows it by a batch that is much too long. So the numbers of
 * two threads are those of two threads at once, also on a machine that has other
 * things to do; what short work of our own (the reclaimer's) takes is not hidden.
 */
#include "bench.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_NS UINT64_C(20000)
/* A scheduler gives away a CPU for longer than this; our own reclaimer is done sooner. */
#define HOLE_NS UINT64_C(500000)
#define BATCHES_MAX 65536u
#define VOID_MAX 64u

struct log {
	uint64_t start;
	uint64_t *end;
	uint32_t count;
	uint64_t operations; /* of one batch */
	uint64_t hole;       /* a batch that is longer was interrupted */
};

struct runner {
	_Alignas(BENCH_LINE) struct log log;
	struct run *run;
	unsigned thread;
	pthread_t id;
};

struct run {
	const struct bench *bench;
	const struct load *load;
	void *state;
	unsigned threads;
	bool over;
	pthread_barrier_t barrier;
	struct runner runner[BENCH_RUNNERS];
};

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t bench_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t bench_cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void bench_find_cpus(struct bench *bench)
{
	cpu_set_t set;
	int cpu;

	must(sched_getaffinity(0, sizeof(set), &set) != 0 ? -IOASID_EINVAL : 0, "ask for the CPUs");
	for (cpu = 0; cpu < CPU_SETSIZE && bench->cpus < BENCH_THREADS; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			bench->cpu[bench->cpus++] = cpu;
}

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	must(-pthread_setaffinity_np(pthread_self(), sizeof(set), &set), "pin a thread to its CPU");
}

/* Finds the size of a batch, and warms what is to be warm. */
static void warm_up(struct runner *r)
{
	const struct load *load = r->run->load;
	uint64_t start = bench_now_ns();
	uint64_t operations = load->step != 0 ? load->step : 1;
	uint64_t before;
	uint64_t now = start;

	while (now - start < r->run->bench->length_ns / 2) {
		before = now;
		load->work(r->run->state, r->thread, operations);
		now = bench_now_ns();
		if (now - before < BATCH_NS)
			operations *= 2;
	}
	r->log.operations = operations;
}

static void note_batches(struct runner *r)
{
	struct log *log = &r->log;
	uint64_t now = bench_now_ns();
	uint64_t end = now + r->run->bench->length_ns;

	log->start = now;
	for (log->count = 0; now < end && log->count < BATCHES_MAX; log->count++) {
		r->run->load->work(r->run->state, r->thread, log->operations);
		now = bench_now_ns();
		log->end[log->count] = now;
	}
}

static void *runner_main(void *argument)
{
	struct runner *r = argument;

	const struct load *load = r->run->load;

	pin_to(r->run->bench->cpu[r->thread % r->run->bench->cpus]);
	if (load->enter != NULL)
		load->enter(r->run->state, r->thread);
	(void)pthread_barrier_wait(&r->run->barrier);
	warm_up(r);
	for (;;) {
		(void)pthread_barrier_wait(&r->run->barrier);
		if (r->run->over)
			break;
		note_batches(r);
		(void)pthread_barrier_wait(&r->run->barrier);
	}
	if (load->leave != NULL)
		load->leave(r->run->state, r->thread);
	return NULL;
}

static uint64_t batch_start(const struct log *log, uint32_t i)
{
	return i == 0 ? log->start : log->end[i - 1];
}

static int by_value(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

double bench_median(double *value, unsigned count)
{
	qsort(value, count, sizeof(*value), by_value);
	return count == 0 ? NAN : (value[count / 2] + value[(count - 1) / 2]) / 2;
}

static void find_hole(struct log *log)
{
	double *length = bench_zalloc(log->count, sizeof(*length));
	uint32_t i;

	for (i = 0; i < log->count; i++)
		length[i] = (double)(log->end[i] - batch_start(log, i));
	log->hole = (uint64_t)(10 * bench_median(length, log->count));
	if (log->hole < HOLE_NS)
		log->hole = HOLE_NS;
	free(length);
}

/* Did the thread of @log run from @from to @to? *at moves on: the calls come in order. */
static bool ran(const struct log *log, uint64_t from, uint64_t to, uint32_t *at)
{
	uint32_t i;

	if (from < log->start || to > log->end[log->count - 1])
		return false;
	while (log->end[*at] <= from)
		++*at;
	for (i = *at; i < log->count && batch_start(log, i) < to; i++)
		if (log->end[i] - batch_start(log, i) > log->hole)
			return false;
	return true;
}

/* ns per operation over the batches that count; NaN: none did. */
static double evaluate(struct run *run)
{
	uint64_t time = 0;
	uint64_t operations = 0;
	unsigned t;
	unsigned other;
	uint32_t i;

	for (t = 0; t < run->threads; t++)
		find_hole(&run->runner[t].log);
	for (t = 0; t < run->threads; t++) {
		const struct log *log = &run->runner[t].log;
		uint32_t at[BENCH_RUNNERS] = {0};

		for (i = 0; i < log->count; i++) {
			bool counts = true;

			for (other = 0; other < run->threads; other++)
				counts = counts &&
				         ran(&run->runner[other].log, batch_start(log, i), log->end[i], &at[other]);
			if (!counts)
				continue;
			time += log->end[i] - batch_start(log, i);
			operations += log->operations;
		}
	}
	return operations == 0 ? NAN : (double)time / (double)operations;
}

static uint64_t all_operations(const struct run *run)
{
	uint64_t sum = 0;
	unsigned t;

	for (t = 0; t < run->threads; t++)
		sum += run->runner[t].log.operations * run->runner[t].log.count;
	return sum;
}

static unsigned repeat(struct run *run, double *value, double *cpu, unsigned count)
{
	unsigned empty = 0;
	unsigned n = 0;

	while (n < count && empty < VOID_MAX) {
		uint64_t before = bench_cpu_ns();

		(void)pthread_barrier_wait(&run->barrier);
		(void)pthread_barrier_wait(&run->barrier);
		cpu[n] = (double)(bench_cpu_ns() - before) / (double)all_operations(run);
		value[n] = run->threads > run->bench->cpus ? cpu[n] : evaluate(run);
		if (isnan(value[n]))
			empty++;
		else
			n++;
	}
	return n;
}

unsigned bench_samples(struct bench *bench, unsigned threads, const struct load *load, void *state, double *value,
                       double *cpu, unsigned count)
{
	struct run run = {.bench = bench, .load = load, .state = state, .threads = threads};
	unsigned t;

	(void)pthread_barrier_init(&run.barrier, NULL, threads + 1);
	for (t = 0; t < threads; t++) {
		run.runner[t].run = &run;
		run.runner[t].thread = t;
		run.runner[t].log.end = bench_zalloc(BATCHES_MAX, sizeof(uint64_t));
		must(-pthread_create(&run.runner[t].id, NULL, runner_main, &run.runner[t]), "start a thread");
	}
	(void)pthread_barrier_wait(&run.barrier);
	count = repeat(&run, value, cpu, count);
	run.over = true;
	(void)pthread_barrier_wait(&run.barrier);
	for (t = 0; t < threads; t++) {
		(void)pthread_join(run.runner[t].id, NULL);
		free(run.runner[t].log.end);
	}
	(void)pthread_barrier_destroy(&run.barrier);
	return count;
}
