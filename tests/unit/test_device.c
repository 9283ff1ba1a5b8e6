/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Devices and single bindings: width, who may join, what a binding tells of itself, leaving in order. */
#include "driver.h"

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct driver two;
static struct ioasid_device *device_one;
static struct ioasid_device *device_two;

static void begin(void)
{
	journal_clear();
	space = unit_space(8);
	set = unit_set(space);
	driver_init(&one, "one");
	driver_init(&two, "two");
	device_one = driver_register(space, &one, 20);
	device_two = driver_register(space, &two, 3);
}

static void end(void)
{
	unit_set_gone(space, set);
	driver_gone(device_one);
	driver_gone(device_two);
	unit_destroy(space);
}

static int bind(ioasid_handle_t handle, struct ioasid_device *device, void *data, ioasid_binding_t *binding)
{
	struct ioasid_bind_args args = unit_args(device, data);

	return ioasid_id_bind(space, handle, &args, 1, 0, binding);
}

START_TEST(registering_refuses_what_is_wrong)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 20};
	struct ioasid_device *device = (void *)&space;

	begin();
	ck_assert_int_eq(ioasid_device_register(NULL, &config, &device), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_device_register(space, NULL, &device), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_device_register(space, &config, NULL), -IOASID_EINVAL);
	config.bits = 0;
	ck_assert_int_eq(ioasid_device_register(space, &config, &device), -IOASID_EINVAL);
	config.bits = 21;
	ck_assert_int_eq(ioasid_device_register(space, &config, &device), -IOASID_EINVAL);
	config.bits = 20;
	config.flags = 1;
	ck_assert_int_eq(ioasid_device_register(space, &config, &device), -IOASID_EINVAL);
	config.flags = 0;
	config.size++;
	ck_assert_int_eq(ioasid_device_register(space, &config, &device), -IOASID_EINVAL);
	config.size--;
	config.ops = &one.ops;
	one.ops.size--;
	ck_assert_int_eq(ioasid_device_register(space, &config, &device), -IOASID_EINVAL);
	one.ops.size++;
	sim_alloc_fail_at(1);
	ck_assert_int_eq(ioasid_device_register(space, &config, &device), -IOASID_ENOMEM);
	ck_assert_ptr_eq(device, (void *)&space);
	ck_assert_int_eq(ioasid_device_unregister(NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_device_remove(NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_device_reset_done(NULL), -IOASID_EINVAL);
	end();
}
END_TEST

START_TEST(an_id_must_fit_the_device)
{
	struct ioasid_range wide = unit_range(8, 8);
	struct ioasid_range edge = unit_range(7, 7);
	ioasid_binding_t binding = {77};
	ioasid_handle_t handle;

	begin();
	ck_assert_ok(ioasid_id_alloc(set, &wide, IOASID_ALLOC_ACTIVE, &handle));
	ck_assert_int_eq(bind(handle, device_two, NULL, &binding), -IOASID_EOVERFLOW);
	ck_assert_uint_eq(binding.binding_, 77);
	ck_assert_ok(bind(handle, device_one, NULL, &binding));
	/* What is wrong with the life comes before its width. */
	ck_assert_ok(ioasid_id_free(space, handle));
	ck_assert_int_eq(bind(handle, device_two, NULL, &binding), -IOASID_ESTALE);
	ck_assert_ok(ioasid_id_alloc(set, &edge, IOASID_ALLOC_ACTIVE, &handle));
	ck_assert_ok(bind(handle, device_two, NULL, &binding));
	ck_assert_ok(ioasid_id_free(space, handle));
	end();
}
END_TEST

/* A new private id is made to fit, until the narrow part of the space is full. */
START_TEST(a_private_id_is_made_to_fit)
{
	struct ioasid_bind_args args[2];
	ioasid_binding_t binding[2];
	ioasid_handle_t handle;

	begin();
	args[0] = unit_args(device_one, NULL);
	args[1] = unit_args(device_two, NULL);
	for (unsigned i = 1; i <= 7; i++) { /* 0 is reserved */
		ck_assert_ok(ioasid_set_bind_private(set, args, 2, 0, binding));
		ck_assert_ok(ioasid_binding_handle(space, binding[0], &handle));
		ck_assert_uint_lt(unit_number(handle), 8);
	}
	ck_assert_int_eq(ioasid_set_bind_private(set, args, 2, 0, binding), -IOASID_ENOSPC);
	ck_assert_ok(ioasid_set_bind_private(set, args, 1, 0, binding));
	end();
}
END_TEST

START_TEST(an_id_must_be_alive_to_be_bound)
{
	ioasid_binding_t binding;
	ioasid_handle_t handle;

	begin();
	handle = unit_alloc_with(set, 0);
	ck_assert_int_eq(bind(handle, device_one, NULL, &binding), -IOASID_ENOENT);
	ck_assert_ok(ioasid_id_publish(space, handle));
	ck_assert_ok(ioasid_id_get(space, handle));
	ck_assert_ok(ioasid_id_free(space, handle));
	ck_assert_int_eq(bind(handle, device_one, NULL, &binding), -IOASID_ESTALE);
	ck_assert_ok(ioasid_id_put(space, handle));
	ck_assert_int_eq(bind(handle, device_one, NULL, &binding), -IOASID_ESTALE);
	(void)unit_run(space);
	ck_assert_int_eq(bind(handle, device_one, NULL, &binding), -IOASID_ESTALE);
	end();
}
END_TEST

START_TEST(a_pair_is_bound_once_and_joined_by_the_same_data)
{
	ioasid_binding_t first;
	ioasid_binding_t again;
	ioasid_handle_t handle;
	void *data = NULL;

	begin();
	handle = driver_bind(space, set, device_one, &one, &first);
	ck_assert_int_eq(bind(handle, device_one, &two, &again), -IOASID_EBUSY);
	ck_assert_ok(bind(handle, device_one, &one, &again));
	ck_assert_uint_eq(again.binding_, first.binding_);
	ck_assert_ok(bind(handle, device_one, NULL, &again));
	ck_assert_uint_eq(again.binding_, first.binding_);
	ck_assert_ok(ioasid_binding_data(space, again, &data));
	ck_assert_ptr_eq(data, &one);
	/* Three users: three unbinds, of which the last one counts. */
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(journal.length, 0);
		ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_ACTIVE);
		ck_assert_ok(ioasid_binding_unbind(space, first));
		(void)unit_run(space);
	}
	ck_assert_uint_eq(journal_asked(&one), 4);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_int_eq(ioasid_binding_unbind(space, first), -IOASID_ESTALE);
	ck_assert_uint_eq(unit_counters(space).stale_calls, 1);
	end();
}
END_TEST

/* The pair is quiescing: not yet, whatever the data; then it may be bound with other data. */
START_TEST(a_quiescing_pair_can_be_bound_later)
{
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	void *data;

	begin();
	handle = unit_alloc(set);
	ck_assert_ok(bind(handle, device_one, &one, &binding));
	one.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	ck_assert_int_eq(bind(handle, device_one, &one, &binding), -IOASID_EAGAIN);
	ck_assert_int_eq(bind(handle, device_one, &two, &binding), -IOASID_EAGAIN);
	(void)unit_run(space);
	ck_assert_int_eq(bind(handle, device_one, &one, &binding), -IOASID_EAGAIN);
	ck_assert_int_eq(bind(handle, device_one, &two, &binding), -IOASID_EAGAIN);
	driver_complete(space, &one, IOASID_PHASE_DEVICE, 0);
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	one.answer[IOASID_PHASE_DEVICE] = IOASID_DONE;
	ck_assert_ok(bind(handle, device_one, &two, &binding));
	ck_assert_ok(ioasid_binding_data(space, binding, &data));
	ck_assert_ptr_eq(data, &two);
	/* Waiting does the work of the reclaimer itself. */
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	{
		struct ioasid_bind_args args = unit_args(device_one, &one);

		ck_assert_ok(ioasid_id_bind(space, handle, &args, 1, IOASID_BIND_WAIT, &binding));
	}
	ck_assert_uint_eq(journal_released(&one), 2);
	end();
}
END_TEST

START_TEST(a_binding_tells_of_itself_for_as_long_as_it_lives)
{
	ioasid_handle_t found = {77};
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	void *data = &space;

	begin();
	handle = driver_bind(space, set, device_one, &one, &binding);
	ck_assert_int_eq(ioasid_binding_handle(NULL, binding, &found), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_binding_handle(space, binding, NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_binding_data(space, binding, NULL), -IOASID_EINVAL);
	one.answer[IOASID_PHASE_LAST] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_ok(ioasid_binding_handle(space, binding, &found));
	ck_assert(ioasid_handle_equal(found, handle));
	ck_assert_ok(ioasid_binding_data(space, binding, &data));
	ck_assert_ptr_eq(data, &one);
	driver_complete(space, &one, IOASID_PHASE_LAST, 0);
	(void)unit_run(space);
	data = &space;
	ck_assert_int_eq(ioasid_binding_handle(space, binding, &found), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_binding_data(space, binding, &data), -IOASID_ESTALE);
	ck_assert_ptr_eq(data, &space);
	/* Its memory is used again: an old handle does not match. */
	for (unsigned i = 0; i < 100; i++) {
		ioasid_binding_t fresh;

		(void)driver_bind(space, set, device_one, &one, &fresh);
		ck_assert_uint_ne(fresh.binding_, binding.binding_);
		ck_assert_int_eq(ioasid_binding_data(space, binding, &data), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_binding_unbind(space, binding), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_request_begin(space, binding), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_request_end(space, binding), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_binding_unpin(space, binding), -IOASID_ESTALE);
		one.answer[IOASID_PHASE_LAST] = IOASID_DONE;
		ck_assert_ok(ioasid_binding_unbind(space, fresh));
		(void)unit_run(space);
	}
	end();
}
END_TEST

START_TEST(a_binding_that_never_was_is_refused)
{
	struct ioasid_space *elsewhere;
	ioasid_binding_t binding = {0};
	void *data;

	begin();
	elsewhere = unit_space(4);
	for (unsigned i = 0; i < 3; i++) {
		struct ioasid_space *where = i == 1 ? elsewhere : space;

		if (i == 1)
			(void)driver_bind(space, set, device_one, &one, &binding);
		if (i == 2)
			binding.binding_ |= 0xfffff; /* beyond the pool */
		ck_assert_int_eq(ioasid_binding_data(where, binding, &data), -IOASID_EINVAL);
		ck_assert_int_eq(ioasid_binding_unbind(where, binding), -IOASID_EINVAL);
		ck_assert_int_eq(ioasid_binding_wait(where, binding, 0), -IOASID_EINVAL);
		ck_assert_int_eq(ioasid_binding_unpin(where, binding), -IOASID_EINVAL);
		ck_assert_int_eq(ioasid_request_begin(where, binding), -IOASID_EINVAL);
		ck_assert_int_eq(ioasid_request_end(where, binding), -IOASID_EINVAL);
	}
	unit_destroy(elsewhere);
	end();
}
END_TEST

START_TEST(a_device_with_bindings_stays)
{
	ioasid_binding_t binding;
	ioasid_handle_t handle;

	begin();
	handle = unit_alloc(set);
	ck_assert_ok(bind(handle, device_one, &one, &binding));
	ck_assert_int_eq(ioasid_device_unregister(device_one), -IOASID_EBUSY);
	ck_assert_ok(ioasid_request_begin(space, binding)); /* nothing has changed */
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	ck_assert_int_eq(ioasid_device_unregister(device_one), -IOASID_EBUSY); /* a request is out */
	ck_assert_ok(ioasid_request_end(space, binding));
	ck_assert_ok(ioasid_device_unregister(device_one));
	ck_assert_uint_eq(journal_released(&one), 1);
	device_one = driver_register(space, &one, 20);
	end();
}
END_TEST

/* An id with two bindings, which are all that holds it beside whoever made it: in each way that there is. */
enum made_by {
	PRIVATE,   /* nobody: it parks with its last binding */
	ALLOCATED, /* its holder */
	SHARED,    /* its set */
	MADE_BY
};

static ioasid_handle_t bind_two(enum made_by made_by, ioasid_binding_t binding[2])
{
	struct ioasid_bind_args args[2] = {unit_args(device_two, &two), unit_args(device_one, &one)};
	ioasid_handle_t handle;

	if (made_by == PRIVATE)
		ck_assert_ok(ioasid_set_bind_private(set, args, 2, 0, binding));
	else if (made_by == ALLOCATED)
		ck_assert_ok(ioasid_id_bind(space, unit_alloc(set), args, 2, 0, binding));
	else
		ck_assert_ok(ioasid_set_bind(set, args, 2, 0, binding));
	ck_assert_ok(ioasid_binding_handle(space, binding[0], &handle));
	return handle;
}

/* More puts than there are references of any kind; all are refused, and counted. */
static void put_too_often(ioasid_handle_t handle)
{
	uint64_t before = unit_counters(space).surplus_puts;
	uint64_t references = unit_snapshot(space).references;

	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(ioasid_id_put(space, handle), -IOASID_EINVAL);
	(void)unit_run(space);
	ck_assert_uint_eq(unit_counters(space).surplus_puts, before + 5);
	ck_assert_uint_eq(unit_snapshot(space).references, references);
}

/* No put takes what a binding holds, in any state: the bindings work on, and the number is theirs. */
START_TEST(a_put_too_many_takes_nothing_of_a_binding)
{
	ioasid_binding_t binding[2];
	ioasid_handle_t handle;

	begin();
	handle = bind_two((enum made_by)_i, binding);
	put_too_often(handle);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_ACTIVE);
	ck_assert_uint_eq(journal.length, 0);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_ok(ioasid_request_begin(space, binding[i]));
		ck_assert_ok(ioasid_request_end(space, binding[i]));
	}
	/* PARKED: the device has not answered. */
	two.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	put_too_often(handle);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	ck_assert_uint_eq(journal_asked(&two), 2);
	/* POISONED: it says that it has failed. */
	driver_complete(space, &two, IOASID_PHASE_DEVICE, -5);
	(void)unit_run(space);
	put_too_often(handle);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_POISONED);
	ck_assert_uint_eq(journal_released(&two), 0);
	ck_assert_ok(ioasid_device_reset_done(device_two));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&two), 1);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	end();
}
END_TEST

/* A device without callbacks is a device all the same. */
START_TEST(a_device_may_have_nothing_to_quiesce)
{
	struct ioasid_device *plain;
	ioasid_binding_t binding;
	ioasid_handle_t handle;

	begin();
	plain = unit_device(space, NULL);
	handle = driver_bind(space, set, plain, NULL, &binding);
	ck_assert_ok(ioasid_request_begin(space, binding));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_ACTIVE);
	ck_assert_ok(ioasid_request_end(space, binding));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	driver_gone(plain);
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, registering_refuses_what_is_wrong);
	tcase_add_test(tests, an_id_must_fit_the_device);
	tcase_add_test(tests, a_private_id_is_made_to_fit);
	tcase_add_test(tests, an_id_must_be_alive_to_be_bound);
	tcase_add_test(tests, a_pair_is_bound_once_and_joined_by_the_same_data);
	tcase_add_test(tests, a_quiescing_pair_can_be_bound_later);
	tcase_add_test(tests, a_binding_tells_of_itself_for_as_long_as_it_lives);
	tcase_add_test(tests, a_binding_that_never_was_is_refused);
	tcase_add_test(tests, a_device_with_bindings_stays);
	tcase_add_loop_test(tests, a_put_too_many_takes_nothing_of_a_binding, 0, MADE_BY);
	tcase_add_test(tests, a_device_may_have_nothing_to_quiesce);
}

UNIT_MAIN("devices", add_tests)
