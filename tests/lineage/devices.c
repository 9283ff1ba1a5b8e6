/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* devices.c - bugs 13, 16 to 20, 25: devices that come, share, fail and vanish. */
#include <pthread.h>

#include "lineage.h"

/* 13. A fault's device was looked up; it went; it was used. */
static bool is_used_after_it_went(bool have_it, bool gone)
{
	return have_it && gone;
}

START_TEST(bug_13_naive)
{
	bool found = true; /* a pointer, and nothing that holds it */
	bool gone = true;  /* its release runs now */

	ck_assert(is_used_after_it_went(found, gone));
}
END_TEST

START_TEST(bug_13_ours)
{
	ioasid_binding_t binding, pinned;
	ioasid_handle_t handle;
	struct rig rig;
	bool gone;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	binding = rig_bind(&rig, 0);
	ck_assert_int_eq(ioasid_binding_handle(rig.space, binding, &handle), 0);
	ck_assert_int_eq(ioasid_device_pin(rig.device[0], ioasid_handle_id(handle), &pinned), 0);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, binding), 0);
	host_run(rig.space);
	gone = ioasid_device_unregister(rig.device[0]) == 0;
	ck_assert(!is_used_after_it_went(true, gone || rig_count(&rig, RIG_RELEASED) != 0));
	ck_assert_int_eq(ioasid_device_pin(rig.device[0], ioasid_handle_id(handle), &pinned), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_binding_unpin(rig.space, pinned), 0);
	host_run(rig.space);
	ck_assert_uint_eq(rig_count(&rig, RIG_RELEASED), 1);
	rig_end(&rig);
}
END_TEST

/* 16. Release and remove ran at once, and both did what both do. */
START_TEST(bug_16_naive)
{
	uint32_t released = 0;
	const bool stopped = false;
	bool release_sees = stopped; /* both look, before either has written */
	bool remove_sees = stopped;

	released += !release_sees; /* both go on */
	released += !remove_sees;
	ck_assert_uint_ne(released, 1);
}
END_TEST

struct both {
	struct rig *rig;
	ioasid_binding_t binding;
};

static void *unbind_it(void *context)
{
	struct both *both = context;

	(void)ioasid_binding_unbind(both->rig->space, both->binding);
	return NULL;
}

static void *remove_it(void *context)
{
	struct both *both = context;

	(void)ioasid_device_remove(both->rig->device[0]);
	return NULL;
}

START_TEST(bug_16_ours)
{
	uint32_t i;

	for (i = 0; i < 50; i++) {
		struct rig rig;
		struct both both = {.rig = &rig};
		pthread_t threads[2];

		rig_make(&rig, 4, IOASID_UNLIMITED);
		both.binding = rig_bind(&rig, 0);
		ck_assert_int_eq(pthread_create(&threads[i % 2], NULL, unbind_it, &both), 0);
		ck_assert_int_eq(pthread_create(&threads[1 - i % 2], NULL, remove_it, &both), 0);
		ck_assert_int_eq(pthread_join(threads[0], NULL), 0);
		ck_assert_int_eq(pthread_join(threads[1], NULL), 0);
		host_run(rig.space);
		ck_assert_uint_eq(rig_count(&rig, RIG_RELEASED), 1);
		/* And either of them again. */
		ck_assert_int_eq(ioasid_binding_unbind(rig.space, both.binding), -IOASID_ESTALE);
		ck_assert_int_eq(ioasid_device_remove(rig.device[0]), -IOASID_ESTALE);
		rig_end(&rig);
	}
}
END_TEST

/* 17. One of a group failed; the undo detached those who had been attached by others. */
static bool is_undone_for_others(bool other_was_bound, bool other_is_bound)
{
	return other_was_bound && !other_is_bound;
}

START_TEST(bug_17_naive)
{
	bool bound[3] = {false, true, false}; /* 1 by somebody else */
	uint32_t i;

	bound[0] = true;
	for (i = 0; i < 3; i++) /* 2 fails: all are detached */
		bound[i] = false;
	ck_assert(is_undone_for_others(true, bound[1]));
}
END_TEST

START_TEST(bug_17_ours)
{
	struct ioasid_bind_args args[RIG_DEVICES];
	ioasid_binding_t bindings[RIG_DEVICES] = {{0}};
	ioasid_binding_t others, last;
	struct rig rig;
	int not_this;
	uint32_t i;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	others = rig_bind(&rig, 1);
	last = rig_bind(&rig, 2);
	for (i = 0; i < RIG_DEVICES; i++)
		args[i] = rig_args(&rig, i);
	args[2].data = &not_this; /* bound with other data: this one fails */
	ck_assert_int_eq(ioasid_set_bind(rig.set, args, RIG_DEVICES, 0, bindings), -IOASID_EBUSY);
	host_run(rig.space);
	ck_assert(!is_undone_for_others(true, ioasid_request_begin(rig.space, others) == 0));
	ck_assert_int_eq(ioasid_request_end(rig.space, others), 0);
	/* What was made for the bind that failed is gone, and its driver never heard of it. */
	ck_assert_uint_eq(rig.events, 0);
	ck_assert_uint_eq(bindings[0].binding_, 0);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, others), 0);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, last), 0);
	host_run(rig.space);
	ck_assert_uint_eq(rig_count(&rig, RIG_RELEASED), 2);
	rig_end(&rig);
}
END_TEST

/* 18. A number too wide for one of them was programmed, cut off. */
static bool is_cut(uint32_t id, uint32_t bits, bool bound)
{
	return bound && id >> bits != 0;
}

START_TEST(bug_18_naive)
{
	uint32_t id = 300; /* of the widest device's range */

	ck_assert(is_cut(id, 8, true));
}
END_TEST

START_TEST(bug_18_ours)
{
	struct ioasid_device_config narrow = {.size = sizeof(narrow), .bits = 2};
	struct ioasid_range wide = host_range(5, 9);
	struct ioasid_bind_args args;
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	struct rig rig;
	int error;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	ck_assert_int_eq(ioasid_device_unregister(rig.device[0]), 0);
	ck_assert_int_eq(ioasid_device_register(rig.space, &narrow, &rig.device[0]), 0);
	args = rig_args(&rig, 0);
	ck_assert_int_eq(ioasid_id_alloc(rig.set, &wide, IOASID_ALLOC_ACTIVE, &handle), 0);
	error = ioasid_id_bind(rig.space, handle, &args, 1, 0, &binding);
	ck_assert_int_eq(error, -IOASID_EOVERFLOW);
	ck_assert(!is_cut(host_id(handle), 2, error == 0));
	/* One that is made for it fits. */
	ck_assert_int_eq(ioasid_set_bind_private(rig.set, &args, 1, 0, &binding), 0);
	ck_assert_int_eq(ioasid_binding_handle(rig.space, binding, &handle), 0);
	ck_assert(!is_cut(host_id(handle), 2, true));
	rig_end(&rig);
}
END_TEST

/* 19. The device was removed with faults pending: nobody was left to answer them. */
static bool has_leaked(uint64_t pins, bool device_there)
{
	return pins != 0 && !device_there;
}

START_TEST(bug_19_naive)
{
	uint64_t pending = 2;

	ck_assert(has_leaked(pending, false)); /* the queue goes, what it held stays */
}
END_TEST

START_TEST(bug_19_ours)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};
	ioasid_binding_t binding, pin;
	ioasid_handle_t handle;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	binding = rig_bind(&rig, 0);
	ck_assert_int_eq(ioasid_binding_handle(rig.space, binding, &handle), 0);
	ck_assert_int_eq(ioasid_device_pin(rig.device[0], ioasid_handle_id(handle), &pin), 0);
	ck_assert_int_eq(ioasid_device_pin(rig.device[0], ioasid_handle_id(handle), &pin), 0);
	ck_assert_int_eq(ioasid_request_begin(rig.space, binding), 0);
	ck_assert_int_eq(ioasid_device_remove(rig.device[0]), 0);
	host_run(rig.space);
	ck_assert_int_eq(ioasid_device_unregister(rig.device[0]), 0);
	rig.device[0] = NULL;
	ck_assert_int_eq(ioasid_space_snapshot(rig.space, &snapshot), 0);
	ck_assert(!has_leaked(snapshot.pins, false));
	ck_assert_uint_eq(host_counters(rig.space).forgiven, 3);
	rig_end(&rig);
}
END_TEST

/* 20. "It must be there": a detach of what was not attached. */
START_TEST(bug_20_naive)
{
	const char *const attached[2] = {"device", NULL};
	const char *found = attached[1];

	ck_assert_ptr_null(found); /* and is used as it is */
}
END_TEST

START_TEST(bug_20_ours)
{
	ioasid_binding_t binding;
	struct rig rig;
	uint32_t events;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, (ioasid_binding_t){0}), -IOASID_EINVAL);
	binding = rig_bind(&rig, 0);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, binding), 0);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, binding), -IOASID_ESTALE);
	host_run(rig.space);
	events = rig.events;
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, binding), -IOASID_ESTALE);
	host_run(rig.space);
	ck_assert_uint_eq(rig.events, events);
	rig_end(&rig);
}
END_TEST

/* 25. Two owners installed their data at once: the second overwrote the first's. */
static bool is_overwritten(const void *installed, const void *first)
{
	return installed != first;
}

START_TEST(bug_25_naive)
{
	int owner[2] = {0, 0};
	const void *process_info = NULL;
	bool free_for[2] = {process_info == NULL, process_info == NULL}; /* both check, before either has written */
	uint32_t i;

	for (i = 0; i < 2; i++)
		if (free_for[i])
			process_info = &owner[i];
	ck_assert(is_overwritten(process_info, &owner[0]));
}
END_TEST

START_TEST(bug_25_ours)
{
	struct ioasid_bind_args args;
	ioasid_binding_t binding, again;
	struct rig rig;
	void *data;
	int second;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	binding = rig_bind(&rig, 0);
	args = rig_args(&rig, 0);
	args.data = &second;
	ck_assert_int_eq(ioasid_set_bind(rig.set, &args, 1, 0, &again), -IOASID_EBUSY);
	ck_assert_int_eq(ioasid_binding_data(rig.space, binding, &data), 0);
	ck_assert(!is_overwritten(data, &rig.driver[0]));
	rig_end(&rig);
}
END_TEST

TCase *lineage_devices(void)
{
	TCase *tcase = tcase_create("devices");

	tcase_add_test(tcase, bug_13_naive);
	tcase_add_test(tcase, bug_13_ours);
	tcase_add_test(tcase, bug_16_naive);
	tcase_add_test(tcase, bug_16_ours);
	tcase_add_test(tcase, bug_17_naive);
	tcase_add_test(tcase, bug_17_ours);
	tcase_add_test(tcase, bug_18_naive);
	tcase_add_test(tcase, bug_18_ours);
	tcase_add_test(tcase, bug_19_naive);
	tcase_add_test(tcase, bug_19_ours);
	tcase_add_test(tcase, bug_20_naive);
	tcase_add_test(tcase, bug_20_ours);
	tcase_add_test(tcase, bug_25_naive);
	tcase_add_test(tcase, bug_25_ours);
	return tcase;
}
