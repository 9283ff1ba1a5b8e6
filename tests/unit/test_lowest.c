/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Lowest first, whatever a shard remembers of where nothing was: judged by a look at every leaf. */
#include "freemap_fixture.h"

#define BITS (PORT_CHUNK_SHIFT + 2)
#define IDS (1u << BITS)
#define LEAVES (IDS / LEAF_IDS)
#define STEPS 6000u

static uint64_t seed;

static uint32_t below(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % limit;
}

/* May an id be had here, now, without a waiver? A chunk without memory is wholly free. */
static bool has_one(const struct fixture *f, uint32_t leaf)
{
	uint64_t word;

	if (table_chunk(&f->table, leaf * LEAF_IDS >> PORT_CHUNK_SHIFT) == NULL)
		return true;
	word = port_u64_load_relaxed(table_leaf(&f->table, leaf * LEAF_IDS));
	return leaf_free(word) != 0 ||
	       (leaf_quarantined(word) != 0 && clock_passed(&f->clock, leaf_stamp(word), f->map.distance));
}

/* Take out of a range of whole leaves: the leaf is the lowest of those that have one. */
static void take(struct fixture *f, bool *used, uint32_t first, uint32_t last)
{
	uint32_t lowest = first;
	uint32_t id;

	while (lowest <= last && !has_one(f, lowest))
		lowest++;
	if (freemap_take(&f->map, first * LEAF_IDS, last * LEAF_IDS + LEAF_IDS - 1, &id) != 0) {
		ck_assert_uint_gt(lowest, last);
		return;
	}
	ck_assert(!used[id]);
	if (lowest <= last) /* or the reuse distance was waived */
		ck_assert_uint_eq(id / LEAF_IDS, lowest);
	used[id] = true;
	fixture_live(f, id);
}

/* One that is in use goes: at once, as an abort does, or to rest. */
static void lose(struct fixture *f, bool *used, bool at_once)
{
	uint32_t id = below(IDS);

	if (!used[id])
		return;
	used[id] = false;
	if (at_once)
		(void)freemap_return(&f->map, id);
	else
		fixture_die(f, id);
}

static void step(struct fixture *f, bool *used)
{
	uint32_t first = below(LEAVES);

	switch (below(16)) {
	case 0:
		sim_shard_set(below(4));
		break;
	case 1:
		(void)clock_drive(&f->clock);
		break;
	case 2:
		(void)freemap_sweep(&f->map);
		break;
	case 3:
		take(f, used, first, first + below(LEAVES - first));
		break;
	case 4:
		lose(f, used, true);
		break;
	case 5:
	case 6:
	case 7:
	case 8:
		lose(f, used, false);
		break;
	default:
		take(f, used, 0, LEAVES - 1);
		break;
	}
}

START_TEST(the_lowest_leaf)
{
	static bool used[IDS];
	struct fixture f;

	seed = UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)_i;
	memset(used, 0, sizeof(used));
	fixture_open(&f, BITS, IOASID_ORDER_LOWEST, (uint32_t)_i % 3);
	for (uint32_t i = 0; i < STEPS; i++)
		step(&f, used);
	fixture_close(&f);
}
END_TEST

/* A space in which much rests is not searched from its beginning each time: what a shard remembers does that. */
START_TEST(what_rests_is_passed_once)
{
	struct fixture f;
	uint64_t remembered;

	fixture_open(&f, BITS, IOASID_ORDER_LOWEST, 0);
	for (uint32_t i = 0; i < IDS / 2; i++)
		fixture_live(&f, fixture_take(&f));
	for (uint32_t id = 0; id < IDS / 2; id += 2)
		fixture_die(&f, id);
	for (uint32_t i = 0; i < LEAF_IDS; i++)
		ck_assert_uint_ge(fixture_take(&f), IDS / 2);
	remembered = port_u64_load_relaxed(&freemap_shard(&f.map)->low);
	ck_assert_uint_eq(remembered & (IOASID_COUNT_MAX - 1), IDS / 2);
	/* Another grace period, another look: all of these are there now. */
	(void)clock_drive(&f.clock);
	ck_assert_uint_eq(fixture_take(&f), 0);
	remembered = port_u64_load_relaxed(&freemap_shard(&f.map)->low);
	ck_assert_uint_eq(remembered & (IOASID_COUNT_MAX - 1), 0);
	fixture_close(&f);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, the_lowest_leaf, 0, 30);
	tcase_add_test(tests, what_rests_is_passed_once);
}

UNIT_MAIN("lowest", add_tests)
