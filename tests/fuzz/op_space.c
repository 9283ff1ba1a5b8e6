/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_space.c - the deferred work, and looking at all of a space. */
#include "operations.h"

struct running {
	uint32_t budget;
	uint32_t done;
};

static int run(struct space *space, void *context)
{
	struct running *r = context;

	return ioasid_space_run(space->space, r->budget, &r->done);
}

void op_run(struct world *world, struct space *space, const struct operation *operation)
{
	struct running r = {.budget = operation->a & 1 ? 1u + operation->b % 8 : 0};
	int got;

	(void)world;
	if (space->held) {
		oracle_expect_one(space, "ioasid_space_run", run(space, &r), is_nested(space) ? -IOASID_EDEADLK : 0);
		oracle_check(space, r.done == 0, "a second run has done %u steps", r.done);
		return;
	}
	got = world_run(space, run, &r, r.budget == 0 && !is_nested(space));
	oracle_expect_one(space, "ioasid_space_run", got, is_nested(space) ? -IOASID_EDEADLK : 0);
	if (got == 0 && r.budget == 0)
		oracle_compare_counters(space);
}

static bool nothing_rests(struct space *space)
{
	oracle_sync(space);
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].state == IOASID_STATE_PARKED || space->life[id].state == IOASID_STATE_POISONED ||
		    space->life[id].state == IOASID_STATE_QUARANTINED)
			return false;
	return true;
}

/* A set without done() may be done without our knowing. */
static bool any_set_ends(const struct space *space, bool wants_done)
{
	for (uint32_t i = 0; i < NR_SETS; i++)
		if (space->set[i].serial != 0 && space->set[i].ended && !space->set[i].done &&
		    space->set[i].wants_done == wants_done)
			return true;
	return false;
}

static int flush(struct space *space, void *context)
{
	const uint64_t *timeout_ns = context;

	return ioasid_space_flush(space->space, *timeout_ns);
}

void op_flush(struct world *world, struct space *space, const struct operation *operation)
{
	uint64_t timeout_ns = wait_time(space, operation->a);
	bool ready = nothing_rests(space) && !any_set_ends(space, true);
	int got;

	(void)world;
	if (space->held)
		return;
	if (any_set_ends(space, false) || any_set_ends(space, true)) {
		if (is_nested(space))
			return;
		world_run_fully(space);
		ready = nothing_rests(space) && !any_set_ends(space, false) && !any_set_ends(space, true);
		if (!ready || space->fuzzy)
			return;
	}
	got = world_run(space, flush, &timeout_ns, !ready && !is_nested(space));
	/* A callback may have ended another set meanwhile. */
	ready = nothing_rests(space) && !any_set_ends(space, false) && !any_set_ends(space, true);
	(void)expect_wait(space, "ioasid_space_flush", got, ready, timeout_ns);
}

void op_compare(struct world *world, struct space *space, const struct operation *operation)
{
	(void)world;
	(void)operation;
	oracle_compare(space);
}

struct destroying {
	struct told told;
};

static int destroy(struct space *space, void *context)
{
	struct destroying *d = context;

	return ioasid_space_destroy(space->space, oracle_holder, &d->told);
}

/* A space in use refuses, names who uses it, and is as it was. */
void op_destroy(struct world *world, struct space *space, const struct operation *operation)
{
	struct destroying d = {{.space = space}};
	bool used = false;
	int got;

	(void)world;
	(void)operation;
	for (uint32_t i = 0; i < NR_SETS; i++)
		used |= space->set[i].holds != 0;
	for (uint32_t i = 0; i < NR_ACTORS; i++)
		used |= actor_at(space, i)->kind != ACTOR_NONE;
	if (!used || space->held)
		return;
	got = world_run(space, destroy, &d, !is_nested(space));
	oracle_expect_one(space, "ioasid_space_destroy", got, is_nested(space) ? -IOASID_EDEADLK : -IOASID_EBUSY);
	if (got == -IOASID_EBUSY)
		oracle_told_all(&d.told);
}

void op_hold(struct world *world, struct space *space, const struct operation *operation)
{
	(void)world;
	(void)operation;
	if (space->held)
		world_let_go(space);
	else
		world_hold(space);
}

/* Whatever waits refuses to within a read section. */
void op_read_section(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *device = choose_device(space, operation->a);
	struct actor *participant = choose_participant(space, operation->a);
	bool ready = nothing_rests(space) && !any_set_ends(space, true) && !any_set_ends(space, false);
	uint64_t ever = IOASID_FOREVER;
	uint32_t done = 7;

	(void)world;
	ioasid_port_read_begin();
	oracle_expect_one(space, "ioasid_space_run", ioasid_space_run(space->space, 0, &done), -IOASID_EDEADLK);
	oracle_check(space, done == 7, "an output was written by a call that failed");
	oracle_expect_one(space, "ioasid_space_destroy", ioasid_space_destroy(space->space, NULL, NULL),
	                  -IOASID_EDEADLK);
	if (!any_set_ends(space, false))
		oracle_expect_one(space, "ioasid_space_flush", flush(space, &ever), ready ? 0 : -IOASID_EDEADLK);
	if (device != NULL)
		oracle_expect_one(space, "ioasid_device_unregister", ioasid_device_unregister(device->device),
		                  -IOASID_EDEADLK);
	if (participant != NULL)
		oracle_expect_one(space, "ioasid_participant_withdraw",
		                  ioasid_participant_withdraw(participant->participant), -IOASID_EDEADLK);
	ioasid_port_read_end();
}

/* As if in a forked child, for which the parent's devices are nobody's business. */
void op_forked(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *device = choose_device(space, operation->a);
	uint32_t epoch = ioasid_port_epoch();
	uint64_t ever = IOASID_FOREVER;

	(void)world;
	if (space->held || is_nested(space))
		return;
	sim_epoch_set(epoch + 1);
	oracle_expect_one(space, "ioasid_space_run", ioasid_space_run(space->space, 0, NULL), -IOASID_ESTALE);
	oracle_expect_one(space, "ioasid_space_flush", flush(space, &ever), -IOASID_ESTALE);
	if (device != NULL)
		oracle_expect_one(space, "ioasid_device_unregister", ioasid_device_unregister(device->device),
		                  -IOASID_ESTALE);
	sim_epoch_set(epoch);
}
