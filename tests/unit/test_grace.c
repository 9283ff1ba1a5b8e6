/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Grace periods that do not end, and a space that needs none. */
#include "unit.h"

#include <pthread.h>
#include <sched.h>

#include "space.h"

struct fixture {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
};

static void open_space(struct fixture *f, uint32_t bits)
{
	f->space = unit_space(bits);
	f->set = unit_set(f->space);
	f->device = unit_device(f->space, "device");
}

static void close_space(struct fixture *f)
{
	unit_set_gone(f->space, f->set);
	ck_assert_ok(ioasid_device_unregister(f->device));
	unit_destroy(f->space);
}

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

	open_space(&f, PORT_CHUNK_SHIFT);
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
	ck_assert_ok(ioasid_set_query(f.set, &info));
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

	open_space(&f, 1);
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

#define CHAIN 5000u

struct chain {
	struct ioasid_space *space;
	uint32_t ended;
};

static void end_another(void *context, struct ioasid_owner owner);

static void begin_and_end(struct chain *chain)
{
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {.key = 1000 + chain->ended},
		.quota = 1,
		.done = end_another,
		.context = chain,
	};
	struct ioasid_owner_set *set;

	ck_assert_ok(ioasid_set_create(chain->space, &config, &set));
	ck_assert_ok(ioasid_set_end(set));
	ck_assert_ok(ioasid_set_release(set));
}

static void end_another(void *context, struct ioasid_owner owner)
{
	struct chain *chain = context;

	(void)owner;
	if (++chain->ended < CHAIN)
		begin_and_end(chain);
}

/* Whoever does the deferred work is let go, though there is always more of it; and what is left is done later. */
START_TEST(a_run_ends_whoever_adds)
{
	struct chain chain = {0};
	uint32_t before;
	struct fixture f;

	open_space(&f, 4);
	chain.space = f.space;
	begin_and_end(&chain);
	ck_assert_ok(ioasid_space_run(f.space, 0, NULL));
	ck_assert_uint_gt(chain.ended, 0);
	ck_assert_uint_lt(chain.ended, CHAIN / 2);
	do {
		before = chain.ended;
		ck_assert_ok(ioasid_space_run(f.space, 0, NULL));
	} while (chain.ended != before);
	ck_assert_uint_eq(chain.ended, CHAIN);
	close_space(&f);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_run_ends_whoever_adds);
	tcase_add_test(tests, grace_period_without_end);
	tcase_add_test(tests, reader_holds_what_it_may_have_found);
	tcase_add_loop_test(tests, idle_space_drives_nothing, 0, 3);
}

UNIT_MAIN("grace periods", add_tests)
