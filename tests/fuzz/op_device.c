/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_device.c - devices that come, go, and are torn out; and what their callbacks will do. */
#include "operations.h"

void op_register(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *actor = actor_at(space, operation->a % NR_DEVICES);
	struct ioasid_device_config config = {
		.size = sizeof(config),
		.bits = 1 + (operation->b & 0x80 ? operation->b % 7 : 19),
		.context = actor,
		.name = operation->c & 1 ? "a device with a name that is longer than 31 bytes" : NULL,
	};
	uint64_t refused = sim_alloc_refused();
	struct ioasid_device *made = NULL;
	int got;

	(void)world;
	if (actor->kind != ACTOR_NONE)
		return;
	*actor = (struct actor){.space = space, .bits = config.bits};
	if ((operation->c & 0xf0) != 0xf0) {
		actor_fill(actor, operation->c);
		config.ops = &actor->ops;
	}
	got = ioasid_device_register(space->space, &config, &made);
	if (got == -IOASID_ENOMEM && sim_alloc_refused() != refused)
		return;
	oracle_expect_one(space, "ioasid_device_register", got, 0);
	actor->device = made;
	actor->kind = ACTOR_DEVICE;
}

static bool has_bindings(const struct space *space, const struct actor *device)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].device == device && space->binding[i].place != PLACE_UNUSED &&
		    space->binding[i].place != PLACE_GONE)
			return true;
	return false;
}

static bool has_ghosts(struct space *space, const struct actor *device)
{
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].ghost_devices & actor_bit(device))
			return true;
	return false;
}

void actor_forget(struct space *space, struct actor *actor)
{
	uint32_t mask = ~actor_bit(actor);

	for (uint32_t id = 0; id < space->ids; id++)
		space->life[id].task.must &= mask;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		space->binding[i].task.must &= mask;
	actor->kind = ACTOR_NONE;
}

static int unregister(struct space *space, void *context)
{
	const struct actor *actor = context;

	(void)space;
	return ioasid_device_unregister(actor->device);
}

void op_unregister(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *actor = choose_device(space, operation->a);
	struct answers answers = {0};
	int got;

	(void)world;
	if (actor == NULL || space->held)
		return;
	got = world_run(space, unregister, actor, !is_nested(space));
	if (is_nested(space)) {
		oracle_expect_one(space, "ioasid_device_unregister", got, -IOASID_EDEADLK);
		return;
	}
	oracle_allow(&answers, has_bindings(space, actor) ? -IOASID_EBUSY : 0);
	if (has_ghosts(space, actor))
		oracle_allow(&answers, -IOASID_EBUSY);
	oracle_expect(space, "ioasid_device_unregister", got, &answers);
	if (got == 0)
		actor_forget(space, actor);
}

/* Whatever failed on it, or holds it, goes. */
static void will_be_cured(struct space *space, const struct actor *device)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++) {
		struct binding *binding = &space->binding[i];

		if (binding->device == device &&
		    (binding->place == PLACE_POISONED || (binding->place == PLACE_CLOSING && binding->task.begun)))
			binding->cure_due = true;
	}
}

void op_remove(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *actor = choose_device(space, operation->a);

	(void)world;
	if (actor == NULL || oracle_is_undecided(space))
		return;
	oracle_sync(space);
	oracle_expect_one(space, "ioasid_device_remove", ioasid_device_remove(actor->device),
	                  actor->removed ? -IOASID_ESTALE : 0);
	if (actor->removed)
		return;
	will_be_cured(space, actor);
	space->failed_dropped += space->failed_answers;
	actor->removed = true;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].device == actor)
			binding_close(space, &space->binding[i]);
}

void op_reset_done(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *actor = choose_device(space, operation->a);

	(void)world;
	if (actor == NULL)
		return;
	oracle_sync(space);
	oracle_expect_one(space, "ioasid_device_reset_done", ioasid_device_reset_done(actor->device), 0);
	will_be_cured(space, actor);
}

/* From now on, that actor answers so in that phase; and does so much within the callback. */
void op_behave(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *actor = actor_at(space, operation->a % NR_ACTORS);
	unsigned phase = operation->b % (PHASES + 1);

	(void)world;
	if (actor->kind == ACTOR_NONE)
		return;
	if (phase < PHASES)
		actor->behaviour[phase] = (operation->c & 15u) % ANSWER_KINDS;
	actor->nested[phase] = operation->c >> 4 & 3u;
}
