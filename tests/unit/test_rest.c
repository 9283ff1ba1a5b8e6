/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Resting: no id comes back before its grace period, none before the reuse
 * distance while there is another, and the refusals say why.
 */
#include "freemap_fixture.h"

#define BITS (PORT_CHUNK_SHIFT + 1)
#define IDS (1u << BITS)

#define each_order(tests, test) tcase_add_loop_test(tests, test, IOASID_ORDER_OLDEST, IOASID_ORDER_LOWEST + 1)
#define this_order ((enum ioasid_order)_i)

static uint64_t waived(const struct fixture *f)
{
	return port_u64_load_relaxed(&f->waived);
}

/* All ids of the space live. */
static void open_full(struct fixture *f, enum ioasid_order order, uint32_t distance)
{
	fixture_open(f, BITS, order, distance);
	ck_assert_uint_eq(fixture_take_all(f, 0, IDS - 1), IDS);
}

START_TEST(free_again_after_its_grace_period)
{
	struct fixture f;

	open_full(&f, this_order, 0);
	for (int i = 0; i < 40; i++) {
		fixture_die(&f, 7);
		ck_assert_int_eq(freemap_state(&f.map, 7), IOASID_STATE_QUARANTINED);
		fixture_refused(&f, 0, IDS - 1, -IOASID_EAGAIN);
		fixture_refused(&f, 7, 7, -IOASID_EAGAIN);
		fixture_refused(&f, 8, IDS - 1, -IOASID_ENOSPC);
		ck_assert_uint_eq(freemap_sweep(&f.map), 0);
		(void)clock_drive(&f.clock);
		/* By the sweep or by who takes it: both do. */
		if (i % 2 == 0) {
			ck_assert_uint_eq(freemap_sweep(&f.map), 1);
			ck_assert_int_eq(freemap_state(&f.map, 7), IOASID_STATE_FREE);
		}
		ck_assert_uint_eq(fixture_take(&f), 7);
		fixture_live(&f, 7);
		ck_assert_int_eq(freemap_state(&f.map, 7), IOASID_STATE_ACTIVE);
	}
	ck_assert_uint_eq(f.reclaimed, 40);
	ck_assert_uint_eq(waived(&f), 0);
	fixture_close(&f);
}
END_TEST

/* The driver of the clock is woken for each stamp that is new to it. */
START_TEST(rest_wakes_the_driver)
{
	struct fixture f;

	open_full(&f, IOASID_ORDER_OLDEST, 0);
	ck_assert(freemap_rest(&f.map, 3));
	ck_assert(!freemap_rest(&f.map, 4));
	(void)clock_drive(&f.clock);
	ck_assert(freemap_rest(&f.map, 5));
	fixture_drive(&f, 1);
	fixture_close(&f);
}
END_TEST

/* An id that rests takes the younger stamp of its leaf: later, never earlier. */
START_TEST(leaf_rests_as_long_as_its_youngest)
{
	struct fixture f;

	open_full(&f, IOASID_ORDER_OLDEST, 0);
	fixture_die(&f, 3);
	(void)clock_drive(&f.clock);
	fixture_die(&f, 4);
	ck_assert_uint_eq(freemap_sweep(&f.map), 0);
	fixture_refused(&f, 0, IDS - 1, -IOASID_EAGAIN);
	fixture_drive(&f, 1);
	ck_assert_uint_eq(f.reclaimed, 2);
	fixture_close(&f);
}
END_TEST

/* While another id is free, an id rests for its whole distance; the space grows before that. */
START_TEST(distance_is_kept)
{
	for (uint32_t distance = 1; distance < 6; distance++) {
		struct fixture f;

		fixture_open(&f, BITS, this_order, distance);
		ck_assert_uint_eq(fixture_take_all(&f, 0, CHUNK_IDS - 1), CHUNK_IDS);
		fixture_die(&f, 7);
		for (uint32_t i = 0; i <= distance; i++) {
			uint32_t id = fixture_take(&f);

			ck_assert_uint_ge(id, CHUNK_IDS);
			fixture_live(&f, id);
			ck_assert_uint_eq(freemap_sweep(&f.map), 0);
			(void)clock_drive(&f.clock);
		}
		ck_assert_uint_eq(freemap_sweep(&f.map), 1);
		ck_assert_int_eq(freemap_state(&f.map, 7), IOASID_STATE_FREE);
		ck_assert_uint_eq(waived(&f), 0);
		fixture_close(&f);
	}
}
END_TEST

/* The last resort: the distance is waived, the grace period is not. */
START_TEST(distance_is_waived_under_exhaustion_only)
{
	struct fixture f;

	open_full(&f, this_order, 1000);
	fixture_die(&f, 7);
	fixture_refused(&f, 0, IDS - 1, -IOASID_EAGAIN);
	ck_assert_uint_eq(waived(&f), 0);
	(void)clock_drive(&f.clock);
	ck_assert_uint_eq(freemap_sweep(&f.map), 0);
	ck_assert_uint_eq(fixture_take(&f), 7);
	ck_assert_uint_eq(waived(&f), 1);
	fixture_close(&f);
}
END_TEST

/* Each id that comes back early is counted, and comes back only because nothing else was there. */
START_TEST(waived_is_counted_for_each_id)
{
	struct fixture f;
	uint32_t id;

	open_full(&f, this_order, 1000);
	for (id = 2; id < 12; id++)
		fixture_die(&f, id);
	(void)clock_drive(&f.clock);
	id = fixture_take(&f);
	fixture_live(&f, id);
	ck_assert_uint_eq(waived(&f), 1);
	/* Now one that has not lived is there: it comes before the other nine. */
	(void)freemap_return(&f.map, IDS - 1);
	ck_assert_uint_eq(fixture_take(&f), IDS - 1);
	fixture_live(&f, IDS - 1);
	ck_assert_uint_eq(waived(&f), 1);
	for (uint32_t i = 2; i <= 10; i++) {
		fixture_live(&f, fixture_take(&f));
		ck_assert_uint_eq(waived(&f), i);
	}
	fixture_refused(&f, 0, IDS - 1, -IOASID_ENOSPC);
	fixture_close(&f);
}
END_TEST

/* Parked ids of the range are on their way; those beside it are nobody's business. */
START_TEST(parked_is_eagain)
{
	struct slot_life parked = {.generation = 1, .refs = 1, .state = SLOT_PARKED};
	struct fixture f;
	struct slot *slot;

	open_full(&f, this_order, 0);
	slot = table_slot(&f.table, 9);
	port_u64_store_seq_cst(&slot->word, slot_pack(&parked));
	(void)port_u32_add_seq_cst(&table_chunk(&f.table, 0)->parked, 1);
	fixture_refused(&f, 0, IDS - 1, -IOASID_EAGAIN);
	fixture_refused(&f, 9, 9, -IOASID_EAGAIN);
	fixture_refused(&f, CHUNK_IDS, IDS - 1, -IOASID_ENOSPC);
	fixture_refused(&f, 8, 8, -IOASID_ENOSPC);
	fixture_refused(&f, 10, 12, -IOASID_ENOSPC);
	fixture_close(&f);
}
END_TEST

/* An id that was never used goes straight back, and does not wait with those that rest beside it. */
START_TEST(returned_is_free_at_once)
{
	struct fixture f;

	open_full(&f, this_order, 5);
	fixture_die(&f, 3);
	(void)freemap_return(&f.map, 4);
	ck_assert_int_eq(freemap_state(&f.map, 4), IOASID_STATE_FREE);
	ck_assert_int_eq(freemap_state(&f.map, 3), IOASID_STATE_QUARANTINED);
	ck_assert_uint_eq(fixture_take(&f), 4);
	fixture_refused(&f, 0, IDS - 1, -IOASID_EAGAIN);
	ck_assert_uint_eq(f.reclaimed, 0);
	fixture_close(&f);
}
END_TEST

/* What became free was free in between: a stamp that nobody has seen says so. */
START_TEST(stamp_moves_whenever_an_id_becomes_free)
{
	struct fixture f;
	port_u64 *leaf;
	uint32_t stamp;

	open_full(&f, this_order, 0);
	leaf = table_leaf(&f.table, 0);
	for (int i = 0; i < 40; i++) {
		stamp = leaf_stamp(port_u64_load_relaxed(leaf));
		(void)freemap_return(&f.map, 5);
		ck_assert_int_gt(clock_ahead(leaf_stamp(port_u64_load_relaxed(leaf)), stamp), 0);
		ck_assert_uint_eq(fixture_take_in(&f, 5, 5), 5);
	}
	for (int i = 0; i < 40; i++) {
		stamp = leaf_stamp(port_u64_load_relaxed(leaf));
		fixture_die(&f, 5);
		fixture_drive(&f, 1);
		ck_assert_int_gt(clock_ahead(leaf_stamp(port_u64_load_relaxed(leaf)), stamp), 0);
		ck_assert_uint_eq(fixture_take_in(&f, 5, 5), 5);
	}
	fixture_close(&f);
}
END_TEST

/* Each owner hears of its own, in one report a leaf. */
START_TEST(reports_are_by_owner)
{
	int owners[2];
	struct fixture f;

	open_full(&f, IOASID_ORDER_OLDEST, 0);
	for (uint32_t id = 0; id < LEAF_IDS; id++) {
		port_ptr_store_relaxed(&table_more(&f.table, id)->owner, &owners[id % 2]);
		if (id != 4)
			fixture_die(&f, id);
	}
	fixture_drive(&f, 1);
	ck_assert_uint_eq(f.reclaimed, LEAF_IDS - 1);
	ck_assert_uint_eq(f.reports, 2);
	ck_assert_ptr_eq(f.last_owner, &owners[1]);
	ck_assert_uint_eq(f.last_count, LEAF_IDS / 2);
	ck_assert_uint_eq(freemap_sweep(&f.map), 0);
	fixture_close(&f);
}
END_TEST

/* Somebody has made an id free and not yet told of it, and perhaps never will: it is found in its leaf. */
START_TEST(untold_is_found)
{
	struct fixture f;
	port_u64 *leaf;
	uint64_t word;

	open_full(&f, this_order, 0);
	fixture_die(&f, 3);
	fixture_refused(&f, 0, IDS - 1, -IOASID_EAGAIN);
	leaf = table_leaf(&f.table, IDS - 1);
	word = port_u64_load_relaxed(leaf);
	(void)freemap_moving(&f.map);
	port_u64_store_relaxed(leaf, leaf_make(leaf_free(word) | 1u << (LEAF_IDS - 1), leaf_quarantined(word),
	                                       leaf_stamp(word) + 1));
	ck_assert_uint_eq(fixture_take(&f), IDS - 1);
	fixture_refused(&f, 0, IDS - 1, -IOASID_EAGAIN);
	fixture_refused(&f, 4, IDS - 1, -IOASID_ENOSPC);
	fixture_close(&f);
}
END_TEST

/* A sweep leaves a hint where something rests on, and finds what came later. */
START_TEST(sweep_forgets_nobody)
{
	struct fixture f;

	open_full(&f, this_order, 1);
	fixture_die(&f, 1);
	(void)clock_drive(&f.clock);
	fixture_die(&f, CHUNK_IDS + 1);
	ck_assert_uint_eq(freemap_sweep(&f.map), 0);
	(void)clock_drive(&f.clock);
	ck_assert_uint_eq(freemap_sweep(&f.map), 1);
	(void)clock_drive(&f.clock);
	ck_assert_uint_eq(freemap_sweep(&f.map), 1);
	ck_assert_uint_eq(port_u64_load_relaxed(&f.map.resting[0]), 0);
	ck_assert_uint_eq(f.reclaimed, 2);
	fixture_close(&f);
}
END_TEST

/* Put the clock to a number, with all that went before it over. */
static void set_clock(struct fixture *f, uint32_t now)
{
	port_u32_store_relaxed(&f->clock.now, now);
	port_u32_store_relaxed(&f->clock.done, now - 1);
	port_u32_store_relaxed(&f->clock.wanted, now - 1);
}

/* Stamps of long ago are renewed before their difference overflows; young ones are left alone. */
START_TEST(old_stamps_are_refreshed)
{
	const uint32_t start = PORT_CLOCK_START;
	struct fixture f;
	uint64_t before;
	uint64_t after;

	open_full(&f, IOASID_ORDER_OLDEST, 0);
	(void)freemap_return(&f.map, 3);
	(void)freemap_return(&f.map, CHUNK_IDS);
	set_clock(&f, start + 1000);
	before = port_u64_load_relaxed(table_leaf(&f.table, 3));
	freemap_refresh(&f.map);
	ck_assert_uint_eq(port_u64_load_relaxed(table_leaf(&f.table, 3)), before);
	set_clock(&f, start + (UINT32_C(1) << 30) + 1000);
	freemap_refresh(&f.map);
	after = port_u64_load_relaxed(table_leaf(&f.table, 3));
	ck_assert_uint_eq(leaf_free(after), leaf_free(before));
	ck_assert_uint_eq(leaf_quarantined(after), leaf_quarantined(before));
	ck_assert_uint_eq(leaf_stamp(after), clock_done(&f.clock));
	/* Every leaf of every chunk. */
	for (uint32_t id = 0; id < IDS; id += LEAF_IDS)
		ck_assert_int_eq(clock_ahead(clock_done(&f.clock),
		                             leaf_stamp(port_u64_load_relaxed(table_leaf(&f.table, id)))),
		                 0);
	fixture_close(&f);
}
END_TEST

/* Resting across the wrap of the clock, at each step before and after it. */
START_TEST(clock_wraps)
{
	for (uint32_t i = 0; i < 8; i++) {
		struct fixture f;

		open_full(&f, this_order, 3);
		set_clock(&f, UINT32_MAX - i);
		fixture_die(&f, 5);
		for (int n = 0; n < 4; n++) {
			ck_assert_uint_eq(freemap_sweep(&f.map), 0);
			(void)clock_drive(&f.clock);
		}
		ck_assert_uint_eq(freemap_sweep(&f.map), 1);
		ck_assert_uint_eq(fixture_take(&f), 5);
		fixture_close(&f);
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	each_order(tests, free_again_after_its_grace_period);
	tcase_add_test(tests, rest_wakes_the_driver);
	tcase_add_test(tests, leaf_rests_as_long_as_its_youngest);
	each_order(tests, distance_is_kept);
	each_order(tests, distance_is_waived_under_exhaustion_only);
	each_order(tests, waived_is_counted_for_each_id);
	each_order(tests, parked_is_eagain);
	each_order(tests, returned_is_free_at_once);
	each_order(tests, stamp_moves_whenever_an_id_becomes_free);
	tcase_add_test(tests, reports_are_by_owner);
	each_order(tests, untold_is_found);
	each_order(tests, sweep_forgets_nobody);
	tcase_add_test(tests, old_stamps_are_refreshed);
	each_order(tests, clock_wraps);
}

UNIT_MAIN("rest", add_tests)
