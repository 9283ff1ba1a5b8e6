/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_request.c - requests, pins and unbinds against whatever ends the binding. */
#include "rig.h"

/* A request is in flight already; who ends it runs on another CPU than who began it. */
static void one_request(void *state)
{
	rig_one_life(state);
	MODEL_CHECK(rig_begin(state, 0) == 0);
}

static void end_elsewhere(void *state)
{
	model_set_shard(1);
	rig_end(state, 0);
}

/* Two users of one binding: it closes with the second. */
static void two_users(void *state)
{
	struct rig *rig = state;

	rig_one_life(state);
	rig_bind_id(rig, 0);
}

static void one_pin(void *state)
{
	struct rig *rig = state;
	ioasid_binding_t binding;

	rig_one_life(state);
	MODEL_CHECK(rig_pin(rig, 0, &binding) == 0);
}

static void unpin_it(void *state)
{
	struct rig *rig = state;

	rig_unpin(rig, 0, rig->on[0].binding);
}

static void unbind_fully(void *state)
{
	MODEL_CHECK(rig_unbind(state, 0) == 0);
}

static void reset_it(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(ioasid_device_reset_done(rig->on[0].device) == 0);
}

/* The unbind alone brings the release about, while the id lives on. */
static void released_alone(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(rig->on[0].released == 1);
	rig_finish(rig);
}

#define UNBINDS(set_up, ...)                          \
	.program = {.state_size = sizeof(struct rig), \
	            .setup = set_up,                  \
	            .check = released_alone,          \
	            .nr_threads = 3,                  \
	            .threads = {__VA_ARGS__}}
#define RIG(set_up, count, ...)                       \
	.program = {.state_size = sizeof(struct rig), \
	            .setup = set_up,                  \
	            .check = rig_finish_all,          \
	            .nr_threads = count,              \
	            .threads = {__VA_ARGS__}}

static const struct scenario request_park = {
	.name = "core-request-park",
	.about = "a request against the park of its id: counted before DEVICE, or refused",
	.stale = 2,
	RIG(rig_one_life, 3, rig_park_it, rig_request_once, rig_reclaim),
};
static const struct scenario request_unbind = {
	.name = "core-request-unbind",
	.about = "a request against the unbind",
	.stale = 2,
	UNBINDS(rig_one_life, unbind_fully, rig_request_once, rig_reclaim),
};
static const struct scenario request_remove = {
	.name = "core-request-remove",
	.about = "a request against the removal of its device",
	.stale = 2,
	RIG(rig_one_life, 3, rig_remove_it, rig_request_once, rig_reclaim),
};
static const struct scenario request_drain = {
	.name = "core-request-drain",
	.about = "a request that was begun ends on another CPU while its id parks: the drain waits for it",
	.stale = 2,
	RIG(one_request, 3, rig_park_it, end_elsewhere, rig_reclaim),
};
static const struct scenario request_two = {
	.name = "core-request-two",
	.about = "two requests, one ends another's on another CPU, against a park",
	.stale = 1,
	.bound = 2,
	RIG(one_request, 4, rig_park_it, end_elsewhere, rig_request_once, rig_reclaim),
};
static const struct scenario pin_park = {
	.name = "core-device-pin-park",
	.about = "a fault's pin on a binding against the park of its id",
	.stale = 2,
	RIG(rig_one_life, 3, rig_park_it, rig_pin_once, rig_reclaim),
};
static const struct scenario pin_unbind = {
	.name = "core-device-pin-unbind",
	.about = "a fault's pin on a binding against its unbind",
	.stale = 2,
	UNBINDS(rig_one_life, unbind_fully, rig_pin_once, rig_reclaim),
};
static const struct scenario pin_remove = {
	.name = "core-device-pin-remove",
	.about = "a fault's pin on a binding against the removal of the device",
	.stale = 2,
	RIG(rig_one_life, 3, rig_remove_it, rig_pin_once, rig_reclaim),
};
static const struct scenario unpin_park = {
	.name = "core-device-unpin-park",
	.about = "the last unpin against the park: one of them releases",
	.stale = 2,
	RIG(one_pin, 3, rig_park_it, unpin_it, rig_reclaim),
};
static const struct scenario unbind_park = {
	.name = "core-unbind-park",
	.about = "an unbind against the park of the id: one quiesce, in order",
	.stale = 2,
	RIG(rig_one_life, 3, rig_park_it, rig_unbind_it, rig_reclaim),
};
static const struct scenario unbind_unbind = {
	.name = "core-unbind-unbind",
	.about = "both users of a binding unbind: the last one starts one quiesce",
	.stale = 2,
	UNBINDS(two_users, unbind_fully, unbind_fully, rig_reclaim),
};
static const struct scenario unbind_remove = {
	.name = "core-unbind-remove",
	.about = "an unbind against the removal of the device and its reset",
	.stale = 1,
	RIG(rig_one_life, 4, rig_unbind_it, rig_remove_it, rig_reclaim, reset_it),
};
static const struct scenario all_of_it = {
	.name = "core-request-unbind-park",
	.about = "a request, an unbind and a park of one binding",
	.stale = 1,
	.bound = 2,
	RIG(rig_one_life, 4, rig_park_it, rig_unbind_it, rig_request_once, rig_reclaim),
};

scenario_list core_request_scenarios = {
	&request_park, &request_unbind, &request_remove, &request_drain, &request_two,   &pin_park,  &pin_unbind,
	&pin_remove,   &unpin_park,     &unbind_park,    &unbind_unbind, &unbind_remove, &all_of_it, NULL,
};
