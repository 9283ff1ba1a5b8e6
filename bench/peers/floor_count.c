/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* floor_count.c - floor: one reference count that all threads take from and drop. */
#include "floor_numbers.h"
#include "subject.h"

struct count {
	struct floor_numbers numbers;
	_Alignas(SUBJECT_LINE) _Atomic(uint32_t) refs;
};

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct count *count = it;
	uint32_t id;

	if (!floor_take(&count->numbers, thread, &id))
		return false;
	*token = (subject_token)id + 1;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct count *count = it;

	floor_give(&count->numbers, thread, (uint32_t)(token - 1));
}

static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	struct count *count = it;

	(void)thread;
	(void)token;
	(void)atomic_fetch_add_explicit(&count->refs, 1, memory_order_acquire);
	return atomic_fetch_sub_explicit(&count->refs, 1, memory_order_release) > 1;
}

#define HAS_GET
#include "loops.h"

static void *create(unsigned threads)
{
	struct count *count = subject_zalloc(sizeof(*count));

	if (count == NULL)
		return NULL;
	if (!floor_numbers_init(&count->numbers, threads)) {
		free(count);
		return NULL;
	}
	atomic_init(&count->refs, 1);
	return count;
}

static void destroy(void *it)
{
	struct count *count = it;

	floor_numbers_free(&count->numbers);
	free(count);
}

const struct subject subject_floor_count = {
	.name = "one shared reference count",
	.lacks = "the count alone: every id has the same, and its numbers are no allocator's",
	.floor = true,
	.machine = true,
	.create = create,
	.destroy = destroy,
	LOOPS};
