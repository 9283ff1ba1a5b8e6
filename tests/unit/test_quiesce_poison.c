/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What becomes of an id when something could not be quiesced, and what lifts it. */
#include "driver.h"

#define TIMEOUT_NS UINT64_C(1000000)

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct driver two;
static struct driver iommu;
static struct ioasid_device *device_one;
static struct ioasid_device *device_two;
static struct ioasid_participant *behind;
static ioasid_binding_t binding[2];
static ioasid_handle_t handle;

/* Two devices on one private id, and an IOMMU behind the space. */
static void begin(void)
{
	struct ioasid_space_config config = {.quiesce_timeout_ns = TIMEOUT_NS};
	struct ioasid_bind_args args[2];

	journal_clear();
	sim_clock_manual(true);
	space = unit_space_with(6, &config);
	set = unit_set(space);
	driver_init(&one, "one");
	driver_init(&two, "two");
	driver_init(&iommu, "iommu");
	device_one = driver_register(space, &one, 20);
	device_two = driver_register(space, &two, 20);
	behind = driver_join_space(space, &iommu);
	(void)unit_run(space);
	args[0] = unit_args(device_one, &one);
	args[1] = unit_args(device_two, &two);
	ck_assert_ok(ioasid_set_bind_private(set, args, 2, 0, binding));
	ck_assert_ok(ioasid_binding_handle(space, binding[0], &handle));
	journal_clear();
}

static void end(void)
{
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_uint_eq(journal_released(&two), 1);
	ck_assert_ok(ioasid_participant_withdraw(behind));
	unit_set_gone(space, set);
	driver_gone(device_one);
	driver_gone(device_two);
	unit_destroy(space);
}

/* Every participant was asked in every phase: 2 bindings by their device and the IOMMU, and the id by the IOMMU. */
static void check_everybody_was_asked(void)
{
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++) {
		ck_assert_uint_eq(journal_count(&one, phase, ANY_DEVICE), 1);
		ck_assert_uint_eq(journal_count(&two, phase, ANY_DEVICE), 1);
		ck_assert_uint_eq(journal_count(&iommu, phase, device_one), 1);
		ck_assert_uint_eq(journal_count(&iommu, phase, device_two), 1);
		ck_assert_uint_eq(journal_count(&iommu, phase, NULL), 1);
	}
}

/* In whichever phase one fails: all are asked all the same, what did not fail is released, the id is withheld. */
START_TEST(an_error_poisons_and_hides_nobody_elses_turn)
{
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++) {
		begin();
		one.answer[phase] = -5;
		ck_assert_ok(ioasid_id_free(space, handle));
		(void)unit_run(space);
		check_everybody_was_asked();
		ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
		ck_assert_uint_eq(journal_released(&one), 0);
		ck_assert_uint_eq(journal_released(&two), 1);
		ck_assert_uint_eq(unit_counters(space).failed, 1);
		ck_assert_uint_eq(unit_counters(space).poisoned, 2); /* a binding and its id */
		ck_assert_uint_eq(unit_charged(set), 1);
		ck_assert_ok(ioasid_id_unpoison(space, handle));
		(void)unit_run(space);
		check_everybody_was_asked(); /* and nobody again */
		end();
	}
}
END_TEST

START_TEST(all_errors_are_counted_and_none_hides_another)
{
	begin();
	one.answer[IOASID_PHASE_SUBMIT] = -5;
	one.answer[IOASID_PHASE_LAST] = -6;
	two.answer[IOASID_PHASE_DEVICE] = -7;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	check_everybody_was_asked();
	ck_assert_uint_eq(unit_counters(space).failed, 3);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	/* One reset is not enough: the other device's binding is poisoned still. */
	ck_assert_ok(ioasid_device_reset_done(device_one));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_ok(ioasid_device_reset_done(device_two));
	end();
}
END_TEST

START_TEST(a_poisoned_id_is_withheld_until_the_reset)
{
	ioasid_handle_t found;

	begin();
	ck_assert_ok(ioasid_id_get(space, handle));
	two.answer[IOASID_PHASE_DEVICE] = -5;
	ck_assert_ok(ioasid_id_free(space, handle));
	for (unsigned i = 0; i < 10; i++)
		(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_int_eq(ioasid_id_find(space, ioasid_handle_id(handle), &found), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_get(space, handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_space_destroy(space, NULL, NULL), -IOASID_EBUSY);
	ck_assert_int_eq(ioasid_device_unregister(device_two), -IOASID_EBUSY);
	/* Late puts stay defined, and are no cure. */
	ck_assert_ok(ioasid_id_put(space, handle));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_ok(ioasid_device_reset_done(device_two));
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED); /* deferred work */
	end();
}
END_TEST

START_TEST(a_cured_id_still_waits_for_references_and_pins)
{
	ioasid_handle_t pinned;

	begin();
	ck_assert_ok(ioasid_id_get(space, handle));
	ck_assert_ok(ioasid_id_pin(space, ioasid_handle_id(handle), &pinned));
	two.answer[IOASID_PHASE_DEVICE] = -5;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	ck_assert_int_eq(ioasid_id_unpoison(space, handle), -IOASID_EINVAL);
	ck_assert_ok(ioasid_id_put(space, handle));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	ck_assert_ok(ioasid_id_unpin(space, pinned));
	end();
}
END_TEST

/* What stands behind the device fails: the device's reset does not say that this was reset, too. */
START_TEST(a_participants_error_for_the_id_needs_the_ids_cure)
{
	begin();
	ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
	(void)unit_run(space);
	ck_assert_ok(ioasid_id_get(space, handle));
	ck_assert_ok(ioasid_binding_unbind(space, binding[1]));
	(void)unit_run(space);
	iommu.answer[IOASID_PHASE_IOMMU] = -5;
	ck_assert_ok(ioasid_id_put(space, handle));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_ok(ioasid_device_reset_done(device_one));
	ck_assert_ok(ioasid_device_reset_done(device_two));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	ck_assert_ok(ioasid_id_unpoison(space, handle)); /* twice is one */
	end();
}
END_TEST

/* Poisoned while its id lives: the id is in use by the others, the pair cannot be bound again, and a park tells. */
START_TEST(a_binding_is_poisoned_while_its_id_lives_on)
{
	struct ioasid_bind_args args;
	ioasid_binding_t again;
	ioasid_handle_t found;

	begin();
	one.answer[IOASID_PHASE_IOMMU] = -5;
	ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 0);
	ck_assert_uint_eq(unit_counters(space).poisoned, 1);
	ck_assert_ok(ioasid_id_find(space, ioasid_handle_id(handle), &found));
	ck_assert_int_eq(ioasid_id_unpoison(space, handle), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_request_begin(space, binding[0]), -IOASID_ESTALE);
	ck_assert_ok(ioasid_request_begin(space, binding[1]));
	ck_assert_ok(ioasid_request_end(space, binding[1]));
	args = unit_args(device_one, &one);
	ck_assert_int_eq(ioasid_id_bind(space, handle, &args, 1, 0, &again), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	check_everybody_was_asked(); /* the poisoned one not twice */
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_uint_eq(journal_released(&two), 1);
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	end();
}
END_TEST

/* The same, cured before the park: the pair can be bound again, and nothing is poisoned later. */
START_TEST(a_binding_is_cured_while_its_id_lives_on)
{
	struct ioasid_bind_args args;

	begin();
	one.answer[IOASID_PHASE_SUBMIT] = -5;
	ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 0);
	ck_assert_ok(ioasid_device_reset_done(device_two)); /* the wrong one */
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 0);
	ck_assert_ok(ioasid_device_reset_done(device_one));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	args = unit_args(device_one, &one);
	ck_assert_ok(ioasid_id_bind(space, handle, &args, 1, 0, &binding[0]));
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_DONE;
	journal_clear();
	ck_assert_ok(ioasid_id_free(space, handle));
	end();
}
END_TEST

/* The id parks while an unbind is under way, which then fails: the id is poisoned, and its cure works. */
START_TEST(an_unbind_that_fails_under_a_park_poisons_the_id)
{
	for (unsigned late = 0; late < 2; late++) {
		begin();
		one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
		ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
		(void)unit_run(space);
		ck_assert_ok(ioasid_id_free(space, handle));
		(void)unit_run(space);
		if (late)
			sim_clock_advance(TIMEOUT_NS);
		else
			driver_complete(space, &one, IOASID_PHASE_DEVICE, -5);
		(void)unit_run(space);
		check_everybody_was_asked();
		ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
		ck_assert_ok(ioasid_id_unpoison(space, handle));
		end();
	}
}
END_TEST

/* The poison is lifted while the id is parked and still busy with another device. */
START_TEST(a_reset_in_the_middle_of_a_park_counts)
{
	begin();
	one.answer[IOASID_PHASE_SUBMIT] = -5;
	ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
	(void)unit_run(space);
	two.answer[IOASID_PHASE_LAST] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_ok(ioasid_device_reset_done(device_one));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	driver_complete(space, &two, IOASID_PHASE_LAST, 0);
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).poisoned, 1);
	end();
}
END_TEST

/* Requests that never end miss the deadline, too; the cure forgives them. */
START_TEST(requests_that_do_not_end_poison)
{
	begin();
	ck_assert_ok(ioasid_request_begin(space, binding[0]));
	ck_assert_ok(ioasid_request_begin(space, binding[0]));
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_IOMMU, ANY_DEVICE), 0);
	sim_clock_advance(TIMEOUT_NS);
	(void)unit_run(space);
	check_everybody_was_asked();
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_uint_eq(unit_counters(space).timeouts, 1);
	ck_assert_ok(ioasid_request_end(space, binding[0])); /* late, but known */
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).forgiven, 1);
	end();
}
END_TEST

/* A set with a poisoned id has ended, and is not done before the cure. */
START_TEST(a_set_is_not_done_while_its_id_is_poisoned)
{
	begin();
	iommu.answer[IOASID_PHASE_LAST] = -5;
	ck_assert_ok(ioasid_set_end(set));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_int_eq(ioasid_set_wait(set, 0), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	ck_assert_ok(ioasid_set_wait(set, 0));
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, an_error_poisons_and_hides_nobody_elses_turn);
	tcase_add_test(tests, all_errors_are_counted_and_none_hides_another);
	tcase_add_test(tests, a_poisoned_id_is_withheld_until_the_reset);
	tcase_add_test(tests, a_cured_id_still_waits_for_references_and_pins);
	tcase_add_test(tests, a_participants_error_for_the_id_needs_the_ids_cure);
	tcase_add_test(tests, a_binding_is_poisoned_while_its_id_lives_on);
	tcase_add_test(tests, a_binding_is_cured_while_its_id_lives_on);
	tcase_add_test(tests, an_unbind_that_fails_under_a_park_poisons_the_id);
	tcase_add_test(tests, a_reset_in_the_middle_of_a_park_counts);
	tcase_add_test(tests, requests_that_do_not_end_poison);
	tcase_add_test(tests, a_set_is_not_done_while_its_id_is_poisoned);
}

UNIT_MAIN("quiesce: poison", add_tests)
