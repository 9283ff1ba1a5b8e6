/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_leaves.c - the map of free ids alone, for the mutants of its hints and stamps. */
#include "core.h"

#include "freemap.h"
#include "scenarios.h"

/* The leaves alone. */
struct leaves {
	struct memory memory;
	struct table table;
	struct clock clock;
	struct freemap map;
	port_u64 waived;
};

static void nobody_is_charged(void *context, void *owner, uint32_t count)
{
	(void)context;
	(void)owner;
	(void)count;
}

/* @chunks chunks, each of which has one id that is not reserved. */
static void make_leaves(struct leaves *s, uint32_t chunks)
{
	bool added;

	clock_init(&s->clock);
	MODEL_CHECK(table_init(&s->table, PORT_CHUNK_SHIFT + 1, &s->memory) == 0);
	s->table.reserved[0] = ioasid_range_make(ioasid_make(1), ioasid_make(CHUNK_IDS - 1));
	s->table.reserved[1] = ioasid_range_make(ioasid_make(CHUNK_IDS + 1), ioasid_make(2 * CHUNK_IDS - 1));
	s->table.nr_reserved = 2;
	s->map.table = &s->table;
	s->map.clock = &s->clock;
	s->map.memory = &s->memory;
	s->map.order = IOASID_ORDER_LOWEST;
	s->map.shards = PORT_SHARDS;
	s->map.reclaimed = nobody_is_charged;
	s->map.waived = &s->waived;
	MODEL_CHECK(freemap_init(&s->map) == 0);
	for (uint32_t i = 0; i < chunks; i++)
		MODEL_CHECK(table_install(&s->table, i, clock_stamp(&s->clock) - 1, &added) != NULL);
	port_u64_init(&s->map.some[0], (1u << chunks) - 1);
}

/* An id has rested, and was taken by an allocator: the hint still says that something rests. */
static void hint_is_old(void *state)
{
	struct leaves *s = state;
	uint32_t id;

	make_leaves(s, 1);
	MODEL_CHECK(freemap_take(&s->map, 0, 0, &id) == 0);
	(void)freemap_rest(&s->map, 0);
	(void)clock_drive(&s->clock);
	MODEL_CHECK(freemap_take(&s->map, 0, 0, &id) == 0);
}

static void rest_it(void *state)
{
	struct leaves *s = state;

	(void)freemap_rest(&s->map, 0);
}

static void sweep(void *state)
{
	struct leaves *s = state;

	(void)freemap_sweep(&s->map);
}

static void swept_later(void *state)
{
	struct leaves *s = state;

	(void)clock_drive(&s->clock);
	(void)freemap_sweep(&s->map);
	MODEL_CHECK(freemap_state(&s->map, 0) == IOASID_STATE_FREE);
}

const struct scenario mutant_hint = {
	.name = "mutant-hint",
	.about = "an id comes to rest while its chunk is swept: a later sweep finds it",
	.program = {sizeof(struct leaves), 2, hint_is_old, {rest_it, sweep}, NULL, swept_later, NULL, 0},
};

/* Of two ids one is always free, but now this one, now that one. */
static void one_of_two(void *state)
{
	struct leaves *s = state;
	uint32_t id;

	make_leaves(s, 2);
	MODEL_CHECK(freemap_take(&s->map, 0, 0, &id) == 0);
}

static void take_any(void *state)
{
	struct leaves *s = state;
	uint32_t id;

	MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == 0);
}

static void move_five_times(void *state)
{
	struct leaves *s = state;
	uint32_t id = 0;

	for (unsigned i = 0; i < 5; i++) {
		uint32_t next = CHUNK_IDS - id;

		(void)freemap_return(&s->map, id);
		if (freemap_take(&s->map, next, next, &id) != 0)
			return; /* the other has it: that is what it was to find */
		model_say("has moved to %u", id);
	}
}

const struct scenario mutant_mover = {
	.name = "mutant-mover",
	.about = "an id is always free, but in five scans of the leaves never where one looks",
	.memories = SCENARIO_SC,
	.bound = 12,
	.program = {sizeof(struct leaves), 2, one_of_two, {take_any, move_five_times}, NULL, NULL, NULL, 0},
};
