/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The end of a set: at once, for everything in it, and told once, when the last id is reclaimed. */
#include "driver.h"

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct ioasid_device *device;
static unsigned done_calls;

static void count_done(void *context, struct ioasid_owner owner)
{
	struct ioasid_set_info info;

	ck_assert_ptr_eq(context, &set);
	ck_assert_uint_eq(owner.key, 7);
	ck_assert_uint_eq(owner.generation, 3);
	/* No id of the set is anything but free by now. */
	ck_assert_ok(ioasid_set_query(set, &info));
	ck_assert(info.ended && !info.done);
	ck_assert_uint_eq(info.charged, 0);
	done_calls++;
}

static void begin_with(uint32_t flags, uint32_t distance)
{
	struct ioasid_space_config space_config = {.reuse_distance = distance};
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {7, 3},
		.quota = IOASID_UNLIMITED,
		.flags = flags,
		.done = count_done,
		.context = &set,
	};

	journal_clear();
	done_calls = 0;
	space = unit_space_with(8, &space_config);
	ck_assert_ok(ioasid_set_create(space, &config, &set));
	driver_init(&one, "one");
	device = driver_register(space, &one, 20);
}

static void begin(void)
{
	begin_with(0, 0);
}

static void end(void)
{
	struct ioasid_set_info info;

	ck_assert_uint_eq(done_calls, 1);
	ck_assert_ok(ioasid_set_query(set, &info));
	ck_assert(info.ended && info.done);
	ck_assert_ok(ioasid_set_wait(set, 0));
	ck_assert_ok(ioasid_set_release(set));
	driver_gone(device);
	unit_destroy(space);
	ck_assert_uint_eq(done_calls, 1);
}

START_TEST(everything_is_parked_at_once)
{
	enum {
		IDS = 100
	};
	struct ioasid_bind_args args;
	ioasid_handle_t handle[IDS];
	ioasid_handle_t shared;
	ioasid_handle_t bound;
	ioasid_binding_t binding[2];

	begin();
	for (unsigned i = 0; i < IDS; i++) {
		handle[i] = unit_alloc(set);
		ck_assert_ok(ioasid_id_get(space, handle[i]));
	}
	args = unit_args(device, &one);
	ck_assert_ok(ioasid_set_bind(set, &args, 1, 0, &binding[0]));
	ck_assert_ok(ioasid_set_shared(set, &shared));
	bound = driver_bind(space, set, device, &one, &binding[1]);
	ck_assert_ok(ioasid_set_end(set));
	ck_assert_int_eq(ioasid_set_end(set), -IOASID_ESTALE);
	/* Without any deferred work. */
	for (unsigned i = 0; i < IDS; i++) {
		ck_assert_int_eq(unit_state(space, handle[i]), IOASID_STATE_PARKED);
		ck_assert_int_eq(ioasid_id_get(space, handle[i]), -IOASID_ESTALE);
	}
	ck_assert_int_eq(unit_state(space, shared), IOASID_STATE_PARKED);
	ck_assert_int_eq(unit_state(space, bound), IOASID_STATE_PARKED);
	ck_assert_int_eq(ioasid_request_begin(space, binding[0]), -IOASID_ESTALE);
	ck_assert_uint_eq(journal.length, 0);
	ck_assert_uint_eq(unit_charged(set), IDS + 2);
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 2);
	ck_assert_uint_eq(unit_charged(set), IDS);
	for (unsigned i = 0; i < IDS; i++) {
		ck_assert_uint_eq(done_calls, 0);
		ck_assert_ok(ioasid_id_put(space, handle[i]));
		if (i % 10 == 0)
			(void)unit_run(space);
	}
	(void)unit_run(space);
	end();
}
END_TEST

START_TEST(an_ended_set_refuses_everything_new)
{
	struct ioasid_bind_args args;
	ioasid_handle_t handle = {77};
	ioasid_binding_t binding;

	begin();
	args = unit_args(device, &one);
	ck_assert_int_eq(ioasid_set_wait(set, 0), -IOASID_EBUSY);
	ck_assert_int_eq(ioasid_set_wait(set, IOASID_FOREVER), -IOASID_EBUSY);
	ck_assert_ok(ioasid_set_end(set));
	ck_assert_int_eq(ioasid_id_alloc(set, NULL, 0, &handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE | IOASID_ALLOC_WAIT, &handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_bind(set, &args, 1, 0, &binding), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_bind(set, &args, 1, IOASID_BIND_WAIT, &binding), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_bind_private(set, &args, 1, 0, &binding), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_shared(set, &handle), -IOASID_ESTALE);
	ck_assert_uint_eq(handle.handle_, 77);
	(void)unit_run(space);
	end();
}
END_TEST

/* An empty set is done with the next run, no sooner. */
START_TEST(an_empty_set_is_done_soon)
{
	begin();
	ck_assert_ok(ioasid_set_end(set));
	ck_assert_uint_eq(done_calls, 0);
	(void)unit_run(space);
	end();
}
END_TEST

/* What is RESERVED is its allocator's, who is told when he publishes; or he aborts. */
START_TEST(a_reserved_id_is_given_back_by_its_allocator)
{
	ioasid_handle_t handle[3];
	ioasid_handle_t found;

	begin();
	for (unsigned i = 0; i < 3; i++)
		handle[i] = unit_alloc_with(set, 0);
	ck_assert_ok(ioasid_set_end(set));
	(void)unit_run(space);
	ck_assert_uint_eq(done_calls, 0);
	ck_assert_uint_eq(unit_charged(set), 3);
	ck_assert_int_eq(unit_state(space, handle[0]), IOASID_STATE_RESERVED);
	ck_assert_int_eq(ioasid_id_publish(space, handle[0]), -IOASID_ESTALE);
	ck_assert_int_ne(ioasid_id_find(space, ioasid_handle_id(handle[0]), &found), 0);
	ck_assert_int_eq(ioasid_id_publish(space, handle[0]), -IOASID_ESTALE);
	ck_assert_ok(ioasid_id_abort(space, handle[1]));
	(void)unit_run(space);
	ck_assert_uint_eq(unit_charged(set), 1);
	ck_assert_uint_eq(done_calls, 0);
	ck_assert_ok(ioasid_id_free(space, handle[2]));
	(void)unit_run(space);
	end();
}
END_TEST

/* done() is not before the last id is reclaimed: not quarantined, with all its reuse distance. */
START_TEST(done_waits_for_the_reuse_distance)
{
	uint64_t before;
	uint32_t steps;

	begin_with(0, 5);
	(void)unit_alloc(set);
	before = unit_counters(space).grace_periods;
	ck_assert_ok(ioasid_set_end(set));
	while (unit_charged(set) != 0) {
		ck_assert_uint_eq(done_calls, 0);
		ck_assert_ok(ioasid_space_run(space, 1, &steps));
		ck_assert_uint_gt(steps, 0);
	}
	ck_assert_uint_ge(unit_counters(space).grace_periods - before, 6);
	(void)unit_run(space);
	end();
}
END_TEST

START_TEST(done_waits_for_bindings_references_pins_and_requests)
{
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	ioasid_handle_t pinned;

	begin();
	handle = driver_bind(space, set, device, &one, &binding);
	ck_assert_ok(ioasid_id_get(space, handle));
	ck_assert_ok(ioasid_id_pin(space, ioasid_handle_id(handle), &pinned));
	ck_assert_ok(ioasid_request_begin(space, binding));
	one.answer[IOASID_PHASE_LAST] = IOASID_PENDING;
	ck_assert_ok(ioasid_set_end(set));
	for (unsigned left = 4; left > 0; left--) {
		(void)unit_run(space);
		ck_assert_uint_eq(done_calls, 0);
		ck_assert_int_eq(ioasid_set_wait(set, 0), -IOASID_EAGAIN);
		if (left == 4)
			ck_assert_ok(ioasid_id_put(space, handle));
		else if (left == 3)
			ck_assert_ok(ioasid_request_end(space, binding));
		else if (left == 2)
			driver_complete(space, &one, IOASID_PHASE_LAST, 0);
		else
			ck_assert_ok(ioasid_id_unpin(space, pinned));
	}
	ck_assert_ok(ioasid_set_wait(set, IOASID_FOREVER));
	end();
}
END_TEST

/* The wait does the work itself, in a polled space. */
START_TEST(waiting_for_the_end_does_the_work)
{
	ioasid_binding_t binding;

	begin();
	(void)driver_bind(space, set, device, &one, &binding);
	(void)unit_alloc(set);
	ck_assert_ok(ioasid_set_end(set));
	ck_assert_ok(ioasid_set_wait(set, IOASID_FOREVER));
	ck_assert_uint_eq(journal_released(&one), 1);
	end();
}
END_TEST

/* Of two sets in the same chunks, the end of one is nothing to the other. */
START_TEST(the_end_of_one_set_is_not_the_end_of_another)
{
	struct ioasid_owner_set *other;
	ioasid_handle_t mine[20];
	ioasid_handle_t theirs[20];

	begin();
	other = unit_set_with(space, 8, 20, 0);
	for (unsigned i = 0; i < 20; i++) {
		mine[i] = unit_alloc(set);
		theirs[i] = unit_alloc(other);
	}
	ck_assert_ok(ioasid_set_end(set));
	(void)unit_run(space);
	ck_assert_uint_eq(done_calls, 1);
	for (unsigned i = 0; i < 20; i++) {
		ck_assert_int_eq(ioasid_id_get(space, mine[i]), -IOASID_ESTALE);
		ck_assert_ok(ioasid_id_get(space, theirs[i]));
		ck_assert_ok(ioasid_id_put(space, theirs[i]));
	}
	unit_set_gone(space, other);
	end();
}
END_TEST

/* The end finds what was freed and allocated again by another set, and leaves it alone. */
START_TEST(the_end_leaves_recycled_numbers_alone)
{
	struct ioasid_owner_set *other;
	struct ioasid_range only = unit_range(20, 20);
	ioasid_handle_t handle;

	begin();
	other = unit_set_with(space, 8, 20, 0);
	ck_assert_ok(ioasid_id_alloc(set, &only, IOASID_ALLOC_ACTIVE, &handle));
	(void)unit_alloc(set);
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_ok(ioasid_id_alloc(other, &only, IOASID_ALLOC_ACTIVE, &handle));
	ck_assert_ok(ioasid_set_end(set));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_ACTIVE);
	unit_set_gone(space, other);
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, everything_is_parked_at_once);
	tcase_add_test(tests, an_ended_set_refuses_everything_new);
	tcase_add_test(tests, an_empty_set_is_done_soon);
	tcase_add_test(tests, a_reserved_id_is_given_back_by_its_allocator);
	tcase_add_test(tests, done_waits_for_the_reuse_distance);
	tcase_add_test(tests, done_waits_for_bindings_references_pins_and_requests);
	tcase_add_test(tests, waiting_for_the_end_does_the_work);
	tcase_add_test(tests, the_end_of_one_set_is_not_the_end_of_another);
	tcase_add_test(tests, the_end_leaves_recycled_numbers_alone);
}

UNIT_MAIN("sets: the end", add_tests)
