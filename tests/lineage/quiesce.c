/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* quiesce.c - bugs 8, 14, 23, 28, 31: the order in which things stop. */
#include "lineage.h"

/* 8. Unbind held two locks and waited for work that needed them. */
static bool is_deadlock(bool held, bool needed_by_the_waited_for)
{
	return held && needed_by_the_waited_for;
}

START_TEST(bug_08_naive)
{
	bool pasid_mutex = false;
	bool work_needs_it = true;

	pasid_mutex = true; /* unbind, then wait for the work */
	ck_assert(is_deadlock(pasid_mutex, work_needs_it));
}
END_TEST

static int answers[3];

/* From within a callback: the library is free to be called, and to wait for oneself is refused. */
static void call_back_in(struct rig *rig, const struct ioasid_view *view)
{
	ioasid_handle_t handle;

	answers[0] = ioasid_id_alloc(rig->set, NULL, 0, &handle);
	if (answers[0] == 0)
		answers[0] = ioasid_id_abort(rig->space, handle);
	answers[1] = ioasid_id_wait(rig->space, view->handle, IOASID_FOREVER);
	answers[2] = ioasid_space_run(rig->space, 0, NULL);
}

START_TEST(bug_08_ours)
{
	ioasid_binding_t binding;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	rig.within = call_back_in;
	binding = rig_bind(&rig, 0);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, binding), 0);
	host_run(rig.space);
	ck_assert_uint_eq(rig_count(&rig, RIG_QUIESCE), IOASID_PHASE_COUNT);
	ck_assert(!is_deadlock(answers[0] != 0, true));
	ck_assert_int_eq(answers[1], -IOASID_EDEADLK);
	ck_assert_int_eq(answers[2], -IOASID_EDEADLK);
	ck_assert_int_eq(ioasid_binding_wait(rig.space, binding, 0), 0);
	rig_end(&rig);
}
END_TEST

/* 14, 31. A later step before an earlier one, of whatever device. */
static bool is_out_of_order(const struct rig_event *log, uint32_t events)
{
	enum ioasid_phase furthest = IOASID_PHASE_SUBMIT;
	uint32_t i;

	for (i = 0; i < events; i++) {
		if (log[i].what != RIG_QUIESCE)
			continue;
		if (log[i].phase < furthest)
			return true;
		furthest = log[i].phase;
	}
	return false;
}

START_TEST(bug_14_naive)
{
	/* The entry is wiped in one go: the second device has not stopped when the first's is gone. */
	const struct rig_event log[] = {
		{.what = RIG_QUIESCE, .phase = IOASID_PHASE_DEVICE, .who = 0},
		{.what = RIG_QUIESCE, .phase = IOASID_PHASE_IOMMU, .who = 0},
		{.what = RIG_QUIESCE, .phase = IOASID_PHASE_DEVICE, .who = 1},
	};

	ck_assert(is_out_of_order(log, 3));
}
END_TEST

START_TEST(bug_14_ours)
{
	struct rig rig;
	uint32_t i;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	for (i = 0; i < RIG_DEVICES; i++)
		(void)rig_bind(&rig, i);
	rig.driver[1].answer = IOASID_PENDING; /* one of them takes its time, in every phase */
	ck_assert_int_eq(ioasid_set_end(rig.set), 0);
	host_run(rig.space);
	for (i = 0; i < IOASID_PHASE_COUNT; i++) {
		ck_assert_uint_eq(rig_count(&rig, RIG_QUIESCE), (i + 1) * RIG_DEVICES);
		ck_assert_int_eq(ioasid_token_complete(rig.space, rig.token, 0), 0);
		host_run(rig.space);
	}
	ck_assert(!is_out_of_order(rig.log, rig.events));
	ck_assert_uint_eq(rig_count(&rig, RIG_RELEASED), RIG_DEVICES);
	rig_end(&rig);
}
END_TEST

/* 23. The first chain's error ended the round, and nobody heard of it. */
static bool is_hidden(uint32_t failed, uint32_t reported, uint32_t asked, uint32_t participants)
{
	return failed != reported || asked != participants;
}

START_TEST(bug_23_naive)
{
	const int answer[3] = {-IOASID_EBUSY, IOASID_DONE, -IOASID_EINVAL};
	uint32_t asked = 0;
	int error = 0;

	while (asked < 3 && error == 0)
		error = answer[asked++];
	error = 0; /* overwritten by the second chain's */
	ck_assert(is_hidden(2, error != 0, asked, 3));
}
END_TEST

START_TEST(bug_23_ours)
{
	ioasid_handle_t handle;
	enum ioasid_state state;
	struct rig rig;
	uint32_t i;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	for (i = 0; i < RIG_DEVICES; i++)
		(void)rig_bind(&rig, i);
	ck_assert_int_eq(ioasid_set_shared(rig.set, &handle), 0);
	rig.driver[0].answer = -IOASID_EBUSY;
	rig.driver[2].answer = -IOASID_EINVAL;
	ck_assert_int_eq(ioasid_set_end(rig.set), 0);
	host_run(rig.space);
	ck_assert(!is_hidden(2 * IOASID_PHASE_COUNT, (uint32_t)host_counters(rig.space).failed,
	                     rig_count(&rig, RIG_QUIESCE), RIG_DEVICES * IOASID_PHASE_COUNT));
	/* The number is withheld; the device that did stop is released. */
	ck_assert_int_eq(ioasid_id_state(rig.space, ioasid_handle_id(handle), &state), 0);
	ck_assert_int_eq(state, IOASID_STATE_POISONED);
	ck_assert_uint_eq(rig_count(&rig, RIG_RELEASED), 1);
	ck_assert_int_eq(ioasid_id_unpoison(rig.space, handle), 0);
	host_run(rig.space);
	ck_assert_uint_eq(rig_count(&rig, RIG_RELEASED), RIG_DEVICES);
	rig_end(&rig);
}
END_TEST

/*
 * 28. The submitter was told last: between the reuse and that, it sent work under
 * the new owner's number. A request that has begun must hold everything up.
 */
static bool is_submitted_for_another(bool in_flight, bool number_is_anothers)
{
	return in_flight && number_is_anothers;
}

START_TEST(bug_28_naive)
{
	bool in_flight = true; /* an ENQCMD that is on its way */
	bool number_is_anothers = false;

	number_is_anothers = true; /* the last to be told frees it "immediately" */
	ck_assert(is_submitted_for_another(in_flight, number_is_anothers));
}
END_TEST

START_TEST(bug_28_ours)
{
	struct ioasid_owner_set *other;
	struct ioasid_range one;
	ioasid_handle_t handle;
	ioasid_binding_t binding;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	other = host_set(rig.space, 2, IOASID_UNLIMITED, 0);
	binding = rig_bind(&rig, 0);
	ck_assert_int_eq(ioasid_binding_handle(rig.space, binding, &handle), 0);
	one = ioasid_range_make(ioasid_handle_id(handle), ioasid_handle_id(handle));
	ck_assert_int_eq(ioasid_request_begin(rig.space, binding), 0);
	ck_assert_int_eq(ioasid_set_end(rig.set), 0);
	ck_assert_int_eq(ioasid_request_begin(rig.space, binding), -IOASID_ESTALE); /* no more from now on */
	host_run(rig.space);
	/* SUBMIT and DEVICE have been told; the translation stays for what is on its way. */
	ck_assert_uint_eq(rig_count(&rig, RIG_QUIESCE), 2);
	ck_assert(!is_submitted_for_another(true, ioasid_id_alloc(other, &one, 0, &handle) == 0));
	ck_assert_int_eq(ioasid_request_end(rig.space, binding), 0);
	host_run(rig.space);
	ck_assert_uint_eq(rig_count(&rig, RIG_QUIESCE), IOASID_PHASE_COUNT);
	ck_assert_int_eq(ioasid_id_alloc(other, &one, 0, &handle), 0);
	ck_assert_int_eq(ioasid_id_abort(rig.space, handle), 0);
	host_set_end(other);
	rig_end(&rig);
}
END_TEST

START_TEST(bug_31_naive)
{
	/* LAST < DEVICE < IOMMU < CPU by value, called from the highest: the IOMMU before the device. */
	const struct rig_event log[] = {
		{.what = RIG_QUIESCE, .phase = IOASID_PHASE_SUBMIT},
		{.what = RIG_QUIESCE, .phase = IOASID_PHASE_IOMMU},
		{.what = RIG_QUIESCE, .phase = IOASID_PHASE_DEVICE},
	};

	ck_assert(is_out_of_order(log, 3));
}
END_TEST

START_TEST(bug_31_ours)
{
	static const char *const documented[IOASID_PHASE_COUNT] = {"SUBMIT", "DEVICE", "IOMMU", "LAST"};
	struct ioasid_participant *behind;
	struct rig rig;
	uint32_t i;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	behind = rig_enroll(&rig);
	(void)rig_bind(&rig, 0);
	(void)rig_bind(&rig, 1);
	ck_assert_int_eq(ioasid_set_end(rig.set), 0);
	host_run(rig.space);
	ck_assert(!is_out_of_order(rig.log, rig.events));
	/* Two devices, who is behind them for each, and for the id itself. */
	ck_assert_uint_eq(rig_count(&rig, RIG_QUIESCE), 5 * IOASID_PHASE_COUNT);
	for (i = 0; i < IOASID_PHASE_COUNT; i++)
		ck_assert_str_eq(ioasid_phase_name((enum ioasid_phase)i), documented[i]);
	ck_assert_int_eq(ioasid_participant_withdraw(behind), 0);
	rig_end(&rig);
}
END_TEST

TCase *lineage_quiesce(void)
{
	TCase *tcase = tcase_create("quiesce");

	tcase_add_test(tcase, bug_08_naive);
	tcase_add_test(tcase, bug_08_ours);
	tcase_add_test(tcase, bug_14_naive);
	tcase_add_test(tcase, bug_14_ours);
	tcase_add_test(tcase, bug_23_naive);
	tcase_add_test(tcase, bug_23_ours);
	tcase_add_test(tcase, bug_28_naive);
	tcase_add_test(tcase, bug_28_ours);
	tcase_add_test(tcase, bug_31_naive);
	tcase_add_test(tcase, bug_31_ours);
	return tcase;
}
