/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * scenario_freemap.c - finding and giving back ids, without what is built on it:
 * two chunks, of which all ids but one each are reserved; or all but one and two.
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
	int error; /* of a take that may be refused */
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

static void two_chunks(struct rests *s, uint32_t order, uint32_t in_second)
{
	clock_init(&s->clock);
	MODEL_CHECK(table_init(&s->table, PORT_CHUNK_SHIFT + 1, &s->memory) == 0);
	reserve(s, 1, CHUNK_IDS - 1);
	reserve(s, CHUNK_IDS + in_second, 2 * CHUNK_IDS - 1);
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
	two_chunks(state, IOASID_ORDER_OLDEST, 1);
	populate(state);
}

static void lowest_populated(void *state)
{
	two_chunks(state, IOASID_ORDER_LOWEST, 1);
	populate(state);
}

static void oldest_bare(void *state)
{
	two_chunks(state, IOASID_ORDER_OLDEST, 1);
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

/* The same, and a third id rests all the time: EAGAIN has a proof of its own. */
static void lowest_one_rests(void *state)
{
	struct rests *s = state;
	uint32_t id;

	two_chunks(s, IOASID_ORDER_LOWEST, 2);
	populate(s);
	MODEL_CHECK(freemap_take(&s->map, CHUNK_IDS + 1, CHUNK_IDS + 1, &id) == 0);
	(void)freemap_rest(&s->map, id);
	MODEL_CHECK(freemap_take(&s->map, 0, 0, &id) == 0);
}

/* One id is out, and its leaf said to have something still; the other one rests. */
static void one_out_one_rests(void *state)
{
	struct rests *s = state;
	uint32_t id;

	oldest_populated(s);
	MODEL_CHECK(freemap_take(&s->map, CHUNK_IDS, CHUNK_IDS, &id) == 0);
	(void)freemap_rest(&s->map, id);
	MODEL_CHECK(freemap_take(&s->map, 0, 0, &id) == 0);
}

static void take_or_not(void *state)
{
	struct rests *s = state;
	uint32_t id;

	s->error = freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id);
	MODEL_CHECK(s->error == 0 || s->error == -IOASID_EAGAIN);
}

static void return_first(void *state)
{
	struct rests *s = state;

	(void)freemap_return(&s->map, 0);
}

/* What has come back is found, however little its leaf was believed to have. */
static void found_by_now(void *state)
{
	struct rests *s = state;
	uint32_t id;

	MODEL_CHECK(s->error == 0 || freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == 0);
	MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == -IOASID_EAGAIN);
}

/* Two ids rest; the sweep makes them free, unless who wants one takes it first. */
static void grace_and_sweep(void *state)
{
	struct rests *s = state;

	(void)clock_drive(&s->clock);
	(void)freemap_sweep(&s->map);
}

static void both_come_to_rest(void *state)
{
	struct rests *s = state;
	uint32_t id;

	oldest_populated(s);
	for (unsigned i = 0; i < 2; i++)
		MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == 0);
	(void)freemap_rest(&s->map, 0);
	(void)freemap_rest(&s->map, CHUNK_IDS);
}

/* Both ids of a leaf are out, and its chunk says so; but also that something rests there, as it once did. */
static void leaf_is_empty(void *state)
{
	struct rests *s = state;
	uint32_t id;

	two_chunks(s, IOASID_ORDER_OLDEST, 2);
	populate(s);
	for (unsigned i = 0; i < 3; i++)
		MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == 0);
	MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == -IOASID_ENOSPC);
	MODEL_CHECK(some_leaves(port_u64_load_relaxed(&table_chunk(&s->table, 1)->some)) == 0);
	port_u64_init(&s->map.resting[0], 2);
}

static void rest_first_of_two(void *state)
{
	(void)freemap_rest(&((struct rests *)state)->map, CHUNK_IDS);
}

static void rest_second_of_two(void *state)
{
	(void)freemap_rest(&((struct rests *)state)->map, CHUNK_IDS + 1);
}

static void sweep(void *state)
{
	(void)freemap_sweep(&((struct rests *)state)->map);
}

/* What a sweep passed over, or found too early, the next one finds. */
static void both_are_swept(void *state)
{
	struct rests *s = state;

	grace_and_sweep(s);
	MODEL_CHECK(s->reclaimed == 2);
	MODEL_CHECK(freemap_state(&s->map, CHUNK_IDS) == IOASID_STATE_FREE);
	MODEL_CHECK(freemap_state(&s->map, CHUNK_IDS + 1) == IOASID_STATE_FREE);
}

/* The one that was not taken, or both, are found by now, and no more. */
static void rested_are_found(void *state)
{
	struct rests *s = state;
	uint32_t id;

	MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == 0);
	MODEL_CHECK((freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == 0) == (s->error != 0));
	MODEL_CHECK(freemap_take(&s->map, 0, 2 * CHUNK_IDS - 1, &id) == -IOASID_ENOSPC);
	MODEL_CHECK(s->reclaimed == 2);
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
static const struct scenario rests_mover = {
	.name = "core-map-rests-mover",
	.about = "the same while another id rests: EAGAIN is not told",
	.bound = 5,
	.stale = 4,
	FREEMAP(lowest_one_rests, NULL, .nr_threads = 2, .threads = {take_once, move_three_times}),
};
static const struct scenario rests_told = {
	.name = "core-map-rests-told",
	.about = "an id comes back to a leaf that is being found to have nothing",
	FREEMAP(one_out_one_rests, found_by_now, .nr_threads = 2, .threads = {take_or_not, return_first}),
};
static const struct scenario rests_swept = {
	.name = "core-map-rests-swept",
	.about = "ids become free by a sweep while one is looked for",
	FREEMAP(both_come_to_rest, rested_are_found, .nr_threads = 2, .threads = {take_or_not, grace_and_sweep}),
};
static const struct scenario rests_late = {
	.name = "core-map-rests-late",
	.about =
		"two ids come to rest in a leaf that had nothing, while their chunk is swept: a later sweep finds them",
	FREEMAP(leaf_is_empty, both_are_swept, .nr_threads = 3,
                .threads = {rest_first_of_two, rest_second_of_two, sweep}),
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
	&take_take,   &take_bare,  &rounds_oldest, &rounds_lowest, &rounds_four,   &rounds_behind, &mover,
	&rests_mover, &rests_told, &rests_swept,   &rests_late,    &rounds_frozen, NULL,
};
