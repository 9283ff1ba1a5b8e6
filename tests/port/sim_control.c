/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The sim port does what sim.h says, and ends the program where it says so. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conform.h"
#include "sim.h"

static void setup(void)
{
	sim_reset();
}

START_TEST(nth_allocation_fails)
{
	sim_alloc_fail_at(3);
	for (uint64_t i = 1; i <= 5; i++) {
		void *memory = ioasid_port_zalloc(10, 8);

		ck_assert((memory == NULL) == (i == 3));
		ioasid_port_free(memory, 10);
	}
	ck_assert_uint_eq(sim_alloc_calls(), 5);
	ck_assert_uint_eq(sim_alloc_refused(), 1);
}
END_TEST

START_TEST(all_after_n_fail)
{
	void *memory[2];

	sim_alloc_fail_after(2);
	memory[0] = ioasid_port_zalloc(10, 8);
	memory[1] = ioasid_port_zalloc(20, 8);
	ck_assert(memory[0] != NULL && memory[1] != NULL);
	ck_assert_ptr_null(ioasid_port_zalloc(10, 8));
	ck_assert_ptr_null(ioasid_port_zalloc(10, 8));
	ck_assert_uint_eq(sim_alloc_refused(), 2);
	ck_assert_uint_eq(sim_memory_blocks(), 2);
	ck_assert_uint_eq(sim_memory_bytes(), 30);
	ioasid_port_free(memory[0], 10);
	ioasid_port_free(memory[1], 20);
	ck_assert_uint_eq(sim_memory_blocks(), 0);
	ck_assert_uint_eq(sim_memory_bytes(), 0);
	sim_reset();
	memory[0] = ioasid_port_zalloc(10, 8);
	ck_assert_ptr_nonnull(memory[0]);
	ioasid_port_free(memory[0], 10);
}
END_TEST

/* How many of 1000 swaps that should succeed do not. */
static unsigned failed_swaps(void)
{
	unsigned failed = 0;
	port_u64 word;

	port_u64_init(&word, 0);
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t expected = 5;

		port_u64_store_relaxed(&word, 5);
		failed += !port_u64_cas_acq_rel(&word, &expected, 6);
		ck_assert_uint_eq(expected, 5);
	}
	return failed;
}

START_TEST(swaps_fail)
{
	unsigned failed;

	ck_assert_uint_eq(failed_swaps(), 0);
	sim_cas_fail_every(7);
	ck_assert_uint_eq(failed_swaps(), 142);
	ck_assert_uint_eq(sim_cas_failed(), 142);
	sim_cas_fail_random(1, 4);
	failed = failed_swaps();
	ck_assert(failed > 150 && failed < 350);
	sim_cas_fail_random(1, 4);
	ck_assert_uint_eq(failed_swaps(), failed); /* the seed decides */
	sim_reset();
	ck_assert_uint_eq(failed_swaps(), 0);
}
END_TEST

static _Atomic bool done;

static void *synchronize(void *argument)
{
	(void)argument;
	ioasid_port_synchronize();
	atomic_store(&done, true);
	return NULL;
}

START_TEST(grace_is_held)
{
	pthread_t thread;

	atomic_store(&done, false);
	sim_grace_mode(SIM_GRACE_HELD);
	ck_assert_int_eq(pthread_create(&thread, NULL, synchronize, NULL), 0);
	while (sim_grace_held() == 0)
		(void)sched_yield();
	ck_assert(!atomic_load(&done));
	ck_assert_uint_eq(sim_grace_begun(), 1);
	ck_assert_uint_eq(sim_grace_ended(), 0);
	sim_grace_mode(SIM_GRACE_REAL);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(sim_grace_ended(), 1);
}
END_TEST

/* Instant: it returns although this thread is inside. */
START_TEST(grace_is_instant)
{
	pthread_t thread;

	sim_grace_mode(SIM_GRACE_INSTANT);
	port_read_lock();
	ck_assert_uint_eq(sim_read_depth(), 1);
	ck_assert_uint_eq(sim_readers(), 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, synchronize, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	port_read_unlock();
	ck_assert_uint_eq(sim_grace_ended(), 1);
	ck_assert_uint_eq(sim_readers(), 0);
}
END_TEST

static port_u32 word;

static void *sleep_ten(void *argument)
{
	(void)argument;
	ioasid_port_wait(&word, 0, 10);
	return NULL;
}

START_TEST(clock_moves_for_who_is_alone)
{
	uint64_t before = ioasid_port_now_ns();

	ck_assert_uint_eq(before, 1000000000);
	ioasid_port_wait(&word, 0, 1000);
	ck_assert_uint_eq(ioasid_port_now_ns(), before + 1000);
	sim_clock_advance(5);
	ck_assert_uint_eq(ioasid_port_now_ns(), before + 1005);
	sim_wait_early_every(1);
	ioasid_port_wait(&word, 0, 1000);
	ck_assert_uint_eq(ioasid_port_now_ns(), before + 1005);
}
END_TEST

START_TEST(clock_is_moved_by_hand)
{
	pthread_t thread;

	sim_clock_manual(true);
	ck_assert_int_eq(pthread_create(&thread, NULL, sleep_ten, NULL), 0);
	while (sim_wait_sleepers() == 0)
		(void)sched_yield();
	ck_assert_uint_eq(ioasid_port_now_ns(), 1000000000);
	sim_clock_advance(10);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(ioasid_port_now_ns(), 1000000010);
}
END_TEST

static void nothing(void *argument)
{
	(void)argument;
}

static unsigned traced;

static void on_trace(const char *event, uint32_t id, uint32_t generation, uint64_t value)
{
	traced += strcmp(event, "park") == 0 && id == 1 && generation == 2 && value == 3;
}

START_TEST(the_rest)
{
	struct port_worker worker = {NULL};

	sim_worker_refuse(true);
	ck_assert_int_lt(ioasid_port_worker_start(&worker, nothing, NULL), 0);
	sim_epoch_set(77);
	ck_assert_uint_eq(ioasid_port_epoch(), 77);
	sim_shard_set(3);
	ck_assert_uint_eq(port_shard_hint(), 3);
	sim_trace_hook(on_trace);
	port_trace(park, 1, 2, 3);
	ck_assert_uint_eq(traced, 1);
	ck_assert_uint_eq(sim_memory_blocks(), 0);
}
END_TEST

/* What ends the program, each in a child of its own. */
static void write_past_the_end(void)
{
	volatile unsigned char *memory = ioasid_port_zalloc(10, 8);

	memory[10] = 1;
	sim_memory_check();
}

#if !CONFORM_SANITIZED
static void write_after_free(void)
{
	unsigned char *memory = ioasid_port_zalloc(10, 8);
	volatile unsigned char *late = memory;

	ioasid_port_free(memory, 10);
	late[3] = 1;
	sim_memory_check();
}

static void free_twice(void)
{
	void *memory = ioasid_port_zalloc(10, 8);

	ioasid_port_free(memory, 10);
	ioasid_port_free(memory, 10);
}
#endif

static void free_with_another_size(void)
{
	ioasid_port_free(ioasid_port_zalloc(10, 8), 11);
}

static void surplus_unlock(void)
{
	port_read_unlock();
}

static void synchronize_inside(void)
{
	port_read_lock();
	ioasid_port_synchronize();
}

static void verify_finds_a_reader(void)
{
	pthread_t thread;

	sim_grace_mode(SIM_GRACE_VERIFY);
	port_read_lock();
	if (pthread_create(&thread, NULL, synchronize, NULL) == 0)
		(void)pthread_join(thread, NULL);
}

static void assertion(void)
{
	port_assert(1 + 1 == 3);
}

static void (*const deaths[])(void) = {
	write_past_the_end,    free_with_another_size,
	surplus_unlock,        synchronize_inside,
	verify_finds_a_reader, assertion,
#if !CONFORM_SANITIZED
	write_after_free,      free_twice,
#endif
};

START_TEST(mistakes_end_the_program)
{
	const struct rlimit no_core = {0, 0};
	int status = 0;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)freopen("/dev/null", "w", stderr);
		(void)signal(SIGABRT, SIG_DFL);
		deaths[_i]();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim");
	TCase *tcase = tcase_create("control");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, setup);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, nth_allocation_fails);
	tcase_add_test(tcase, all_after_n_fail);
	tcase_add_test(tcase, swaps_fail);
	tcase_add_test(tcase, grace_is_held);
	tcase_add_test(tcase, grace_is_instant);
	tcase_add_test(tcase, clock_moves_for_who_is_alone);
	tcase_add_test(tcase, clock_is_moved_by_hand);
	tcase_add_test(tcase, the_rest);
	tcase_add_loop_test(tcase, mistakes_end_the_program, 0, (int)(sizeof(deaths) / sizeof(deaths[0])));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
