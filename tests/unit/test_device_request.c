/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Requests and pins of a device: who gets in, who is waited for, and what one too many comes to. */
#include "driver.h"

#include <pthread.h>

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct ioasid_device *device;
static ioasid_binding_t binding;
static ioasid_handle_t handle;

static void begin(void)
{
	journal_clear();
	space = unit_space(6);
	set = unit_set(space);
	driver_init(&one, "one");
	device = driver_register(space, &one, 20);
	handle = unit_alloc(set);
	binding = unit_bind(space, handle, device);
}

static void end(void)
{
	unit_set_gone(space, set);
	driver_gone(device);
	unit_destroy(space);
}

/* The three ways in which a binding ends. */
enum way {
	UNBIND,
	PARK,
	REMOVE,
	WAYS
};

static void close_binding(enum way way)
{
	if (way == UNBIND)
		ck_assert_ok(ioasid_binding_unbind(space, binding));
	else if (way == PARK)
		ck_assert_ok(ioasid_id_free(space, handle));
	else
		ck_assert_ok(ioasid_device_remove(device));
}

START_TEST(nobody_begins_after_the_end)
{
	for (enum way way = UNBIND; way < WAYS; way++) {
		ioasid_binding_t pinned;

		begin();
		ck_assert_ok(ioasid_request_begin(space, binding));
		ck_assert_ok(ioasid_request_end(space, binding));
		close_binding(way);
		ck_assert_int_eq(ioasid_request_begin(space, binding), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned), -IOASID_ESTALE);
		(void)unit_run(space);
		ck_assert_int_eq(ioasid_request_begin(space, binding), -IOASID_ESTALE);
		ck_assert_uint_eq(journal_released(&one), 1);
		end();
	}
}
END_TEST

/* SUBMIT and DEVICE are asked while requests are out; IOMMU is not, before the last has ended. */
START_TEST(the_end_of_device_waits_for_the_last_request)
{
	for (enum way way = UNBIND; way < REMOVE; way++) {
		begin();
		for (unsigned i = 0; i < 3; i++)
			ck_assert_ok(ioasid_request_begin(space, binding));
		close_binding(way);
		for (unsigned i = 0; i < 3; i++) {
			(void)unit_run(space);
			ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE ");
			ck_assert_int_eq(ioasid_binding_wait(space, binding, 0), -IOASID_EAGAIN);
			ck_assert_ok(ioasid_request_end(space, binding));
		}
		(void)unit_run(space);
		ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE one.IOMMU one.LAST one.RELEASED ");
		ck_assert_ok(ioasid_binding_wait(space, binding, 0));
		ck_assert_int_eq(ioasid_request_end(space, binding), -IOASID_ESTALE);
		end();
	}
}
END_TEST

static int end_one(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)driver;
	(void)token;
	if (view->phase == IOASID_PHASE_DEVICE)
		ck_assert_ok(ioasid_request_end(space, view->binding));
	return IOASID_DONE;
}

/* The DEVICE callback drains the device itself: nothing is left to be waited for. */
START_TEST(the_device_phase_may_end_the_requests)
{
	begin();
	one.hook = end_one;
	ck_assert_ok(ioasid_request_begin(space, binding));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	end();
}
END_TEST

/* Begun here, ended there: only the sum counts. Each thread has a shard of its own. */
static void *end_elsewhere(void *shard)
{
	sim_shard_set((uint32_t)(uintptr_t)shard);
	for (unsigned i = 0; i < 10; i++)
		if (ioasid_request_end(space, binding) != 0)
			return shard;
	return NULL;
}

START_TEST(any_thread_may_end_a_request)
{
	for (unsigned shard = 0; shard < 8; shard++) {
		pthread_t thread;
		void *result = &space;

		begin();
		for (unsigned i = 0; i < 20; i++)
			ck_assert_ok(ioasid_request_begin(space, binding));
		for (unsigned half = 0; half < 2; half++) {
			if (half == 1) {
				/* From now on, ends are counted in the middle. */
				ck_assert_ok(ioasid_binding_unbind(space, binding));
				(void)unit_run(space);
				ck_assert_uint_eq(journal_released(&one), 0);
			}
			ck_assert_int_eq(pthread_create(&thread, NULL, end_elsewhere, (void *)(uintptr_t)shard), 0);
			ck_assert_int_eq(pthread_join(thread, &result), 0);
			ck_assert_ptr_null(result);
		}
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(&one), 1);
		ck_assert_uint_eq(unit_counters(space).surplus_puts, 0);
		end();
	}
}
END_TEST

/* An end between the closing of the gate and the fold is counted, too. */
START_TEST(an_end_in_the_grace_period_counts)
{
	begin();
	ck_assert_ok(ioasid_request_begin(space, binding));
	ck_assert_ok(ioasid_request_begin(space, binding));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	ck_assert_ok(ioasid_request_end(space, binding)); /* the gate is closed, the tally is open */
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE ");
	ck_assert_ok(ioasid_request_end(space, binding));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	end();
}
END_TEST

START_TEST(an_end_too_many_is_counted_at_the_fold)
{
	begin();
	ck_assert_ok(ioasid_request_begin(space, binding));
	ck_assert_ok(ioasid_request_end(space, binding));
	ck_assert_ok(ioasid_request_end(space, binding)); /* nobody can tell yet */
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	one.answer[IOASID_PHASE_LAST] = IOASID_PENDING;
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).surplus_puts, 1);
	ck_assert_int_eq(ioasid_request_end(space, binding), -IOASID_EINVAL);
	ck_assert_uint_eq(unit_counters(space).surplus_puts, 2);
	driver_complete(space, &one, IOASID_PHASE_LAST, 0);
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	end();
}
END_TEST

START_TEST(a_device_pins_what_is_bound_to_it)
{
	struct ioasid_device *stranger;
	ioasid_binding_t pinned = {77};
	ioasid_handle_t unbound;

	begin();
	stranger = unit_device(space, "stranger");
	unbound = unit_alloc(set);
	ck_assert_int_eq(ioasid_device_pin(NULL, ioasid_handle_id(handle), &pinned), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_invalid(), &pinned), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_make(64), &pinned), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_device_pin(stranger, ioasid_handle_id(handle), &pinned), -IOASID_ENOENT);
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(unbound), &pinned), -IOASID_ENOENT);
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_make(60), &pinned), -IOASID_ENOENT);
	ck_assert_uint_eq(pinned.binding_, 77);
	ck_assert_ok(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned));
	ck_assert_uint_eq(pinned.binding_, binding.binding_);
	ck_assert_ok(ioasid_binding_unpin(space, pinned));
	ck_assert_int_eq(ioasid_binding_unpin(space, pinned), -IOASID_EINVAL);
	ck_assert_uint_eq(unit_counters(space).surplus_unpins, 1);
	driver_gone(stranger);
	end();
}
END_TEST

START_TEST(a_pin_holds_the_binding_and_a_closed_one_takes_none)
{
	for (enum way way = UNBIND; way < REMOVE; way++) {
		ioasid_binding_t pinned;

		begin();
		ck_assert_ok(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned));
		ck_assert_ok(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned));
		close_binding(way);
		for (unsigned i = 0; i < 2; i++) {
			ioasid_binding_t another;

			ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), &another), -IOASID_ESTALE);
			(void)unit_run(space);
			/* The phases do not wait for a fault that is being answered; the release does. */
			ck_assert_uint_eq(journal_asked(&one), 4);
			ck_assert_uint_eq(journal_released(&one), 0);
			ck_assert_ok(ioasid_binding_unpin(space, pinned));
		}
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(&one), 1);
		ck_assert_int_eq(ioasid_binding_unpin(space, pinned), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned), -IOASID_ENOENT);
		end();
	}
}
END_TEST

/* The whole life of a number, as a fault sees it: bound, unbinding, gone; parked, at rest, free. */
START_TEST(a_straggler_is_told_apart_from_a_device_gone_astray)
{
	ioasid_binding_t pinned;

	begin();
	one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned), -IOASID_ESTALE);
	(void)unit_run(space);
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned), -IOASID_ESTALE);
	driver_complete(space, &one, IOASID_PHASE_DEVICE, 0);
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned), -IOASID_ENOENT);
	handle = unit_alloc(set);
	ck_assert_ok(ioasid_id_free(space, handle));
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_QUARANTINED);
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned), -IOASID_ESTALE);
	end();
}
END_TEST

/* 4,095 faults of one device on one id, and one more. */
START_TEST(pins_have_a_limit)
{
	ioasid_binding_t pinned = {0};

	begin();
	for (unsigned i = 0; i < 4095; i++)
		ck_assert_ok(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned));
	ck_assert_int_eq(ioasid_device_pin(device, ioasid_handle_id(handle), &pinned), -IOASID_EOVERFLOW);
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	for (unsigned i = 0; i < 4095; i++) {
		ck_assert_uint_eq(journal_released(&one), 0);
		ck_assert_ok(ioasid_binding_unpin(space, pinned));
	}
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, nobody_begins_after_the_end);
	tcase_add_test(tests, the_end_of_device_waits_for_the_last_request);
	tcase_add_test(tests, the_device_phase_may_end_the_requests);
	tcase_add_test(tests, any_thread_may_end_a_request);
	tcase_add_test(tests, an_end_in_the_grace_period_counts);
	tcase_add_test(tests, an_end_too_many_is_counted_at_the_fold);
	tcase_add_test(tests, a_device_pins_what_is_bound_to_it);
	tcase_add_test(tests, a_pin_holds_the_binding_and_a_closed_one_takes_none);
	tcase_add_test(tests, a_straggler_is_told_apart_from_a_device_gone_astray);
	tcase_add_test(tests, pins_have_a_limit);
}

UNIT_MAIN("devices: requests and pins", add_tests)
