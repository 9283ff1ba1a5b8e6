/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Waiters that other threads wake, in polled spaces and in those with a thread of their own. */
#include "driver.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct ioasid_device *device;
static ioasid_binding_t binding;
static ioasid_handle_t handle;
static _Atomic unsigned asked; /* the driver, so that other threads may look */

static int pend(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)token;
	(void)atomic_fetch_add(&asked, 1);
	return driver->answer[view->phase];
}

static void begin(bool background)
{
	struct ioasid_space_config config = {
		.flags = background ? IOASID_SPACE_BACKGROUND : 0,
		.quiesce_timeout_ns = IOASID_FOREVER,
	};

	journal_clear();
	atomic_store(&asked, 0);
	space = unit_space_with(3, &config);
	set = unit_set(space);
	driver_init(&one, "one");
	one.hook = pend;
	one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	device = driver_register(space, &one, 20);
	handle = driver_bind(space, set, device, &one, &binding);
}

static void end(void)
{
	(void)ioasid_set_end(set);
	ck_assert_ok(ioasid_set_wait(set, IOASID_FOREVER));
	ck_assert_ok(ioasid_set_release(set));
	driver_gone(device);
	unit_destroy(space);
}

/* What a thread waits for; all are there when the device has answered. */
enum what {
	AN_ID,
	A_BINDING,
	A_FLUSH,
	A_SET,
	AN_ALLOCATION,
	WHATS
};

struct waiter {
	enum what what;
	_Atomic bool over;
	int error;
	pthread_t thread;
};

static void *wait_for_ever(void *argument)
{
	struct waiter *w = argument;
	ioasid_handle_t fresh;

	switch (w->what) {
	case AN_ID:
		w->error = ioasid_id_wait(space, handle, IOASID_FOREVER);
		break;
	case A_BINDING:
		w->error = ioasid_binding_wait(space, binding, IOASID_FOREVER);
		break;
	case A_FLUSH:
		w->error = ioasid_space_flush(space, IOASID_FOREVER);
		break;
	case A_SET:
		w->error = ioasid_set_wait(set, IOASID_FOREVER);
		break;
	case AN_ALLOCATION:
	case WHATS:
		w->error = ioasid_id_alloc(set, NULL, IOASID_ALLOC_WAIT | IOASID_ALLOC_ACTIVE, &fresh);
		break;
	}
	atomic_store(&w->over, true);
	return NULL;
}

/* Until the driver was asked for DEVICE: the waiter, or the space's thread, has got that far. */
static void meet_the_driver(void)
{
	while (atomic_load(&asked) < 2)
		(void)sched_yield();
}

START_TEST(the_answer_of_another_thread_ends_every_wait)
{
	for (unsigned background = 0; background < 2; background++) {
		for (enum what what = AN_ID; what < WHATS; what++) {
			struct waiter w = {.what = what};
			ioasid_handle_t rest;

			begin(background != 0);
			if (what == AN_ALLOCATION)
				while (ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &rest) == 0)
					;
			ck_assert_ok(what == A_SET ? ioasid_set_end(set) : ioasid_id_free(space, handle));
			ck_assert_int_eq(pthread_create(&w.thread, NULL, wait_for_ever, &w), 0);
			meet_the_driver();
			ck_assert(!atomic_load(&w.over));
			driver_complete(space, &one, IOASID_PHASE_DEVICE, 0);
			ck_assert_int_eq(pthread_join(w.thread, NULL), 0);
			ck_assert_ok(w.error);
			end();
		}
	}
}
END_TEST

/* The last reference, pin or request is another thread's, who knows nothing of the waiter. */
START_TEST(the_last_one_out_ends_the_wait)
{
	for (unsigned way = 0; way < 6; way++) {
		struct waiter w = {.what = AN_ID};
		ioasid_handle_t pinned;
		ioasid_binding_t held;

		begin(way >= 3);
		one.answer[IOASID_PHASE_DEVICE] = IOASID_DONE;
		if (way % 3 == 0)
			ck_assert_ok(ioasid_id_get(space, handle));
		else if (way % 3 == 1)
			ck_assert_ok(ioasid_id_pin(space, ioasid_handle_id(handle), &pinned));
		else
			ck_assert_ok(ioasid_device_pin(device, ioasid_handle_id(handle), &held));
		ck_assert_ok(ioasid_id_free(space, handle));
		ck_assert_int_eq(pthread_create(&w.thread, NULL, wait_for_ever, &w), 0);
		meet_the_driver();
		ck_assert(!atomic_load(&w.over));
		if (way % 3 == 0)
			ck_assert_ok(ioasid_id_put(space, handle));
		else if (way % 3 == 1)
			ck_assert_ok(ioasid_id_unpin(space, pinned));
		else
			ck_assert_ok(ioasid_binding_unpin(space, held));
		ck_assert_int_eq(pthread_join(w.thread, NULL), 0);
		ck_assert_ok(w.error);
		end();
	}
}
END_TEST

/* All who wait are woken, whatever they wait for. */
START_TEST(many_wait_at_once)
{
	for (unsigned background = 0; background < 2; background++) {
		struct waiter w[4] = {{.what = AN_ID}, {.what = A_BINDING}, {.what = A_FLUSH}, {.what = A_SET}};

		begin(background != 0);
		ck_assert_ok(ioasid_set_end(set));
		for (unsigned i = 0; i < 4; i++)
			ck_assert_int_eq(pthread_create(&w[i].thread, NULL, wait_for_ever, &w[i]), 0);
		meet_the_driver();
		driver_complete(space, &one, IOASID_PHASE_DEVICE, 0);
		for (unsigned i = 0; i < 4; i++) {
			ck_assert_int_eq(pthread_join(w[i].thread, NULL), 0);
			ck_assert_ok(w[i].error);
		}
		ck_assert_uint_eq(journal_asked(&one), 4);
		ck_assert_uint_eq(journal_released(&one), 1);
		end();
	}
}
END_TEST

/* A callback that takes its time, on one thread, while others come to run or to wait. */
static struct {
	_Atomic bool inside;
	_Atomic bool leave;
} slow;

static int be_slow(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)driver;
	(void)view;
	(void)token;
	atomic_store(&slow.inside, true);
	while (!atomic_load(&slow.leave))
		(void)sched_yield();
	return IOASID_DONE;
}

static void *run_once(void *result)
{
	*(int *)result = ioasid_space_run(space, 0, NULL);
	return NULL;
}

START_TEST(one_thread_runs_at_a_time)
{
	pthread_t runner;
	uint32_t steps = 77;
	int error = 77;

	begin(false);
	atomic_store(&slow.inside, false);
	atomic_store(&slow.leave, false);
	one.hook = be_slow;
	ck_assert_ok(ioasid_id_free(space, handle));
	ck_assert_int_eq(pthread_create(&runner, NULL, run_once, &error), 0);
	while (!atomic_load(&slow.inside))
		(void)sched_yield();
	/* It is not our callback: we are not told that we would wait for ourselves. */
	ck_assert_ok(ioasid_space_run(space, 0, &steps));
	ck_assert_uint_eq(steps, 0);
	ck_assert_int_eq(ioasid_id_wait(space, handle, 0), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_id_wait(space, handle, 1000), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_binding_wait(space, binding, 3000000), -IOASID_EAGAIN);
	ck_assert_uint_eq(journal.length, 1);
	atomic_store(&slow.leave, true);
	ck_assert_ok(ioasid_id_wait(space, handle, IOASID_FOREVER));
	ck_assert_int_eq(pthread_join(runner, NULL), 0);
	ck_assert_ok(error);
	ck_assert_uint_eq(journal_asked(&one), 4);
	end();
}
END_TEST

/* A thread of the space's own: nobody calls run, and the deadline is kept all the same. */
START_TEST(the_spaces_own_thread_keeps_deadlines)
{
	struct ioasid_space_config config = {.flags = IOASID_SPACE_BACKGROUND, .quiesce_timeout_ns = 5000000};
	enum ioasid_state state = IOASID_STATE_PARKED;

	journal_clear();
	atomic_store(&asked, 0);
	space = unit_space_with(3, &config);
	set = unit_set(space);
	driver_init(&one, "one");
	one.hook = pend;
	one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	device = driver_register(space, &one, 20);
	handle = driver_bind(space, set, device, &one, &binding);
	ck_assert_ok(ioasid_id_free(space, handle));
	meet_the_driver();
	while (state == IOASID_STATE_PARKED) {
		(void)sched_yield();
		state = unit_state(space, handle);
	}
	ck_assert_int_eq(state, IOASID_STATE_POISONED);
	ck_assert_int_eq(ioasid_id_wait(space, handle, 0), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	ck_assert_ok(ioasid_id_wait(space, handle, IOASID_FOREVER));
	end();
}
END_TEST

/* It sleeps, with nothing to do, when its space is destroyed. */
START_TEST(an_idle_thread_ends_with_its_space)
{
	struct ioasid_space_config config = {.flags = IOASID_SPACE_BACKGROUND};

	for (unsigned i = 0; i < 100; i++) {
		space = unit_space_with(3, &config);
		while (i % 2 && sim_wait_sleepers() == 0)
			(void)sched_yield();
		unit_destroy(space);
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, the_answer_of_another_thread_ends_every_wait);
	tcase_add_test(tests, the_last_one_out_ends_the_wait);
	tcase_add_test(tests, many_wait_at_once);
	tcase_add_test(tests, one_thread_runs_at_a_time);
	tcase_add_test(tests, the_spaces_own_thread_keeps_deadlines);
	tcase_add_test(tests, an_idle_thread_ends_with_its_space);
}

UNIT_MAIN("waiting: threads", add_tests)
