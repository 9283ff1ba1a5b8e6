/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Where counts end: references, pins, users, generations; and grace periods that do not end at all. */
#include "unit.h"

#include <pthread.h>
#include <sched.h>

#include "space.h"

struct fixture {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
};

static void open_space(struct fixture *f, uint32_t bits, uint32_t set_flags)
{
	f->space = unit_space(bits);
	f->set = unit_set_with(f->space, 1, IOASID_UNLIMITED, set_flags);
	f->device = unit_device(f->space, "device");
}

static void close_space(struct fixture *f)
{
	unit_set_gone(f->space, f->set);
	ck_assert_ok(ioasid_device_unregister(f->device));
	unit_destroy(f->space);
}

START_TEST(references_overflow)
{
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f, 6, 0);
	id = unit_alloc(f.set);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
			ck_assert_ok(ioasid_id_get(f.space, id));
		ck_assert_int_eq(ioasid_id_get(f.space, id), -IOASID_EOVERFLOW);
		ck_assert_int_eq(ioasid_id_find_get(f.space, ioasid_handle_id(id), &id), -IOASID_EOVERFLOW);
		ck_assert_int_eq(ioasid_set_get(f.set, id), -IOASID_EOVERFLOW);
		for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
			ck_assert_ok(ioasid_id_put(f.space, id));
	}
	ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_ACTIVE);
	/* The holder's own. */
	ck_assert_ok(ioasid_id_put(f.space, id));
	(void)unit_run(f.space);
	ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_FREE);
	close_space(&f);
}
END_TEST

/* A binding needs a reference; without one, nothing of it is left. */
START_TEST(bind_without_a_reference)
{
	struct ioasid_bind_args args;
	ioasid_binding_t binding = {0};
	struct fixture f;
	ioasid_handle_t id;
	int error;

	open_space(&f, 6, 0);
	args = unit_args(f.device, NULL);
	id = unit_alloc(f.set);
	/* With all references out, and with one left, which the call itself needs. */
	for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
		ck_assert_ok(ioasid_id_get(f.space, id));
	for (uint32_t left = 0; left < 2; left++) {
		error = ioasid_id_bind(f.space, id, &args, 1, 0, &binding);
		ck_assert_int_eq(error, -IOASID_EOVERFLOW);
		ck_assert_uint_eq(binding.binding_, 0);
		(void)unit_run(f.space);
		for (uint32_t i = 0; i < left; i++)
			ck_assert_ok(ioasid_id_get(f.space, id));
		ck_assert_int_eq(ioasid_id_get(f.space, id), -IOASID_EOVERFLOW);
		for (uint32_t i = 0; i < left; i++)
			ck_assert_ok(ioasid_id_put(f.space, id));
		ck_assert_ok(ioasid_id_put(f.space, id));
	}
	ck_assert_ok(ioasid_id_bind(f.space, id, &args, 1, 0, &binding));
	for (uint32_t i = 0; i < SLOT_REF_MAX - 2; i++)
		ck_assert_ok(ioasid_id_put(f.space, id));
	close_space(&f);
}
END_TEST

START_TEST(pins_overflow)
{
	struct fixture f;
	ioasid_handle_t id;
	ioasid_handle_t pinned;

	open_space(&f, 6, 0);
	id = unit_alloc(f.set);
	for (uint32_t i = 0; i < SLOT_PIN_MAX; i++)
		ck_assert_ok(ioasid_id_pin(f.space, ioasid_handle_id(id), &pinned));
	ck_assert_int_eq(ioasid_id_pin(f.space, ioasid_handle_id(id), &pinned), -IOASID_EOVERFLOW);
	ck_assert_uint_eq(unit_snapshot(f.space).pins, SLOT_PIN_MAX);
	ck_assert_ok(ioasid_id_free(f.space, id));
	for (uint32_t i = 0; i < SLOT_PIN_MAX; i++) {
		(void)unit_run(f.space);
		ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_PARKED);
		ck_assert_ok(ioasid_id_unpin(f.space, pinned));
	}
	(void)unit_run(f.space);
	ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_FREE);
	close_space(&f);
}
END_TEST

START_TEST(pins_of_a_binding_overflow)
{
	ioasid_binding_t binding;
	ioasid_binding_t pinned = {0};
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f, 6, 0);
	id = unit_alloc(f.set);
	binding = unit_bind(f.space, id, f.device);
	for (uint32_t i = 0; i < 4095; i++)
		ck_assert_ok(ioasid_device_pin(f.device, ioasid_handle_id(id), &pinned));
	ck_assert_uint_eq(pinned.binding_, binding.binding_);
	ck_assert_int_eq(ioasid_device_pin(f.device, ioasid_handle_id(id), &pinned), -IOASID_EOVERFLOW);
	ck_assert_ok(ioasid_binding_unbind(f.space, binding));
	for (uint32_t i = 0; i < 4095; i++) {
		if (i % 1000 == 0)
			(void)unit_run(f.space);
		ck_assert_int_eq(ioasid_binding_wait(f.space, binding, 0), -IOASID_EAGAIN);
		ck_assert_ok(ioasid_binding_unpin(f.space, binding));
	}
	ck_assert_ok(ioasid_binding_wait(f.space, binding, 0));
	close_space(&f);
}
END_TEST

START_TEST(users_overflow)
{
	struct ioasid_bind_args args;
	ioasid_binding_t first;
	ioasid_binding_t binding = {0};
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f, 6, 0);
	args = unit_args(f.device, NULL);
	id = unit_alloc(f.set);
	first = unit_bind(f.space, id, f.device);
	for (uint32_t i = 1; i < BINDING_USER_MAX; i++) {
		if (ioasid_id_bind(f.space, id, &args, 1, 0, &binding) != 0)
			ck_abort_msg("user %u is refused", i);
	}
	ck_assert_uint_eq(binding.binding_, first.binding_);
	ck_assert_int_eq(ioasid_id_bind(f.space, id, &args, 1, 0, &binding), -IOASID_EOVERFLOW);
	for (uint32_t i = 1; i < BINDING_USER_MAX; i++) {
		if (ioasid_binding_unbind(f.space, first) != 0)
			ck_abort_msg("unbind %u is refused", i);
	}
	ck_assert_ok(ioasid_request_begin(f.space, first));
	ck_assert_ok(ioasid_request_end(f.space, first));
	ck_assert_ok(ioasid_binding_unbind(f.space, first));
	ck_assert_int_eq(ioasid_binding_unbind(f.space, first), -IOASID_ESTALE);
	close_space(&f);
}
END_TEST

/* One life, in four ways: freed, put, aborted, of a bind. False: there is no id any more. */
static bool live_once(struct fixture *f, int how, ioasid_handle_t *handle)
{
	struct ioasid_bind_args args = unit_args(f->device, NULL);
	ioasid_binding_t binding = {0};
	int error;

	if (how == 3)
		error = ioasid_set_bind_private(f->set, &args, 1, 0, &binding);
	else
		error = ioasid_id_alloc(f->set, NULL, how == 2 ? 0 : IOASID_ALLOC_ACTIVE, handle);
	if (error != 0) {
		ck_assert_int_eq(error, -IOASID_ENOSPC);
		return false;
	}
	switch (how) {
	case 0:
		ck_assert_ok(ioasid_id_free(f->space, *handle));
		break;
	case 1:
		ck_assert_ok(ioasid_id_put(f->space, *handle));
		break;
	case 2:
		ck_assert_ok(ioasid_id_abort(f->space, *handle));
		break;
	default:
		ck_assert_ok(ioasid_binding_handle(f->space, binding, handle));
		ck_assert_ok(ioasid_binding_unbind(f->space, binding));
	}
	(void)unit_run(f->space);
	return true;
}

#define LIVES_IDS 3u /* of two bits, less the reserved 0 */

/* Each generation of each id once; then it is retired, counted, and never seen again. */
START_TEST(generations_end)
{
	static bool seen[LIVES_IDS + 1][SLOT_GEN_MAX + 1];
	struct ioasid_snapshot snapshot;
	struct fixture f;
	ioasid_handle_t handle;
	uint32_t lives = 0;

	memset(seen, 0, sizeof(seen));
	open_space(&f, 2, 0);
	while (live_once(&f, _i, &handle)) {
		uint32_t generation = handle_generation(handle);

		ck_assert_uint_le(generation, SLOT_GEN_MAX);
		ck_assert(!seen[unit_number(handle)][generation]);
		seen[unit_number(handle)][generation] = true;
		lives++;
		snapshot = unit_snapshot(f.space);
		ck_assert_uint_eq(snapshot.withheld, 1 + unit_counters(f.space).retired);
		ck_assert_uint_eq(snapshot.withheld + snapshot.in_state[IOASID_STATE_FREE], snapshot.capacity);
	}
	ck_assert_uint_eq(lives, LIVES_IDS * SLOT_GEN_MAX);
	ck_assert_uint_eq(unit_counters(f.space).retired, LIVES_IDS);
	ck_assert_uint_eq(unit_charged(f.set), 0);
	/* What is over is stale; the number itself has nobody. */
	ck_assert_int_eq(ioasid_id_get(f.space, handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_find(f.space, ioasid_handle_id(handle), &handle), -IOASID_ENOENT);
	ck_assert_int_eq(unit_state(f.space, handle), IOASID_STATE_RESERVED);
	close_space(&f);
}
END_TEST

/* A set's shared id, too, and the set of a retired id can be done. */
START_TEST(generations_of_shared_ids_end)
{
	struct ioasid_bind_args args;
	ioasid_binding_t binding;
	ioasid_handle_t shared;
	struct fixture f;
	uint32_t lives = 0;
	int error;

	open_space(&f, 1, _i ? IOASID_SET_HOT : 0);
	args = unit_args(f.device, NULL);
	while ((error = ioasid_set_bind(f.set, &args, 1, 0, &binding)) == 0) {
		ck_assert_ok(ioasid_set_shared(f.set, &shared));
		ck_assert_uint_eq(handle_generation(shared), ++lives);
		ck_assert_ok(ioasid_id_free(f.space, shared));
		(void)unit_run(f.space);
	}
	ck_assert_int_eq(error, -IOASID_ENOSPC);
	ck_assert_uint_eq(lives, SLOT_GEN_MAX);
	ck_assert_uint_eq(unit_counters(f.space).retired, 1);
	ck_assert_uint_eq(unit_charged(f.set), 0);
	close_space(&f);
}
END_TEST

static void *run_space(void *space)
{
	uint32_t done;

	return ioasid_space_run(space, 0, &done) == 0 ? NULL : (void *)"run has failed";
}

static pthread_t run_into_a_held_grace_period(struct ioasid_space *space)
{
	pthread_t thread;

	sim_grace_mode(SIM_GRACE_HELD);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_space, space), 0);
	while (sim_grace_held() == 0)
		(void)sched_yield();
	return thread;
}

static void let_go(pthread_t thread)
{
	void *complaint;

	sim_grace_mode(SIM_GRACE_REAL);
	ck_assert_int_eq(pthread_join(thread, &complaint), 0);
	ck_assert_msg(complaint == NULL, "%s", (const char *)complaint);
}

/* A reader that never leaves: nothing is reused, and all else goes on. */
START_TEST(grace_period_without_end)
{
	const uint32_t ids = (1u << PORT_CHUNK_SHIFT) - 1;
	struct ioasid_snapshot snapshot;
	struct ioasid_set_info info;
	ioasid_binding_t binding;
	struct fixture f;
	pthread_t thread;
	ioasid_handle_t handle;

	open_space(&f, PORT_CHUNK_SHIFT, 0);
	handle = unit_alloc(f.set);
	ck_assert_ok(ioasid_id_free(f.space, handle));
	thread = run_into_a_held_grace_period(f.space);
	/* All of the others can be had, used and given up. */
	for (uint32_t i = 1; i < ids; i++) {
		handle = unit_alloc_with(f.set, 0);
		ck_assert_ok(ioasid_id_publish(f.space, handle));
		ck_assert_ok(ioasid_id_get(f.space, handle));
		ck_assert_ok(ioasid_id_pin(f.space, ioasid_handle_id(handle), &handle));
		binding = unit_bind(f.space, handle, f.device);
		ck_assert_ok(ioasid_request_begin(f.space, binding));
		ck_assert_ok(ioasid_request_end(f.space, binding));
		ck_assert_ok(ioasid_binding_unbind(f.space, binding));
		ck_assert_ok(ioasid_id_unpin(f.space, handle));
		ck_assert_ok(ioasid_id_put(f.space, handle));
		if (i % 2 == 0)
			ck_assert_ok(ioasid_id_free(f.space, handle));
	}
	ck_assert_int_eq(ioasid_id_alloc(f.set, NULL, 0, &handle), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_set_end(f.set));
	ck_assert_ok(ioasid_set_info(f.set, &info));
	ck_assert(info.ended && !info.done);
	ck_assert_uint_eq(info.charged, ids);
	snapshot = unit_snapshot(f.space);
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_FREE], 0);
	ck_assert_uint_eq(unit_counters(f.space).reclaimed, 0);
	ck_assert_int_eq(ioasid_set_wait(f.set, 0), -IOASID_EAGAIN);
	let_go(thread);
	(void)unit_run(f.space);
	ck_assert_ok(ioasid_set_wait(f.set, 0));
	ck_assert_uint_eq(unit_counters(f.space).reclaimed, ids);
	close_space(&f);
}
END_TEST

/* The reader is real: what it has found is not handed out again until it leaves. */
static _Atomic int reader_step;

static void *read_for_long(void *unused)
{
	(void)unused;
	port_read_lock();
	reader_step = 1;
	while (reader_step == 1)
		(void)sched_yield();
	port_read_unlock();
	return NULL;
}

START_TEST(reader_holds_what_it_may_have_found)
{
	struct fixture f;
	pthread_t reader;
	pthread_t runner;
	ioasid_handle_t handle;
	ioasid_handle_t next;

	open_space(&f, 1, 0);
	handle = unit_alloc(f.set);
	reader_step = 0;
	ck_assert_int_eq(pthread_create(&reader, NULL, read_for_long, NULL), 0);
	while (reader_step == 0)
		(void)sched_yield();
	ck_assert_ok(ioasid_id_free(f.space, handle));
	ck_assert_int_eq(pthread_create(&runner, NULL, run_space, f.space), 0);
	while (sim_grace_begun() == 0)
		(void)sched_yield();
	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(ioasid_id_alloc(f.set, NULL, 0, &next), -IOASID_EAGAIN);
		ck_assert_int_eq(unit_state(f.space, handle), IOASID_STATE_QUARANTINED);
	}
	reader_step = 2;
	ck_assert_int_eq(pthread_join(reader, NULL), 0);
	ck_assert_int_eq(pthread_join(runner, NULL), 0);
	ck_assert_int_eq(unit_state(f.space, handle), IOASID_STATE_FREE);
	close_space(&f);
}
END_TEST

/* A space in which nothing rests drives no grace period, whatever its distance. */
START_TEST(idle_space_drives_nothing)
{
	struct ioasid_space_config config = {.reuse_distance = (uint32_t)_i * 1000};
	struct ioasid_space *space = unit_space_with(6, &config);
	struct ioasid_owner_set *set = unit_set(space);

	ck_assert_uint_eq(unit_run(space), 0);
	ck_assert_ok(ioasid_id_abort(space, unit_alloc_with(set, 0)));
	ck_assert_uint_eq(unit_run(space), 0);
	ck_assert_uint_eq(sim_grace_begun(), 0);
	/* And as many as the distance asks for, and no more, when something does. */
	ck_assert_ok(ioasid_id_free(space, unit_alloc(set)));
	(void)unit_run(space);
	ck_assert_uint_eq(sim_grace_begun(), (uint32_t)_i * 1000 + 1);
	ck_assert_uint_eq(unit_charged(set), 0);
	unit_set_gone(space, set);
	unit_destroy(space);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, references_overflow);
	tcase_add_test(tests, bind_without_a_reference);
	tcase_add_test(tests, pins_overflow);
	tcase_add_test(tests, pins_of_a_binding_overflow);
	tcase_add_test(tests, users_overflow);
	tcase_add_loop_test(tests, generations_end, 0, 4);
	tcase_add_loop_test(tests, generations_of_shared_ids_end, 0, 2);
	tcase_add_test(tests, grace_period_without_end);
	tcase_add_test(tests, reader_holds_what_it_may_have_found);
	tcase_add_loop_test(tests, idle_space_drives_nothing, 0, 3);
}

UNIT_MAIN("limits", add_tests)
