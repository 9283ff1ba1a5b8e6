/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Sleeping, waking and the clock. A sleep may end early for no reason, so what is tested is that it ends. */
#include "conform.h"

#if CONFORM_ERRNO
#include <errno.h>
#endif

#define TURNS 3000
#define SLEEPERS 4
#define MS UINT64_C(1000000)

START_TEST(clock_never_goes_back)
{
	uint64_t last = ioasid_port_now_ns();

	for (unsigned i = 0; i < 10000; i++) {
		uint64_t now = ioasid_port_now_ns();

		ck_assert(now >= last);
		last = now;
	}
}
END_TEST

START_TEST(another_value_does_not_sleep)
{
	port_u32 word;

	port_u32_init(&word, 1);
	ioasid_port_wait(&word, 0, UINT64_MAX);
	ioasid_port_wait(&word, 2, UINT64_MAX);
	ioasid_port_wake(&word);
}
END_TEST

/* How the core waits: until the clock says that it is enough. */
START_TEST(limits_are_reached)
{
	static const uint64_t limits[] = {0, 1, MS, 20 * MS};
	const uint64_t limit = limits[_i];
	const uint64_t end = ioasid_port_now_ns() + limit;
	port_u32 word;

	port_u32_init(&word, 7);
	ioasid_port_wait(&word, 7, limit);
	while (ioasid_port_now_ns() < end)
		ioasid_port_wait(&word, 7, end - ioasid_port_now_ns());
	ck_assert_uint_eq(port_u32_load_relaxed(&word), 7);
}
END_TEST

#if CONFORM_ERRNO
START_TEST(errno_stays)
{
	port_u32 word;

	port_u32_init(&word, 7);
	errno = EXDEV;
	ioasid_port_fence_heavy();
	ioasid_port_wait(&word, 6, UINT64_MAX);
	ioasid_port_wait(&word, 7, MS);
	ioasid_port_wake(&word);
	(void)ioasid_port_now_ns();
	(void)ioasid_port_thread_id();
	(void)ioasid_port_epoch();
	(void)ioasid_port_unique();
	(void)port_shard_hint();
	port_read_lock();
	port_read_unlock();
	(void)ioasid_port_read_held();
	ioasid_port_synchronize();
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST
#endif

/* Two pass a number back and forth, each sleeping for ever until the other has moved: a lost wake-up hangs. */
static port_u32 table;

static void wait_while(uint32_t seen)
{
	while (port_u32_load_acquire(&table) == seen)
		ioasid_port_wait(&table, seen, UINT64_MAX);
}

static void *answer(void *argument)
{
	(void)argument;
	for (uint32_t i = 0; i < TURNS; i++) {
		wait_while(2 * i);
		port_u32_store_release(&table, 2 * i + 2);
		ioasid_port_wake(&table);
	}
	return NULL;
}

START_TEST(no_wake_up_is_lost)
{
	pthread_t other;

	port_u32_init(&table, 0);
	other = conform_start(answer, NULL);
	for (uint32_t i = 0; i < TURNS; i++) {
		port_u32_store_release(&table, 2 * i + 1);
		ioasid_port_wake(&table);
		wait_while(2 * i + 1);
	}
	conform_join(other);
	ck_assert_uint_eq(port_u32_load_relaxed(&table), 2 * TURNS);
}
END_TEST

static void *sleep_once(void *argument)
{
	(void)argument;
	wait_while(0);
	return NULL;
}

START_TEST(all_sleepers_wake)
{
	pthread_t sleepers[SLEEPERS];

	for (unsigned round = 0; round < 50; round++) {
		port_u32_init(&table, 0);
		for (unsigned i = 0; i < SLEEPERS; i++)
			sleepers[i] = conform_start(sleep_once, NULL);
		(void)sched_yield();
		port_u32_store_release(&table, 1);
		ioasid_port_wake(&table);
		for (unsigned i = 0; i < SLEEPERS; i++)
			conform_join(sleepers[i]);
	}
}
END_TEST

TCase *conform_sleep(void)
{
	TCase *tcase = tcase_create("sleep");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, clock_never_goes_back);
	tcase_add_test(tcase, another_value_does_not_sleep);
	tcase_add_loop_test(tcase, limits_are_reached, 0, 4);
#if CONFORM_ERRNO
	tcase_add_test(tcase, errno_stays);
#endif
	tcase_add_test(tcase, no_wake_up_is_lost);
	tcase_add_test(tcase, all_sleepers_wake);
	return tcase;
}
