/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Counts that are spread over shards: open, closing, folded; surplus, forgiven; columns and blocks. */
#include "unit.h"

#include <pthread.h>

#include "tally.h"

struct fixture {
	struct memory memory;
	struct tally tally;
	struct tally_ref ref;
};

static void open_tally(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->tally.memory = &f->memory;
	f->tally.shards = ioasid_port_shards();
	ck_assert_ok(tally_take(&f->tally, &f->ref));
}

static void close_tally(struct fixture *f)
{
	tally_give(&f->tally, &f->ref);
	ck_assert_ptr_null(f->ref.block);
	tally_fini(&f->tally);
	ck_assert_uint_eq(port_u64_load_relaxed(&f->memory.used), 0);
}

static void enter(struct fixture *f, uint32_t shard, uint32_t times)
{
	sim_shard_set(shard);
	while (times-- != 0)
		tally_enter(&f->tally, &f->ref);
}

static void leave(struct fixture *f, uint32_t shard, uint32_t times, enum tally_left wanted)
{
	sim_shard_set(shard);
	while (times-- != 0)
		ck_assert_int_eq(tally_leave(&f->tally, &f->ref), wanted);
}

START_TEST(nobody_in)
{
	struct fixture f;
	uint64_t surplus = 99;

	open_tally(&f);
	tally_close(&f.ref);
	ck_assert(!tally_is_drained(&f.ref));
	ck_assert(tally_fold(&f.tally, &f.ref, &surplus));
	ck_assert_uint_eq(surplus, 0);
	ck_assert(tally_is_drained(&f.ref));
	leave(&f, 0, 2, TALLY_SURPLUS);
	close_tally(&f);
}
END_TEST

/* Who leaves on another shard makes a cell negative; the sum is right. */
START_TEST(only_the_sum_counts)
{
	struct fixture f;
	uint64_t surplus = 99;

	open_tally(&f);
	enter(&f, 0, 5);
	enter(&f, 1, 2);
	leave(&f, 2, 4, TALLY_LEFT);
	leave(&f, 1, 1, TALLY_LEFT);
	tally_close(&f.ref);
	ck_assert(!tally_fold(&f.tally, &f.ref, &surplus));
	ck_assert_uint_eq(surplus, 0);
	leave(&f, 3, 1, TALLY_LEFT);
	leave(&f, 0, 1, TALLY_DRAINED);
	leave(&f, 0, 1, TALLY_SURPLUS);
	ck_assert(tally_is_drained(&f.ref));
	close_tally(&f);
}
END_TEST

/* Between close and fold, leaves go to the central word. */
START_TEST(leaving_while_closing)
{
	struct fixture f;
	uint64_t surplus = 99;

	open_tally(&f);
	enter(&f, 0, 3);
	tally_close(&f.ref);
	leave(&f, 1, 2, TALLY_LEFT);
	ck_assert(!tally_fold(&f.tally, &f.ref, &surplus));
	ck_assert_uint_eq(surplus, 0);
	leave(&f, 1, 1, TALLY_DRAINED);
	close_tally(&f);
}
END_TEST

START_TEST(last_one_leaves_while_closing)
{
	struct fixture f;
	uint64_t surplus = 99;

	open_tally(&f);
	enter(&f, 0, 3);
	tally_close(&f.ref);
	leave(&f, 1, 3, TALLY_LEFT);
	ck_assert(tally_fold(&f.tally, &f.ref, &surplus));
	ck_assert_uint_eq(surplus, 0);
	close_tally(&f);
}
END_TEST

START_TEST(surplus_is_found_by_the_fold)
{
	struct fixture f;
	uint64_t surplus = 99;

	open_tally(&f);
	enter(&f, 0, 1);
	leave(&f, 1, 3, TALLY_LEFT);
	tally_close(&f.ref);
	leave(&f, 2, 2, TALLY_LEFT);
	ck_assert(tally_fold(&f.tally, &f.ref, &surplus));
	ck_assert_uint_eq(surplus, 4);
	leave(&f, 0, 1, TALLY_SURPLUS);
	close_tally(&f);
}
END_TEST

START_TEST(forgiven)
{
	struct fixture f;
	uint64_t surplus = 99;

	open_tally(&f);
	enter(&f, 0, 7);
	tally_close(&f.ref);
	ck_assert(!tally_fold(&f.tally, &f.ref, &surplus));
	leave(&f, 0, 2, TALLY_LEFT);
	ck_assert_uint_eq(tally_forgive(&f.ref), 5);
	ck_assert_uint_eq(tally_forgive(&f.ref), 0);
	ck_assert(tally_is_drained(&f.ref));
	leave(&f, 0, 1, TALLY_SURPLUS);
	close_tally(&f);
}
END_TEST

/* A column that was given back counts from zero, whatever was left in it. */
START_TEST(column_is_clean_when_taken_again)
{
	struct fixture f;
	struct tally_ref first;
	uint64_t surplus = 99;

	open_tally(&f);
	first = f.ref;
	for (uint32_t shard = 0; shard < f.tally.shards; shard++)
		enter(&f, shard, 3);
	tally_close(&f.ref);
	ck_assert(!tally_fold(&f.tally, &f.ref, &surplus));
	tally_give(&f.tally, &f.ref);
	ck_assert_ok(tally_take(&f.tally, &f.ref));
	ck_assert_ptr_eq(f.ref.block, first.block);
	ck_assert_uint_eq(f.ref.column, first.column);
	enter(&f, 0, 1);
	leave(&f, 0, 1, TALLY_LEFT);
	tally_close(&f.ref);
	ck_assert(tally_fold(&f.tally, &f.ref, &surplus));
	ck_assert_uint_eq(surplus, 0);
	close_tally(&f);
}
END_TEST

/* Columns are nobody's but their taker's; a second block comes with the seventeenth, and is used up before a third. */
START_TEST(columns_and_blocks)
{
	struct tally_ref refs[2 * TALLY_COLUMNS];
	struct fixture f;
	uint64_t one;
	uint64_t surplus;

	open_tally(&f);
	one = sim_memory_bytes();
	refs[0] = f.ref;
	for (size_t i = 1; i < 2 * TALLY_COLUMNS; i++) {
		ck_assert_ok(tally_take(&f.tally, &refs[i]));
		ck_assert_uint_eq(sim_memory_bytes(), i < TALLY_COLUMNS ? one : 2 * one);
		for (size_t j = 0; j < i; j++)
			ck_assert(refs[i].block != refs[j].block || refs[i].column != refs[j].column);
	}
	/* What one counts is not seen by another. */
	for (size_t i = 0; i < 2 * TALLY_COLUMNS; i += 2)
		tally_enter(&f.tally, &refs[i]);
	for (size_t i = 0; i < 2 * TALLY_COLUMNS; i++) {
		tally_close(&refs[i]);
		ck_assert_int_eq(tally_fold(&f.tally, &refs[i], &surplus), i % 2 == 1);
		if (i != 0)
			tally_give(&f.tally, &refs[i]);
	}
	/* All were given back: no third block for as many again. */
	for (size_t i = 1; i < 2 * TALLY_COLUMNS; i++)
		ck_assert_ok(tally_take(&f.tally, &refs[i]));
	ck_assert_uint_eq(sim_memory_bytes(), 2 * one);
	close_tally(&f);
}
END_TEST

START_TEST(no_memory)
{
	struct tally_ref refs[TALLY_COLUMNS];
	struct fixture f;

	open_tally(&f);
	for (size_t i = 1; i < TALLY_COLUMNS; i++)
		ck_assert_ok(tally_take(&f.tally, &refs[i]));
	sim_alloc_fail_at(1);
	ck_assert_int_eq(tally_take(&f.tally, &refs[0]), -IOASID_ENOMEM);
	ck_assert_uint_eq(sim_alloc_refused(), 1);
	tally_give(&f.tally, &refs[5]);
	sim_alloc_fail_at(1);
	ck_assert_ok(tally_take(&f.tally, &refs[5]));
	ck_assert_uint_eq(sim_alloc_calls(), 0);
	close_tally(&f);
}
END_TEST

#define THREADS 3
#define ROUNDS 3000

static struct fixture busy;
static _Atomic uint32_t drained;
static _Atomic bool gate;

/* Enters while the gate is open, and leaves everything, some of it after the fold. */
static void *come_and_go(void *argument)
{
	const uint32_t me = (uint32_t)(uintptr_t)argument;
	uint32_t in = 0;

	sim_shard_set(me);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		port_read_lock();
		if (gate) {
			tally_enter(&busy.tally, &busy.ref);
			in++;
		}
		if (in > 20 || (i % 3 == 0 && in != 0)) {
			drained += tally_leave(&busy.tally, &busy.ref) == TALLY_DRAINED;
			in--;
		}
		port_read_unlock();
	}
	while (in-- != 0) {
		port_read_lock();
		drained += tally_leave(&busy.tally, &busy.ref) == TALLY_DRAINED;
		port_read_unlock();
	}
	return NULL;
}

/* Exactly one hears of the end: the fold, or one who leaves. */
START_TEST(one_hears_of_the_end)
{
	for (int round = 0; round < 20; round++) {
		pthread_t threads[THREADS];
		uint64_t surplus = 99;
		bool by_fold;

		open_tally(&busy);
		drained = 0;
		gate = true;
		for (uintptr_t i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, (void *)i), 0);
		gate = false;
		tally_close(&busy.ref);
		ioasid_port_synchronize();
		by_fold = tally_fold(&busy.tally, &busy.ref, &surplus);
		for (size_t i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_uint_eq(surplus, 0);
		ck_assert_uint_eq(drained, by_fold ? 0 : 1);
		ck_assert(tally_is_drained(&busy.ref));
		close_tally(&busy);
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, nobody_in);
	tcase_add_test(tests, only_the_sum_counts);
	tcase_add_test(tests, leaving_while_closing);
	tcase_add_test(tests, last_one_leaves_while_closing);
	tcase_add_test(tests, surplus_is_found_by_the_fold);
	tcase_add_test(tests, forgiven);
	tcase_add_test(tests, column_is_clean_when_taken_again);
	tcase_add_test(tests, columns_and_blocks);
	tcase_add_test(tests, no_memory);
	tcase_add_test(tests, one_hears_of_the_end);
}

UNIT_MAIN("tally", add_tests)
