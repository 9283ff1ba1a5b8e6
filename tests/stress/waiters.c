/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * waiters.c - whoever waits for an id gets one that comes back by any way, and
 * nobody waits for what is not coming.
 */
#include <ioasid/ioasid.h>
#include <time.h>

#include "crew.h"
#include "exact.h"
#include "host.h"

static ioasid_token_t pending;
static atomic_bool is_pending;

static int answer_later(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	(void)view;
	pending = token;
	atomic_store(&is_pending, true);
	return IOASID_PENDING;
}

static void *wait_for_an_id(void *context)
{
	ioasid_handle_t handle;
	int error = ioasid_id_alloc(context, NULL, IOASID_ALLOC_WAIT | IOASID_ALLOC_ACTIVE, &handle);

	ck_assert_int_eq(error, 0);
	return NULL;
}

static void nap(void)
{
	struct timespec time = {.tv_nsec = 1000000};

	(void)nanosleep(&time, NULL);
}

/* Two ids, one of which quiesces for as long as the test goes on. */
struct stage {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_participant *participant;
	ioasid_handle_t parked;
	ioasid_handle_t other;
};

static void set_the_stage(struct stage *s)
{
	static const struct ioasid_quiesce_ops ops = {.size = sizeof(ops), .quiesce = {answer_later}};
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = &ops};

	atomic_store(&is_pending, false);
	s->space = host_space(1, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, NULL);
	s->set = host_set(s->space, 1, IOASID_UNLIMITED, 0);
	ck_assert_int_eq(ioasid_space_enroll(s->space, &config, &s->participant), 0);
	ck_assert_int_eq(ioasid_id_alloc(s->set, NULL, IOASID_ALLOC_ACTIVE, &s->parked), 0);
	ck_assert_int_eq(ioasid_id_alloc(s->set, NULL, 0, &s->other), 0);
	ck_assert_int_eq(ioasid_id_free(s->space, s->parked), 0);
	while (!atomic_load(&is_pending))
		nap();
}

static void clear_the_stage(struct stage *s)
{
	ck_assert_int_eq(ioasid_token_complete(s->space, pending, 0), 0);
	ck_assert_int_eq(ioasid_id_wait(s->space, s->parked, IOASID_FOREVER), 0);
	while (ioasid_participant_withdraw(s->participant) == -IOASID_EBUSY)
		nap();
	host_set_end(s->set);
	host_space_end(s->space);
}

/* The last to come back is aborted: nothing rests, no grace period is driven, and the waiter must be told. */
START_TEST(abort_wakes_the_waiter)
{
	struct timespec limit;
	struct stage s;
	pthread_t waiter;

	set_the_stage(&s);
	ck_assert_int_eq(pthread_create(&waiter, NULL, wait_for_an_id, s.set), 0);
	for (uint32_t i = 0; i < 20; i++)
		nap();
	ck_assert_int_eq(ioasid_id_abort(s.space, s.other), 0);
	/* Not a matter of how long it takes: it is woken, or it sleeps for ever. */
	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &limit), 0);
	limit.tv_sec += 60;
	ck_assert_int_eq(pthread_timedjoin_np(waiter, NULL, &limit), 0);
	clear_the_stage(&s);
}
END_TEST

/* One id is in use, its neighbour quiesces: who asks for just this one has nothing to wait for. */
START_TEST(a_neighbour_is_not_waited_for)
{
	struct ioasid_range one;
	ioasid_handle_t handle;
	struct stage s;

	set_the_stage(&s);
	one = ioasid_range_make(ioasid_handle_id(s.other), ioasid_handle_id(s.other));
	ck_assert_int_eq(ioasid_id_alloc(s.set, &one, 0, &handle), -IOASID_ENOSPC);
	one = ioasid_range_make(ioasid_handle_id(s.parked), ioasid_handle_id(s.parked));
	ck_assert_int_eq(ioasid_id_alloc(s.set, &one, 0, &handle), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_id_abort(s.space, s.other), 0);
	clear_the_stage(&s);
}
END_TEST

TCase *exact_waiters(void)
{
	TCase *tcase = tcase_create("waiters");

	tcase_add_test(tcase, abort_wakes_the_waiter);
	tcase_add_test(tcase, a_neighbour_is_not_waited_for);
	return tcase;
}
