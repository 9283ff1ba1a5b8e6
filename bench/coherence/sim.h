/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* sim.h - one scenario on so many cores: calls of the library in random order, and what they missed. */
#ifndef IOASID_COHERENCE_SIM_H
#define IOASID_COHERENCE_SIM_H

#include "directory.h"

#include <ioasid/ioasid.h>

#define HELD_MAX 256u

/* What one core has in its hands. */
struct core {
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	ioasid_handle_t id[HELD_MAX];
	ioasid_binding_t binding[HELD_MAX];
	uint32_t at;    /* which of them is next */
	uint32_t last;  /* operation before which it did what it does now and then */
	uint32_t stage; /* how far the operation has got */
	uint64_t operations;
};

struct sim {
	uint32_t cores;
	uint32_t shards;
	uint64_t seed;
	struct ioasid_space *space;
	struct core core[CORES_MAX];
	ioasid_handle_t *ids; /* live ones that all cores use */
	uint32_t nr_ids;
	ioasid_binding_t binding;
};

struct scenario {
	const char *name;
	const char *operation; /* what is counted as one */
	void (*setup)(struct sim *sim);
	/* One call, or two, of one core. True: that completes an operation. */
	bool (*step)(struct sim *sim, uint32_t core);
	uint32_t run_every;  /* after so many operations a core runs the deferred work; 0: never */
	uint32_t background; /* after so many per core, a core of its own does; 0: never */
	uint32_t per_core;   /* how many operations a core makes */
	uint32_t least;      /* how many all make */
};

extern const struct scenario scenarios[];
extern const uint32_t nr_scenarios;

struct result {
	uint64_t operations;
	uint64_t accesses;
	struct misses misses[PLACE_COUNT];
	struct busiest busiest[PLACE_COUNT];
};

/* What a miss costs, and how calls overlap. */
struct costs {
	double hit_ns;
	double own_ns;
	double other_ns;
	double overlap; /* the part of a call between the load of a word and the swap on it */
};

/* sim_run() - warm up, then count. @scale: divides the number of operations. */
void sim_run(const struct scenario *scenario, uint32_t cores, uint32_t shards, uint32_t scale,
             const struct costs *costs, struct result *result);

/* For the scenarios. */
void sim_must(int error, const char *what);
uint32_t sim_random(struct sim *sim, uint32_t below);
struct ioasid_owner_set *sim_set(struct sim *sim, uint64_t key, uint32_t quota, uint32_t flags);
struct ioasid_device *sim_device(struct sim *sim);
/* sim_defer() - the deferred work, by the running core. */
void sim_defer(struct sim *sim);

/* The scenarios, by what they use; scenario.c lists them. */
void with_set_each(struct sim *sim);
void with_spread(struct sim *sim);
void with_one_set(struct sim *sim);
void with_held(struct sim *sim);
bool alloc_free(struct sim *sim, uint32_t core);
bool mixed(struct sim *sim, uint32_t core);
bool replace(struct sim *sim, uint32_t core);
bool set_life(struct sim *sim, uint32_t core);

#endif
