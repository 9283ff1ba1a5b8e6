/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ends.c - W12: an owner goes with all of its ids. Where there are no owners, each
 * id is given back by itself. CPU time until all of them may be taken again.
 */
#include "compare.h"

/* CPU ns per id; below zero: there were not so many. */
static double end_once(struct place *place, uint64_t count)
{
	const struct subject *subject = place->subject;
	double start;

	if (subject->fill(place->it, 0, place->thread[0].token, count) != 0)
		return -1;
	start = (double)bench_cpu_ns();
	if (subject->end_all != NULL) {
		subject->end_all(place->it, 0);
	} else {
		subject->drain(place->it, 0, place->thread[0].token, count);
		if (subject->settle != NULL)
			subject->settle(place->it, 0);
	}
	return ((double)bench_cpu_ns() - start) / (double)count;
}

static void measure(struct bench *bench, const char *name, uint64_t count, struct results *results)
{
	double value[COMPARE_ROUNDS + 1];
	unsigned rounds = bench->quick ? 1 : COMPARE_ROUNDS;
	unsigned round;
	unsigned i;

	for (i = 0; compare_subjects[i] != NULL; i++) {
		const struct subject *subject = compare_subjects[i];
		struct place place;

		if (subject->fill == NULL || subject->machine)
			continue;
		compare_progress(bench, name, 1, subject->name);
		if (!place_open(&place, subject, 1, count))
			continue;
		place_enter(&place, 0);
		/* The first one finds its memory. */
		for (round = 0; round <= rounds; round++) {
			value[round] = end_once(&place, count);
			if (value[round] < 0)
				break;
		}
		/* Who has not so many, or not again, has no number. */
		if (round > rounds)
			result_add(results, name, subject, 1, "ns", value + 1, rounds, 0);
		place.thread[0].held = 0;
		place_leave(&place, 0);
		place_close(&place);
	}
}

static void run(struct bench *bench, const struct workload *w, struct results *results)
{
	(void)w;
	measure(bench, "W12 end of 1", 1, results);
	measure(bench, "W12 end of 100", 100, results);
	measure(bench, "W12 end of 100000", 100000, results);
}

const struct workload compare_ends[] = {
	{"W12 end", "an owner ends with 1, 100, 100,000 ids: CPU time per id until all may be taken again", run, NULL,
         NULL, 0, false, 0, 0},
	{NULL, NULL, NULL, NULL, NULL, 0, false, 0, 0},
};
