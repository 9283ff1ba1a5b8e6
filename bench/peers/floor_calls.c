/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* floor_calls.c - floor: an array of words, behind calls; its numbers cost next to nothing. */
#include "floor_numbers.h"
#include "floor_slots.h"

struct array {
	struct floor_numbers numbers;
	struct slot *slot;
};

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct array *array = it;
	uint32_t id;

	if (!floor_take(&array->numbers, thread, &id))
		return false;
	atomic_store_explicit(&array->slot[id].word, ACTIVE, memory_order_release);
	*token = (subject_token)id + 1;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct array *array = it;
	uint32_t id = (uint32_t)(token - 1);

	atomic_store_explicit(&array->slot[id].word, 0, memory_order_relaxed);
	floor_give(&array->numbers, thread, id);
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

	floor_numbers_free(&array->numbers);
	free(array->slot);
	free(array);
}

static void *create(unsigned threads)
{
	struct array *array = subject_zalloc(sizeof(*array));

	if (array == NULL)
		return NULL;
	array->slot = subject_zalloc(SUBJECT_IDS * sizeof(*array->slot));
	if (array->slot == NULL || !floor_numbers_init(&array->numbers, threads)) {
		free(array->slot);
		free(array);
		return NULL;
	}
	return array;
}

const struct subject subject_floor_calls = {
	.name = "slots behind calls",
	.lacks = "nothing protects what is found; a thread sees no number that another gave back",
	.floor = true,
	.machine = true,
	.create = create,
	.destroy = destroy,
	LOOPS};
