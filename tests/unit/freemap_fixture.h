/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* freemap_fixture.h - a freemap with a table and a clock of its own, and nobody above it. */
#ifndef IOASID_TESTS_FREEMAP_FIXTURE_H
#define IOASID_TESTS_FREEMAP_FIXTURE_H

#include "unit.h"

#include "freemap.h"
#include "lives.h"

struct fixture {
	struct memory memory;
	struct table table;
	struct clock clock;
	struct freemap map;
	port_u64 waived;
	uint32_t reclaimed;  /* ids that were reported */
	void *last_owner;    /* of the last report */
	uint32_t last_count; /* in the last report */
	uint32_t reports;
};

static inline void fixture_reclaimed(void *context, void *owner, uint32_t count)
{
	struct fixture *f = context;

	ck_assert_uint_ne(count, 0);
	f->reclaimed += count;
	f->last_owner = owner;
	f->last_count = count;
	f->reports++;
}

/* Reserved ranges are put into f->table before the first take. */
static inline void fixture_open(struct fixture *f, uint32_t bits, enum ioasid_order order, uint32_t distance)
{
	memset(f, 0, sizeof(*f));
	ck_assert_ok(table_init(&f->table, bits, &f->memory));
	clock_init(&f->clock);
	f->map.table = &f->table;
	f->map.clock = &f->clock;
	f->map.memory = &f->memory;
	f->map.order = order;
	f->map.distance = distance;
	f->map.shards = ioasid_port_shards();
	f->map.reclaimed = fixture_reclaimed;
	f->map.context = f;
	f->map.waived = &f->waived;
	ck_assert_ok(freemap_init(&f->map));
	sim_shard_set(0);
}

static inline void fixture_close(struct fixture *f)
{
	freemap_fini(&f->map);
	table_fini(&f->table);
	ck_assert_uint_eq(port_u64_load_relaxed(&f->memory.used), 0);
}

static inline uint32_t fixture_last(const struct fixture *f)
{
	return f->table.nr_ids - 1;
}

static inline uint32_t fixture_take_in(struct fixture *f, uint32_t first, uint32_t last)
{
	uint32_t id = UINT32_MAX;
	int error = freemap_take(&f->map, first, last, &id);

	ck_assert_msg(error == 0, "no id in [%u, %u]: %d", first, last, error);
	ck_assert_uint_ge(id, first);
	ck_assert_uint_le(id, last);
	return id;
}

static inline uint32_t fixture_take(struct fixture *f)
{
	return fixture_take_in(f, 0, fixture_last(f));
}

static inline void fixture_refused(struct fixture *f, uint32_t first, uint32_t last, int error)
{
	uint32_t id = 12345;

	ck_assert_int_eq(freemap_take(&f->map, first, last, &id), error);
	ck_assert_uint_eq(id, 12345);
}

/* The slots have generations, as if the ids that are in use had lives. */
static inline void fixture_live(struct fixture *f, uint32_t id)
{
	struct slot_life life = {.generation = 1, .claim = true, .state = SLOT_ACTIVE};

	port_u64_store_seq_cst(&table_slot(&f->table, id)->word, slot_pack(&life));
}

static inline void fixture_die(struct fixture *f, uint32_t id)
{
	struct slot_life life = {.generation = 1, .state = SLOT_IDLE};

	port_u64_store_seq_cst(&table_slot(&f->table, id)->word, slot_pack(&life));
	(void)freemap_rest(&f->map, id);
}

/* Everything in the range is taken, and lives. */
static inline uint32_t fixture_take_all(struct fixture *f, uint32_t first, uint32_t last)
{
	uint32_t count = 0;
	uint32_t id;

	while (freemap_take(&f->map, first, last, &id) == 0) {
		fixture_live(f, id);
		count++;
	}
	return count;
}

/* @count grace periods; what has rested becomes free. */
static inline void fixture_drive(struct fixture *f, uint32_t count)
{
	while (count-- != 0)
		(void)clock_drive(&f->clock);
	(void)freemap_sweep(&f->map);
}

#endif
