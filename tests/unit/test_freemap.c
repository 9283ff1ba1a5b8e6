/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Taking ids: every one once, in the order of the policy, within the range, and exactly until none is left. */
#include "freemap_fixture.h"

#include <pthread.h>

#define BITS (PORT_CHUNK_SHIFT + 3)
#define IDS (1u << BITS)

#define each_order(tests, test) tcase_add_loop_test(tests, test, IOASID_ORDER_OLDEST, IOASID_ORDER_LOWEST + 1)
#define this_order ((enum ioasid_order)_i)

/* Take until there is no more; each once. */
static void take_each_once(struct fixture *f, uint32_t first, uint32_t last, uint32_t wanted)
{
	static bool seen[IDS];

	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < wanted; i++) {
		uint32_t id = fixture_take_in(f, first, last);

		ck_assert(!table_is_reserved(&f->table, id));
		ck_assert(!seen[id]);
		seen[id] = true;
		fixture_live(f, id);
	}
	fixture_refused(f, first, last, -IOASID_ENOSPC);
}

START_TEST(every_id_once)
{
	struct fixture f;

	fixture_open(&f, BITS, this_order, 0);
	take_each_once(&f, 0, IDS - 1, IDS);
	fixture_close(&f);
}
END_TEST

START_TEST(every_width)
{
	for (uint32_t bits = 1; bits < BITS; bits++) {
		struct fixture f;

		fixture_open(&f, bits, this_order, 0);
		take_each_once(&f, 0, (1u << bits) - 1, 1u << bits);
		fixture_close(&f);
	}
}
END_TEST

/* Ranges that begin and end within a leaf, at its edges, and across leaves and chunks. */
START_TEST(ranges)
{
	static const uint32_t edges[] = {
		0, 1, 15, 16, 17, 31, 32, CHUNK_IDS - 1, CHUNK_IDS, CHUNK_IDS + 1, 2 * CHUNK_IDS + 5, IDS - 1};
	const size_t count = sizeof(edges) / sizeof(edges[0]);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct fixture f;

			if (edges[j] < edges[i])
				continue;
			fixture_open(&f, BITS, this_order, 0);
			/* The cursor is somewhere else: a hint at most. */
			(void)fixture_take_in(&f, IDS - 2, IDS - 2);
			take_each_once(&f, edges[i], edges[j],
			               edges[j] - edges[i] + 1 - (edges[i] <= IDS - 2 && edges[j] >= IDS - 2));
			fixture_close(&f);
		}
	}
}
END_TEST

/* Beside a range, nothing is populated and nothing is lost. */
START_TEST(range_touches_nothing_else)
{
	struct fixture f;

	fixture_open(&f, BITS, this_order, 0);
	ck_assert_uint_eq(fixture_take_all(&f, CHUNK_IDS + 3, 2 * CHUNK_IDS - 2), CHUNK_IDS - 4);
	for (uint32_t i = 0; i < f.table.nr_chunks; i++)
		ck_assert_int_eq(table_chunk(&f.table, i) != NULL, i == 1);
	ck_assert_uint_eq(fixture_take_all(&f, 0, IDS - 1), IDS - CHUNK_IDS + 4);
	fixture_close(&f);
}
END_TEST

START_TEST(fixed_id)
{
	struct fixture f;

	fixture_open(&f, BITS, this_order, 0);
	for (uint32_t id = 0; id < IDS; id += 7) {
		ck_assert_uint_eq(fixture_take_in(&f, id, id), id);
		fixture_live(&f, id);
		fixture_refused(&f, id, id, -IOASID_ENOSPC);
	}
	fixture_close(&f);
}
END_TEST

START_TEST(reserved_is_never_handed_out)
{
	struct fixture f;

	fixture_open(&f, BITS, this_order, 0);
	f.table.reserved[0] = unit_range(0, 0);
	f.table.reserved[1] = unit_range(10, CHUNK_IDS + 4);
	f.table.reserved[2] = unit_range(2 * CHUNK_IDS, 3 * CHUNK_IDS - 1);
	f.table.nr_reserved = 3;
	fixture_refused(&f, 0, 0, -IOASID_ENOSPC);
	fixture_refused(&f, 11, CHUNK_IDS, -IOASID_ENOSPC);
	fixture_refused(&f, 2 * CHUNK_IDS, 3 * CHUNK_IDS - 1, -IOASID_ENOSPC);
	take_each_once(&f, 0, IDS - 1, IDS - 1 - (CHUNK_IDS - 5) - CHUNK_IDS);
	fixture_close(&f);
}
END_TEST

START_TEST(lowest_is_the_lowest)
{
	struct fixture f;

	fixture_open(&f, BITS, IOASID_ORDER_LOWEST, 0);
	for (uint32_t id = 0; id < 2 * CHUNK_IDS + 3; id++)
		ck_assert_uint_eq(fixture_take(&f), id);
	(void)freemap_return(&f.map, CHUNK_IDS + 9);
	(void)freemap_return(&f.map, 5);
	(void)freemap_return(&f.map, 2 * CHUNK_IDS + 1);
	ck_assert_uint_eq(fixture_take(&f), 5);
	ck_assert_uint_eq(fixture_take(&f), CHUNK_IDS + 9);
	ck_assert_uint_eq(fixture_take(&f), 2 * CHUNK_IDS + 1);
	ck_assert_uint_eq(fixture_take(&f), 2 * CHUNK_IDS + 3);
	/* What has rested is taken before what is higher and free. */
	fixture_die(&f, 4);
	(void)clock_drive(&f.clock);
	ck_assert_uint_eq(fixture_take(&f), 4);
	fixture_close(&f);
}
END_TEST

/* Forward, round again, and back to what was freed only after all the others. */
START_TEST(oldest_moves_forward)
{
	struct fixture f;
	uint32_t id;

	/* A swap that fails looks like another thread, from which the search keeps away. */
	sim_cas_fail_every(0);
	fixture_open(&f, BITS, IOASID_ORDER_OLDEST, 0);
	/* Populated: two chunks, in which all but the first three are given back. */
	ck_assert_uint_eq(fixture_take_all(&f, 0, 2 * CHUNK_IDS - 1), 2 * CHUNK_IDS);
	for (id = 3; id < 2 * CHUNK_IDS; id++)
		fixture_die(&f, id);
	fixture_drive(&f, 1);
	id = fixture_take(&f);
	for (uint32_t i = 1; i < 2 * CHUNK_IDS - 3; i++) {
		uint32_t next = fixture_take(&f);

		ck_assert_uint_eq(next, id + 1 == 2 * CHUNK_IDS ? 3 : id + 1);
		/* Freed at once, and still the others come first. */
		fixture_die(&f, id);
		(void)clock_drive(&f.clock);
		id = next;
	}
	/* Nothing more was populated for it. */
	ck_assert_ptr_null(table_chunk(&f.table, 2));
	fixture_close(&f);
}
END_TEST

/* What is given back at once is not what is handed out next. */
START_TEST(oldest_does_not_repeat)
{
	struct fixture f;

	sim_cas_fail_every(0); /* as above */
	fixture_open(&f, BITS, IOASID_ORDER_OLDEST, 0);
	for (uint32_t i = 0; i < 3 * CHUNK_IDS; i++) {
		uint32_t id = fixture_take(&f);

		ck_assert_uint_eq(id, i % CHUNK_IDS);
		(void)freemap_return(&f.map, id);
	}
	fixture_close(&f);
}
END_TEST

/* What is populated is used up before anything is added. */
START_TEST(grows_only_when_it_must)
{
	struct fixture f;

	fixture_open(&f, BITS, this_order, 0);
	for (uint32_t i = 0; i < 4 * CHUNK_IDS; i++) {
		(void)fixture_take(&f);
		for (uint32_t c = 0; c < f.table.nr_chunks; c++)
			ck_assert_int_eq(table_chunk(&f.table, c) != NULL, c <= i / CHUNK_IDS);
	}
	fixture_close(&f);
}
END_TEST

/* Shards begin apart, so that threads do not meet in one leaf; none misses what is elsewhere. */
START_TEST(shards_see_everything)
{
	struct fixture f;

	fixture_open(&f, BITS, IOASID_ORDER_OLDEST, 0);
	for (uint32_t i = 0; i < IDS; i++) {
		sim_shard_set(i);
		fixture_live(&f, fixture_take(&f));
	}
	for (uint32_t shard = 0; shard < 4; shard++) {
		sim_shard_set(shard);
		fixture_refused(&f, 0, IDS - 1, -IOASID_ENOSPC);
	}
	(void)freemap_return(&f.map, 2);
	sim_shard_set(3);
	ck_assert_uint_eq(fixture_take(&f), 2);
	fixture_close(&f);
}
END_TEST

/* A CPU stays with the chunks in which it has been, as long as they have something. */
START_TEST(shards_have_homes)
{
	struct fixture f;
	uint32_t id;

	sim_cas_fail_every(0);
	fixture_open(&f, PORT_CHUNK_SHIFT + 2, IOASID_ORDER_OLDEST, 0);
	/* In turn, so that each has two chunks. */
	for (id = 0; id < 4 * CHUNK_IDS; id++) {
		sim_shard_set(id / CHUNK_IDS % 2);
		fixture_live(&f, fixture_take(&f));
	}
	for (id = 0; id < 4 * CHUNK_IDS; id++)
		fixture_die(&f, id);
	fixture_drive(&f, 1);
	/* Wherever they have come to. */
	for (uint32_t shard = 0; shard < 2; shard++)
		port_u32_store_relaxed(&f.map.shard[shard].cursor, UINT32_MAX);
	for (uint32_t shard = 0; shard < 2; shard++) {
		sim_shard_set(shard);
		ck_assert_uint_eq(fixture_take(&f), shard * CHUNK_IDS);
		port_u32_store_relaxed(&f.map.shard[shard].cursor, UINT32_MAX);
	}
	/* But it takes what is another's before it has nothing. */
	sim_shard_set(0);
	for (id = 2; id < 4 * CHUNK_IDS; id++)
		(void)fixture_take(&f);
	fixture_refused(&f, 0, 4 * CHUNK_IDS - 1, -IOASID_ENOSPC);
	fixture_close(&f);
}
END_TEST

/* Whatever the cursor says, the range is obeyed, and one id is found wherever it is. */
START_TEST(cursor_is_a_hint)
{
	struct fixture f;

	fixture_open(&f, BITS, IOASID_ORDER_OLDEST, 0);
	ck_assert_uint_eq(fixture_take_all(&f, 0, IDS - 1), IDS);
	for (uint32_t id = 0; id < IDS; id += 5) {
		(void)freemap_return(&f.map, id);
		port_u32_store_relaxed(&f.map.shard[0].cursor, (id * 37 + 11) % (2 * IDS));
		ck_assert_uint_eq(fixture_take(&f), id);
		fixture_refused(&f, 0, IDS - 1, -IOASID_ENOSPC);
	}
	(void)freemap_return(&f.map, 9);
	port_u32_store_relaxed(&f.map.shard[0].cursor, 9);
	fixture_refused(&f, 10, IDS - 1, -IOASID_ENOSPC);
	port_u32_store_relaxed(&f.map.shard[0].cursor, UINT32_MAX);
	ck_assert_uint_eq(fixture_take_in(&f, 3, 9), 9);
	fixture_close(&f);
}
END_TEST

static uint32_t leaves_of(const struct fixture *f, uint32_t index)
{
	return some_leaves(port_u64_load_relaxed(&table_chunk(&f->table, index)->some));
}

/* An empty chunk, or leaf, is not looked at again until something comes back, and then it is found. */
START_TEST(hints_are_cleared_and_set_again)
{
	struct fixture f;
	uint64_t hints;

	fixture_open(&f, BITS, this_order, 0);
	ck_assert_uint_eq(fixture_take_all(&f, 0, IDS - 1), IDS);
	fixture_refused(&f, 0, IDS - 1, -IOASID_ENOSPC);
	hints = port_u64_load_relaxed(&f.map.some[0]);
	ck_assert_uint_eq(hints, 0);
	for (uint32_t index = 0; index < f.table.nr_chunks; index++) {
		uint32_t id = index * CHUNK_IDS + index * LEAF_IDS % CHUNK_IDS + index;

		ck_assert_uint_eq(leaves_of(&f, index), 0);
		(void)freemap_return(&f.map, id);
		ck_assert_uint_eq(port_u64_load_relaxed(&f.map.some[0]), UINT64_C(1) << index);
		ck_assert_uint_eq(leaves_of(&f, index), 1u << (id % CHUNK_IDS / LEAF_IDS));
		ck_assert_uint_eq(fixture_take(&f), id);
		fixture_refused(&f, 0, IDS - 1, -IOASID_ENOSPC);
		ck_assert_uint_eq(port_u64_load_relaxed(&f.map.some[0]), 0);
	}
	fixture_close(&f);
}
END_TEST

/* A lost hint costs a search, never an id: the proof looks at the leaves. */
START_TEST(lost_hint_loses_no_id)
{
	struct fixture f;

	fixture_open(&f, BITS, this_order, 0);
	ck_assert_uint_eq(fixture_take_all(&f, 0, IDS - 1), IDS);
	(void)freemap_return(&f.map, CHUNK_IDS + 2);
	port_u64_store_relaxed(&f.map.some[0], 0);
	ck_assert_uint_eq(fixture_take(&f), CHUNK_IDS + 2);
	fixture_close(&f);
}
END_TEST

START_TEST(no_memory)
{
	struct fixture f;

	fixture_open(&f, BITS, this_order, 0);
	sim_alloc_fail_after(0);
	fixture_refused(&f, 0, IDS - 1, -IOASID_ENOMEM);
	fixture_refused(&f, 5, 5, -IOASID_ENOMEM);
	sim_alloc_fail_after(UINT64_MAX);
	ck_assert_uint_eq(fixture_take_all(&f, 0, CHUNK_IDS - 1), CHUNK_IDS);
	/* Without memory there is nothing beyond, and it is not said that there is no space. */
	sim_alloc_fail_after(0);
	fixture_refused(&f, 0, IDS - 1, -IOASID_ENOMEM);
	fixture_refused(&f, 0, CHUNK_IDS - 1, -IOASID_ENOSPC);
	/* But what is there is handed out, the rested, too. */
	fixture_die(&f, 4);
	(void)clock_drive(&f.clock);
	ck_assert_uint_eq(fixture_take(&f), 4);
	sim_alloc_fail_after(UINT64_MAX);
	ck_assert_uint_eq(fixture_take_all(&f, 0, IDS - 1), IDS - CHUNK_IDS);
	fixture_close(&f);
}
END_TEST

START_TEST(no_memory_for_the_map)
{
	struct fixture f;

	for (uint64_t nth = 1; nth <= 3; nth++) {
		fixture_open(&f, BITS, IOASID_ORDER_OLDEST, 0);
		freemap_fini(&f.map);
		sim_alloc_fail_at(nth);
		ck_assert_int_eq(freemap_init(&f.map), -IOASID_ENOMEM);
		fixture_close(&f);
	}
}
END_TEST

#define THREADS 4

static struct fixture busy;
static _Atomic uint32_t in_use[IDS];
static _Atomic uint32_t doubles;
static _Atomic uint32_t total;
static _Atomic uint32_t wrong;

/* Until none is left, giving some back at once on the way. */
static void *take_them_all(void *argument)
{
	uint32_t id;
	uint32_t i = 0;
	int error;

	sim_shard_set((uint32_t)(uintptr_t)argument);
	while ((error = freemap_take(&busy.map, 0, IDS - 1, &id)) == 0) {
		doubles += in_use[id]++ != 0;
		if (++i % 4 == 0) {
			in_use[id]--;
			(void)freemap_return(&busy.map, id);
			continue;
		}
		fixture_live(&busy, id);
		total++;
	}
	wrong += error != -IOASID_ENOSPC && error != -IOASID_EAGAIN;
	return NULL;
}

START_TEST(threads_share_without_loss)
{
	pthread_t threads[THREADS];

	for (int round = 0; round < 10; round++) {
		fixture_open(&busy, BITS, this_order, 0);
		memset(in_use, 0, sizeof(in_use));
		doubles = 0;
		total = 0;
		wrong = 0;
		for (uintptr_t i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, take_them_all, (void *)i), 0);
		for (size_t i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		sim_shard_set(0);
		ck_assert_uint_eq(doubles, 0);
		ck_assert_uint_eq(wrong, 0);
		ck_assert_uint_eq(total + fixture_take_all(&busy, 0, IDS - 1), IDS);
		fixture_close(&busy);
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	each_order(tests, every_id_once);
	each_order(tests, every_width);
	each_order(tests, ranges);
	each_order(tests, range_touches_nothing_else);
	each_order(tests, fixed_id);
	each_order(tests, reserved_is_never_handed_out);
	tcase_add_test(tests, lowest_is_the_lowest);
	tcase_add_test(tests, oldest_moves_forward);
	tcase_add_test(tests, oldest_does_not_repeat);
	each_order(tests, grows_only_when_it_must);
	tcase_add_test(tests, shards_see_everything);
	tcase_add_test(tests, shards_have_homes);
	tcase_add_test(tests, cursor_is_a_hint);
	each_order(tests, hints_are_cleared_and_set_again);
	each_order(tests, lost_hint_loses_no_id);
	each_order(tests, no_memory);
	tcase_add_test(tests, no_memory_for_the_map);
	each_order(tests, threads_share_without_loss);
}

UNIT_MAIN("freemap", add_tests)
