/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_wait.c - who sleeps is woken: a wake that gets lost is a thread that waits for ever. */
#include "lifecycle.h"
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

/*
 * Two ids, one of them in use. A set with a quota is there, so that what is taken may come back;
 * what takes the other id here, and who waits for it should it do so, have none.
 */
static void one_left(void *state)
{
	struct core *core = state;
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {2, 1}, .quota = 1};
	struct ioasid_owner_set *bounded;

	core_make(core, 2, 0, IOASID_UNLIMITED);
	MODEL_CHECK(core_alloc(core, &core->handle) == 0);
	MODEL_CHECK(ioasid_set_create(core->space, &config, &bounded) == 0);
	/* There until the reclaimer has heard of it. */
	MODEL_CHECK(ioasid_set_release(bounded) == 0);
}

static void take_the_last(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = core_alloc(core, &handle);

	MODEL_CHECK(error == 0 || error == -IOASID_ENOSPC || error == -IOASID_EAGAIN);
}

/* As wait_for() does beside a background thread: without a time limit to save it. */
static void wait_for_the_last(void *state)
{
	struct core *core = state;
	struct ioasid_space *space = core->space;
	ioasid_handle_t handle;
	int error;

	(void)port_u32_add_seq_cst(&space->waiters, 1);
	port_fence_seq_cst();
	for (;;) {
		uint32_t seen = port_u32_load_seq_cst(&space->events);

		error = life_create(core->set, 0, CORE_IDS - 1, SLOT_BIRTH_CLAIM | SLOT_BIRTH_ACTIVE, true, &handle);
		model_say("alloc: %s", ioasid_strerror(error));
		if (error != -IOASID_EAGAIN)
			break;
		reclaim_sleep(space, seen, UINT64_MAX);
	}
	(void)port_u32_add_seq_cst(&space->waiters, UINT32_MAX);
	MODEL_CHECK(error == 0 || error == -IOASID_ENOSPC);
	if (error == 0)
		core_use(core, handle);
}

static void wait_for_it(void *state)
{
	struct core *core = state;
	enum ioasid_state is;

	MODEL_CHECK(ioasid_id_wait(core->space, core->handle, LONG_NS) == 0);
	MODEL_CHECK(ioasid_id_state(core->space, ioasid_handle_id(core->handle), &is) == 0);
	MODEL_CHECK(is != IOASID_STATE_ACTIVE && is != IOASID_STATE_PARKED);
}

/* A pair that is being unbound is bound anew, by who waits until it can be. */
static void bind_wait(void *state)
{
	struct rig *rig = state;
	struct ioasid_bind_args args = {.size = sizeof(args), .device = rig->on[0].device, .data = &rig->on[1]};
	int error = ioasid_id_bind(rig->core.space, rig->core.handle, &args, 1, IOASID_BIND_WAIT, &rig->on[1].binding);

	model_say("bind: %s", ioasid_strerror(error));
	/* Bound with other data still, or anew: then the first driver has let go. */
	MODEL_CHECK(error == 0 || error == -IOASID_EBUSY);
	if (error != 0)
		return;
	MODEL_CHECK(rig->on[0].released == 1);
	rig->on[1].bound++;
}

static void one_pair(void *state)
{
	struct rig *rig = state;

	rig_one_life(state);
	rig->on[1].device = rig->on[0].device;
}

/* The same of two devices at once, the other of which is free to be bound. */
static void one_of_two(void *state)
{
	struct rig *rig = state;

	rig_make(rig, 2, 1, IOASID_UNLIMITED, 0);
	MODEL_CHECK(ioasid_id_alloc(rig->core.set, NULL, IOASID_ALLOC_ACTIVE, &rig->core.handle) == 0);
	rig_bind_id(rig, 0);
	rig->on[2].device = rig->on[0].device;
}

static void bind_both_wait(void *state)
{
	struct rig *rig = state;
	struct ioasid_bind_args args[2];
	ioasid_binding_t binding[2];
	int error;

	for (unsigned i = 0; i < 2; i++)
		args[i] = (struct ioasid_bind_args){.size = sizeof(args[i]),
		                                    .device = rig->on[1 + i].device,
		                                    .data = &rig->on[1 + i]};
	error = ioasid_id_bind(rig->core.space, rig->core.handle, args, 2, IOASID_BIND_WAIT, binding);
	model_say("bind of both: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_EBUSY);
	for (unsigned i = 0; i < 2 && error == 0; i++) {
		rig->on[1 + i].binding = binding[i];
		rig->on[1 + i].bound++;
	}
	MODEL_CHECK(error != 0 || rig->on[0].released == 1);
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
static const struct scenario wait_last = {
	.name = "core-wait-last",
	.about = "an allocation waits for the last id, which is another's by then, and is told so",
	.stale = 2,
	CORE(struct core, one_left, finish, 2, take_the_last, wait_for_the_last),
};
static const struct scenario wait_id = {
	.name = "core-wait-id",
	.about = "one waits for the end of a life, a second one ends it, a third one reclaims",
	.stale = 1,
	.timeouts = 1,
	CORE(struct core, one_life, finish, 3, wait_for_it, free_it, core_reclaim_once),
};

static const struct scenario wait_bind = {
	.name = "core-wait-bind",
	.about = "a bind waits for the pair, which is being unbound",
	.stale = 1,
	.bound = 2,
	.timeouts = 1,
	CORE(struct rig, one_pair, rig_finish_all, 3, bind_wait, rig_unbind_it, rig_reclaim),
};

static const struct scenario wait_both = {
	.name = "core-wait-bind-both",
	.about = "a bind of two devices waits for one of them, which is being unbound",
	.stale = 1,
	.bound = 1,
	.timeouts = 1,
	CORE(struct rig, one_of_two, rig_finish_all, 3, bind_both_wait, rig_unbind_it, rig_reclaim),
};

scenario_list core_wait_scenarios = {&wake_free, &wake_token, &wait_alloc, &wait_last,
                                     &wait_id,   &wait_bind,  &wait_both,  NULL};
