/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * floor_objects.c - floor: an array of pointers to objects of a line each, with a
 * reference count; the objects are there from the beginning and stay.
 */
#include "floor_numbers.h"
#include "subject.h"

struct object {
	_Alignas(SUBJECT_LINE) _Atomic(uint32_t) refs;
	_Atomic(uint32_t) id;
};

struct array {
	struct floor_numbers numbers;
	struct object *object;
	_Alignas(SUBJECT_LINE) _Atomic(struct object *) pointer[SUBJECT_IDS];
};

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct array *array = it;
	uint32_t id;

	if (!floor_take(&array->numbers, thread, &id))
		return false;
	atomic_store_explicit(&array->pointer[id], &array->object[id], memory_order_release);
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

static inline struct object *look_up(struct array *array, subject_token token)
{
	return atomic_load_explicit(&array->pointer[token - 1], memory_order_acquire);
}

static inline bool find(void *it, unsigned thread, subject_token token)
{
	struct object *object = look_up(it, token);

	(void)thread;
	return object != NULL && atomic_load_explicit(&object->id, memory_order_relaxed) == (uint32_t)(token - 1);
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	struct object *object = look_up(it, token);

	(void)thread;
	if (object == NULL)
		return false;
	(void)atomic_fetch_add_explicit(&object->refs, 1, memory_order_acquire);
	return atomic_fetch_sub_explicit(&object->refs, 1, memory_order_release) > 1;
}

#define HAS_FIND
#define HAS_GET
#include "loops.h"

static void destroy(void *it)
{
	struct array *array = it;

	floor_numbers_free(&array->numbers);
	free(array->object);
	free(array);
}

static void *create(unsigned threads)
{
	struct array *array = subject_zalloc(sizeof(*array));
	uint32_t id;

	if (array == NULL)
		return NULL;
	array->object = subject_zalloc(SUBJECT_IDS * sizeof(*array->object));
	if (array->object == NULL || !floor_numbers_init(&array->numbers, threads)) {
		free(array->object);
		free(array);
		return NULL;
	}
	for (id = 0; id < SUBJECT_IDS; id++) {
		atomic_init(&array->object[id].refs, 1);
		atomic_init(&array->object[id].id, id);
	}
	return array;
}

const struct subject subject_floor_objects = {
	.name = "array of refcounted objects",
	.lacks = "no object is ever freed, so nothing is protected; a thread sees no number that another gave back",
	.floor = true,
	.machine = true,
	.create = create,
	.destroy = destroy,
	LOOPS};
