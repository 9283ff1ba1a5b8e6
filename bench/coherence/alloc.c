/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* alloc.c - the scenarios that take ids and give them back. */
#include "sim.h"

#define HELD 64u
#define SET_IDS 16u
/* Wide enough never to refuse, also while the freed ids rest. */
#define QUOTA (UINT32_C(1) << 19)
#define CHUNK_IDS 512u
#define CHUNKS_EACH 4u
/* In the mixed scenario, a set comes and goes after so many pairs. */
#define PAIRS_PER_SET 32u

static void take(struct core *core, ioasid_handle_t *id)
{
	sim_must(ioasid_id_alloc(core->set, NULL, IOASID_ALLOC_ACTIVE, id), "alloc");
}

static void give(const struct sim *sim, ioasid_handle_t id)
{
	sim_must(ioasid_id_free(sim->space, id), "free");
}

void with_set_each(struct sim *sim)
{
	uint32_t i;

	for (i = 0; i < sim->cores; i++) {
		directory_run_as(i);
		sim->core[i].set = sim_set(sim, i + 1, IOASID_UNLIMITED, 0);
	}
}

/*
 * Each core has chunks of its own to begin with, more than rests between two
 * grace periods: its search goes on from there.
 */
void with_spread(struct sim *sim)
{
	uint32_t i;
	uint32_t c;

	with_set_each(sim);
	for (i = 0; i < sim->cores; i++) {
		directory_run_as(i);
		for (c = (i + 1) * CHUNKS_EACH; c-- > i * CHUNKS_EACH;) {
			struct ioasid_range range = ioasid_range_make(ioasid_make(c * CHUNK_IDS + 1),
			                                              ioasid_make(c * CHUNK_IDS + CHUNK_IDS - 1));
			ioasid_handle_t id;

			sim_must(ioasid_id_alloc(sim->core[i].set, &range, IOASID_ALLOC_ACTIVE, &id),
			         "alloc in a range");
			give(sim, id);
		}
	}
}

void with_one_set(struct sim *sim)
{
	struct ioasid_owner_set *set = sim_set(sim, 1, QUOTA, 0);
	uint32_t i;

	for (i = 0; i < sim->cores; i++)
		sim->core[i].set = set;
}

void with_held(struct sim *sim)
{
	uint32_t i;
	uint32_t j;

	with_set_each(sim);
	for (i = 0; i < sim->cores; i++) {
		directory_run_as(i);
		for (j = 0; j < HELD; j++)
			take(&sim->core[i], &sim->core[i].id[j]);
	}
}

bool alloc_free(struct sim *sim, uint32_t who)
{
	struct core *core = &sim->core[who];

	core->stage ^= 1u;
	if (core->stage == 1)
		take(core, &core->id[0]);
	else
		give(sim, core->id[0]);
	return core->stage == 0;
}

bool replace(struct sim *sim, uint32_t who)
{
	struct core *core = &sim->core[who];

	core->stage ^= 1u;
	if (core->stage == 1) {
		core->at = sim_random(sim, HELD);
		give(sim, core->id[core->at]);
	} else {
		take(core, &core->id[core->at]);
	}
	return core->stage == 0;
}

/* A set is made, gets its ids one by one, and ends. */
bool set_life(struct sim *sim, uint32_t who)
{
	struct core *core = &sim->core[who];

	if (core->stage == 0) {
		core->set = sim_set(sim, ((uint64_t)who << 32) + core->operations + 1, IOASID_UNLIMITED, 0);
		core->stage = 1;
	} else if (core->stage <= SET_IDS) {
		take(core, &core->id[core->stage - 1]);
		core->stage++;
	} else {
		sim_must(ioasid_set_end(core->set), "end a set");
		sim_must(ioasid_set_release(core->set), "release a set");
		core->stage = 0;
	}
	return core->stage == 0;
}

/* Pairs, and between them a set that comes and goes. */
bool mixed(struct sim *sim, uint32_t who)
{
	struct core *core = &sim->core[who];
	struct ioasid_owner_set *set;

	if (core->stage == 0 && core->operations % PAIRS_PER_SET == 0 && core->last != core->operations) {
		core->last = (uint32_t)core->operations;
		set = sim_set(sim, ((uint64_t)(who + 1) << 32) + core->operations, IOASID_UNLIMITED, 0);
		sim_must(ioasid_set_end(set), "end a set");
		sim_must(ioasid_set_release(set), "release a set");
		return false;
	}
	return alloc_free(sim, who);
}
