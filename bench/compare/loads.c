/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* loads.c - the workloads in which every thread does the same. */
#include "compare.h"

#include <stdlib.h>

#define HELD_EACH 64u
/* W8 */
#define RANGE_FIRST 1u
#define RANGE_LAST 65535u
#define BIND_ROUND 256u

static void account(struct place *place, unsigned thread, uint64_t operations, uint64_t failed)
{
	place->thread[thread].failed += failed;
	place->thread[thread].done += operations;
}

static void pair(void *state, unsigned thread, uint64_t operations)
{
	struct place *place = state;

	account(place, thread, operations, place->subject->pair(place->it, thread, operations));
}

static void replace(void *state, unsigned thread, uint64_t operations)
{
	struct place *p = state;

	account(p, thread, operations,
	        p->subject->replace(p->it, thread, p->thread[thread].token, p->thread[thread].held, operations,
	                            &p->thread[thread].seed));
}

static void replace_range(void *state, unsigned thread, uint64_t operations)
{
	struct place *p = state;

	account(p, thread, operations,
	        p->subject->replace_range(p->it, thread, p->thread[thread].token, p->thread[thread].held, operations,
	                                  &p->thread[thread].seed, RANGE_FIRST, RANGE_LAST));
}

static void find(void *state, unsigned thread, uint64_t operations)
{
	struct place *p = state;

	account(p, thread, operations,
	        p->subject->find(p->it, thread, p->thread[0].token, p->thread[0].held, operations,
	                         &p->thread[thread].seed));
}

static void get_put(void *state, unsigned thread, uint64_t operations)
{
	struct place *p = state;

	account(p, thread, operations,
	        p->subject->get_put(p->it, thread, p->thread[0].token, p->thread[0].held, operations,
	                            &p->thread[thread].seed));
}

static void bind(void *state, unsigned thread, uint64_t operations)
{
	struct place *place = state;

	account(place, thread, operations, place->subject->bind(place->it, thread, operations));
}

/* Who has no requests counts them, as a driver would without us. */
static void request(void *state, unsigned thread, uint64_t operations)
{
	struct place *place = state;

	if (place->subject->request == NULL)
		get_put(state, thread, operations);
	else
		account(place, thread, operations, place->subject->request(place->it, thread, operations));
}

static bool can_pair(const struct subject *subject)
{
	return subject->pair != NULL;
}

static bool can_hold(const struct subject *subject)
{
	return subject->replace != NULL && !subject->machine;
}

static bool can_range(const struct subject *subject)
{
	return subject->replace_range != NULL;
}

static bool can_find(const struct subject *subject)
{
	return subject->find != NULL;
}

static bool can_bind(const struct subject *subject)
{
	return subject->bind != NULL;
}

static bool can_request(const struct subject *subject)
{
	return subject->request != NULL || (subject->floor && subject->get_put != NULL);
}

static bool can_get(const struct subject *subject)
{
	return subject->get_put != NULL;
}

/* Tokens are shared (one thread holds them, all look at them) where nobody gives any back. */
static bool looks_only(const struct workload *w)
{
	return w->work == find || w->work == get_put || w->work == request;
}

static uint64_t held_by(const struct workload *w, unsigned threads)
{
	if (w->held == 0)
		return w->work == pair || w->work == bind ? 1 : HELD_EACH;
	return looks_only(w) ? w->held : w->held / threads;
}

static bool make_ready(struct place *place, const struct workload *w, const struct subject *subject, unsigned threads)
{
	unsigned t;

	if (!place_open(place, subject, threads, held_by(w, threads)))
		return false;
	if (w->hot && subject->hot != NULL) {
		place->thread[0].token[0] = subject->hot(place->it);
	} else if (w->last != 0) {
		place_enter(place, 0);
		for (t = 0; t < threads; t++)
			(void)subject->fill_range(place->it, 0, place->thread[t].token, place->thread[t].held, w->first,
			                          w->last);
		place_leave(place, 0);
	} else if (looks_only(w)) {
		place->threads = 1;
		place_fill(place);
		place->threads = threads;
	} else if (w->work != pair && w->work != bind) {
		place_fill(place);
	}
	return true;
}

struct column {
	struct place place;
	double value[BENCH_SAMPLES];
	unsigned count;
};

static void finish(struct column *c, const struct workload *w, unsigned beside, struct results *results)
{
	struct result *row;
	uint64_t failed = 0;
	uint64_t done = 0;
	unsigned t;

	for (t = 0; t < c->place.threads; t++) {
		failed += c->place.thread[t].failed;
		done += c->place.thread[t].done;
	}
	row = result_add(results, w->name, c->place.subject, c->place.threads, "ns", c->value, c->count,
	                 done == 0 ? 0 : (double)failed * 1e6 / (double)done);
	if (row != NULL)
		row->beside = beside;
	if (w->hot && c->place.subject->hot != NULL)
		c->place.thread[0].token[0] = 0; /* not ours to give back */
	place_close(&c->place);
}

/* What we cost with more threads is compared with what we cost with fewer: those take turns with these. Or 0. */
static unsigned fewer(unsigned threads)
{
	return threads == 2 ? 1 : threads == 8 ? 2 : 0;
}

static void measure(struct bench *bench, const struct workload *w, unsigned threads, struct results *results)
{
	const struct load load = {.work = w->work,
	                          .enter = place_enter,
	                          .leave = place_leave,
	                          .step = w->work == bind ? BIND_ROUND : 1};
	struct column *column = bench_zalloc(COMPARE_SUBJECTS + 1, sizeof(*column));
	unsigned rounds = bench->quick ? 1 : COMPARE_ROUNDS;
	unsigned columns = 0;
	unsigned round;
	unsigned i;

	for (i = 0; compare_subjects[i] != NULL; i++) {
		if (!w->can(compare_subjects[i]))
			continue;
		compare_progress(bench, w->name, threads, compare_subjects[i]->name);
		if (make_ready(&column[columns].place, w, compare_subjects[i], threads))
			columns++;
	}
	i = 0; /* ourselves */
	if (fewer(threads) != 0 && w->can(compare_subjects[i]) &&
	    make_ready(&column[columns].place, w, compare_subjects[i], fewer(threads)))
		columns++;
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < columns; i++) {
			struct column *c = &column[i];
			double cpu;

			compare_progress(bench, w->name, c->place.threads, c->place.subject->name);
			c->count +=
				bench_samples(bench, c->place.threads, &load, &c->place, &c->value[c->count], &cpu, 1);
		}
	}
	for (i = 0; i < columns; i++)
		finish(&column[i], w, threads, results);
	free(column);
}

void compare_load(struct bench *bench, const struct workload *w, struct results *results)
{
	unsigned threads;

	for (threads = 1; threads <= SUBJECT_THREADS; threads *= 2)
		measure(bench, w, threads, results);
}

#define IDS (SUBJECT_IDS - 1)
const struct workload compare_loads[] = {
	{"W1 pair", "an id is taken and given back at once", compare_load, can_pair, pair, 0, false, 0, 0},
	{"W2 replace 64", "of 64 held ids a thread, one at random goes and a new one comes", compare_load, can_hold,
         replace, 0, false, 0, 0},
	{"W4 90 % full", "the same, with 90 % of 2^20 ids held", compare_load, can_hold, replace, IDS / 10 * 9, false,
         0, 0},
	{"W4 99.9 % full", "the same, with 99.9 % held", compare_load, can_hold, replace, IDS - IDS / 1000, false, 0,
         0},
	{"W9b all in use", "the same, with every id held: the one that comes is the one that went", compare_load,
         can_hold, replace, SUBJECT_IDS, false, 0, 0},
	{"W5 find, 1024", "a live id is found, one of 1024 at random", compare_load, can_find, find, 1024, false, 0, 0},
	{"W5 find, 2^20", "the same, one of 2^20", compare_load, can_find, find, IDS, false, 0, 0},
	{"W6 get+put, 1024", "a reference is taken and dropped, of one of 1024 ids at random", compare_load, can_get,
         get_put, 1024, false, 0, 0},
	{"W6 get+put, 2^20", "the same, one of 2^20", compare_load, can_get, get_put, IDS, false, 0, 0},
	{"W6 get+put, hot", "the same, one id for all threads", compare_load, can_get, get_put, 1, true, 0, 0},
	{"W8 range", "as W4, within [1, 65535], of which 71 are free", compare_load, can_range, replace_range,
         65536 - 64 - 8, false, RANGE_FIRST, RANGE_LAST},
	{"W10 bind+unbind", "a device is bound to an id and unbound, until that is complete", compare_load, can_bind,
         bind, 0, false, 0, 0},
	{"W11 request", "a request begins and ends on one binding, all threads the same", compare_load, can_request,
         request, 1, true, 0, 0},
	{NULL, NULL, NULL, NULL, NULL, 0, false, 0, 0},
};
