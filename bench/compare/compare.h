/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * compare.h - the parts of ioasid-bench-peers.
 *
 *   main.c    options, which workloads          loads.c   workloads of one loop
 *   place.c   a subject made ready              roles.c   workloads of two kinds of thread
 *   fill.c    filling, draining, bytes          result.c  what came out; JSON
 *   ends.c    an owner goes                     latency.c single takes
 *   table.c   ratios, targets                   plot.c    pictures
 *
 * All subjects of a workload are alive at once, and are measured in turn, again
 * and again: whatever the machine does meanwhile, it does to all of them.
 */
#ifndef IOASID_BENCH_COMPARE_H
#define IOASID_BENCH_COMPARE_H

#include "../bench.h"
#include "../peers/subject.h"

#define COMPARE_SUBJECTS 40u
#define COMPARE_RESULTS 4096u
#define COMPARE_ROUNDS 7u

/* A NULL-terminated list. */
extern const struct subject *const compare_subjects[];

/* struct place - a subject made ready for a workload. */
struct place {
	const struct subject *subject;
	void *it;
	unsigned threads;
	struct {
		_Alignas(SUBJECT_LINE) subject_token *token;
		uint64_t held;
		uint64_t seed;
		uint64_t failed;
		uint64_t done;
	} thread[SUBJECT_THREADS];
};

/* place_open() - the subject, and room for @held tokens a thread. False: no memory. */
bool place_open(struct place *place, const struct subject *subject, unsigned threads, uint64_t held);
/* place_fill() - each thread's tokens, by the thread that calls; ends the program if there are far too few. */
void place_fill(struct place *place);
void place_close(struct place *place);
void place_enter(void *place, unsigned thread);
void place_leave(void *place, unsigned thread);

/* struct result - one number: what a subject took in a workload. */
struct result {
	const char *workload;
	const struct subject *subject;
	unsigned threads;
	unsigned beside; /* the number of threads of those that it took turns with: as a rule, its own */
	const char *unit;
	double round[COMPARE_ROUNDS]; /* in the order in which they were measured */
	unsigned rounds;
	double value; /* median */
	double least;
	double most;
	double failed; /* of a million operations */
};

struct results {
	struct result row[COMPARE_RESULTS];
	size_t count;
};

/* result_add() - sorts @value. The row, or NULL if there are no values. */
struct result *result_add(struct results *results, const char *workload, const struct subject *subject,
                          unsigned threads, const char *unit, double *value, unsigned count, double failed);
const struct result *result_find(const struct results *results, const char *workload, const char *subject,
                                 unsigned threads);
/* result_find_beside() - the one that took turns with subjects of @beside threads. */
const struct result *result_find_beside(const struct results *results, const char *workload, const char *subject,
                                        unsigned threads, unsigned beside);
/* result_ratio() - the first as a multiple of the second: the median of what it was in each round, if they took turns. */
double result_ratio(const struct result *a, const struct result *b);
bool result_write(const struct results *results, const char *path);

/* struct workload - what is measured; run() adds its results. */
struct workload {
	const char *name;
	const char *what;
	void (*run)(struct bench *bench, const struct workload *workload, struct results *results);
	/* For loads.c. */
	bool (*can)(const struct subject *subject);
	void (*work)(void *place, unsigned thread, uint64_t operations);
	uint64_t held;  /* in all, shared among the threads; 0: HELD_EACH a thread */
	bool hot;       /* one id for all */
	uint32_t first; /* a range, if last is not 0 */
	uint32_t last;
};

extern const struct workload compare_loads[]; /* ends with a NULL name, as do the others */
extern const struct workload compare_fills[];
extern const struct workload compare_roles[];
extern const struct workload compare_ends[];
extern const struct workload compare_latencies[];

/* compare_load() - a workload of one loop, for every subject that can, at 1, 2, 4, 8 threads. */
void compare_load(struct bench *bench, const struct workload *workload, struct results *results);
/* compare_progress() - what is measured now, if anybody looks. */
void compare_progress(const struct bench *bench, const char *workload, unsigned threads, const char *subject);

/* table_print() - the results from that index on. */
void table_print(const struct results *results, size_t from);
/* table_targets() - each target: the ratio that is wanted and the one that was measured. Returns how many are missed. */
unsigned table_targets(const struct results *results);
/* plot_all() - a picture for each workload, in @folder. */
bool plot_all(const struct results *results, const char *folder);

#endif
