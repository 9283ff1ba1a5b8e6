/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * scenario_freemap.c - finding and giving back ids, without what is built on it:
 * two chunks, of which all ids but one each are reserved.
 */
#include "explorer.h"
#include "freemap.h"

struct rests {
	struct memory memory;
	struct table table;
	struct clock clock;
	struct freemap map;
	port_u64 waived;
	unsigned holders[2 * CHUNK_IDS];
	unsigned reclaimed;
};

static void count_reclaimed(void *context, void *owner, uint32_t count)
{
	struct rests *s = context;

	(void)owner;
	s->reclaimed += count;
}

static void reserve(struct rests *s, uint32_t first, uint32_t last)
{
	s->table.reserved[s->table.nr_reserved++] = ioasid_range_make(ioasid_make(first), ioasid_make(last));
}

static void populate(struct rests *s)
{
	bool added;

	MODEL_CHECK(table_install(&s->table, 0, clock_stamp(&s->clock) - 1, &added) != NULL);
	MODEL_CHECK(table_install(&s->table, 1, clock_stamp(&s->clock) - 1, &added) != NULL);
	port_u64_init(&s->map.some[0], 3);
}

static void two_chunks(struct rests *s, uint32_t order)
{
	clock_init(&s->clock);
	MODEL_CHECK(table_init(&s->table, PORT_CHUNK_SHIFT + 1, &s->memory) == 0);
	reserve(s, 1, CHUNK_IDS - 1);
	reserve(s, CHUNK_IDS + 1, 2 * CHUNK_IDS - 1);
	s->map = (struct freemap){
		.table = &s->table,
		.clock = &s->clock,
		.memory = &s->memory,
		.order = order,
		.shards = PORT_SHARDS,
		.reclaimed = count_reclaimed,
		.context = s,
		.waived = &s->waived,
	};
	MODEL_CHECK(freemap_init(&s->map) == 0);
}

static void oldest_populated(void *state)
{
	two_chunks(state, IOASID_ORDER_OLDEST);
	populate(state);
}

static void lowest_populated(void *state)
{
	two_chunks(state, IOASID_ORDER_LOWEST);
	populate(state);
}

static void oldest_bare(void *state)
{
	two_chunks(state, IOASID_ORDER_OLDEST);
}

static uint32_t take(struct rests *s)
{
	uint32_t id = UINT32_MAX;
	int error = freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id);

	model_say("take: %d, id %u", error, id);
	MODEL_CHECK(error == 0); /* there are as many ids as takers */
	MODEL_CHECK(s->holders[id]++ == 0);
	return id;
}

static void give_back(struct rests *s, uint32_t id)
{
	s->holders[id]--;
	model_say("gives %u back", id);
	(void)freemap_return(&s->map, id);
}

static void take_once(void *state)
{
	(void)take(state);
}

static void two_rounds(void *state)
{
	for (unsigned round = 0; round < 2; round++)
		give_back(state, take(state));
}

static void four_rounds(void *state)
{
	for (unsigned round = 0; round < 4; round++)
		give_back(state, take(state));
}

static void both_free(void *state)
{
	struct rests *s = state;
	uint32_t id;

	for (unsigned i = 0; i < 2; i++) {
		MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == 0);
		s->holders[id]++;
	}
	MODEL_CHECK(s->holders[0] == 1 && s->holders[CHUNK_IDS] == 1);
	MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == -IOASID_ENOSPC);
}

/* There are two ids; one of them is out, now this one, now that one, and both for no moment. */
static void lowest_one_out(void *state)
{
	struct rests *s = state;
	uint32_t id;

	lowest_populated(s);
	MODEL_CHECK(freemap_take(&s->map, 0, 0, &id) == 0);
}

static void move_three_times(void *state)
{
	struct rests *s = state;
	uint32_t id = 0;

	for (unsigned i = 0; i < 3; i++) {
		uint32_t next = CHUNK_IDS - id;

		(void)freemap_return(&s->map, id);
		id = UINT32_MAX;
		if (freemap_take(&s->map, next, next, &id) != 0)
			return; /* the other has it: that is what it was to find */
		model_say("has moved to %u", id);
	}
}

#define FREEMAP(set_up, checks, ...) \
	.program = {.state_size = sizeof(struct rests), .setup = set_up, .check = checks, __VA_ARGS__}

static const struct scenario take_take = {
	.name = "core-map-take",
	.about = "two take the last two ids, and nothing is left",
	FREEMAP(oldest_populated, NULL, .nr_threads = 2, .threads = {take_once, take_once}),
};
static const struct scenario take_bare = {
	.name = "core-map-populate",
	.about = "two take where no chunk is there yet",
	FREEMAP(oldest_bare, NULL, .nr_threads = 2, .threads = {take_once, take_once}),
};
static const struct scenario rounds_oldest = {
	.name = "core-map-exact",
	.about = "two ids, two who take and give back: no refusal",
	FREEMAP(oldest_populated, both_free, .nr_threads = 2, .threads = {two_rounds, two_rounds}),
};
static const struct scenario rounds_lowest = {
	.name = "core-map-exact-lowest",
	.about = "the same, lowest first",
	FREEMAP(lowest_populated, both_free, .nr_threads = 2, .threads = {two_rounds, two_rounds}),
};
static const struct scenario rounds_four = {
	.name = "core-map-exact-four",
	.about = "the same, four rounds",
	.stale = 3,
	FREEMAP(lowest_populated, both_free, .nr_threads = 2, .threads = {four_rounds, four_rounds}),
};
static const struct scenario rounds_behind = {
	.name = "core-map-exact-behind",
	.about = "one takes while another moves from id to id",
	.stale = 6,
	FREEMAP(oldest_populated, NULL, .nr_threads = 2, .threads = {take_once, four_rounds}),
};
static const struct scenario mover = {
	.name = "core-map-exact-mover",
	.about = "an id is always free, but now this one, now that one",
	.bound = 5,
	.stale = 4,
	FREEMAP(lowest_one_out, NULL, .nr_threads = 2, .threads = {take_once, move_three_times}),
};
static const struct scenario rounds_frozen = {
	.name = "core-map-frozen",
	.about = "three take, one of whom may stop for ever",
	.freezes = 1,
	.bound = 2,
	.stale = 1,
	.steps = 1000,
	FREEMAP(oldest_populated, NULL, .nr_threads = 2, .threads = {two_rounds, two_rounds}),
};

scenario_list core_map_scenarios = {
	&take_take,     &take_bare, &rounds_oldest, &rounds_lowest, &rounds_four,
	&rounds_behind, &mover,     &rounds_frozen, NULL,
};
