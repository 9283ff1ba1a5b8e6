/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* floor_array.c - floor: a plain array of pointers; to find is to load one. */
#include "floor_numbers.h"
#include "subject.h"

struct array {
	struct floor_numbers numbers;
	_Alignas(SUBJECT_LINE) _Atomic(void *) pointer[SUBJECT_IDS];
};

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct array *array = it;
	uint32_t id;

	if (!floor_take(&array->numbers, thread, &id))
		return false;
	atomic_store_explicit(&array->pointer[id], it, memory_order_release);
	*token = (subject_token)id + 1;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct array *array = it;
	uint32_t id = (uint32_t)(token - 1);

	atomic_store_explicit(&array->pointer[id], NULL, memory_order_relaxed);
	floor_give(&array->numbers, thread, id);
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	struct array *array = it;

	(void)thread;
	return atomic_load_explicit(&array->pointer[token - 1], memory_order_acquire) != NULL;
}

#define HAS_FIND
#include "loops.h"

static void *create(unsigned threads)
{
	struct array *array = subject_zalloc(sizeof(*array));

	if (array != NULL && !floor_numbers_init(&array->numbers, threads)) {
		free(array);
		return NULL;
	}
	return array;
}

static void destroy(void *it)
{
	struct array *array = it;

	floor_numbers_free(&array->numbers);
	free(array);
}

const struct subject subject_floor_array = {
	.name = "array of pointers",
	.lacks = "nothing protects what is found; a thread sees no number that another gave back",
	.floor = true,
	.machine = true,
	.create = create,
	.destroy = destroy,
	LOOPS};
