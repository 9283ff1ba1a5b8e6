/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Answers: at once, later, from elsewhere, twice, too late; and how many callbacks may be pending. */
#include "driver.h"

#include <pthread.h>

#define TIMEOUT_NS UINT64_C(1000000)

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct ioasid_device *device;
static ioasid_binding_t binding;
static ioasid_handle_t handle;

/* A device bound to a private id, in a space whose deadline is a millisecond. */
static void begin(uint64_t timeout_ns)
{
	struct ioasid_space_config config = {.quiesce_timeout_ns = timeout_ns};

	journal_clear();
	sim_clock_manual(true);
	space = unit_space_with(6, &config);
	set = unit_set(space);
	driver_init(&one, "one");
	device = driver_register(space, &one, 20);
	handle = driver_bind(space, set, device, &one, &binding);
}

static void end(void)
{
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_uint_eq(journal_released(&one), 1);
	unit_set_gone(space, set);
	driver_gone(device);
	unit_destroy(space);
}

static int complete_then_pend(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)driver;
	(void)view;
	ck_assert_ok(ioasid_token_complete(space, token, 0));
	ck_assert_int_eq(ioasid_token_complete(space, token, 0), -IOASID_ESTALE);
	return IOASID_PENDING;
}

START_TEST(a_token_may_be_completed_within_the_callback)
{
	begin(TIMEOUT_NS);
	one.hook = complete_then_pend;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE one.IOMMU one.LAST one.RELEASED ");
	ck_assert_uint_eq(unit_counters(space).late_tokens, 4);
	ck_assert_uint_eq(unit_counters(space).failed, 0);
	end();
}
END_TEST

/* DONE is the answer, whatever the token says; it is used up by the answer. */
START_TEST(a_token_dies_with_an_answer)
{
	begin(TIMEOUT_NS);
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++) {
		ck_assert_int_eq(ioasid_token_complete(space, one.token[phase], 0), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_token_complete(space, one.token[phase], -5), -IOASID_ESTALE);
	}
	ck_assert_uint_eq(unit_counters(space).late_tokens, 8);
	end();
}
END_TEST

static int complete_with_error(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)driver;
	if (view->phase == IOASID_PHASE_DEVICE)
		ck_assert_ok(ioasid_token_complete(space, token, -5));
	return IOASID_DONE;
}

START_TEST(an_error_by_token_counts_even_beside_done)
{
	begin(TIMEOUT_NS);
	one.hook = complete_with_error;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_uint_eq(unit_counters(space).failed, 1);
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	end();
}
END_TEST

START_TEST(a_pending_answer_is_waited_for_and_counts_once)
{
	begin(TIMEOUT_NS);
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(unit_run(space), 0);
	ck_assert_str_eq(journal_text(), "one.SUBMIT ");
	driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
	ck_assert_int_eq(ioasid_token_complete(space, one.token[IOASID_PHASE_SUBMIT], 0), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_token_complete(space, one.token[IOASID_PHASE_SUBMIT], -5), -IOASID_ESTALE);
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE one.IOMMU one.LAST one.RELEASED ");
	ck_assert_uint_eq(unit_counters(space).late_tokens, 2);
	ck_assert_uint_eq(unit_counters(space).callbacks, 4);
	end();
}
END_TEST

/* A token fits the one call that it was given to, not the next one of the same binding. */
START_TEST(a_token_fits_one_call)
{
	ioasid_token_t old;

	begin(TIMEOUT_NS);
	one.answer[IOASID_PHASE_SUBMIT] = one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	old = one.token[IOASID_PHASE_SUBMIT];
	ck_assert_ok(ioasid_token_complete(space, old, 0));
	(void)unit_run(space);
	ck_assert_int_eq(ioasid_token_complete(space, old, 0), -IOASID_ESTALE);
	(void)unit_run(space);
	ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE ");
	driver_complete(space, &one, IOASID_PHASE_DEVICE, 0);
	end();
}
END_TEST

/* The same binding's memory in a later life has other tokens, too. */
START_TEST(a_token_fits_one_life)
{
	ioasid_token_t old;

	begin(TIMEOUT_NS);
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	old = one.token[IOASID_PHASE_SUBMIT];
	journal_clear();
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	for (unsigned i = 0; i < 100; i++) {
		handle = driver_bind(space, set, device, &one, &binding);
		ck_assert_ok(ioasid_id_free(space, handle));
		(void)unit_run(space);
		ck_assert_int_eq(ioasid_token_complete(space, old, 0), -IOASID_ESTALE);
		ck_assert_uint_ne(old.token_, one.token[IOASID_PHASE_SUBMIT].token_);
		old = one.token[IOASID_PHASE_SUBMIT];
		ck_assert_ok(ioasid_token_complete(space, old, 0));
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(&one), 1);
		journal_clear();
	}
	handle = driver_bind(space, set, device, &one, &binding);
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
	end();
}
END_TEST

START_TEST(a_token_that_was_never_given_is_refused)
{
	ioasid_token_t token = {0};

	begin(TIMEOUT_NS);
	ck_assert_int_eq(ioasid_token_complete(space, token, 0), -IOASID_EINVAL);
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	token = one.token[IOASID_PHASE_SUBMIT];
	ck_assert_int_eq(ioasid_token_complete(NULL, token, 0), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_token_complete(space, token, 1), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_token_complete(space, token, INT32_MIN), -IOASID_EINVAL);
	token.token_ ^= UINT64_C(1) << 56; /* another space's */
	ck_assert_int_eq(ioasid_token_complete(space, token, 0), -IOASID_EINVAL);
	token.token_ ^= UINT64_C(1) << 56;
	ck_assert_ok(ioasid_token_complete(space, token, 0));
	end();
}
END_TEST

static void *complete_elsewhere(void *token)
{
	return (void *)(intptr_t)ioasid_token_complete(space, *(ioasid_token_t *)token, 0);
}

START_TEST(any_thread_may_complete)
{
	begin(TIMEOUT_NS);
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++)
		one.answer[phase] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++) {
		pthread_t thread;
		void *result = &space;

		(void)unit_run(space);
		ck_assert_uint_eq(journal_asked(&one), phase + 1);
		ck_assert_int_eq(pthread_create(&thread, NULL, complete_elsewhere, &one.token[phase]), 0);
		ck_assert_int_eq(pthread_join(thread, &result), 0);
		ck_assert_ptr_null(result);
	}
	end();
}
END_TEST

START_TEST(a_completion_before_the_deadline_counts)
{
	begin(TIMEOUT_NS);
	one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	sim_clock_advance(TIMEOUT_NS - 1);
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	driver_complete(space, &one, IOASID_PHASE_DEVICE, 0);
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).timeouts, 0);
	end();
}
END_TEST

START_TEST(a_missed_deadline_poisons_and_the_token_is_late)
{
	begin(TIMEOUT_NS);
	one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	sim_clock_advance(TIMEOUT_NS);
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_str_eq(journal_text(), "one.SUBMIT one.DEVICE one.IOMMU one.LAST ");
	ck_assert_uint_eq(unit_counters(space).timeouts, 1);
	ck_assert_int_eq(ioasid_token_complete(space, one.token[IOASID_PHASE_DEVICE], 0), -IOASID_ESTALE);
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	end();
}
END_TEST

/* Each callback has its own time: what one phase used is not the next one's. */
START_TEST(each_callback_has_the_whole_time)
{
	begin(TIMEOUT_NS);
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++)
		one.answer[phase] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++) {
		(void)unit_run(space);
		sim_clock_advance(TIMEOUT_NS - 1);
		(void)unit_run(space);
		driver_complete(space, &one, (enum ioasid_phase)phase, 0);
	}
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).timeouts, 0);
	end();
}
END_TEST

/* Several are pending, begun at different times: each is given up at its own deadline, none is forgotten. */
START_TEST(every_deadline_is_kept)
{
	enum {
		COUNT = 5
	};
	ioasid_handle_t handles[COUNT];

	begin(TIMEOUT_NS);
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	for (unsigned i = 0; i < COUNT; i++) {
		ioasid_binding_t unused;

		handles[i] = driver_bind(space, set, device, &one, &unused);
		ck_assert_ok(ioasid_id_free(space, handles[i]));
		(void)unit_run(space);
		sim_clock_advance(TIMEOUT_NS / 10);
	}
	sim_clock_advance(TIMEOUT_NS / 2 - 1);
	for (unsigned i = 0; i < COUNT; i++) {
		(void)unit_run(space);
		ck_assert_uint_eq(unit_counters(space).timeouts, i);
		sim_clock_advance(1);
		(void)unit_run(space);
		ck_assert_uint_eq(unit_counters(space).timeouts, i + 1);
		ck_assert_int_eq(unit_state(space, handles[i]), IOASID_STATE_POISONED);
		if (i + 1 < COUNT)
			ck_assert_int_eq(unit_state(space, handles[i + 1]), IOASID_STATE_PARKED);
		sim_clock_advance(TIMEOUT_NS / 10 - 1);
	}
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_ok(ioasid_id_unpoison(space, handles[i]));
	(void)unit_run(space);
	journal_clear();
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_DONE;
	ck_assert_ok(ioasid_id_free(space, handle));
	end();
}
END_TEST

START_TEST(without_a_deadline_nothing_is_given_up)
{
	begin(IOASID_FOREVER);
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	sim_clock_advance(UINT64_MAX / 2);
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
	end();
}
END_TEST

/* A space's default deadline is ten seconds. */
START_TEST(the_default_deadline_is_ten_seconds)
{
	begin(0);
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	sim_clock_advance(UINT64_C(9999999999));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	sim_clock_advance(1);
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_ok(ioasid_id_unpoison(space, handle));
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_token_may_be_completed_within_the_callback);
	tcase_add_test(tests, a_token_dies_with_an_answer);
	tcase_add_test(tests, an_error_by_token_counts_even_beside_done);
	tcase_add_test(tests, a_pending_answer_is_waited_for_and_counts_once);
	tcase_add_test(tests, a_token_fits_one_call);
	tcase_add_test(tests, a_token_fits_one_life);
	tcase_add_test(tests, a_token_that_was_never_given_is_refused);
	tcase_add_test(tests, any_thread_may_complete);
	tcase_add_test(tests, a_completion_before_the_deadline_counts);
	tcase_add_test(tests, a_missed_deadline_poisons_and_the_token_is_late);
	tcase_add_test(tests, each_callback_has_the_whole_time);
	tcase_add_test(tests, every_deadline_is_kept);
	tcase_add_test(tests, without_a_deadline_nothing_is_given_up);
	tcase_add_test(tests, the_default_deadline_is_ten_seconds);
}

UNIT_MAIN("quiesce: answers", add_tests)
