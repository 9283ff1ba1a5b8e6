/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * bench.h - what a benchmark is, and what it may ask of the frame around it.
 *
 * A benchmark is a function that makes its own spaces and hands loops, or single
 * values, to the frame. The frame runs the loops on pinned threads, throws away
 * the time in which not all of them ran, and keeps minimum and median.
 */
#ifndef IOASID_BENCH_H
#define IOASID_BENCH_H

#include <ioasid/ioasid.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_THREADS 2u /* of the benchmarks of our own */
#define BENCH_RUNNERS 8u /* at most, of any; more than there are CPUs share them */
#define BENCH_LINE 64
#define BENCH_SAMPLES 64u
#define BENCH_ROWS 256u

/** struct row - one line of the table. */
struct row {
	char name[32];
	char variant[48];
	unsigned threads;
	const char *unit;
	double minimum;
	double median;
	double cpu;     /* CPU time of the whole process per operation; NaN where that says nothing */
	double compare; /* minimum of the row that this one is measured against; NaN: none */
	unsigned samples;
};

/** struct bench - one run of the program. */
struct bench {
	bool quick;
	unsigned repetitions;
	uint64_t length_ns; /* of one repetition */
	unsigned cpus;      /* how many the process may use, at most BENCH_THREADS */
	int cpu[BENCH_THREADS];
	const char *name; /* of the benchmark that runs */
	unsigned number;  /* which one it is, and of how many, for the progress */
	unsigned of;
	bool progress;
	struct row rows[BENCH_ROWS];
	size_t nr_rows;
};

/** struct benchmark - an entry of a table that ends with a NULL name. */
struct benchmark {
	const char *name;
	const char *what; /* what one operation is, and what is counted */
	void (*run)(struct bench *bench);
};

extern const struct benchmark bench_floors[];
extern const struct benchmark bench_allocs[];
extern const struct benchmark bench_references[];
extern const struct benchmark bench_bindings[];
extern const struct benchmark bench_sets[];
extern const struct benchmark bench_memory[];

/** struct load - a loop to be timed. */
struct load {
	/* Does @operations of them; called again and again by thread 0, 1, ... */
	void (*work)(void *state, unsigned thread, uint64_t operations);
	/* On each thread, before its first operation and after its last; NULL: nothing. */
	void (*enter)(void *state, unsigned thread);
	void (*leave)(void *state, unsigned thread);
	/* The least number of operations to ask for at once; 0: 1. */
	uint64_t step;
	/* Name, or name/variant, of the row to compare with, of as many threads if there is one; NULL: none. */
	const char *reference;
};

/* bench_loop() - time @load on @threads threads and add the row. Nothing if there are too few CPUs. */
void bench_loop(struct bench *bench, const char *variant, unsigned threads, const struct load *load, void *state);

/*
 * bench_samples() - time @load, @count times: @value is ns per operation of one
 * thread, @cpu the CPU time of the process per operation. With more threads than
 * CPUs @value is that, too. Returns how many samples there are.
 */
unsigned bench_samples(struct bench *bench, unsigned threads, const struct load *load, void *state, double *value,
                       double *cpu, unsigned count);

/* bench_values() - add a row of single values; sorts them. */
void bench_values(struct bench *bench, const char *variant, unsigned threads, const char *unit, double *value,
                  unsigned count);

/* bench_show_progress() - what is being measured, if anybody looks. */
void bench_show_progress(const struct bench *bench, const char *variant, unsigned threads);

/* bench_find_cpus() - those that the process may use. */
void bench_find_cpus(struct bench *bench);

double bench_median(double *value, unsigned count); /* sorts */
uint64_t bench_now_ns(void);
uint64_t bench_cpu_ns(void);
double bench_resident_bytes(void); /* memory of the process */

/* report_*() - the rows, as a table and as JSON. report_json(): false: could not write. */
void report_table(const struct bench *bench);
bool report_json(const struct bench *bench, const char *path);
/* report_is_sound() - every benchmark has rows, every number is finite and not negative; tells of those that are not. */
bool report_is_sound(const struct bench *bench);

/* A benchmark cannot go on after an error: the number would be of something else. */
void must(int error, const char *what);

/* bench_zalloc() - zeroed memory; ends the program if there is none. */
void *bench_zalloc(size_t count, size_t size);

/* A small fast generator, the same numbers in every run (Marsaglia's xorshift). */
static inline uint64_t bench_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#define BENCH_SEED(thread) (UINT64_C(0x9e3779b97f4a7c15) * ((thread) + 1u))

/* What most benchmarks begin with, and end with. */
struct ioasid_space *bench_space(uint32_t flags);
struct ioasid_owner_set *bench_set(struct ioasid_space *space, uint64_t key, uint32_t flags);
/* Ends and releases the sets (NULL ones are none), completes everything, destroys. */
void bench_destroy(struct ioasid_space *space, struct ioasid_owner_set **set, unsigned sets);

#endif
