/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include "core.h"

#include <stdint.h>

#define CORE_GENERATIONS ((1u << PORT_GEN_BITS) - 1)

static void set_done(void *context, struct ioasid_owner owner)
{
	struct core *core = context;

	(void)owner;
	MODEL_CHECK(core->held == 0);
	core->done++;
	model_say("the set is done");
}

void core_make(struct core *core, unsigned ids, unsigned distance, uint32_t quota)
{
	core_make_set(core, ids, distance, quota, 0);
}

void core_make_set(struct core *core, unsigned ids, unsigned distance, uint32_t quota, uint32_t flags)
{
	struct ioasid_range rest = ioasid_range_make(ioasid_make(ids), ioasid_make((1u << CORE_BITS) - 1));
	struct ioasid_space_config space = {
		.size = sizeof(space),
		.bits = CORE_BITS,
		.flags = IOASID_SPACE_ZERO,
		.order = IOASID_ORDER_OLDEST,
		.reuse_distance = distance,
		.owners = 2,
		.quiesce_timeout_ns = 1000000,
		.reserved = &rest,
		.nr_reserved = 1,
	};
	struct ioasid_set_config set = {
		.size = sizeof(set),
		.owner = {1, 1},
		.quota = quota,
		.flags = flags,
		.done = set_done,
		.context = core,
	};

	MODEL_CHECK(ioasid_space_create(&space, &core->space) == 0);
	MODEL_CHECK(ioasid_set_create(core->space, &set, &core->set) == 0);
}

void core_use(struct core *core, ioasid_handle_t handle)
{
	core->users[ioasid_value(ioasid_handle_id(handle))]++;
}

void core_unuse(struct core *core, ioasid_handle_t handle)
{
	core->users[ioasid_value(ioasid_handle_id(handle))]--;
}

int core_alloc(struct core *core, ioasid_handle_t *handle)
{
	int error = ioasid_id_alloc(core->set, NULL, IOASID_ALLOC_ACTIVE, handle);
	unsigned generation;
	unsigned id;

	if (error == 0) {
		id = ioasid_value(ioasid_handle_id(*handle));
		generation = (unsigned)(handle->handle_ >> IOASID_BITS_MAX) & CORE_GENERATIONS;
		model_say("alloc: id %u, life %u", id, generation);
		MODEL_CHECK(core->users[id] == 0);
		MODEL_CHECK(generation > core->lives[id]); /* no life comes twice */
		core->lives[id] = generation;
		core_use(core, *handle);
	} else {
		model_say("alloc: %s", ioasid_strerror(error));
	}
	return error;
}

int core_free(struct core *core, ioasid_handle_t handle)
{
	model_say("free: id %u", ioasid_value(ioasid_handle_id(handle)));
	core_unuse(core, handle);
	return ioasid_id_free(core->space, handle);
}

void core_settle(struct core *core)
{
	uint32_t steps = 1;

	for (unsigned rounds = 0; steps != 0; rounds++) {
		MODEL_CHECK(rounds < 20);
		MODEL_CHECK(ioasid_space_run(core->space, 0, &steps) == 0);
	}
}

void core_finish(struct core *core)
{
	int error = ioasid_set_end(core->set);
	struct ioasid_set_info info;

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	core_settle(core);
	MODEL_CHECK(ioasid_set_query(core->set, &info) == 0);
	MODEL_CHECK(info.charged == 0);
	MODEL_CHECK(info.done);
	MODEL_CHECK(core->done == 1);
	MODEL_CHECK(ioasid_set_release(core->set) == 0);
	core_settle(core);
	MODEL_CHECK(ioasid_space_destroy(core->space, NULL, NULL) == 0);
	MODEL_CHECK(model_memory_in_use() == 0);
}

void core_reclaim_once(void *state)
{
	struct core *core = state;

	MODEL_CHECK(ioasid_space_run(core->space, 0, NULL) == 0);
}

void core_reclaim_twice(void *state)
{
	core_reclaim_once(state);
	core_reclaim_once(state);
}
