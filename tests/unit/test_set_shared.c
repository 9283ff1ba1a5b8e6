/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The one shared id of a set, and what a set may know of other sets' ids: nothing. */
#include "driver.h"

#include <pthread.h>

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct driver two;
static struct ioasid_device *wide;
static struct ioasid_device *narrow;

static void begin_with(uint32_t quota, uint32_t flags)
{
	journal_clear();
	space = unit_space(8);
	set = unit_set_with(space, 7, quota, flags);
	driver_init(&one, "one");
	driver_init(&two, "two");
	wide = driver_register(space, &one, 20);
	narrow = driver_register(space, &two, 3);
}

static void begin(void)
{
	begin_with(1, 0);
}

static void end(void)
{
	unit_set_gone(space, set);
	driver_gone(wide);
	driver_gone(narrow);
	unit_destroy(space);
}

static int share(struct ioasid_device *device, ioasid_binding_t *binding)
{
	struct ioasid_bind_args args = unit_args(device, NULL);

	return ioasid_set_bind(set, &args, 1, 0, binding);
}

/* The quota is one, and it is enough for any number of binds. */
START_TEST(one_allocation_however_many_bind)
{
	ioasid_binding_t binding[3];
	ioasid_handle_t handle[3];
	ioasid_handle_t shared;

	begin();
	ck_assert_int_eq(ioasid_set_shared(set, &shared), -IOASID_ENOENT);
	ck_assert_ok(share(narrow, &binding[0]));
	ck_assert_ok(share(wide, &binding[1]));
	ck_assert_ok(share(wide, &binding[2]));
	ck_assert_uint_eq(binding[1].binding_, binding[2].binding_);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_ok(ioasid_binding_handle(space, binding[i], &handle[i]));
	ck_assert(ioasid_handle_equal(handle[0], handle[1]));
	ck_assert(ioasid_handle_equal(handle[0], handle[2]));
	ck_assert_ok(ioasid_set_shared(set, &shared));
	ck_assert(ioasid_handle_equal(handle[0], shared));
	ck_assert_uint_lt(unit_number(shared), 8); /* it fits the first who bound */
	ck_assert_uint_eq(unit_charged(set), 1);
	ck_assert_int_eq(ioasid_set_shared(NULL, &shared), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_shared(set, NULL), -IOASID_EINVAL);
	end();
}
END_TEST

START_TEST(a_quota_of_none_allows_none)
{
	ioasid_binding_t binding;

	begin_with(0, 0);
	ck_assert_int_eq(share(wide, &binding), -IOASID_EDQUOT);
	ck_assert_uint_eq(unit_charged(set), 0);
	end();
}
END_TEST

/* It exists, and is too wide: the narrow device is told, nothing is made for it. */
START_TEST(a_narrow_device_may_be_too_late)
{
	struct ioasid_bind_args args[2];
	ioasid_binding_t binding[2];
	ioasid_handle_t shared;
	ioasid_handle_t low[7];

	begin_with(IOASID_UNLIMITED, 0);
	for (unsigned i = 0; i < 7; i++) {
		struct ioasid_range range = unit_range(i + 1, i + 1);

		ck_assert_ok(ioasid_id_alloc(set, &range, IOASID_ALLOC_ACTIVE, &low[i]));
	}
	ck_assert_ok(share(wide, &binding[0]));
	ck_assert_ok(ioasid_set_shared(set, &shared));
	ck_assert_uint_ge(unit_number(shared), 8);
	ck_assert_ok(ioasid_id_free(space, low[3]));
	(void)unit_run(space);
	ck_assert_int_eq(share(narrow, &binding[1]), -IOASID_EOVERFLOW);
	args[0] = unit_args(wide, NULL);
	args[1] = unit_args(narrow, NULL);
	ck_assert_int_eq(ioasid_set_bind(set, args, 2, 0, binding), -IOASID_EOVERFLOW);
	ck_assert_uint_eq(unit_charged(set), 7);
	/* Freed, the next one is made to fit. */
	ck_assert_ok(ioasid_id_free(space, shared));
	(void)unit_run(space);
	ck_assert_ok(ioasid_set_bind(set, args, 2, 0, binding));
	ck_assert_ok(ioasid_set_shared(set, &shared));
	ck_assert_uint_eq(unit_number(shared), 4);
	end();
}
END_TEST

START_TEST(it_stays_with_its_set_until_freed)
{
	ioasid_binding_t binding;
	ioasid_handle_t first;
	ioasid_handle_t again;

	begin_with(2, 0);
	ck_assert_ok(share(wide, &binding));
	ck_assert_ok(ioasid_set_shared(set, &first));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_ok(ioasid_set_shared(set, &again));
	ck_assert(ioasid_handle_equal(first, again));
	ck_assert_int_eq(ioasid_id_put(space, first), -IOASID_EINVAL); /* the set's claim is nobody's reference */
	ck_assert_uint_eq(unit_counters(space).surplus_puts, 1);
	ck_assert_ok(share(wide, &binding));
	ck_assert_ok(ioasid_set_shared(set, &again));
	ck_assert(ioasid_handle_equal(first, again));
	/* Freed while it is bound: the next bind makes another, while the first is quiescing. */
	one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, first));
	ck_assert_int_eq(ioasid_set_shared(set, &again), -IOASID_ENOENT);
	(void)unit_run(space);
	ck_assert_ok(share(wide, &binding));
	ck_assert_ok(ioasid_set_shared(set, &again));
	ck_assert(!ioasid_handle_equal(first, again));
	ck_assert_uint_ne(unit_number(first), unit_number(again));
	ck_assert_uint_eq(unit_charged(set), 2);
	driver_complete(space, &one, IOASID_PHASE_DEVICE, 0);
	one.answer[IOASID_PHASE_DEVICE] = IOASID_DONE;
	(void)unit_run(space);
	ck_assert_uint_eq(unit_charged(set), 1);
	ck_assert_int_eq(unit_state(space, again), IOASID_STATE_ACTIVE);
	end();
}
END_TEST

/* EAGER: it goes with its last binding or reference. */
START_TEST(an_eager_one_goes_with_its_last_user)
{
	for (unsigned way = 0; way < 2; way++) {
		ioasid_binding_t binding;
		ioasid_handle_t first;
		ioasid_handle_t again;

		begin_with(1, IOASID_SET_EAGER);
		ck_assert_ok(share(wide, &binding));
		ck_assert_ok(ioasid_set_shared(set, &first));
		ck_assert_ok(ioasid_id_get(space, first));
		if (way == 0) {
			ck_assert_ok(ioasid_binding_unbind(space, binding));
			(void)unit_run(space);
			ck_assert_int_eq(unit_state(space, first), IOASID_STATE_ACTIVE);
			ck_assert_ok(ioasid_id_put(space, first));
		} else {
			ck_assert_ok(ioasid_id_put(space, first));
			(void)unit_run(space);
			ck_assert_int_eq(unit_state(space, first), IOASID_STATE_ACTIVE);
			ck_assert_ok(ioasid_binding_unbind(space, binding));
			(void)unit_run(space);
		}
		ck_assert_int_eq(ioasid_set_shared(set, &again), -IOASID_ENOENT);
		(void)unit_run(space);
		ck_assert_uint_eq(unit_charged(set), 0);
		ck_assert_ok(share(wide, &binding));
		ck_assert_ok(ioasid_set_shared(set, &again));
		ck_assert(!ioasid_handle_equal(first, again));
		end();
	}
}
END_TEST

static bool copy_holder(void *context, const struct ioasid_holder *holder)
{
	struct ioasid_holder *copy = context;

	ck_assert_uint_eq(copy->references, 77); /* told once */
	*copy = *holder;
	return true;
}

/* A shared id is a member of its set, alive and parked, of whatever chunk. */
START_TEST(for_each_tells_of_it_in_every_state)
{
	struct ioasid_holder holder = {.references = 77};
	ioasid_binding_t binding;
	ioasid_handle_t shared;

	begin();
	ck_assert_ok(share(wide, &binding));
	ck_assert_ok(ioasid_set_shared(set, &shared));
	ck_assert_ok(ioasid_set_for_each(set, copy_holder, &holder));
	ck_assert(ioasid_handle_equal(holder.handle, shared));
	ck_assert(holder.shared);
	ck_assert_uint_eq(holder.references, 1);
	ck_assert_uint_eq(holder.bindings, 1);
	ck_assert_int_eq(holder.state, IOASID_STATE_ACTIVE);
	one.answer[IOASID_PHASE_SUBMIT] = -5;
	ck_assert_ok(ioasid_id_free(space, shared));
	for (unsigned i = 0; i < 2; i++) {
		holder.references = 77;
		ck_assert_ok(ioasid_set_for_each(set, copy_holder, &holder));
		ck_assert_int_eq(holder.state, i ? IOASID_STATE_POISONED : IOASID_STATE_PARKED);
		ck_assert(ioasid_handle_equal(holder.handle, shared));
		(void)unit_run(space);
	}
	ck_assert_ok(ioasid_id_unpoison(space, shared));
	end();
}
END_TEST

/* Another set's id, in every state, by every call that names a set. */
static void check_denied(ioasid_handle_t theirs)
{
	ioasid_handle_t found = {77};

	ck_assert_int_eq(ioasid_set_find(set, ioasid_handle_id(theirs), &found), -IOASID_EACCES);
	ck_assert_int_eq(ioasid_set_get(set, theirs), -IOASID_EACCES);
	ck_assert_int_eq(ioasid_set_free(set, theirs), -IOASID_EACCES);
	ck_assert_uint_eq(found.handle_, 77);
}

START_TEST(other_sets_ids_are_denied_in_every_state)
{
	struct ioasid_owner_set *other;
	ioasid_binding_t binding;
	ioasid_handle_t theirs;
	struct ioasid_bind_args args;

	begin();
	other = unit_set_with(space, 8, 9, 0);
	theirs = unit_alloc_with(other, 0);
	check_denied(theirs); /* RESERVED */
	ck_assert_ok(ioasid_id_publish(space, theirs));
	check_denied(theirs); /* ACTIVE */
	args = unit_args(wide, NULL);
	ck_assert_ok(ioasid_id_bind(space, theirs, &args, 1, 0, &binding));
	one.answer[IOASID_PHASE_LAST] = -5;
	ck_assert_ok(ioasid_id_free(space, theirs));
	check_denied(theirs); /* PARKED */
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, theirs), IOASID_STATE_POISONED);
	check_denied(theirs);
	ck_assert_ok(ioasid_id_unpoison(space, theirs));
	(void)unit_run(space);
	check_denied(theirs); /* FREE again */
	theirs = unit_alloc(other);
	ck_assert_ok(ioasid_id_free(space, theirs));
	ck_assert_int_eq(unit_state(space, theirs), IOASID_STATE_QUARANTINED);
	check_denied(theirs);
	check_denied((ioasid_handle_t){(theirs.handle_ & ~UINT64_C(0xfffff)) | 250}); /* never populated */
	unit_set_gone(space, other);
	end();
}
END_TEST

/* One's own id: as the calls that name no set. */
START_TEST(ones_own_ids_are_served)
{
	ioasid_handle_t handle;
	ioasid_handle_t found;

	begin();
	handle = unit_alloc_with(set, 0);
	ck_assert_int_eq(ioasid_set_find(set, ioasid_handle_id(handle), &found), -IOASID_ENOENT);
	ck_assert_int_eq(ioasid_set_get(set, handle), -IOASID_ENOENT);
	ck_assert_ok(ioasid_id_publish(space, handle));
	ck_assert_ok(ioasid_set_find(set, ioasid_handle_id(handle), &found));
	ck_assert(ioasid_handle_equal(found, handle));
	ck_assert_ok(ioasid_set_get(set, handle));
	ck_assert_ok(ioasid_set_free(set, handle));
	ck_assert_int_eq(ioasid_set_free(set, handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_get(set, handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_find(set, ioasid_handle_id(handle), &found), -IOASID_ESTALE);
	ck_assert_ok(ioasid_id_put(space, handle));
	(void)unit_run(space);
	handle = unit_alloc(set);
	ck_assert_ok(ioasid_set_free(set, handle));
	/* At rest, it is still the set's: freeing twice is harmless, and told as such. */
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_QUARANTINED);
	ck_assert_int_eq(ioasid_set_free(set, handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_find(set, ioasid_handle_id(handle), &found), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_find(NULL, ioasid_handle_id(handle), &found), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_find(set, ioasid_invalid(), &found), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_find(set, ioasid_make(256), &found), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_get(NULL, handle), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_free(NULL, handle), -IOASID_EINVAL);
	end();
}
END_TEST

/* Threads race to be the first: one id, one charge, a user for each. */
enum {
	RACERS = 4,
	ROUNDS = 200
};

static pthread_barrier_t barrier;

struct racer {
	ioasid_binding_t binding;
	int error;
};

static void *race(void *argument)
{
	struct racer *r = argument;

	(void)pthread_barrier_wait(&barrier);
	r->error = share(wide, &r->binding);
	return NULL;
}

START_TEST(racing_binds_share_one_id)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct racer racers[RACERS];
		pthread_t threads[RACERS];

		begin();
		ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, RACERS), 0);
		for (unsigned i = 0; i < RACERS; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
		for (unsigned i = 0; i < RACERS; i++)
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		(void)pthread_barrier_destroy(&barrier);
		for (unsigned i = 0; i < RACERS; i++) {
			ck_assert_ok(racers[i].error);
			ck_assert_uint_eq(racers[i].binding.binding_, racers[0].binding.binding_);
		}
		(void)unit_run(space);
		ck_assert_uint_eq(unit_charged(set), 1);
		for (unsigned i = 0; i < RACERS; i++)
			ck_assert_ok(ioasid_binding_unbind(space, racers[i].binding));
		ck_assert_int_eq(ioasid_binding_unbind(space, racers[0].binding), -IOASID_ESTALE);
		(void)unit_run(space);
		ck_assert_uint_eq(journal_released(&one), 1);
		end();
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, one_allocation_however_many_bind);
	tcase_add_test(tests, a_quota_of_none_allows_none);
	tcase_add_test(tests, a_narrow_device_may_be_too_late);
	tcase_add_test(tests, it_stays_with_its_set_until_freed);
	tcase_add_test(tests, an_eager_one_goes_with_its_last_user);
	tcase_add_test(tests, for_each_tells_of_it_in_every_state);
	tcase_add_test(tests, other_sets_ids_are_denied_in_every_state);
	tcase_add_test(tests, ones_own_ids_are_served);
	tcase_add_test(tests, racing_binds_share_one_id);
}

UNIT_MAIN("sets: the shared id", add_tests)
