/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_rest.c - floor: an array of words of 32 bytes, behind calls, whose numbers rest.
 *
 * Taking one and giving it back is a swap on its word. A number that was given back
 * rests while its thread gives back as many as ours do from one grace period to the
 * next; then the oldest comes first. That is what memory and its caches ask of whoever
 * does not hand out at once what has just been given back: nobody looks for
 * anything, nobody waits for anything, and no thread sees a number of another.
 */
#include "floor_slots.h"

#include <stdlib.h>

#define REST 8192u

struct ring {
	_Alignas(SUBJECT_LINE) uint32_t *number;
	uint32_t in;
	uint32_t out;
};

struct array {
	struct slot *slot;
	_Atomic(uint32_t) fresh;
	struct ring ring[SUBJECT_THREADS];
};

static inline bool take_fresh(struct array *array, uint32_t *id)
{
	if (atomic_load_explicit(&array->fresh, memory_order_relaxed) >= SUBJECT_IDS)
		return false;
	/* With the threads there are, it does not wrap round. */
	*id = atomic_fetch_add_explicit(&array->fresh, 1, memory_order_relaxed);
	return *id < SUBJECT_IDS;
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct array *array = it;
	struct ring *ring = &array->ring[thread];
	uint32_t id;

	if (ring->in - ring->out > REST || !take_fresh(array, &id)) {
		if (ring->in == ring->out)
			return false;
		id = ring->number[ring->out++ % SUBJECT_IDS];
	}
	*token = (subject_token)id + 1;
	return call_move(array->slot, id, IDLE, ACTIVE) == 0;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct array *array = it;
	struct ring *ring = &array->ring[thread];
	uint32_t id = (uint32_t)(token - 1);

	if (call_move(array->slot, id, ACTIVE, IDLE) == 0)
		ring->number[ring->in++ % SUBJECT_IDS] = id;
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	return slots_find(((struct array *)it)->slot, token);
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	(void)thread;
	return slots_get_put(((struct array *)it)->slot, token);
}

#define HAS_FIND
#define HAS_GET
#include "loops.h"

static void destroy(void *it)
{
	struct array *array = it;
	unsigned i;

	for (i = 0; i < SUBJECT_THREADS; i++)
		free(array->ring[i].number);
	free(array->slot);
	free(array);
}

static void *create(unsigned threads)
{
	struct array *array = subject_zalloc(sizeof(*array));
	bool made = array != NULL;
	unsigned i;

	if (!made)
		return NULL;
	array->slot = subject_zalloc(SUBJECT_IDS * sizeof(*array->slot));
	made = array->slot != NULL;
	for (i = 0; made && i < threads; i++) {
		array->ring[i].number = subject_zalloc(SUBJECT_IDS * sizeof(uint32_t));
		made = array->ring[i].number != NULL;
	}
	if (made)
		return array;
	destroy(array);
	return NULL;
}

const struct subject subject_floor_rest = {
	.name = "slots that rest",
	.lacks = "numbers rest for a count, whoever still uses them; a thread sees no number that another gave back",
	.floor = true,
	.create = create,
	.destroy = destroy,
	LOOPS};
