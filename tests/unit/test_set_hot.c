/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A hot shared id: references counted per shard, by many threads, and folded when it parks. */
#include "driver.h"

#include <pthread.h>

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct ioasid_device *device;
static ioasid_binding_t binding;
static ioasid_handle_t hot;

static void begin(void)
{
	struct ioasid_bind_args args;

	journal_clear();
	space = unit_space(6);
	set = unit_set_with(space, 7, 1, IOASID_SET_HOT);
	driver_init(&one, "one");
	device = driver_register(space, &one, 20);
	args = unit_args(device, &one);
	ck_assert_ok(ioasid_set_bind(set, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_set_shared(set, &hot));
}

static void end(void)
{
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, hot), IOASID_STATE_FREE);
	unit_set_gone(space, set);
	driver_gone(device);
	unit_destroy(space);
}

/* More references than the word could count. */
START_TEST(it_has_no_limit_of_references)
{
	begin();
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_ok(ioasid_id_get(space, hot));
	ck_assert_ok(ioasid_id_free(space, hot));
	for (unsigned i = 0; i < 1000; i++) {
		if (i % 300 == 0)
			(void)unit_run(space);
		ck_assert_int_eq(unit_state(space, hot), IOASID_STATE_PARKED);
		ck_assert_ok(ioasid_id_put(space, hot));
	}
	end();
}
END_TEST

START_TEST(it_parks_like_any_other)
{
	begin();
	ck_assert_ok(ioasid_id_get(space, hot));
	ck_assert_ok(ioasid_id_free(space, hot));
	ck_assert_int_eq(ioasid_id_get(space, hot), -IOASID_ESTALE);
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&one), 4);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_int_eq(unit_state(space, hot), IOASID_STATE_PARKED);
	ck_assert_int_eq(ioasid_id_get(space, hot), -IOASID_ESTALE);
	ck_assert_ok(ioasid_id_put(space, hot));
	ck_assert_int_eq(ioasid_id_put(space, hot), -IOASID_EINVAL);
	(void)unit_run(space);
	ck_assert_int_eq(ioasid_id_put(space, hot), -IOASID_ESTALE);
	ck_assert_uint_eq(unit_counters(space).surplus_puts, 1);
	ck_assert_uint_eq(unit_counters(space).stale_calls, 1);
	end();
}
END_TEST

/* Nothing refers to it but the set: it still goes through a grace period before it is counted. */
START_TEST(an_idle_one_parks_too)
{
	begin();
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	ck_assert_ok(ioasid_id_free(space, hot));
	ck_assert_int_eq(unit_state(space, hot), IOASID_STATE_PARKED);
	end();
}
END_TEST

START_TEST(a_put_too_many_is_found_at_the_fold)
{
	begin();
	ck_assert_ok(ioasid_id_get(space, hot));
	for (unsigned i = 0; i < 4; i++)
		ck_assert_ok(ioasid_id_put(space, hot)); /* three too many, as nobody can tell yet */
	/* They are no binding's. */
	ck_assert_ok(ioasid_request_begin(space, binding));
	ck_assert_ok(ioasid_id_free(space, hot));
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).surplus_puts, 3);
	ck_assert_int_eq(ioasid_id_put(space, hot), -IOASID_EINVAL);
	ck_assert_int_eq(unit_state(space, hot), IOASID_STATE_PARKED);
	ck_assert_uint_eq(journal_released(&one), 0);
	ck_assert_ok(ioasid_request_end(space, binding));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_uint_eq(unit_counters(space).surplus_puts, 4);
	end();
}
END_TEST

/* A get after a put too many is not swallowed by it before the fold. */
START_TEST(only_the_sum_counts)
{
	begin();
	for (uint32_t shard = 0; shard < 4; shard++) {
		sim_shard_set(shard);
		ck_assert_ok(ioasid_id_get(space, hot));
		sim_shard_set(shard + 1);
		ck_assert_ok(ioasid_id_put(space, hot));
	}
	sim_shard_set(0);
	ck_assert_ok(ioasid_id_get(space, hot));
	ck_assert_ok(ioasid_id_free(space, hot));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, hot), IOASID_STATE_PARKED);
	sim_shard_set(3);
	ck_assert_ok(ioasid_id_put(space, hot));
	ck_assert_uint_eq(unit_counters(space).surplus_puts, 0);
	end();
}
END_TEST

/* Poisoned with references out: the cure waits for them. */
START_TEST(it_can_be_poisoned_and_cured)
{
	begin();
	ck_assert_ok(ioasid_id_get(space, hot));
	one.answer[IOASID_PHASE_DEVICE] = -5;
	ck_assert_ok(ioasid_id_free(space, hot));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, hot), IOASID_STATE_POISONED);
	ck_assert_ok(ioasid_id_unpoison(space, hot));
	(void)unit_run(space);
	ck_assert_int_ne(unit_state(space, hot), IOASID_STATE_FREE);
	ck_assert_ok(ioasid_id_put(space, hot));
	end();
}
END_TEST

/* Taking and dropping on many threads while it parks: nobody gets in after, all who were in are waited for. */
enum {
	THREADS = 3,
	ROUNDS = 40
};

static pthread_barrier_t barrier;

static void *take_and_drop(void *argument)
{
	uintptr_t got = 0;

	sim_shard_set((uint32_t)(uintptr_t)argument);
	(void)pthread_barrier_wait(&barrier);
	while (ioasid_id_get(space, hot) == 0) {
		got++;
		if (ioasid_id_put(space, hot) != 0)
			return NULL;
	}
	return (void *)(got + 1);
}

START_TEST(many_threads_take_and_drop_while_it_parks)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		pthread_t threads[THREADS];

		begin();
		ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
		for (uintptr_t i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_drop, (void *)i), 0);
		(void)pthread_barrier_wait(&barrier);
		for (unsigned i = 0; i < round * 50; i++)
			ck_assert_ok(i % 2 ? ioasid_id_put(space, hot) : ioasid_id_get(space, hot));
		ck_assert_ok(ioasid_id_free(space, hot));
		ck_assert_ok(ioasid_id_wait(space, hot, IOASID_FOREVER));
		for (unsigned i = 0; i < THREADS; i++) {
			void *result = NULL;

			ck_assert_int_eq(pthread_join(threads[i], &result), 0);
			ck_assert_ptr_nonnull(result);
		}
		(void)pthread_barrier_destroy(&barrier);
		ck_assert_uint_eq(unit_counters(space).surplus_puts, 0);
		end();
	}
}
END_TEST

/* The counters in place are used up, and there is no memory for more: the bind fails and leaves nothing. */
START_TEST(it_needs_memory_to_be_born)
{
	struct ioasid_owner_set *other;
	struct ioasid_bind_args args;
	ioasid_binding_t unused;

	begin();
	ck_assert_ok(ioasid_id_free(space, hot));
	(void)unit_run(space);
	other = unit_set_with(space, 8, IOASID_UNLIMITED, 0);
	for (unsigned i = 0; i < 16; i++) /* a cache line of them */
		(void)driver_bind(space, other, device, &one, &unused);
	args = unit_args(device, &one);
	sim_alloc_fail_after(0);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(ioasid_set_bind(set, &args, 1, 0, &binding), -IOASID_ENOMEM);
		ck_assert_uint_eq(unit_charged(set), 0);
		ck_assert_int_eq(ioasid_set_shared(set, &hot), -IOASID_ENOENT);
	}
	sim_alloc_fail_after(UINT64_MAX);
	ck_assert_ok(ioasid_set_bind(set, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_set_shared(set, &hot));
	ck_assert_ok(ioasid_id_free(space, hot));
	unit_set_gone(space, other);
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, it_has_no_limit_of_references);
	tcase_add_test(tests, it_parks_like_any_other);
	tcase_add_test(tests, an_idle_one_parks_too);
	tcase_add_test(tests, a_put_too_many_is_found_at_the_fold);
	tcase_add_test(tests, only_the_sum_counts);
	tcase_add_test(tests, it_can_be_poisoned_and_cured);
	tcase_add_test(tests, many_threads_take_and_drop_while_it_parks);
	tcase_add_test(tests, it_needs_memory_to_be_born);
}

UNIT_MAIN("sets: hot ids", add_tests)
