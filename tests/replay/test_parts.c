/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* test_parts.c - the parts of ioasid-replay that can be looked at without a device. */
#include <check.h>
#include <string.h>

#include "aspace.h"
#include "drain.h"
#include "due_heap.h"
#include "iotlb.h"
#include "sparse.h"
#include "stats.h"
#include "timeline.h"

START_TEST(test_heap_order)
{
	struct due_heap heap;
	uint64_t random = 12345;
	uint64_t last = 0;
	uint64_t due[100];

	due_heap_init(&heap, 100);
	for (int i = 0; i < 100; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		due[i] = random >> 54;
		due_heap_push(&heap, due[i], &due[i]);
	}
	ck_assert_ptr_null(due_heap_pop(&heap, due_heap_next(&heap) - 1));
	for (int i = 0; i < 100; i++) {
		const uint64_t *what = due_heap_pop(&heap, UINT64_MAX);

		ck_assert_ptr_nonnull(what);
		ck_assert_uint_ge(*what, last);
		last = *what;
	}
	ck_assert_uint_eq(due_heap_next(&heap), 0);
	ck_assert_ptr_null(due_heap_pop(&heap, UINT64_MAX));
	due_heap_fini(&heap);
}
END_TEST

START_TEST(test_sparse)
{
	struct sparse sparse;
	uint32_t *last;

	sparse_init(&sparse, 1 << 20, sizeof(uint32_t));
	ck_assert_ptr_null(sparse_peek(&sparse, (1 << 20) - 1));
	last = sparse_at(&sparse, (1 << 20) - 1);
	ck_assert_uint_eq(*last, 0);
	*last = 7;
	ck_assert_ptr_eq(sparse_at(&sparse, (1 << 20) - 1), last);
	ck_assert_ptr_eq(sparse_peek(&sparse, (1 << 20) - 1), last);
	ck_assert_ptr_null(sparse_peek(&sparse, 0));
	sparse_fini(&sparse);
}
END_TEST

static void count_call(void *context)
{
	int *calls = context;

	*calls += 1;
}

START_TEST(test_drain)
{
	struct drain_table table;
	int calls = 0;

	drain_table_init(&table, 16);
	ck_assert(drain_ask(&table, 3, count_call, &calls));
	drain_enter(&table, 3);
	drain_enter(&table, 3);
	drain_enter(&table, 4);
	ck_assert(!drain_ask(&table, 3, count_call, &calls));
	ck_assert(!drain_ask(&table, 3, count_call, &calls));
	ck_assert_ptr_null(drain_leave(&table, 3));
	drain_tell(drain_leave(&table, 3));
	ck_assert_int_eq(calls, 2);
	ck_assert(drain_ask(&table, 3, count_call, &calls));
	ck_assert_ptr_null(drain_leave(&table, 4));
	ck_assert_int_eq(calls, 2);
	drain_table_fini(&table);
}
END_TEST

START_TEST(test_iotlb)
{
	struct aspace one;
	struct aspace other;
	struct iotlb iotlb;

	iotlb_init(&iotlb, 16);
	ck_assert_ptr_null(iotlb_lookup(&iotlb, 5, 2));
	iotlb_fill(&iotlb, 5, 2, &one);
	iotlb_fill(&iotlb, 6, 2, &other);
	ck_assert_ptr_eq(iotlb_lookup(&iotlb, 5, 2), &one);
	ck_assert_ptr_null(iotlb_lookup(&iotlb, 5, 3));
	iotlb_invalidate(&iotlb, 5);
	ck_assert_ptr_null(iotlb_lookup(&iotlb, 5, 2));
	ck_assert_ptr_eq(iotlb_lookup(&iotlb, 6, 2), &other);
	iotlb_fini(&iotlb);
}
END_TEST

START_TEST(test_aspace)
{
	const uint64_t mine = 0x11;
	const uint64_t strange = 0x22;
	struct aspace_pool pool;
	struct aspace *space;

	aspace_pool_init(&pool);
	space = aspace_get(&pool, mine);
	ck_assert(aspace_is_present(space, 0));
	ck_assert(!aspace_is_present(space, ASPACE_PAGES - 1));
	aspace_make_present(space, ASPACE_PAGES - 1);
	ck_assert(aspace_is_present(space, ASPACE_PAGES - 1));
	ck_assert_uint_eq(aspace_page(ASPACE_BASE - 1), ASPACE_PAGES);
	ck_assert_uint_eq(aspace_page(ASPACE_BASE), 0);
	ck_assert_uint_eq(aspace_page(ASPACE_BASE + ASPACE_PAGES * ASPACE_PAGE_SIZE), ASPACE_PAGES);
	ck_assert_uint_eq(aspace_write(space, ASPACE_BASE, ASPACE_PAGE_SIZE, mine), mine);
	ck_assert(!aspace_put(&pool, space, mine));
	ck_assert_uint_eq(aspace_read(space, ASPACE_BASE, 64), ASPACE_NOBODY);
	/* The same memory, for somebody else; and a stranger writes to its last page. */
	ck_assert_ptr_eq(aspace_get(&pool, mine + 1), space);
	ck_assert(!aspace_is_present(space, ASPACE_PAGES - 1));
	ck_assert_uint_eq(aspace_write(space, ASPACE_BASE + 7 * ASPACE_PAGE_SIZE, 16, strange), mine + 1);
	ck_assert_uint_eq(aspace_read(space, ASPACE_BASE + 7 * ASPACE_PAGE_SIZE, 16), mine + 1);
	ck_assert(aspace_put(&pool, space, mine + 1));
	aspace_pool_fini(&pool);
}
END_TEST

START_TEST(test_quantiles)
{
	static struct histogram histogram;

	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 0);
	for (uint64_t ns = 1; ns <= 1000; ns++)
		histogram_add(&histogram, ns * 1000);
	ck_assert_uint_ge(histogram_quantile(&histogram, 0.5), 500000);
	ck_assert_uint_le(histogram_quantile(&histogram, 0.5), 540000);
	ck_assert_uint_ge(histogram_quantile(&histogram, 0.99), 990000);
	ck_assert_uint_le(histogram_quantile(&histogram, 0.99), 1060000);
	ck_assert_uint_ge(histogram_quantile(&histogram, 1.0), 1000000);
	histogram_add(&histogram, UINT64_MAX);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1.0), UINT64_MAX);
}
END_TEST

/* However long it lasts, no peak is lost, and the columns suffice. */
START_TEST(test_timeline)
{
	static struct timeline timeline;
	uint64_t sample[TIMELINE_SERIES] = {0};
	const uint64_t start = 1000;

	timeline_init(&timeline, start);
	for (uint64_t ms = 0; ms < 100000; ms += 3) {
		sample[TIMELINE_PARKED] = ms == 4500 ? 9 : 1;
		timeline_add(&timeline, start + ms * 1000000, sample);
	}
	ck_assert_uint_le(timeline.used, TIMELINE_COLUMNS);
	ck_assert_uint_gt(timeline.used, TIMELINE_COLUMNS / 2 - 1);
	ck_assert_uint_eq(timeline_top(&timeline, TIMELINE_PARKED), 9);
	ck_assert_uint_eq(timeline.value[TIMELINE_PARKED][4500000000 / timeline.column_ns], 9);
	for (uint32_t i = 0; i < timeline.used; i++)
		ck_assert_uint_ge(timeline.value[TIMELINE_PARKED][i], 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay parts");
	TCase *tests = tcase_create("parts");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, test_heap_order);
	tcase_add_test(tests, test_sparse);
	tcase_add_test(tests, test_drain);
	tcase_add_test(tests, test_iotlb);
	tcase_add_test(tests, test_aspace);
	tcase_add_test(tests, test_quantiles);
	tcase_add_test(tests, test_timeline);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
