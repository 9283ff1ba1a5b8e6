/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The order of a quiesce: who is asked, how often, with what, and who waits for whom. */
#include "driver.h"

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct driver two;
static struct driver iommu;
static struct ioasid_device *device_one;
static struct ioasid_device *device_two;

/* Two devices, which have the first two phases, and an IOMMU behind the whole space, which has the others. */
static void begin(void)
{
	journal_clear();
	space = unit_space(6);
	set = unit_set(space);
	driver_init(&one, "one");
	driver_init(&two, "two");
	driver_init(&iommu, "iommu");
	one.ops.quiesce[IOASID_PHASE_IOMMU] = one.ops.quiesce[IOASID_PHASE_LAST] = NULL;
	two.ops.quiesce[IOASID_PHASE_IOMMU] = two.ops.quiesce[IOASID_PHASE_LAST] = NULL;
	iommu.ops.quiesce[IOASID_PHASE_SUBMIT] = iommu.ops.quiesce[IOASID_PHASE_DEVICE] = NULL;
	device_one = driver_register(space, &one, 20);
	device_two = driver_register(space, &two, 20);
}

static void end(void)
{
	unit_set_gone(space, set);
	driver_gone(device_one);
	driver_gone(device_two);
	unit_destroy(space);
}

/* Both devices on one new private id. */
static ioasid_handle_t bind_both(ioasid_binding_t binding[2])
{
	struct ioasid_bind_args args[2] = {unit_args(device_one, &one), unit_args(device_two, &two)};
	ioasid_handle_t handle = {0};

	ck_assert_ok(ioasid_set_bind_private(set, args, 2, 0, binding));
	ck_assert_ok(ioasid_binding_handle(space, binding[0], &handle));
	return handle;
}

/* The place in the journal of the first, or last, entry of a phase. */
static unsigned first_of(unsigned what)
{
	unsigned i = 0;

	while (i < journal.length && journal.entry[i].what != what)
		i++;
	return i;
}

static unsigned last_of(unsigned what)
{
	unsigned i = journal.length;

	while (i > 0 && journal.entry[i - 1].what != what)
		i--;
	ck_assert_uint_gt(i, 0);
	return i - 1;
}

static void check_phases_in_order(void)
{
	for (unsigned phase = 0; phase + 1 < IOASID_PHASE_COUNT; phase++)
		ck_assert_msg(last_of(phase) < first_of(phase + 1), "phase %u: %s", phase + 1, journal_text());
	ck_assert_uint_lt(last_of(IOASID_PHASE_LAST), first_of(TOLD_RELEASED));
}

START_TEST(a_park_goes_phase_by_phase_over_all_bindings)
{
	ioasid_binding_t binding[2];
	struct ioasid_participant *behind;
	ioasid_handle_t handle;

	begin();
	behind = driver_join_space(space, &iommu);
	(void)unit_run(space);
	handle = bind_both(binding);
	ck_assert_ok(ioasid_id_free(space, handle));
	ck_assert_uint_eq(journal.length, 0); /* callbacks are deferred work */
	(void)unit_run(space);
	check_phases_in_order();
	for (unsigned phase = 0; phase < IOASID_PHASE_DEVICE + 1; phase++) {
		ck_assert_uint_eq(journal_count(&one, phase, ANY_DEVICE), 1);
		ck_assert_uint_eq(journal_count(&two, phase, ANY_DEVICE), 1);
		ck_assert_uint_eq(journal_count(&iommu, phase, ANY_DEVICE), 0);
	}
	/* Whoever stands behind all is asked for each binding and once for the id itself. */
	for (unsigned phase = IOASID_PHASE_IOMMU; phase < IOASID_PHASE_COUNT; phase++) {
		ck_assert_uint_eq(journal_count(&iommu, phase, device_one), 1);
		ck_assert_uint_eq(journal_count(&iommu, phase, device_two), 1);
		ck_assert_uint_eq(journal_count(&iommu, phase, NULL), 1);
	}
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_uint_eq(journal_released(&two), 1);
	ck_assert_uint_eq(journal.length, 4 + 6 + 2);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_uint_eq(unit_counters(space).callbacks, 10);
	ck_assert_ok(ioasid_participant_withdraw(behind));
	end();
}
END_TEST

/* One device's DEVICE is pending: nobody's IOMMU is asked, and the id stays parked. */
START_TEST(a_phase_waits_for_the_slowest)
{
	ioasid_binding_t binding[2];
	struct ioasid_participant *behind;
	ioasid_handle_t handle;

	begin();
	behind = driver_join_space(space, &iommu);
	handle = bind_both(binding);
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	two.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&one) + journal_asked(&two), 2);
	ck_assert_uint_eq(first_of(IOASID_PHASE_DEVICE), journal.length);
	driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
	ck_assert_uint_eq(first_of(IOASID_PHASE_DEVICE), journal.length); /* not within the completion */
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&one) + journal_asked(&two), 4);
	ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_IOMMU, ANY_DEVICE), 0);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	ck_assert_uint_eq(journal_released(&one) + journal_released(&two), 0);
	driver_complete(space, &two, IOASID_PHASE_DEVICE, 0);
	(void)unit_run(space);
	check_phases_in_order();
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_ok(ioasid_participant_withdraw(behind));
	end();
}
END_TEST

START_TEST(an_unbind_goes_phase_by_phase_and_the_id_lives_on)
{
	struct ioasid_participant *behind;
	ioasid_binding_t binding[2];
	ioasid_handle_t handle;
	ioasid_handle_t found;

	begin();
	behind = driver_join_space(space, &iommu);
	(void)unit_run(space);
	handle = bind_both(binding);
	ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
	ck_assert_uint_eq(journal.length, 0);
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE iommu.IOMMU iommu.LAST one.RELEASED ");
	ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_IOMMU, device_one), 1);
	ck_assert_int_eq(ioasid_binding_unbind(space, binding[0]), -IOASID_ESTALE);
	ck_assert_ok(ioasid_id_find(space, ioasid_handle_id(handle), &found));
	ck_assert(ioasid_handle_equal(found, handle));
	/* The last binding takes the private id with it. */
	journal_clear();
	ck_assert_ok(ioasid_binding_unbind(space, binding[1]));
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(),
	                 "two.SUBMIT two.DEVICE iommu.IOMMU iommu.LAST two.RELEASED iommu.IOMMU iommu.LAST ");
	ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_LAST, NULL), 1);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_ok(ioasid_participant_withdraw(behind));
	end();
}
END_TEST

START_TEST(participants_are_asked_in_their_order)
{
	struct driver behind;
	struct driver of_set;
	struct driver of_other;
	struct ioasid_owner_set *other;
	struct ioasid_participant *p[4];
	struct ioasid_bind_args args;
	ioasid_binding_t binding;

	begin();
	driver_init(&behind, "behind");
	driver_init(&of_set, "set");
	driver_init(&of_other, "other");
	other = unit_set_with(space, 99, 1, 0);
	p[0] = driver_join_space(space, &iommu);
	p[1] = driver_join_set(set, &of_set);
	p[2] = driver_join_set(other, &of_other);
	p[3] = driver_join_binding(space, &behind);
	(void)unit_run(space);
	args = unit_args(device_one, &one);
	args.behind = p[3];
	ck_assert_ok(ioasid_set_bind(set, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "one.SUBMIT behind.SUBMIT set.SUBMIT one.DEVICE behind.DEVICE set.DEVICE "
	                                 "behind.IOMMU set.IOMMU iommu.IOMMU behind.LAST set.LAST iommu.LAST "
	                                 "one.RELEASED ");
	/* The shared id stayed; its park is for the set's and the space's only, once a phase. */
	journal_clear();
	ck_assert_ok(ioasid_set_end(set));
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "set.SUBMIT set.DEVICE set.IOMMU iommu.IOMMU set.LAST iommu.LAST ");
	ck_assert_uint_eq(journal_count(&of_set, IOASID_PHASE_IOMMU, NULL), 1);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_ok(ioasid_participant_withdraw(p[i]));
	ck_assert_ok(ioasid_set_release(other));
	end();
}
END_TEST

START_TEST(the_view_tells_what_is_quiesced_and_why)
{
	static const enum ioasid_reason reasons[] = {IOASID_REASON_UNBIND, IOASID_REASON_PARK, IOASID_REASON_REMOVE};

	for (unsigned i = 0; i < 3; i++) {
		struct ioasid_participant *behind;
		const struct ioasid_view *view;
		ioasid_binding_t binding;
		ioasid_handle_t handle;

		begin();
		behind = driver_join_space(space, &iommu);
		handle = driver_bind(space, set, device_one, &one, &binding);
		if (reasons[i] == IOASID_REASON_UNBIND)
			ck_assert_ok(ioasid_binding_unbind(space, binding));
		else if (reasons[i] == IOASID_REASON_PARK)
			ck_assert_ok(ioasid_id_free(space, handle));
		else
			ck_assert_ok(ioasid_device_remove(device_one));
		(void)unit_run(space);
		view = &journal.entry[first_of(IOASID_PHASE_IOMMU)].view;
		ck_assert_int_eq(view->reason, reasons[i]);
		/* Of a park, the id itself may come first. */
		if (view->device == NULL)
			view = &journal.entry[first_of(IOASID_PHASE_IOMMU) + 1].view;
		ck_assert(ioasid_handle_equal(view->handle, handle));
		ck_assert_ptr_eq(view->device, device_one);
		ck_assert_ptr_eq(view->data, &one);
		ck_assert_uint_eq(view->binding.binding_, binding.binding_);
		ck_assert_uint_eq(view->owner.key, 0x5e7);
		ck_assert_uint_eq(view->owner.generation, 1);
		ck_assert(!view->shared);
		ck_assert_ok(ioasid_participant_withdraw(behind));
		end();
	}
}
END_TEST

/* Parked by whichever of its three ends came first: the others add nothing. */
START_TEST(an_end_on_top_of_an_end_asks_nobody_twice)
{
	ioasid_binding_t binding[2];
	struct ioasid_participant *behind;
	ioasid_handle_t handle;

	begin();
	behind = driver_join_space(space, &iommu);
	(void)unit_run(space);
	handle = bind_both(binding);
	ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
	ck_assert_ok(ioasid_id_free(space, handle));
	ck_assert_int_eq(ioasid_id_free(space, handle), -IOASID_ESTALE);
	ck_assert_ok(ioasid_set_end(set));
	ck_assert_ok(ioasid_binding_unbind(space, binding[1]));
	ck_assert_int_eq(ioasid_binding_unbind(space, binding[1]), -IOASID_ESTALE);
	(void)unit_run(space);
	check_phases_in_order();
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++) {
		struct driver *a = phase < IOASID_PHASE_IOMMU ? &one : &iommu;
		struct driver *b = phase < IOASID_PHASE_IOMMU ? &two : &iommu;

		ck_assert_uint_eq(journal_count(a, phase, device_one), 1);
		ck_assert_uint_eq(journal_count(b, phase, device_two), 1);
	}
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_uint_eq(journal_released(&two), 1);
	ck_assert_ok(ioasid_participant_withdraw(behind));
	end();
}
END_TEST

/* An unbind is under way when its id parks: it finishes first, asked once, and the park asks the rest. */
START_TEST(a_park_lets_an_unbind_finish)
{
	struct ioasid_participant *behind;
	ioasid_binding_t binding[2];
	ioasid_handle_t handle;

	begin();
	behind = driver_join_space(space, &iommu);
	handle = bind_both(binding);
	(void)unit_run(space);
	journal_clear();
	one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE ");
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE ");
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	driver_complete(space, &one, IOASID_PHASE_DEVICE, 0);
	(void)unit_run(space);
	for (unsigned phase = 0; phase < IOASID_PHASE_IOMMU; phase++) {
		ck_assert_uint_eq(journal_count(&one, phase, device_one), 1);
		ck_assert_uint_eq(journal_count(&two, phase, device_two), 1);
	}
	for (unsigned phase = IOASID_PHASE_IOMMU; phase < IOASID_PHASE_COUNT; phase++) {
		ck_assert_uint_eq(journal_count(&iommu, phase, device_one), 1);
		ck_assert_uint_eq(journal_count(&iommu, phase, device_two), 1);
		ck_assert_uint_eq(journal_count(&iommu, phase, NULL), 1);
	}
	ck_assert_uint_eq(journal_released(&one) + journal_released(&two), 2);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_ok(ioasid_participant_withdraw(behind));
	end();
}
END_TEST

/* Two unbinds are under way: the park waits for both, in whichever order they finish. */
START_TEST(a_park_lets_all_unbinds_finish)
{
	for (unsigned first = 0; first < 2; first++) {
		struct driver *drivers[2] = {&one, &two};
		struct ioasid_participant *behind;
		ioasid_binding_t binding[2];
		ioasid_handle_t handle;

		begin();
		behind = driver_join_space(space, &iommu);
		handle = bind_both(binding);
		ck_assert_ok(ioasid_id_get(space, handle));
		one.answer[IOASID_PHASE_SUBMIT] = two.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
		ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
		ck_assert_ok(ioasid_binding_unbind(space, binding[1]));
		(void)unit_run(space);
		ck_assert_ok(ioasid_id_free(space, handle));
		(void)unit_run(space);
		driver_complete(space, drivers[first], IOASID_PHASE_SUBMIT, 0);
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(drivers[first]), 1);
		ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_IOMMU, NULL), 0);
		driver_complete(space, drivers[1 - first], IOASID_PHASE_SUBMIT, 0);
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(drivers[1 - first]), 1);
		ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_IOMMU, NULL), 1);
		ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
		ck_assert_ok(ioasid_id_put(space, handle));
		(void)unit_run(space);
		ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
		ck_assert_ok(ioasid_participant_withdraw(behind));
		end();
	}
}
END_TEST

/* Many ids at once, each with its own pending answer, completed in another order. */
START_TEST(quiesces_of_different_ids_do_not_wait_for_each_other)
{
	enum {
		COUNT = 8
	};
	ioasid_binding_t binding[COUNT];
	ioasid_token_t token[COUNT];
	ioasid_handle_t handle[COUNT];

	begin();
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	for (unsigned i = 0; i < COUNT; i++)
		handle[i] = driver_bind(space, set, device_one, &one, &binding[i]);
	for (unsigned i = 0; i < COUNT; i++) {
		ck_assert_ok(ioasid_id_free(space, handle[i]));
		(void)unit_run(space);
		token[i] = one.token[IOASID_PHASE_SUBMIT];
	}
	for (unsigned i = 0; i < COUNT; i++) {
		unsigned which = (i * 5 + 3) % COUNT;

		ck_assert_int_eq(unit_state(space, handle[which]), IOASID_STATE_PARKED);
		ck_assert_ok(ioasid_token_complete(space, token[which], 0));
		(void)unit_run(space);
		ck_assert_int_eq(unit_state(space, handle[which]), IOASID_STATE_FREE);
		ck_assert_uint_eq(journal_released(&one), i + 1);
	}
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_park_goes_phase_by_phase_over_all_bindings);
	tcase_add_test(tests, a_phase_waits_for_the_slowest);
	tcase_add_test(tests, an_unbind_goes_phase_by_phase_and_the_id_lives_on);
	tcase_add_test(tests, participants_are_asked_in_their_order);
	tcase_add_test(tests, the_view_tells_what_is_quiesced_and_why);
	tcase_add_test(tests, an_end_on_top_of_an_end_asks_nobody_twice);
	tcase_add_test(tests, a_park_lets_an_unbind_finish);
	tcase_add_test(tests, a_park_lets_all_unbinds_finish);
	tcase_add_test(tests, quiesces_of_different_ids_do_not_wait_for_each_other);
}

UNIT_MAIN("quiesce: order", add_tests)
