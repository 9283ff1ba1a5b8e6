/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The grace-period clock: what is stamped, what has passed, who must be woken, and the wrap at 32 bits. */
#include "unit.h"

#include <pthread.h>
#include <sched.h>

#include "clock.h"

static struct clock clock_new(void)
{
	struct clock clock;

	clock_init(&clock);
	return clock;
}

static uint32_t wanted(const struct clock *clock)
{
	return port_u32_load_relaxed(&clock->wanted);
}

START_TEST(begins_with_nothing_to_wait_for)
{
	struct clock clock = clock_new();

	ck_assert_uint_eq(clock_stamp(&clock), PORT_CLOCK_START);
	ck_assert_uint_eq(clock_done(&clock), PORT_CLOCK_START - 1);
	ck_assert(clock_passed(&clock, wanted(&clock), 0));
	ck_assert(!clock_passed(&clock, clock_stamp(&clock), 0));
}
END_TEST

START_TEST(ahead_is_a_difference)
{
	ck_assert_int_eq(clock_ahead(5, 3), 2);
	ck_assert_int_eq(clock_ahead(3, 5), -2);
	ck_assert_int_eq(clock_ahead(1, UINT32_MAX), 2);
	ck_assert_int_eq(clock_ahead(UINT32_MAX, 1), -2);
	ck_assert_int_eq(clock_ahead(0x7fffffff, 0), 0x7fffffff);
}
END_TEST

/* A stamp has passed with the first grace period that began after it was read, and not before. */
START_TEST(passes_with_its_own_period)
{
	struct clock clock = clock_new();

	for (int i = 0; i < 40; i++) {
		uint32_t stamp = clock_stamp(&clock);

		ck_assert(!clock_passed(&clock, stamp, 0));
		ck_assert_uint_eq(clock_drive(&clock), stamp);
		ck_assert_uint_eq(clock_done(&clock), stamp);
		ck_assert(clock_passed(&clock, stamp, 0));
		ck_assert(!clock_passed(&clock, clock_stamp(&clock), 0));
	}
	/* The sixteenth was the wrap. */
	ck_assert_uint_lt(clock_stamp(&clock), PORT_CLOCK_START);
	ck_assert_uint_eq(sim_grace_ended(), 40);
}
END_TEST

START_TEST(distance_is_so_many_periods_more)
{
	struct clock clock = clock_new();

	for (uint32_t distance = 0; distance < 20; distance++) {
		uint32_t stamp = clock_stamp(&clock);

		for (uint32_t i = 0; i <= distance; i++) {
			ck_assert(!clock_passed(&clock, stamp, distance));
			(void)clock_drive(&clock);
		}
		ck_assert(clock_passed(&clock, stamp, distance));
	}
}
END_TEST

/* A tick is a number that nobody else gets, and later than all that was read. */
START_TEST(tick_is_unique)
{
	struct clock clock = clock_new();

	for (int i = 0; i < 40; i++) {
		uint32_t before = clock_stamp(&clock);
		uint32_t tick = clock_tick(&clock);

		ck_assert_uint_eq(tick, before);
		ck_assert_int_gt(clock_ahead(clock_stamp(&clock), tick), 0);
		ck_assert(!clock_passed(&clock, tick, 0));
	}
	(void)clock_drive(&clock);
	ck_assert_int_eq(clock_ahead(clock_stamp(&clock), clock_done(&clock)), 1);
}
END_TEST

START_TEST(wakes_once_for_each_newer_stamp)
{
	struct clock clock = clock_new();
	uint32_t stamp = clock_stamp(&clock);

	for (uint32_t i = 0; i < 40; i++) {
		ck_assert(clock_want(&clock, stamp + i));
		ck_assert(!clock_want(&clock, stamp + i));
		if (i != 0)
			ck_assert(!clock_want(&clock, stamp + i - 1));
		ck_assert_uint_eq(wanted(&clock), stamp + i);
	}
}
END_TEST

/* The period is over for the world only when the readers are gone. */
static struct clock shared_clock;

static void *drive(void *unused)
{
	(void)unused;
	(void)clock_drive(&shared_clock);
	return NULL;
}

START_TEST(done_waits_for_the_grace_period)
{
	pthread_t thread;
	uint32_t stamp;

	clock_init(&shared_clock);
	stamp = clock_stamp(&shared_clock);
	sim_grace_mode(SIM_GRACE_HELD);
	ck_assert_int_eq(pthread_create(&thread, NULL, drive, NULL), 0);
	while (sim_grace_held() == 0)
		(void)sched_yield();
	ck_assert(!clock_passed(&shared_clock, stamp, 0));
	/* What is stamped meanwhile belongs to the next one. */
	ck_assert_uint_eq(clock_stamp(&shared_clock), stamp + 1);
	sim_grace_mode(SIM_GRACE_REAL);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(clock_passed(&shared_clock, stamp, 0));
	ck_assert(!clock_passed(&shared_clock, stamp + 1, 0));
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, begins_with_nothing_to_wait_for);
	tcase_add_test(tests, ahead_is_a_difference);
	tcase_add_test(tests, passes_with_its_own_period);
	tcase_add_test(tests, distance_is_so_many_periods_more);
	tcase_add_test(tests, tick_is_unique);
	tcase_add_test(tests, wakes_once_for_each_newer_stamp);
	tcase_add_test(tests, done_waits_for_the_grace_period);
}

UNIT_MAIN("clock", add_tests)
