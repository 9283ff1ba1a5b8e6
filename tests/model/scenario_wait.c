/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_wait.c - who sleeps is woken: a wake that gets lost is a thread that waits for ever. */
#include "reclaim.h"
#include "rig.h"

#define LONG_NS UINT64_C(1000000000000)

static void one_life(void *state)
{
	struct core *core = state;

	core_make(core, 1, 0, IOASID_UNLIMITED);
	MODEL_CHECK(core_alloc(core, &core->handle) == 0);
}

static void finish(void *state)
{
	core_finish(state);
}

/* What the background thread does, until the id has come back: it has no time limit to save it. */
static void sleep_until_done(void *state)
{
	struct core *core = state;
	enum ioasid_state is;

	for (;;) {
		uint32_t seen = port_u32_load_seq_cst(&core->space->events);

		core_reclaim_once(core);
		MODEL_CHECK(ioasid_id_state(core->space, ioasid_handle_id(core->handle), &is) == 0);
		if (is == IOASID_STATE_FREE)
			return;
		reclaim_sleep(core->space, seen, UINT64_MAX);
		model_say("awake");
	}
}

static void free_it(void *state)
{
	struct core *core = state;

	MODEL_CHECK(core_free(core, core->handle) == 0);
}

static void alloc_wait(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = ioasid_id_alloc(core->set, NULL, IOASID_ALLOC_ACTIVE | IOASID_ALLOC_WAIT, &handle);

	model_say("alloc: %s", ioasid_strerror(error));
	/* An id that is in use is not waited for; one that rests is. */
	MODEL_CHECK(error == 0 || error == -IOASID_ENOSPC);
	if (error != 0)
		return;
	MODEL_CHECK(core->users[ioasid_value(ioasid_handle_id(handle))] == 0);
	core_use(core, handle);
	MODEL_CHECK(!ioasid_handle_equal(handle, core->handle));
}

static void wait_for_it(void *state)
{
	struct core *core = state;
	enum ioasid_state is;

	MODEL_CHECK(ioasid_id_wait(core->space, core->handle, LONG_NS) == 0);
	MODEL_CHECK(ioasid_id_state(core->space, ioasid_handle_id(core->handle), &is) == 0);
	MODEL_CHECK(is != IOASID_STATE_ACTIVE && is != IOASID_STATE_PARKED);
}

/* A pending callback: the reclaimer sleeps until the answer comes. */
static void pending(void *state)
{
	struct rig *rig = state;

	rig_one_life(state);
	rig->answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	rig_park_it(state);
	rig_reclaim(state);
}

static void complete_it(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(ioasid_token_complete(rig->core.space, rig->token, 0) == 0);
}

#define CORE(type, set_up, checks, count, ...)  \
	.program = {.state_size = sizeof(type), \
	            .setup = set_up,            \
	            .check = checks,            \
	            .nr_threads = count,        \
	            .threads = {__VA_ARGS__}}

static const struct scenario wake_free = {
	.name = "core-wake-free",
	.about = "the background thread falls asleep while an id is freed",
	.stale = 2,
	CORE(struct core, one_life, finish, 2, sleep_until_done, free_it),
};
static const struct scenario wake_token = {
	.name = "core-wake-token",
	.about = "the background thread falls asleep while a callback is answered",
	.stale = 2,
	CORE(struct rig, pending, rig_finish_all, 2, sleep_until_done, complete_it),
};
static const struct scenario wait_alloc = {
	.name = "core-wait-alloc",
	.about = "an allocation waits for the only id while it is freed",
	.stale = 1,
	.timeouts = 1,
	CORE(struct core, one_life, finish, 3, alloc_wait, free_it, core_reclaim_once),
};
static const struct scenario wait_id = {
	.name = "core-wait-id",
	.about = "one waits for the end of a life, a second one ends it, a third one reclaims",
	.stale = 1,
	.timeouts = 1,
	CORE(struct core, one_life, finish, 3, wait_for_it, free_it, core_reclaim_once),
};

scenario_list core_wait_scenarios = {&wake_free, &wake_token, &wait_alloc, &wait_id, NULL};
