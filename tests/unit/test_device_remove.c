/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A device torn out: what it held is forgiven, its own code is not called, what stands behind it is; others live on. */
#include "driver.h"

#define TIMEOUT_NS UINT64_C(1000000)

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver gone;
static struct driver stays;
static struct driver iommu;
static struct ioasid_device *device_gone;
static struct ioasid_device *device_stays;
static struct ioasid_participant *behind;
static ioasid_binding_t binding[2];
static ioasid_handle_t handle;

static void begin(void)
{
	struct ioasid_space_config config = {.quiesce_timeout_ns = TIMEOUT_NS};
	struct ioasid_bind_args args[2];

	journal_clear();
	sim_clock_manual(true);
	space = unit_space_with(6, &config);
	set = unit_set(space);
	driver_init(&gone, "gone");
	driver_init(&stays, "stays");
	driver_init(&iommu, "iommu");
	iommu.ops.quiesce[IOASID_PHASE_SUBMIT] = iommu.ops.quiesce[IOASID_PHASE_DEVICE] = NULL;
	device_gone = driver_register(space, &gone, 20);
	device_stays = driver_register(space, &stays, 20);
	behind = driver_join_space(space, &iommu);
	(void)unit_run(space);
	args[0] = unit_args(device_gone, &gone);
	args[1] = unit_args(device_stays, &stays);
	ck_assert_ok(ioasid_set_bind_private(set, args, 2, 0, binding));
	ck_assert_ok(ioasid_binding_handle(space, binding[0], &handle));
	journal_clear();
}

static void end(void)
{
	(void)ioasid_set_end(set);
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&gone), 1);
	ck_assert_uint_eq(journal_released(&stays), 1);
	ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_IOMMU, device_gone), 1);
	ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_LAST, device_gone), 1);
	ck_assert_ok(ioasid_participant_withdraw(behind));
	unit_set_gone(space, set);
	driver_gone(device_gone);
	driver_gone(device_stays);
	unit_destroy(space);
}

START_TEST(only_what_stands_behind_it_is_asked)
{
	begin();
	ck_assert_ok(ioasid_device_remove(device_gone));
	ck_assert_int_eq(ioasid_device_remove(device_gone), -IOASID_ESTALE);
	ck_assert_uint_eq(journal.length, 0); /* deferred work */
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "iommu.IOMMU iommu.LAST gone.RELEASED ");
	ck_assert_int_eq(journal.entry[0].view.reason, IOASID_REASON_REMOVE);
	ck_assert_int_eq(ioasid_binding_unbind(space, binding[0]), -IOASID_ESTALE);
	/* The others have noticed nothing. */
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_ACTIVE);
	ck_assert_ok(ioasid_request_begin(space, binding[1]));
	ck_assert_ok(ioasid_request_end(space, binding[1]));
	end();
}
END_TEST

START_TEST(all_that_it_held_is_forgiven)
{
	struct ioasid_bind_args args;
	ioasid_binding_t pinned;

	begin();
	args = unit_args(device_gone, &gone);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_ok(ioasid_id_bind(space, handle, &args, 1, 0, &pinned)); /* more users */
	for (unsigned i = 0; i < 3; i++)
		ck_assert_ok(ioasid_device_pin(device_gone, ioasid_handle_id(handle), &pinned));
	for (unsigned i = 0; i < 5; i++)
		ck_assert_ok(ioasid_request_begin(space, binding[0]));
	ck_assert_ok(ioasid_device_remove(device_gone));
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).forgiven, 8);
	ck_assert_uint_eq(journal_released(&gone), 1);
	ck_assert_ok(ioasid_binding_wait(space, binding[0], 0));
	ck_assert_int_eq(ioasid_binding_unbind(space, binding[0]), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_binding_unpin(space, pinned), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_request_end(space, binding[0]), -IOASID_ESTALE);
	/* The id does not miss the references that were forgiven. */
	ck_assert_ok(ioasid_binding_unbind(space, binding[1]));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	end();
}
END_TEST

/* What was forgiven is stale for whoever had it, also while what stands behind the device is still busy. */
START_TEST(late_answers_to_forgiven_requests_are_stale)
{
	ioasid_binding_t pinned;

	begin();
	iommu.answer[IOASID_PHASE_IOMMU] = IOASID_PENDING;
	ck_assert_ok(ioasid_request_begin(space, binding[0]));
	ck_assert_ok(ioasid_device_pin(device_gone, ioasid_handle_id(handle), &pinned));
	ck_assert_ok(ioasid_device_remove(device_gone));
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "iommu.IOMMU ");
	ck_assert_int_eq(ioasid_request_end(space, binding[0]), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_binding_unpin(space, pinned), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_binding_unbind(space, binding[0]), -IOASID_ESTALE);
	ck_assert_uint_eq(unit_counters(space).surplus_puts, 0);
	ck_assert_uint_eq(unit_counters(space).surplus_unpins, 0);
	iommu.answer[IOASID_PHASE_IOMMU] = IOASID_DONE;
	driver_complete(space, &iommu, IOASID_PHASE_IOMMU, 0);
	(void)unit_run(space);
	end();
}
END_TEST

/* At every point of a quiesce, of an unbind or a park, the device goes: it is asked no more, and not waited for. */
START_TEST(it_goes_in_the_middle_of_its_quiesce)
{
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++) {
		for (unsigned park = 0; park < 2; park++) {
			begin();
			gone.answer[phase] = IOASID_PENDING;
			ck_assert_ok(park ? ioasid_id_free(space, handle) : ioasid_binding_unbind(space, binding[0]));
			(void)unit_run(space);
			ck_assert_uint_eq(journal_asked(&gone), phase + 1);
			ck_assert_ok(ioasid_device_remove(device_gone));
			(void)unit_run(space);
			ck_assert_uint_eq(journal_asked(&gone), phase + 1);
			ck_assert_uint_eq(journal_released(&gone), 1);
			ck_assert_int_eq(ioasid_token_complete(space, gone.token[phase], 0), -IOASID_ESTALE);
			ck_assert_int_eq(unit_state(space, handle), park ? IOASID_STATE_FREE : IOASID_STATE_ACTIVE);
			ck_assert_uint_eq(unit_counters(space).poisoned, 0);
			end();
		}
	}
}
END_TEST

/* The answer and the removal come together, in either order: whatever it answered, it is asked nothing more. */
START_TEST(it_goes_together_with_its_answer)
{
	for (unsigned way = 0; way < 4; way++) {
		bool removed_first = way % 2 != 0;

		begin();
		gone.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
		ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
		(void)unit_run(space);
		if (removed_first)
			ck_assert_ok(ioasid_device_remove(device_gone));
		driver_complete(space, &gone, IOASID_PHASE_SUBMIT, way < 2 ? 0 : -5);
		if (!removed_first)
			ck_assert_ok(ioasid_device_remove(device_gone));
		(void)unit_run(space);
		ck_assert_uint_eq(journal_asked(&gone), 1);
		ck_assert_uint_eq(journal_released(&gone), 1);
		end();
	}
}
END_TEST

/* It had failed in one phase, and goes in another: that is as good as a reset. */
START_TEST(it_goes_after_it_failed)
{
	begin();
	gone.answer[IOASID_PHASE_SUBMIT] = -5;
	gone.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_binding_unbind(space, binding[0]));
	(void)unit_run(space);
	ck_assert_ok(ioasid_device_remove(device_gone));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&gone), 1);
	ck_assert_uint_eq(unit_counters(space).poisoned, 0);
	end();
}
END_TEST

/* It waits for requests, or for pins, that will never end. */
START_TEST(it_goes_while_something_is_out)
{
	for (unsigned what = 0; what < 4; what++) {
		ioasid_binding_t pinned;

		begin();
		if (what % 2 == 0)
			ck_assert_ok(ioasid_request_begin(space, binding[0]));
		else
			ck_assert_ok(ioasid_device_pin(device_gone, ioasid_handle_id(handle), &pinned));
		ck_assert_ok(what < 2 ? ioasid_id_free(space, handle) : ioasid_binding_unbind(space, binding[0]));
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(&gone), 0);
		ck_assert_ok(ioasid_device_remove(device_gone));
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(&gone), 1);
		ck_assert_uint_eq(unit_counters(space).forgiven, 1);
		end();
	}
}
END_TEST

/* Its binding is poisoned: removal is as good as a reset. */
START_TEST(it_takes_its_poison_along)
{
	for (unsigned park = 0; park < 2; park++) {
		begin();
		gone.answer[IOASID_PHASE_DEVICE] = -5;
		ck_assert_ok(park ? ioasid_id_free(space, handle) : ioasid_binding_unbind(space, binding[0]));
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(&gone), 0);
		ck_assert_ok(ioasid_device_remove(device_gone));
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(&gone), 1);
		ck_assert_int_eq(unit_state(space, handle), park ? IOASID_STATE_FREE : IOASID_STATE_ACTIVE);
		end();
	}
}
END_TEST

/* What stands behind it fails: its bindings are poisoned all the same, and the reset lifts that. */
START_TEST(what_stands_behind_it_may_fail)
{
	begin();
	iommu.answer[IOASID_PHASE_IOMMU] = -5;
	ck_assert_ok(ioasid_device_remove(device_gone));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&gone), 0);
	ck_assert_int_eq(ioasid_device_unregister(device_gone), -IOASID_EBUSY);
	iommu.answer[IOASID_PHASE_IOMMU] = IOASID_DONE;
	ck_assert_ok(ioasid_device_reset_done(device_gone));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&gone), 1);
	end();
}
END_TEST

/* And it may never answer: a deadline is a deadline, though the device is gone. */
START_TEST(what_stands_behind_it_may_be_late)
{
	begin();
	iommu.answer[IOASID_PHASE_LAST] = IOASID_PENDING;
	ck_assert_ok(ioasid_device_remove(device_gone));
	(void)unit_run(space);
	sim_clock_advance(TIMEOUT_NS);
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).timeouts, 1);
	ck_assert_uint_eq(unit_counters(space).poisoned, 1);
	ck_assert_uint_eq(journal_released(&gone), 0);
	iommu.answer[IOASID_PHASE_LAST] = IOASID_DONE;
	ck_assert_ok(ioasid_device_reset_done(device_gone));
	(void)unit_run(space);
	end();
}
END_TEST

START_TEST(it_takes_no_new_bindings)
{
	struct ioasid_bind_args args;
	ioasid_binding_t fresh = {77};

	begin();
	args = unit_args(device_gone, &gone);
	ck_assert_ok(ioasid_device_remove(device_gone));
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(ioasid_id_bind(space, handle, &args, 1, 0, &fresh), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_set_bind(set, &args, 1, 0, &fresh), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_set_bind_private(set, &args, 1, 0, &fresh), -IOASID_ESTALE);
		(void)unit_run(space);
	}
	ck_assert_uint_eq(fresh.binding_, 77);
	ck_assert_uint_eq(unit_charged(set), 1);
	end();
}
END_TEST

/* A device with bindings on many ids: all go at once. */
START_TEST(all_its_bindings_go)
{
	enum {
		IDS = 20
	};
	ioasid_binding_t many[IDS];

	begin();
	for (unsigned i = 0; i < IDS; i++)
		(void)driver_bind(space, set, device_gone, &gone, &many[i]);
	ck_assert_ok(ioasid_device_remove(device_gone));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&gone), 0);
	ck_assert_uint_eq(journal_released(&gone), IDS + 1);
	ck_assert_uint_eq(journal_count(&iommu, IOASID_PHASE_LAST, device_gone), IDS + 1);
	ck_assert_uint_eq(unit_charged(set), 1); /* a private id parks with its last binding */
	driver_gone(device_gone);
	device_gone = driver_register(space, &gone, 20);
	journal_clear();
	ck_assert_ok(ioasid_binding_unbind(space, binding[1]));
	(void)driver_bind(space, set, device_gone, &gone, &binding[0]);
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, only_what_stands_behind_it_is_asked);
	tcase_add_test(tests, all_that_it_held_is_forgiven);
	tcase_add_test(tests, late_answers_to_forgiven_requests_are_stale);
	tcase_add_test(tests, it_goes_in_the_middle_of_its_quiesce);
	tcase_add_test(tests, it_goes_together_with_its_answer);
	tcase_add_test(tests, it_goes_after_it_failed);
	tcase_add_test(tests, it_goes_while_something_is_out);
	tcase_add_test(tests, it_takes_its_poison_along);
	tcase_add_test(tests, what_stands_behind_it_may_fail);
	tcase_add_test(tests, what_stands_behind_it_may_be_late);
	tcase_add_test(tests, it_takes_no_new_bindings);
	tcase_add_test(tests, all_its_bindings_go);
}

UNIT_MAIN("devices: removal", add_tests)
