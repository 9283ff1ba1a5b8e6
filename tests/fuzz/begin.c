/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * begin.c - the two spaces of an input, and their orderly end, in which all that
 * the host has is given back: nothing may be left then, of ids or of memory.
 *
 * The header: 0 width, 1 flags and order, 2 reuse distance, 3 deadline, 4 and 5
 * a reserved range, 6 swaps that fail, 7 width of the second space.
 */
#include "operations.h"

#define ROUNDS 12u

static void make_space(struct world *world, struct space *space, const uint8_t *header)
{
	static const uint64_t timeouts[] = {IOASID_FOREVER, 1000, 0, 100000};
	uint32_t bits = 1u + header[space->index == 0 ? 0 : 7] % 6;
	uint32_t first = header[4] % (1u << bits);
	struct ioasid_range reserved =
		ioasid_range_make(ioasid_make(first), ioasid_make(first + header[5] % ((1u << bits) - first)));
	struct ioasid_space_config config = {
		.size = sizeof(config),
		.bits = bits,
		.flags = header[1] & 1 ? IOASID_SPACE_ZERO : 0,
		.order = header[1] & 2 ? IOASID_ORDER_LOWEST : IOASID_ORDER_OLDEST,
		.reuse_distance = header[2] % 4,
		.owners = header[1] >> 4,
		.quiesce_timeout_ns = timeouts[header[3] % 4],
		.reserved = &reserved,
		.nr_reserved = header[1] & 4 ? 1 : 0,
		.name = header[1] & 8 ? "fuzzed" : NULL,
	};

	space->world = world;
	space->ids = 1u << bits;
	space->order = config.order;
	space->distance = config.reuse_distance;
	space->timeout_ns = config.quiesce_timeout_ns != 0 ? config.quiesce_timeout_ns : UINT64_C(10000000000);
	space->reserved = config.flags & IOASID_SPACE_ZERO ? 0 : 1;
	for (uint32_t id = first; config.nr_reserved != 0 && id <= ioasid_value(reserved.last); id++)
		space->reserved |= UINT64_C(1) << id;
	for (uint32_t id = 0; id < space->ids; id++)
		space->life[id].state = space->reserved >> id & 1u ? IOASID_STATE_RESERVED : IOASID_STATE_FREE;
	oracle_expect_one(space, "ioasid_space_create", ioasid_space_create(&config, &space->space), 0);
}

void world_begin(struct world *world, const uint8_t *header)
{
	sim_reset();
	sim_shard_set(0);
	sim_grace_mode(SIM_GRACE_VERIFY);
	if (header[6] != 0)
		sim_cas_fail_random(header[6], 2u + header[6] % 4);
	for (unsigned i = 0; i < NR_SPACES; i++) {
		world->space[i].index = i;
		make_space(world, &world->space[i], header);
	}
}

/* From here on, every callback says DONE. */
static void calm_down(struct space *space)
{
	for (uint32_t i = 0; i < NR_ACTORS; i++)
		for (unsigned phase = 0; phase <= PHASES; phase++) {
			actor_at(space, i)->nested[phase] = 0;
			if (phase < PHASES)
				actor_at(space, i)->behaviour[phase] = ANSWER_DONE;
		}
}

static void play(struct space *space, operation_fn *function, uint32_t a, uint32_t b)
{
	struct operation operation = {0, (uint8_t)a, (uint8_t)b, 0};

	function(space->world, space, &operation);
}

static void give_back_bindings(struct space *space)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++) {
		struct binding *binding = &space->binding[i];

		if (binding->place == PLACE_UNUSED || binding->place == PLACE_GONE)
			continue;
		while (binding->place != PLACE_GONE && binding->pins != 0 && !binding->device->removed)
			play(space, op_binding_unpin, i, 0);
		while (binding->place != PLACE_GONE && binding->requests > 0 && !binding->device->removed)
			play(space, op_request_end, i, 0);
		while (binding->place != PLACE_GONE && binding->users != 0 && !binding->device->removed)
			play(space, op_unbind, i, 0);
	}
}

/* The place of a life's handle among those that an operation can choose. */
static bool find_handle(const struct space *space, ioasid_handle_t handle, uint32_t *place)
{
	uint32_t known = space->nr_handles < NR_HANDLES ? space->nr_handles : NR_HANDLES;

	for (*place = 0; *place < known; (*place)++)
		if (ioasid_handle_equal(space->handle[*place], handle))
			return true;
	return false;
}

static void give_back_id(struct space *space, struct life *life)
{
	uint32_t place;

	/* Handles that were pushed out of the list are remembered by their life. */
	if (!find_handle(space, life->handle, &place)) {
		place = space->nr_handles % NR_HANDLES;
		space->handle[space->nr_handles++ % NR_HANDLES] = life->handle;
	}
	while (life->pins != 0)
		play(space, op_unpin, place, 0);
	if (life->state == IOASID_STATE_ACTIVE || life->state == IOASID_STATE_RESERVED)
		play(space, op_free, place, 0);
	while (life->refs != 0)
		play(space, op_put, place, 0);
	while (life->hot && life->hot_refs > 0)
		play(space, op_put, place, 0);
	if (life->state == IOASID_STATE_POISONED)
		play(space, op_unpoison, place, 0);
}

static bool is_live(const struct life *life)
{
	return life->state != IOASID_STATE_FREE && life->state != IOASID_STATE_QUARANTINED && !life->retired;
}

static bool is_empty(struct space *space)
{
	for (uint32_t id = 0; id < space->ids; id++)
		if ((space->reserved >> id & 1u) == 0 && space->life[id].state != IOASID_STATE_FREE &&
		    !space->life[id].retired)
			return false;
	return true;
}

static void give_back(struct space *space)
{
	for (uint32_t i = 0; i < NR_TOKENS; i++)
		play(space, op_token, i, 0);
	give_back_bindings(space);
	for (uint32_t id = 0; id < space->ids; id++)
		if ((space->reserved >> id & 1u) == 0 && is_live(&space->life[id]))
			give_back_id(space, &space->life[id]);
	for (uint32_t i = 0; i < NR_DEVICES; i++)
		play(space, op_reset_done, i, 0);
	for (uint32_t i = 0; i < NR_SETS; i++)
		play(space, op_set_end, i, 0);
	play(space, op_run, 0, 0);
}

static void leave(struct space *space)
{
	for (uint32_t i = 0; i < NR_DEVICES; i++)
		play(space, op_unregister, i, 0);
	for (uint32_t i = 0; i < NR_ACTORS - NR_DEVICES; i++)
		play(space, op_withdraw, i, 0);
	for (uint32_t i = 0; i < NR_ACTORS; i++)
		oracle_check(space, actor_at(space, i)->kind == ACTOR_NONE, "an actor cannot leave");
	for (uint32_t i = 0; i < NR_SETS; i++)
		while (space->set[i].holds != 0)
			play(space, op_set_release, i, 0);
	play(space, op_run, 0, 0);
	oracle_compare(space);
	for (uint32_t i = 0; i < NR_SETS; i++)
		oracle_check(space, space->set[i].serial == 0 || space->set[i].done, "a set is not done");
}

void world_end(struct world *world)
{
	sim_alloc_fail_at(0);
	for (unsigned i = 0; i < NR_SPACES; i++)
		world_let_go(&world->space[i]);
	for (unsigned i = 0; i < NR_SPACES; i++) {
		struct space *space = &world->space[i];
		unsigned round = 0;

		oracle_compare(space);
		calm_down(space);
		do
			give_back(space);
		while (!is_empty(space) && round++ < ROUNDS);
		oracle_check(space, is_empty(space), "all was given back, and ids are still in use");
		leave(space);
		oracle_expect_one(space, "ioasid_space_destroy", ioasid_space_destroy(space->space, NULL, NULL), 0);
	}
	oracle_check(&world->space[0], sim_memory_blocks() == 0 && sim_memory_bytes() == 0,
	             "%llu blocks of memory are left", (unsigned long long)sim_memory_blocks());
	sim_memory_check();
}
