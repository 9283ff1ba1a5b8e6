/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The directory of chunks: lazy, bounded, and never wrong about who is where. */
#include "unit.h"

#include "table.h"

struct fixture {
	struct memory memory;
	struct table table;
};

static void open_table(struct fixture *f, uint32_t bits)
{
	memset(f, 0, sizeof(*f));
	ck_assert_ok(table_init(&f->table, bits, &f->memory));
}

static void close_table(struct fixture *f)
{
	table_fini(&f->table);
	ck_assert_uint_eq(port_u64_load_relaxed(&f->memory.used), 0);
}

static void reserve(struct fixture *f, uint32_t first, uint32_t last)
{
	f->table.reserved[f->table.nr_reserved++] = unit_range(first, last);
}

START_TEST(as_many_chunks_as_the_width_needs)
{
	struct fixture f;

	for (uint32_t bits = 1; bits <= IOASID_BITS_MAX; bits++) {
		uint32_t ids = UINT32_C(1) << bits;
		uint32_t there = 0;

		open_table(&f, bits);
		ck_assert_uint_eq(f.table.nr_ids, ids);
		ck_assert_uint_eq(f.table.nr_chunks, ids < CHUNK_IDS ? 1 : ids / CHUNK_IDS);
		for (uint32_t i = 0; i < f.table.nr_chunks; i++)
			there += table_chunk(&f.table, i) != NULL;
		ck_assert_uint_eq(there, 0);
		ck_assert_ptr_null(table_slot(&f.table, ids - 1));
		close_table(&f);
	}
}
END_TEST

START_TEST(no_memory_for_the_directory)
{
	struct fixture f;

	memset(&f, 0, sizeof(f));
	sim_alloc_fail_at(1);
	ck_assert_int_eq(table_init(&f.table, 4, &f.memory), -IOASID_ENOMEM);
	table_fini(&f.table);
}
END_TEST

/* The free bits of chunk @index as the leaves have them. */
static bool is_free(const struct fixture *f, uint32_t id)
{
	return leaf_free(port_u64_load_relaxed(table_leaf(&f->table, id))) >> (id % LEAF_IDS) & 1u;
}

START_TEST(new_chunk_is_free_but_for_what_is_reserved)
{
	struct fixture f;
	struct chunk *chunk;
	bool added = false;

	open_table(&f, PORT_CHUNK_SHIFT + 3);
	reserve(&f, 0, 0);
	reserve(&f, CHUNK_IDS + 3, CHUNK_IDS + 7);
	reserve(&f, CHUNK_IDS + 6, 2 * CHUNK_IDS); /* overlaps, and goes on into the next chunk */
	chunk = table_install(&f.table, 1, 77, &added);
	ck_assert_ptr_nonnull(chunk);
	ck_assert(added);
	ck_assert_ptr_eq(table_chunk(&f.table, 1), chunk);
	ck_assert_ptr_null(table_chunk(&f.table, 0));
	ck_assert_ptr_null(table_chunk(&f.table, 2));
	for (uint32_t id = CHUNK_IDS; id < 2 * CHUNK_IDS; id++) {
		ck_assert_int_eq(is_free(&f, id), id < CHUNK_IDS + 3);
		ck_assert_int_eq(table_is_reserved(&f.table, id), id >= CHUNK_IDS + 3);
		ck_assert_uint_eq(slot_read(table_slot(&f.table, id)).state, SLOT_IDLE);
		ck_assert_uint_eq(slot_read(table_slot(&f.table, id)).generation, 0);
	}
	for (uint32_t leaf = 0; leaf < CHUNK_LEAVES; leaf++) {
		uint64_t word = port_u64_load_relaxed(&chunk->leaf[leaf]);

		ck_assert_uint_eq(leaf_stamp(word), 77);
		ck_assert_uint_eq(leaf_quarantined(word), 0);
	}
	ck_assert(table_is_reserved(&f.table, 0));
	ck_assert(table_is_reserved(&f.table, 2 * CHUNK_IDS));
	ck_assert(!table_is_reserved(&f.table, 2 * CHUNK_IDS + 1));
	ck_assert(table_touches_reserved(&f.table, 1, CHUNK_IDS + 3));
	ck_assert(!table_touches_reserved(&f.table, 1, CHUNK_IDS + 2));
	ck_assert(table_touches_reserved(&f.table, 2 * CHUNK_IDS, 2 * CHUNK_IDS + 9));
	ck_assert(!table_touches_reserved(&f.table, 2 * CHUNK_IDS + 1, 2 * CHUNK_IDS + 9));
	close_table(&f);
}
END_TEST

/* A space narrower than a chunk has slots for its own ids only, and no free bit beyond them. */
START_TEST(narrow)
{
	struct fixture f;
	struct chunk *chunk;
	uint64_t directory;
	uint64_t slots;
	uint32_t free = 0;
	bool added;

	open_table(&f, (uint32_t)_i);
	directory = sim_memory_bytes();
	chunk = table_install(&f.table, 0, 1, &added);
	ck_assert_uint_eq(chunk->ids, 1u << _i);
	slots = sizeof(struct slot_more) << _i;
	ck_assert_uint_le(sim_memory_bytes() - directory, sizeof(struct chunk) + slots);
	for (uint32_t leaf = 0; leaf < CHUNK_LEAVES; leaf++)
		free += port_popcount64(leaf_free(port_u64_load_relaxed(&chunk->leaf[leaf])));
	ck_assert_uint_eq(free, 1u << _i);
	close_table(&f);
}
END_TEST

START_TEST(whoever_comes_second_gets_the_first_ones)
{
	struct fixture f;
	struct chunk *chunk;
	bool added;
	uint64_t bytes;

	open_table(&f, PORT_CHUNK_SHIFT + 3);
	chunk = table_install(&f.table, 2, 5, &added);
	bytes = sim_memory_bytes();
	ck_assert_ptr_eq(table_install(&f.table, 2, 6, &added), chunk);
	ck_assert(!added);
	ck_assert_uint_eq(sim_memory_bytes(), bytes);
	ck_assert_uint_eq(leaf_stamp(port_u64_load_relaxed(&chunk->leaf[0])), 5);
	close_table(&f);
}
END_TEST

START_TEST(no_memory_for_a_chunk)
{
	struct fixture f;
	bool added = true;

	open_table(&f, PORT_CHUNK_SHIFT + 3);
	sim_alloc_fail_at(1);
	ck_assert_ptr_null(table_install(&f.table, 2, 5, &added));
	ck_assert(!added);
	ck_assert_ptr_null(table_chunk(&f.table, 2));
	ck_assert_ptr_nonnull(table_install(&f.table, 2, 5, &added));
	ck_assert(added);
	close_table(&f);
}
END_TEST

/* Each id has a slot, what goes with it, and a label of its own, and they lead to its chunk. */
START_TEST(every_id_has_its_own_slot_and_bit)
{
	struct fixture f;
	bool added;

	open_table(&f, PORT_CHUNK_SHIFT + 2);
	for (uint32_t index = 0; index < f.table.nr_chunks; index++)
		ck_assert_ptr_nonnull(table_install(&f.table, index, 1, &added));
	for (uint32_t id = 0; id < f.table.nr_ids; id++) {
		struct slot *slot = table_slot(&f.table, id);
		struct slot_more *more = table_more(&f.table, id);

		ck_assert_uint_eq(port_u64_load_relaxed(&slot->word), 0);
		port_u64_init(&slot->word, UINT64_MAX);
		ck_assert_ptr_null(port_ptr_load_relaxed(&more->owner));
		port_ptr_init(&more->owner, more);
		ck_assert_ptr_eq(table_chunk_of(slot, id), table_chunk(&f.table, id >> PORT_CHUNK_SHIFT));
		ck_assert_uint_eq(port_u8_load_relaxed(chunk_label(table_chunk_of(slot, id), id)), LABEL_NONE);
		port_u8_store_relaxed(chunk_label(table_chunk_of(slot, id), id), 1);
		ck_assert_ptr_eq(table_leaf(&f.table, id), table_leaf(&f.table, id & ~(LEAF_IDS - 1)));
		if (id % LEAF_IDS != 0)
			continue;
		ck_assert_uint_eq(leaf_free(port_u64_load_relaxed(table_leaf(&f.table, id))), LEAF_ALL);
		port_u64_init(table_leaf(&f.table, id), 0);
	}
	close_table(&f);
}
END_TEST

/* The whole library: a small workload, however long, populates one chunk of a wide space. */
START_TEST(small_workload_stays_small)
{
	struct ioasid_space_config config = {.order = (uint32_t)_i};
	struct ioasid_space *space = unit_space_with(IOASID_BITS_MAX, &config);
	struct ioasid_owner_set *set = unit_set(space);
	ioasid_handle_t held[5];
	uint64_t bytes;

	ck_assert_uint_eq(unit_snapshot(space).populated, 0);
	for (size_t i = 0; i < 5; i++)
		held[i] = unit_alloc(set);
	bytes = sim_memory_bytes();
	for (size_t i = 0; i < 2000; i++) {
		ck_assert_ok(ioasid_id_free(space, held[i % 5]));
		if (i % 2 == 0)
			(void)unit_run(space);
		held[i % 5] = unit_alloc(set);
		ck_assert_uint_lt(unit_number(held[i % 5]), CHUNK_IDS);
	}
	ck_assert_uint_eq(unit_snapshot(space).populated, CHUNK_IDS);
	ck_assert_uint_eq(sim_memory_bytes(), bytes);
	ck_assert_uint_eq(unit_snapshot(space).memory, bytes);
	unit_set_gone(space, set);
	unit_destroy(space);
}
END_TEST

/* What is not used costs a directory: pointers, homes, hints, owners; no slots. */
START_TEST(idle_space_is_cheap)
{
	struct ioasid_space *space = unit_space(IOASID_BITS_MAX);
	uint64_t chunks = IOASID_COUNT_MAX / CHUNK_IDS;
	uint64_t directory = chunks * sizeof(void *);

	ck_assert_uint_lt(sim_memory_bytes(), directory + chunks + directory / 16 + 65536);
	unit_destroy(space);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, as_many_chunks_as_the_width_needs);
	tcase_add_test(tests, no_memory_for_the_directory);
	tcase_add_test(tests, new_chunk_is_free_but_for_what_is_reserved);
	tcase_add_loop_test(tests, narrow, 1, 5);
	tcase_add_test(tests, whoever_comes_second_gets_the_first_ones);
	tcase_add_test(tests, no_memory_for_a_chunk);
	tcase_add_test(tests, every_id_has_its_own_slot_and_bit);
	tcase_add_loop_test(tests, small_workload_stays_small, IOASID_ORDER_OLDEST, IOASID_ORDER_LOWEST + 1);
	tcase_add_test(tests, idle_space_is_cheap);
}

UNIT_MAIN("table", add_tests)
