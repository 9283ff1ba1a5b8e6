/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* sim.c - who calls next, and what is counted. */
#include "sim.h"

#include "coherence_port.h"
#include "overlap.h"
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim sim;

void sim_must(int error, const char *what)
{
	if (error == 0)
		return;
	(void)fprintf(stderr, "ioasid-bench-coherence: %s: %s (%d)\n", what, ioasid_strerror(error), error);
	exit(1);
}

/* splitmix64: the same order in every run. */
uint32_t sim_random(struct sim *s, uint32_t below)
{
	uint64_t x = s->seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(((x ^ (x >> 31)) >> 32) * below >> 32);
}

struct ioasid_owner_set *sim_set(struct sim *s, uint64_t key, uint32_t quota, uint32_t flags)
{
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {key, 0}, .quota = quota, .flags = flags};
	struct ioasid_owner_set *set = NULL;

	sim_must(ioasid_set_create(s->space, &config, &set), "make a set");
	return set;
}

struct ioasid_device *sim_device(struct sim *s)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = IOASID_BITS_MAX};
	struct ioasid_device *device = NULL;

	sim_must(ioasid_device_register(s->space, &config, &device), "register a device");
	return device;
}

void sim_defer(struct sim *s)
{
	directory_defer(true);
	sim_must(ioasid_space_run(s->space, 0, NULL), "run the deferred work");
	directory_defer(false);
}

/* The cores do the deferred work in turn, not all of them at once. */
static uint64_t turn(const struct scenario *scenario, uint32_t who)
{
	return (uint64_t)who * scenario->run_every / sim.cores;
}

/* So many calls per core: shorter than all stay on one line of leaves. */
#define WINDOW 32u

static void run(const struct scenario *scenario, uint64_t operations, const struct costs *costs)
{
	uint64_t done = 0;
	uint64_t calls = 0;

	while (done < operations) {
		uint32_t who = sim_random(&sim, sim.cores);

		if (++calls % ((uint64_t)WINDOW * sim.cores) == 0)
			directory_window(costs->own_ns, costs->other_ns);
		directory_run_as(who);
		overlap_call();
		if (!scenario->step(&sim, who))
			continue;
		done++;
		sim.core[who].operations++;
		if (scenario->run_every != 0 &&
		    (sim.core[who].operations + turn(scenario, who)) % scenario->run_every == 0)
			sim_defer(&sim);
		if (scenario->background != 0 && done % ((uint64_t)scenario->background * sim.cores) == 0) {
			directory_run_as(sim.cores);
			sim_defer(&sim);
		}
	}
}

void sim_run(const struct scenario *scenario, uint32_t cores, uint32_t shards, uint32_t scale,
             const struct costs *costs, struct result *result)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = IOASID_BITS_MAX};
	uint64_t operations = (uint64_t)cores * scenario->per_core;
	const void *readers = coherence_port_reset(cores, shards);
	uint32_t p;

	overlap_reset(0);
	free(sim.ids);
	memset(&sim, 0, sizeof(sim));
	sim.cores = cores;
	sim.shards = shards;
	sim.seed = cores;
	sim_must(ioasid_space_create(&config, &sim.space), "make a space");
	place_space(sim.space, readers);
	scenario->setup(&sim);
	if (operations < scenario->least)
		operations = scenario->least;
	operations /= scale;
	overlap_reset(costs->overlap * cores);
	run(scenario, operations, costs);
	directory_count(true);
	run(scenario, operations, costs);
	directory_window(costs->own_ns, costs->other_ns);
	result->operations = operations;
	result->accesses = directory_accesses();
	for (p = 0; p < PLACE_COUNT; p++) {
		result->misses[p] = *directory_misses((enum place)p);
		result->busiest[p] = *directory_busiest((enum place)p);
	}
	directory_count(false);
}
