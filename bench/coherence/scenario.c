/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario.c - what the cores do; here, the scenarios that use ids that are there. */
#include "sim.h"

#include <stdlib.h>

#define FIND_IDS 4096u
#define GET_IDS 65536u
#define REQUESTS_PER_BIND 32u

static void take_ids(struct sim *sim, uint32_t count)
{
	struct ioasid_owner_set *set = sim_set(sim, 1, IOASID_UNLIMITED, 0);
	uint32_t i;

	sim->ids = calloc(count, sizeof(*sim->ids));
	sim_must(sim->ids == NULL ? -IOASID_ENOMEM : 0, "remember the ids");
	sim->nr_ids = count;
	for (i = 0; i < count; i++)
		sim_must(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &sim->ids[i]), "alloc");
}

static void find_one(const struct sim *sim, ioasid_handle_t id)
{
	ioasid_handle_t found;

	sim_must(ioasid_id_find(sim->space, ioasid_handle_id(id), &found), "find");
}

/* Everybody has found everything once: what caches that never forget would come to. */
static void with_found(struct sim *sim)
{
	uint32_t i;
	uint32_t j;

	take_ids(sim, FIND_IDS);
	for (i = 0; i < sim->cores; i++) {
		directory_run_as(i);
		for (j = 0; j < sim->nr_ids; j++)
			find_one(sim, sim->ids[j]);
	}
}

static bool find(struct sim *sim, uint32_t who)
{
	(void)who;
	find_one(sim, sim->ids[sim_random(sim, sim->nr_ids)]);
	return true;
}

static void with_many(struct sim *sim)
{
	take_ids(sim, GET_IDS);
}

static void with_one(struct sim *sim)
{
	take_ids(sim, 1);
}

static bool get_put(struct sim *sim, uint32_t who)
{
	struct core *core = &sim->core[who];

	core->stage ^= 1u;
	if (core->stage == 1) {
		core->id[0] = sim->ids[sim_random(sim, sim->nr_ids)];
		sim_must(ioasid_id_get(sim->space, core->id[0]), "get");
	} else {
		sim_must(ioasid_id_put(sim->space, core->id[0]), "put");
	}
	return core->stage == 0;
}

/* A set's shared id, and a binding of it. */
static void share(struct sim *sim, uint32_t flags)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = sim_device(sim), .data = sim};
	struct ioasid_owner_set *set = sim_set(sim, UINT64_MAX, IOASID_UNLIMITED, flags);

	sim->ids = calloc(1, sizeof(*sim->ids));
	sim_must(sim->ids == NULL ? -IOASID_ENOMEM : 0, "remember the id");
	sim->nr_ids = 1;
	sim_must(ioasid_set_bind(set, &args, 1, 0, &sim->binding), "bind");
	sim_must(ioasid_set_shared(set, &sim->ids[0]), "find the shared id");
}

static void with_hot(struct sim *sim)
{
	share(sim, IOASID_SET_HOT);
}

static void with_binding(struct sim *sim)
{
	share(sim, 0);
}

static bool request(struct sim *sim, uint32_t who)
{
	struct core *core = &sim->core[who];

	core->stage ^= 1u;
	if (core->stage == 1)
		sim_must(ioasid_request_begin(sim->space, sim->binding), "begin a request");
	else
		sim_must(ioasid_request_end(sim->space, sim->binding), "end a request");
	return core->stage == 0;
}

static void with_bindable(struct sim *sim, bool own)
{
	struct ioasid_device *device = own ? NULL : sim_device(sim);
	uint32_t i;
	uint32_t j;

	with_set_each(sim);
	for (i = 0; i < sim->cores; i++) {
		directory_run_as(i);
		sim->core[i].device = own ? sim_device(sim) : device;
		for (j = 0; j < HELD_MAX; j++)
			sim_must(ioasid_id_alloc(sim->core[i].set, NULL, IOASID_ALLOC_ACTIVE, &sim->core[i].id[j]),
			         "alloc");
	}
}

static void with_device(struct sim *sim)
{
	with_bindable(sim, false);
}

static void with_devices(struct sim *sim)
{
	with_bindable(sim, true);
}

/* One id after the other; what was unbound is quiescing until the deferred work has come by. */
static bool bind_unbind(struct sim *sim, uint32_t who)
{
	struct core *core = &sim->core[who];
	struct ioasid_bind_args args = {.size = sizeof(args), .device = core->device, .data = core};
	uint32_t at = core->at;
	int error;

	core->stage ^= 1u;
	if (core->stage == 1) {
		error = ioasid_id_bind(sim->space, core->id[at], &args, 1, 0, &core->binding[at]);
		if (error == -IOASID_EAGAIN) {
			sim_defer(sim);
			error = ioasid_id_bind(sim->space, core->id[at], &args, 1, 0, &core->binding[at]);
		}
		sim_must(error, "bind");
	} else {
		sim_must(ioasid_binding_unbind(sim->space, core->binding[at]), "unbind");
		core->at = (at + 1) % HELD_MAX;
	}
	return core->stage == 0;
}

static void with_both(struct sim *sim)
{
	with_binding(sim);
	with_bindable(sim, true);
}

/* Requests on one binding, and now and then a binding that comes and goes. */
static bool busy(struct sim *sim, uint32_t who)
{
	struct core *core = &sim->core[who];

	if (core->stage != 0 || core->operations % REQUESTS_PER_BIND != 0 || core->last == core->operations)
		return request(sim, who);
	core->last = (uint32_t)core->operations;
	(void)bind_unbind(sim, who);
	(void)bind_unbind(sim, who);
	return false;
}

static void without(struct sim *sim)
{
	(void)sim;
}

/* The background thread comes each 50 us, and has about so many pairs of each core before it then. */
#define PAIRS_BETWEEN 256u

const struct scenario scenarios[] = {
	{"alloc", "alloc+free, a set per core; each core runs the deferred work each 2048", with_set_each, alloc_free,
         2048, 0, 4096, 65536},
	{"background", "alloc+free, a set per core; a core of its own does the deferred work", with_set_each,
         alloc_free, 0, PAIRS_BETWEEN, 4096, 65536},
	{"spread", "as background, but each core begins in four chunks of its own", with_spread, alloc_free, 0,
         PAIRS_BETWEEN, 4096, 65536},
	{"replace", "free+alloc of one of 64 held ids; deferred work in the background", with_held, replace, 0,
         PAIRS_BETWEEN, 4096, 65536},
	{"quota", "alloc+free in one set with a quota; deferred work in the background", with_one_set, alloc_free, 0,
         PAIRS_BETWEEN, 4096, 65536},
	{"mixed", "as background, and after each 32 pairs of a core a set comes and goes", with_set_each, mixed, 0,
         PAIRS_BETWEEN, 4096, 65536},
	{"find", "find among 4096 live ids", with_found, find, 0, 0, 1024, 65536},
	{"get-put", "get+put of one of 65536 ids", with_many, get_put, 0, 0, 1024, 262144},
	{"hot", "get+put of one hot id", with_hot, get_put, 0, 0, 1024, 65536},
	{"not-hot", "get+put of one id that is not hot", with_one, get_put, 0, 0, 1024, 65536},
	{"request", "begin+end of a request on one binding", with_binding, request, 0, 0, 1024, 65536},
	{"bind", "bind+unbind, own ids, one device; deferred work in the background", with_device, bind_unbind, 0, 64,
         1024, 16384},
	{"bind-own", "as bind, but each core has its own device", with_devices, bind_unbind, 0, 64, 1024, 16384},
	{"busy", "as request, and after each 32 of a core a binding of its own comes and goes", with_both, busy, 0, 256,
         1024, 16384},
	{"end", "a set is made, gets 16 ids, ends; each core runs the deferred work each 16", without, set_life, 16, 0,
         128, 4096},
};

const uint32_t nr_scenarios = sizeof(scenarios) / sizeof(scenarios[0]);
