/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * scenario_frozen.c - progress: lock-free calls finish whoever else stops for
 * ever, wherever that is; wait-free ones do within a number of steps.
 *
 * When a thread has stopped, nothing can be checked at the end but that the
 * others have come to theirs; that is the point.
 */
#include "rig.h"

static void finish(void *state)
{
	core_finish(state);
}

static void three_ids(void *state)
{
	core_make(state, 3, 0, IOASID_UNLIMITED);
}

/* Whoever has stopped has an id at most, and another rests for each call of the two. */
static void alloc_free(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = core_alloc(core, &handle);

	MODEL_CHECK(error == 0);
	MODEL_CHECK(core_free(core, handle) == 0);
}

static void two_steps(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;

	MODEL_CHECK(ioasid_id_alloc(core->set, NULL, 0, &handle) == 0);
	MODEL_CHECK(ioasid_id_publish(core->space, handle) == 0);
	MODEL_CHECK(ioasid_id_abort(core->space, handle) == -IOASID_EBUSY);
	MODEL_CHECK(ioasid_id_free(core->space, handle) == 0);
}

static void one_life(void *state)
{
	struct core *core = state;

	core_make(core, 1, 0, IOASID_UNLIMITED);
	MODEL_CHECK(core_alloc(core, &core->handle) == 0);
}

static void get_put(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = ioasid_id_find_get(core->space, ioasid_handle_id(core->handle), &handle);

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	if (error == 0)
		MODEL_CHECK(ioasid_id_put(core->space, handle) == 0);
}

static void pin_unpin(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = ioasid_id_pin(core->space, ioasid_handle_id(core->handle), &handle);

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	if (error == 0)
		MODEL_CHECK(ioasid_id_unpin(core->space, handle) == 0);
}

static void free_it(void *state)
{
	struct core *core = state;

	core_unuse(core, core->handle);
	MODEL_CHECK(ioasid_id_free(core->space, core->handle) == 0);
}

static void end_set(void *state)
{
	struct core *core = state;

	MODEL_CHECK(ioasid_set_end(core->set) == 0);
}

static void alloc_ended(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = ioasid_id_alloc(core->set, NULL, IOASID_ALLOC_ACTIVE, &handle);

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
}

/* The most steps that these may ever take, whatever others do. */
#define FIND_STEPS 5u /* of an id without a life, whose leaf is looked at */
#define BEGIN_STEPS 8u
#define END_STEPS 20u /* of the last one: it tells the reclaimer, too */

static void find_within(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error;

	model_bound_begin(FIND_STEPS);
	error = ioasid_id_find(core->space, ioasid_handle_id(core->handle), &handle);
	(void)model_bound_end();
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE || error == -IOASID_ENOENT);
}

static void request_within(void *state)
{
	int error;

	model_bound_begin(BEGIN_STEPS);
	error = rig_begin(state, 0);
	(void)model_bound_end();
	if (error != 0)
		return;
	model_bound_begin(END_STEPS);
	rig_end(state, 0);
	(void)model_bound_end();
}

#define CORE(type, set_up, checks, count, ...) \
	.state_size = sizeof(type), .setup = set_up, .check = checks, .nr_threads = count, .threads = {__VA_ARGS__}
#define RECLAIMS(thread) .may_block = 1u << (thread)

static const struct scenario alloc_frozen = {
	.name = "core-frozen-alloc",
	.about = "alloc and free beside one who stops for ever",
	.freezes = 1,
	.bound = 2,
	.stale = 1,
	.program = {CORE(struct core, three_ids, finish, 2, alloc_free, alloc_free)},
};
static const struct scenario alloc_frozen_two = {
	.name = "core-frozen-alloc-two",
	.about = "alloc and free beside two who stop for ever",
	.freezes = 2,
	.bound = 1,
	.stale = 1,
	.program = {CORE(struct core, three_ids, finish, 3, alloc_free, alloc_free, alloc_free)},
};
static const struct scenario publish_frozen = {
	.name = "core-frozen-publish",
	.about = "the two-step birth beside one who stops for ever, perhaps while reclaiming",
	.freezes = 1,
	.bound = 1,
	.stale = 1,
	.program = {CORE(struct core, three_ids, finish, 3, two_steps, alloc_free, core_reclaim_once), RECLAIMS(2)},
};
static const struct scenario get_frozen = {
	.name = "core-frozen-get",
	.about = "find, get, put, pin and unpin against free, one of whom stops for ever",
	.freezes = 1,
	.bound = 2,
	.stale = 1,
	.program = {CORE(struct core, one_life, finish, 3, get_put, pin_unpin, free_it)},
};
static const struct scenario get_frozen_two = {
	.name = "core-frozen-get-two",
	.about = "the same, two of whom stop for ever",
	.freezes = 2,
	.bound = 2,
	.stale = 1,
	.program = {CORE(struct core, one_life, finish, 3, get_put, pin_unpin, free_it)},
};
static const struct scenario end_frozen = {
	.name = "core-frozen-end",
	.about = "the end of a set against an allocation in it, one of whom stops for ever",
	.freezes = 1,
	.bound = 2,
	.stale = 1,
	.program = {CORE(struct core, three_ids, finish, 2, end_set, alloc_ended)},
};
static const struct scenario unbind_frozen = {
	.name = "core-frozen-unbind",
	.about = "unbind, park and a request: whoever stops, posting included, holds up only deferred work",
	.freezes = 1,
	.bound = 1,
	.stale = 1,
	.program = {CORE(struct rig, rig_one_life, rig_finish_all, 4, rig_unbind_it, rig_park_it, rig_request_once,
                         rig_reclaim),
                    RECLAIMS(3)},
};
static const struct scenario find_bound = {
	.name = "core-steps-find",
	.about = "find against free and reclaim: never more steps than it has lines",
	.stale = 2,
	.program = {CORE(struct core, one_life, finish, 3, find_within, free_it, core_reclaim_once)},
};
static const struct scenario request_bound = {
	.name = "core-steps-request",
	.about = "a request's begin and end against a park: a number of steps, whatever others do",
	.stale = 2,
	.program = {CORE(struct rig, rig_one_life, rig_finish_all, 3, request_within, rig_park_it, rig_reclaim)},
};
static const struct scenario request_bound_two = {
	.name = "core-steps-request-two",
	.about = "two requests at once against an unbind",
	.stale = 1,
	.bound = 2,
	.program = {CORE(struct rig, rig_one_life, rig_finish_all, 4, request_within, rig_unbind_it, request_within,
                         rig_reclaim)},
};

scenario_list core_frozen_scenarios = {
	&alloc_frozen, &alloc_frozen_two, &publish_frozen,    &get_frozen, &get_frozen_two, &end_frozen, &unbind_frozen,
	&find_bound,   &request_bound,    &request_bound_two, NULL,
};
