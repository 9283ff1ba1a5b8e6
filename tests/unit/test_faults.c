/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Memory that is refused: for every public call that can allocate, allocation n
 * fails, for n = 1, 2, ... until the call gets along without; once alone, once
 * with all that follow. Nothing may leak, no id be lost, no quota drift, and the
 * same call must succeed afterwards.
 */
#include "faults.h"

static const struct scenario scenarios[] = {
	{.name = "set_create", .prepare = nothing, .call = create_set},
	{.name = "set_create, taken", .prepare = nothing, .call = create_rival_set},
	{.name = "device_register", .prepare = nothing, .call = register_device},
	{.name = "space_enroll", .prepare = active_id, .call = enroll_in_space},
	{.name = "set_enroll", .prepare = active_id, .call = enroll_in_set},
	{.name = "binding_enroll", .prepare = nothing, .call = enroll_in_binding},
	{.name = "id_alloc, first chunk", .prepare = nothing, .call = alloc_one},
	{.name = "id_alloc, next chunk", .prepare = full_chunk, .call = alloc_one},
	{.name = "id_alloc, populated", .prepare = active_id, .call = alloc_one},
	{.name = "id_alloc, waiting", .prepare = nothing, .call = alloc_waiting},
	{.name = "id_alloc, two chunks", .prepare = nothing, .call = alloc_far},
	{.name = "set_bind", .prepare = nothing, .call = bind_shared, .keeps_shared = true},
	{.name = "set_bind, many", .prepare = nothing, .call = bind_shared_all, .keeps_shared = true},
	{.name = "set_bind, eager", .prepare = nothing, .call = bind_shared_all, .set_flags = IOASID_SET_EAGER},
	{.name = "set_bind, hot",
         .prepare = nothing,
         .call = bind_shared,
         .set_flags = IOASID_SET_HOT,
         .keeps_shared = true},
	{.name = "set_bind, hot, many",
         .prepare = full_chunk,
         .call = bind_shared_all,
         .set_flags = IOASID_SET_HOT,
         .keeps_shared = true},
	{.name = "set_bind_private", .prepare = nothing, .call = bind_private},
	{.name = "set_bind_private, many", .prepare = full_chunk, .call = bind_private_all},
	{.name = "id_bind", .prepare = active_id, .call = bind_id},
	{.name = "id_bind, many", .prepare = active_id, .call = bind_id_all},
	{.name = "id_bind, joining", .prepare = bound_id, .call = bind_id_rest},
	{.name = "id_bind, new tallies", .prepare = full_tally_block, .call = bind_id_all},
	{.name = "id_bind, new bindings", .prepare = full_pool_chunk, .call = bind_id_all},
	{.name = "park", .prepare = watched_id, .call = park, .is_silent = true},
	{.name = "park, flushed", .prepare = watched_id, .call = park_and_flush, .is_silent = true},
};
#define SCENARIOS (int)(sizeof(scenarios) / sizeof(scenarios[0]))

static void world_open(struct world *w, const struct scenario *scenario)
{
	static ioasid_handle_t held[1u << BITS];
	static ioasid_binding_t many[1u << POOL_FIRST_SHIFT];

	memset(w, 0, sizeof(*w));
	w->held = held;
	w->many = many;
	w->space = unit_space(BITS > 8 ? BITS : 8);
	w->set = unit_set_with(w->space, 0x5e7, QUOTA, scenario->set_flags);
	for (size_t i = 0; i < DEVICES; i++)
		w->device[i] = unit_device_with(w->space, "device", 20, &device_ops, w);
	scenario->prepare(w);
}

/* After the call, whatever came of it: everything is given back, and every id can be had again. */
static void world_close(struct world *w)
{
	struct ioasid_snapshot snapshot;
	uint32_t count = 0;
	ioasid_handle_t handle;

	unit_set_gone(w->space, w->set);
	if (w->extra != NULL)
		unit_set_gone(w->space, w->extra);
	w->set = unit_set(w->space);
	while (ioasid_id_alloc(w->set, NULL, 0, &handle) == 0)
		count++;
	snapshot = unit_snapshot(w->space);
	ck_assert_uint_eq(count, snapshot.capacity - snapshot.withheld);
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_RESERVED], count);
	for (uint32_t id = 0; id < snapshot.capacity; id++) {
		if (table_is_reserved(&w->space->table, id))
			continue;
		handle = handle_make(w->space, id, slot_read(table_slot(&w->space->table, id)).generation);
		ck_assert_ok(ioasid_id_abort(w->space, handle));
	}
	ck_assert_uint_eq(unit_charged(w->set), 0);
	unit_set_gone(w->space, w->set);
	if (w->participant != NULL)
		ck_assert_ok(ioasid_participant_withdraw(w->participant));
	if (w->everywhere != NULL)
		ck_assert_ok(ioasid_participant_withdraw(w->everywhere));
	for (size_t i = 0; i < DEVICES; i++)
		ck_assert_ok(ioasid_device_unregister(w->device[i]));
	if (w->new_device != NULL)
		ck_assert_ok(ioasid_device_unregister(w->new_device));
	unit_destroy(w->space);
	ck_assert_uint_eq(sim_memory_blocks(), 0);
}

/* It has failed: as if it had not been called. */
static void nothing_has_changed(struct world *w, const struct scenario *scenario, uint32_t charged)
{
	struct ioasid_device *const *device = w->device;
	ioasid_handle_t shared;
	uint32_t now;

	ck_assert_ptr_null(w->extra);
	ck_assert_ptr_null(w->new_device);
	ck_assert_ptr_null(w->participant);
	(void)unit_run(w->space);
	now = unit_charged(w->set);
	if (scenario->keeps_shared && ioasid_set_shared(w->set, &shared) == 0)
		now--;
	ck_assert_msg(now == charged, "%s: charged %u before, %u now", scenario->name, charged, now);
	ck_assert_uint_eq(w->released, 0);
	/* What a bind of several had made is gone: each device can be bound with other data. */
	if (ioasid_handle_is_set(w->id) && w->binding[0].binding_ == 0) {
		for (size_t i = 0; i < DEVICES; i++) {
			struct ioasid_bind_args args = unit_args(device[i], &args);
			ioasid_binding_t binding;

			ck_assert_ok(ioasid_id_bind(w->space, w->id, &args, 1, 0, &binding));
			ck_assert_ok(ioasid_binding_unbind(w->space, binding));
			(void)unit_run(w->space);
		}
	}
}

/* The call with allocation @nth refused, alone or with all after it. True: it needed fewer. */
static bool call_without(const struct scenario *scenario, uint64_t nth, bool all)
{
	struct world w;
	uint32_t charged;
	bool enough;
	int error;

	world_open(&w, scenario);
	charged = unit_charged(w.set);
	if (all)
		sim_alloc_fail_after(nth - 1);
	else
		sim_alloc_fail_at(nth);
	error = scenario->call(&w);
	enough = sim_alloc_refused() == 0;
	sim_alloc_fail_at(0);
	if (enough)
		ck_assert_msg(error == 0, "%s: %d with all the memory that it wants", scenario->name, error);
	else
		ck_assert_msg(error == 0 || error == -IOASID_ENOMEM, "%s: %d", scenario->name, error);
	if (error != 0 && !scenario->is_silent) {
		nothing_has_changed(&w, scenario, charged);
		ck_assert_msg(scenario->call(&w) == 0, "%s: not even with memory", scenario->name);
	}
	world_close(&w);
	return enough;
}

START_TEST(every_allocation_fails)
{
	const struct scenario *scenario = &scenarios[_i / 2];
	uint64_t nth = 1;

	while (!call_without(scenario, nth, _i % 2 != 0))
		nth++;
	/* An upper bound, so that a test that fails nothing is seen as well. */
	ck_assert_uint_lt(nth, 20);
}
END_TEST

/* Which of the calls allocate at all: those that this file is about. */
START_TEST(scenario_needs_memory)
{
	const struct scenario *scenario = &scenarios[_i];
	bool wanted = strcmp(scenario->name, "id_alloc, populated") != 0;
	struct world w;

	world_open(&w, scenario);
	sim_alloc_fail_at(0);
	ck_assert_ok(scenario->call(&w));
	ck_assert_msg((sim_alloc_calls() != 0) == wanted, "%s: %llu allocations", scenario->name,
	              (unsigned long long)sim_alloc_calls());
	world_close(&w);
}
END_TEST

START_TEST(space_create)
{
	struct ioasid_space_config config = {.size = sizeof(config),
	                                     .bits = BITS,
	                                     .flags = _i ? IOASID_SPACE_BACKGROUND : 0};
	struct ioasid_space *space = NULL;
	uint64_t nth;
	int error = -1;

	for (nth = 1; error != 0; nth++) {
		sim_alloc_fail_at(nth);
		error = ioasid_space_create(&config, &space);
		if (error != 0) {
			ck_assert_int_eq(error, -IOASID_ENOMEM);
			ck_assert_ptr_null(space);
			ck_assert_uint_eq(sim_memory_blocks(), 0);
		}
	}
	ck_assert_uint_gt(nth, 4);
	sim_alloc_fail_at(0);
	unit_destroy(space);
}
END_TEST

START_TEST(space_create_without_a_thread)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = BITS, .flags = IOASID_SPACE_BACKGROUND};
	struct ioasid_space *space = NULL;

	sim_worker_refuse(true);
	ck_assert_int_eq(ioasid_space_create(&config, &space), -IOASID_EAGAIN);
	ck_assert_ptr_null(space);
	ck_assert_uint_eq(sim_memory_blocks(), 0);
}
END_TEST

/* An id whose park found no memory stays PARKED; the space is not destroyed under it, and goes on with memory. */
START_TEST(park_waits_for_memory)
{
	const struct scenario *scenario = &scenarios[SCENARIOS - 1];
	struct world w;

	world_open(&w, scenario);
	sim_alloc_fail_after(0);
	ck_assert_ok(ioasid_id_free(w.space, w.id));
	for (int i = 0; i < 3; i++) {
		(void)unit_run(w.space);
		ck_assert_int_eq(unit_state(w.space, w.id), IOASID_STATE_PARKED);
	}
	ck_assert_int_eq(ioasid_space_destroy(w.space, NULL, NULL), -IOASID_EBUSY);
	ck_assert_int_eq(ioasid_space_flush(w.space, 3000000), -IOASID_EAGAIN);
	sim_alloc_fail_after(UINT64_MAX);
	ck_assert_ok(ioasid_space_flush(w.space, 0));
	ck_assert_int_eq(unit_state(w.space, w.id), IOASID_STATE_FREE);
	world_close(&w);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, every_allocation_fails, 0, 2 * SCENARIOS);
	tcase_add_loop_test(tests, scenario_needs_memory, 0, SCENARIOS);
	tcase_add_loop_test(tests, space_create, 0, 2);
	tcase_add_test(tests, space_create_without_a_thread);
	tcase_add_test(tests, park_waits_for_memory);
}

UNIT_MAIN("faults", add_tests)
