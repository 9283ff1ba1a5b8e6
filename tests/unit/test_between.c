/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What another thread may do in the middle of a call, made to happen there: the
 * core's tracepoints are where the other thread gets in.
 */
#include "unit.h"

#include <pthread.h>

#include "owner.h"

static struct ioasid_owner_set *victim;
static const char *where;
static uint32_t times;

static void end_the_set(const char *event, uint32_t id, uint32_t generation, uint64_t value)
{
	(void)id;
	(void)generation;
	(void)value;
	if (strcmp(event, where) != 0 || times++ != 0)
		return;
	ck_assert_ok(ioasid_set_end(victim));
}

static void end_within(struct ioasid_owner_set *set, const char *event)
{
	victim = set;
	where = event;
	times = 0;
	sim_trace_hook(end_the_set);
}

/* The set has ended in the middle of a call that was refused for it: nothing of it may stay. */
static void nothing_stays(struct ioasid_space *space, struct ioasid_owner_set *set)
{
	struct ioasid_snapshot snapshot;

	ck_assert_uint_eq(times, 1);
	sim_trace_hook(NULL);
	(void)unit_run(space);
	ck_assert_uint_eq(unit_charged(set), 0);
	ck_assert_ok(ioasid_set_wait(set, 0));
	ck_assert_ok(ioasid_set_release(set));
	(void)unit_run(space);
	snapshot = unit_snapshot(space);
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_FREE] + snapshot.withheld, snapshot.capacity);
}

START_TEST(set_ends_while_an_id_is_born)
{
	struct ioasid_space *space = unit_space(6);
	struct ioasid_owner_set *set = unit_set(space);
	ioasid_handle_t handle = {0};

	end_within(set, "birth");
	ck_assert_int_eq(ioasid_id_alloc(set, NULL, _i ? IOASID_ALLOC_ACTIVE : 0, &handle), -IOASID_ESTALE);
	ck_assert(!ioasid_handle_is_set(handle));
	nothing_stays(space, set);
	unit_destroy(space);
}
END_TEST

/* Shared and private, one device and two. */
START_TEST(set_ends_while_its_id_is_born_for_a_bind)
{
	struct ioasid_space *space = unit_space(6);
	struct ioasid_owner_set *set = unit_set_with(space, 1, IOASID_UNLIMITED, _i & 4 ? IOASID_SET_HOT : 0);
	struct ioasid_device *disk = unit_device(space, "disk");
	struct ioasid_device *net = unit_device(space, "net");
	struct ioasid_bind_args args[] = {unit_args(disk, NULL), unit_args(net, NULL)};
	ioasid_binding_t bindings[2] = {{0}, {0}};
	int error;

	end_within(set, "birth");
	if (_i & 1)
		error = ioasid_set_bind_private(set, args, _i & 2 ? 2 : 1, 0, bindings);
	else
		error = ioasid_set_bind(set, args, _i & 2 ? 2 : 1, 0, bindings);
	ck_assert_int_eq(error, -IOASID_ESTALE);
	ck_assert_uint_eq(bindings[0].binding_, 0);
	nothing_stays(space, set);
	ck_assert_ok(ioasid_device_unregister(disk));
	ck_assert_ok(ioasid_device_unregister(net));
	unit_destroy(space);
}
END_TEST

/* Whoever parks the shared id says so to its set: the next bind need not find out. */
START_TEST(parked_shared_id_is_forgotten_at_once)
{
	struct ioasid_space *space = unit_space(6);
	struct ioasid_owner_set *set = unit_set_with(space, 1, IOASID_UNLIMITED, _i ? IOASID_SET_EAGER : 0);
	struct ioasid_device *disk = unit_device(space, "disk");
	struct ioasid_bind_args args = unit_args(disk, NULL);
	ioasid_binding_t binding = {0};
	ioasid_handle_t shared = {0};

	ck_assert_ok(ioasid_set_bind(set, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_set_shared(set, &shared));
	ck_assert(owner_word(set) & OWNER_SHARED);
	/* By a free, or by the last put of an eager one. */
	if (_i == 0)
		ck_assert_ok(ioasid_id_free(space, shared));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	if (_i != 0)
		(void)unit_run(space);
	ck_assert(!(owner_word(set) & OWNER_SHARED));
	unit_set_gone(space, set);
	ck_assert_ok(ioasid_device_unregister(disk));
	unit_destroy(space);
}
END_TEST

#define BINDERS 2
#define ROUNDS 3000

static struct {
	pthread_barrier_t barrier;
	struct ioasid_space *space;
	struct ioasid_device *device;
	ioasid_handle_t id;
	ioasid_binding_t binding[BINDERS];
	int error[BINDERS];
	bool over;
} race;

static void *bind_the_pair(void *argument)
{
	const size_t me = (size_t)(uintptr_t)argument;
	struct ioasid_bind_args args = unit_args(race.device, NULL);

	for (;;) {
		(void)pthread_barrier_wait(&race.barrier);
		if (race.over)
			return NULL;
		race.error[me] = ioasid_id_bind(race.space, race.id, &args, 1, 0, &race.binding[me]);
		(void)pthread_barrier_wait(&race.barrier);
	}
}

/* Two bind one pair at the same moment: one binding with two users, and no reference too many. */
static void race_once(void)
{
	(void)pthread_barrier_wait(&race.barrier);
	(void)pthread_barrier_wait(&race.barrier);
	for (size_t i = 0; i < BINDERS; i++) {
		ck_assert_ok(race.error[i]);
		ck_assert_uint_eq(race.binding[i].binding_, race.binding[0].binding_);
	}
	ck_assert_uint_eq(unit_snapshot(race.space).references, 2);
	for (size_t i = 0; i < BINDERS; i++)
		ck_assert_ok(ioasid_binding_unbind(race.space, race.binding[i]));
	ck_assert_int_eq(ioasid_binding_unbind(race.space, race.binding[0]), -IOASID_ESTALE);
	(void)unit_run(race.space);
	ck_assert_uint_eq(unit_snapshot(race.space).references, 1);
}

START_TEST(two_binds_of_one_pair)
{
	struct ioasid_owner_set *set;
	pthread_t threads[BINDERS];

	race.space = unit_space(4);
	set = unit_set(race.space);
	race.device = unit_device(race.space, "disk");
	race.id = unit_alloc(set);
	race.over = false;
	ck_assert_int_eq(pthread_barrier_init(&race.barrier, NULL, BINDERS + 1), 0);
	for (size_t i = 0; i < BINDERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, bind_the_pair, (void *)i), 0);
	for (int round = 0; round < ROUNDS; round++)
		race_once();
	race.over = true;
	(void)pthread_barrier_wait(&race.barrier);
	for (size_t i = 0; i < BINDERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	(void)pthread_barrier_destroy(&race.barrier);
	unit_set_gone(race.space, set);
	ck_assert_ok(ioasid_device_unregister(race.device));
	unit_destroy(race.space);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, set_ends_while_an_id_is_born, 0, 2);
	tcase_add_loop_test(tests, set_ends_while_its_id_is_born_for_a_bind, 0, 8);
	tcase_add_loop_test(tests, parked_shared_id_is_forgotten_at_once, 0, 2);
	tcase_add_test(tests, two_binds_of_one_pair);
}

UNIT_MAIN("between", add_tests)
