/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Sets under many threads: the quota to the last id, the end against births, the last hold against lookups. */
#include "driver.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define THREADS 3
#define ROUNDS 150

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static pthread_barrier_t barrier;
static _Atomic unsigned done_calls;

static void count_done(void *context, struct ioasid_owner owner)
{
	(void)context;
	(void)owner;
	(void)atomic_fetch_add(&done_calls, 1);
}

static void begin(uint32_t quota)
{
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {1, 1},
		.quota = quota,
		.done = count_done,
	};

	journal_clear();
	atomic_store(&done_calls, 0);
	space = unit_space(6);
	ck_assert_ok(ioasid_set_create(space, &config, &set));
	ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, THREADS), 0);
}

struct racer {
	pthread_t thread;
	unsigned number;
	unsigned got;
	unsigned wrong; /* answers that may not be */
	ioasid_handle_t handle[64];
};

static void run_racers(struct racer *racers, void *(*fn)(void *))
{
	for (unsigned i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){.number = i};
		ck_assert_int_eq(pthread_create(&racers[i].thread, NULL, fn, &racers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(racers[i].thread, NULL), 0);
	(void)pthread_barrier_destroy(&barrier);
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_uint_eq(racers[i].wrong, 0);
}

static void *take_what_there_is(void *argument)
{
	struct racer *r = argument;
	int error;

	(void)pthread_barrier_wait(&barrier);
	while ((error = ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &r->handle[r->got])) == 0)
		r->got++;
	r->wrong += error != -IOASID_EDQUOT;
	return NULL;
}

/* However they race, they get the quota between them: no more, and no less. */
START_TEST(a_quota_is_exact_under_racing)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t quota = 1 + round % 40;
		struct racer racers[THREADS];
		unsigned got = 0;

		begin(quota);
		run_racers(racers, take_what_there_is);
		for (unsigned i = 0; i < THREADS; i++)
			got += racers[i].got;
		ck_assert_uint_eq(got, quota);
		ck_assert_uint_eq(unit_charged(set), quota);
		unit_set_gone(space, set);
		unit_destroy(space);
	}
}
END_TEST

/* Each has room for its own at any time: nobody is refused because another was about to be. */
static void *take_and_give_back_one(void *argument)
{
	struct racer *r = argument;

	(void)pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < 300; i++) {
		ioasid_handle_t handle;

		r->wrong += ioasid_id_alloc(set, NULL, 0, &handle) != 0;
		r->wrong += ioasid_id_abort(space, handle) != 0;
	}
	return NULL;
}

START_TEST(who_has_room_is_never_refused)
{
	for (unsigned round = 0; round < 20; round++) {
		struct racer racers[THREADS];

		begin(THREADS);
		run_racers(racers, take_and_give_back_one);
		ck_assert_uint_eq(unit_charged(set), 0);
		unit_set_gone(space, set);
		unit_destroy(space);
	}
}
END_TEST

/* One ends the set in the middle of the others' births. */
static void *be_born_or_end(void *argument)
{
	struct racer *r = argument;

	(void)pthread_barrier_wait(&barrier);
	if (r->number == 0) {
		for (unsigned i = 0; i < r->number + 5; i++)
			sched_yield();
		r->wrong += ioasid_set_end(set) != 0;
		return NULL;
	}
	for (unsigned i = 0; i < 20; i++) {
		int error = ioasid_id_alloc(set, NULL, i % 2 ? IOASID_ALLOC_ACTIVE : 0, &r->handle[r->got]);

		r->wrong += error != 0 && error != -IOASID_ESTALE;
		if (error == 0 && i % 2 == 0) {
			error = ioasid_id_publish(space, r->handle[r->got]);
			r->wrong += error != 0 && error != -IOASID_ESTALE;
		}
		r->got += error == 0;
	}
	return NULL;
}

START_TEST(whatever_is_born_while_its_set_ends_is_parked)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct racer racers[THREADS];

		begin(IOASID_UNLIMITED);
		run_racers(racers, be_born_or_end);
		for (unsigned i = 0; i < THREADS; i++)
			for (unsigned j = 0; j < racers[i].got; j++)
				ck_assert_int_eq(ioasid_id_get(space, racers[i].handle[j]), -IOASID_ESTALE);
		(void)unit_run(space);
		ck_assert_uint_eq(unit_charged(set), 0);
		ck_assert_uint_eq(atomic_load(&done_calls), 1);
		ck_assert_ok(ioasid_set_release(set));
		unit_destroy(space);
		ck_assert_uint_eq(atomic_load(&done_calls), 1);
	}
}
END_TEST

/* One gives up the last hold, one looks the owner up, one would create it: each finds one set, or none. */
static void *hold_or_create(void *argument)
{
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {1, 1}, .quota = 1, .done = count_done};
	struct racer *r = argument;
	struct ioasid_owner_set *mine;
	int error;

	(void)pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < 50; i++) {
		if (r->number == 0 && i == 0)
			r->wrong += ioasid_set_release(set) != 0;
		error = ioasid_set_lookup(space, config.owner, &mine);
		r->wrong += error != 0 && error != -IOASID_ENOENT;
		if (error != 0) {
			error = ioasid_set_create(space, &config, &mine);
			r->wrong += error != 0 && error != -IOASID_EBUSY;
			r->got += error == 0;
		}
		if (error == 0)
			r->wrong += ioasid_set_release(mine) != 0;
	}
	return NULL;
}

START_TEST(holds_are_kept_while_others_give_them_up)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct racer racers[THREADS];
		unsigned created = 1;

		begin(1);
		run_racers(racers, hold_or_create);
		for (unsigned i = 0; i < THREADS; i++)
			created += racers[i].got;
		(void)unit_run(space);
		ck_assert_uint_eq(atomic_load(&done_calls), created);
		unit_destroy(space);
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_quota_is_exact_under_racing);
	tcase_add_test(tests, who_has_room_is_never_refused);
	tcase_add_test(tests, whatever_is_born_while_its_set_ends_is_parked);
	tcase_add_test(tests, holds_are_kept_while_others_give_them_up);
}

UNIT_MAIN("sets: races", add_tests)
