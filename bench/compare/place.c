/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* place.c - a subject made ready: its space, the tokens of each thread. */
#include "compare.h"

#include <stdlib.h>

void *subject_zalloc(uint64_t size)
{
	uint64_t rounded = (size + SUBJECT_LINE - 1) / SUBJECT_LINE * SUBJECT_LINE;
	unsigned char *memory = aligned_alloc(SUBJECT_LINE, rounded);
	uint64_t i;

	for (i = 0; memory != NULL && i < rounded; i++)
		memory[i] = 0;
	return memory;
}

bool place_open(struct place *place, const struct subject *subject, unsigned threads, uint64_t held)
{
	unsigned t;

	*place = (struct place){.subject = subject, .threads = threads, .it = subject->create(threads)};
	if (place->it == NULL)
		return false;
	for (t = 0; t < threads; t++) {
		place->thread[t].seed = BENCH_SEED(t);
		place->thread[t].held = held;
		place->thread[t].token = subject_zalloc(held * sizeof(subject_token));
		if (place->thread[t].token == NULL)
			return false;
	}
	return true;
}

void place_enter(void *state, unsigned thread)
{
	struct place *place = state;

	if (place->subject->enter != NULL)
		place->subject->enter(place->it, thread);
}

void place_leave(void *state, unsigned thread)
{
	struct place *place = state;

	if (place->subject->leave != NULL)
		place->subject->leave(place->it, thread);
}

void place_fill(struct place *place)
{
	unsigned t;

	place_enter(place, 0);
	for (t = 0; t < place->threads; t++) {
		uint64_t held = place->thread[t].held;

		/* Some keep a number back, or strand a few. */
		if (place->subject->fill(place->it, 0, place->thread[t].token, held) > held / 500 + 1)
			must(-IOASID_ENOSPC, place->subject->name);
	}
	place_leave(place, 0);
}

void place_close(struct place *place)
{
	unsigned t;

	place_enter(place, 0);
	for (t = 0; t < place->threads; t++)
		place->subject->drain(place->it, 0, place->thread[t].token, place->thread[t].held);
	if (place->subject->settle != NULL)
		place->subject->settle(place->it, 0);
	place_leave(place, 0);
	place->subject->destroy(place->it);
	for (t = 0; t < place->threads; t++)
		free(place->thread[t].token);
}
