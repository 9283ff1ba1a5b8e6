/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The grace-period clock after billions of steps: aborts move it without any
 * grace period, and stamps grow old. Here the clock is put where so many steps
 * would have brought it.
 */
#include "unit.h"

#include "space.h"

#define HALF (UINT32_C(1) << 31)

struct fixture {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
};

static void open_space(struct fixture *f)
{
	struct ioasid_space_config config = {.order = IOASID_ORDER_LOWEST};

	f->space = unit_space_with(PORT_CHUNK_SHIFT + 1, &config);
	f->set = unit_set(f->space);
}

static void close_space(struct fixture *f)
{
	unit_set_gone(f->space, f->set);
	unit_destroy(f->space);
}

static uint32_t now(const struct fixture *f)
{
	return clock_stamp(&f->space->clock);
}

/* How far the stamps are ahead of what is over. */
static uint32_t lead(const struct fixture *f)
{
	return now(f) - clock_done(&f->space->clock);
}

/* As @steps more aborts would leave it, if every abort is a step. */
static void step(struct fixture *f, uint32_t steps)
{
	ioasid_handle_t handle;
	uint32_t before = now(f);

	handle = unit_alloc_with(f->set, 0);
	ck_assert_ok(ioasid_id_abort(f->space, handle));
	handle = unit_alloc_with(f->set, 0);
	ck_assert_ok(ioasid_id_abort(f->space, handle));
	if (now(f) != before)
		(void)port_u32_add_seq_cst(&f->space->clock.now, steps);
}

/* Nobody has driven a grace period for billions of aborts: an id that is freed then still rests for one. */
START_TEST(aborts_do_not_outrun_the_clock)
{
	struct fixture f;
	ioasid_handle_t handle;

	open_space(&f);
	for (int i = 0; i < 10; i++) {
		step(&f, UINT32_C(1) << 27);
		ck_assert_uint_lt(lead(&f), HALF / 2);
	}
	ck_assert_uint_eq(unit_charged(f.set), 0);
	handle = unit_alloc(f.set);
	ck_assert_ok(ioasid_id_free(f.space, handle));
	ck_assert_int_eq(unit_state(f.space, handle), IOASID_STATE_QUARANTINED);
	/* By its own, at least, no search makes it free. */
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_ok(ioasid_id_abort(f.space, unit_alloc_with(f.set, 0)));
	ck_assert_int_eq(unit_state(f.space, handle), IOASID_STATE_QUARANTINED);
	(void)unit_run(f.space);
	ck_assert_int_eq(unit_state(f.space, handle), IOASID_STATE_FREE);
	ck_assert_uint_eq(unit_charged(f.set), 0);
	close_space(&f);
}
END_TEST

/* As above, with the deferred work being done now and then: all is as ever. */
START_TEST(aborts_and_grace_periods)
{
	struct fixture f;
	struct ioasid_snapshot snapshot;

	open_space(&f);
	for (int i = 0; i < 100; i++) {
		step(&f, UINT32_C(1) << 27);
		if (i % 5 == 4)
			(void)unit_run(f.space);
		ck_assert_uint_eq(unit_charged(f.set), 0);
	}
	(void)unit_run(f.space);
	snapshot = unit_snapshot(f.space);
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_FREE] + snapshot.withheld, snapshot.capacity);
	close_space(&f);
}
END_TEST

static void drive(struct fixture *f)
{
	ck_assert_ok(ioasid_id_free(f->space, unit_alloc(f->set)));
	(void)unit_run(f->space);
}

/* A chunk that nobody touches keeps a stamp that can be compared, whatever numbers the grace periods have. */
START_TEST(old_stamps_are_refreshed_in_time)
{
	struct ioasid_range far;
	ioasid_handle_t handle;
	struct fixture f;
	uint32_t age;

	open_space(&f);
	far = unit_range(CHUNK_IDS, CHUNK_IDS);
	ck_assert_ok(ioasid_id_alloc(f.set, &far, 0, &handle));
	for (int i = 0; i < 64; i++) {
		/* Sixteen steps to a full circle of the clock, none of which meets a multiple of much. */
		uint32_t next = ((uint32_t)i << 28) + 1000;

		port_u32_store_relaxed(&f.space->clock.now, next);
		port_u32_store_relaxed(&f.space->clock.done, next - 1);
		port_u32_store_relaxed(&f.space->clock.wanted, next - 1);
		drive(&f);
		age = now(&f) - leaf_stamp(port_u64_load_relaxed(table_leaf(&f.space->table, CHUNK_IDS)));
		ck_assert_uint_lt(age, HALF - (UINT32_C(1) << 28));
	}
	ck_assert_ok(ioasid_id_abort(f.space, handle));
	close_space(&f);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, aborts_do_not_outrun_the_clock);
	tcase_add_test(tests, aborts_and_grace_periods);
	tcase_add_test(tests, old_stamps_are_refreshed_in_time);
}

UNIT_MAIN("clock_far", add_tests)
