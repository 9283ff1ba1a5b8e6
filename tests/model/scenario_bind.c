/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_bind.c - who binds first, who binds what ends, and all or nothing. */
#include "rig.h"

/* A quota of one: racing binds must share the one id that there can be. As many ids as who may try one. */
static void two_of_one(void *state)
{
	rig_make(state, 2, 2, 1, 0);
}

static void three_of_one(void *state)
{
	rig_make(state, 3, 3, 1, 0);
}

/* As many ids as binders: each may come to try one. */
static void three_of_one_and_one(void *state)
{
	rig_make(state, 3, 4, 1, 0);
}

static void two_of_one_hot(void *state)
{
	rig_make(state, 2, 2, 1, IOASID_SET_HOT);
}

static void bind_own(void *state)
{
	struct rig *rig = state;

	rig->core.result[model_self()] = (unsigned)-rig_bind_shared(rig, model_self());
}

static ioasid_handle_t bound_to(struct rig *rig, unsigned number)
{
	ioasid_handle_t handle;

	MODEL_CHECK(ioasid_binding_handle(rig->core.space, rig->on[number].binding, &handle) == 0);
	return handle;
}

static void all_share(void *state)
{
	struct rig *rig = state;

	for (unsigned i = 0; i < RIG_DEVICES && rig->on[i].bound != 0; i++)
		MODEL_CHECK(rig->on[i].bound <= 1);
	for (unsigned i = 1; i < RIG_DEVICES && rig->on[i].bound != 0; i++)
		MODEL_CHECK(ioasid_handle_equal(bound_to(rig, i), bound_to(rig, 0)));
	MODEL_CHECK(rig->on[0].bound + rig->on[1].bound >= 2);
	rig_finish(rig);
}

static void all_three_share(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(rig->on[2].bound == 1);
	all_share(state);
}

/* There is a shared id with one binding; it is freed, or its set ends, while another device binds. */
static void one_bound(void *state)
{
	struct rig *rig = state;

	rig_make(rig, 2, 2, IOASID_UNLIMITED, 0);
	MODEL_CHECK(rig_bind_shared(rig, 0) == 0);
	rig->core.handle = bound_to(rig, 0);
}

static void bind_second(void *state)
{
	struct rig *rig = state;
	int error = rig_bind_shared(rig, 1);

	/* There is a second id: whoever finds the first one parked binds that. */
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	rig->core.result[1] = (unsigned)-error;
}

static void end_set(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(ioasid_set_end(rig->core.set) == 0);
	model_say("ended");
}

/* Nobody holds the id but the bindings, and the set does not claim it: it parks with the last one. */
static void eager_bound(void *state)
{
	struct rig *rig = state;

	rig_make(rig, 2, 2, IOASID_UNLIMITED, IOASID_SET_EAGER);
	MODEL_CHECK(rig_bind_shared(rig, 0) == 0);
	rig->core.handle = bound_to(rig, 0);
}

/* One pair, two binders: with the same data both are users of one binding; with other data one is refused. */
static void one_id(void *state)
{
	struct rig *rig = state;

	rig_make(rig, 2, 1, IOASID_UNLIMITED, 0);
	MODEL_CHECK(ioasid_id_alloc(rig->core.set, NULL, IOASID_ALLOC_ACTIVE, &rig->core.handle) == 0);
}

/* The second driver's data is for the one device, too. */
static void one_device(void *state)
{
	struct rig *rig = state;

	rig_make(rig, 1, 1, IOASID_UNLIMITED, 0);
	rig->on[1].device = rig->on[0].device;
	MODEL_CHECK(ioasid_id_alloc(rig->core.set, NULL, IOASID_ALLOC_ACTIVE, &rig->core.handle) == 0);
}

static void bind_pair(struct rig *rig, struct rig_device *on)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = on->device, .data = on};
	ioasid_binding_t binding;
	int error = ioasid_id_bind(rig->core.space, rig->core.handle, &args, 1, 0, &binding);

	model_say("bind: %s", ioasid_strerror(error));
	rig->core.result[model_self()] = (unsigned)-error;
	if (error != 0)
		return;
	if (on->bound++ != 0)
		MODEL_CHECK(binding.binding_ == on->binding.binding_);
	on->binding = binding;
}

static void bind_same(void *state)
{
	struct rig *rig = state;

	bind_pair(rig, &rig->on[0]);
}

static void one_pair(void *state)
{
	struct rig *rig = state;

	one_device(rig);
	rig_bind_id(rig, 0);
}

static void unbind_fully(void *state)
{
	MODEL_CHECK(rig_unbind(state, 0) == 0);
}

static void bind_other(void *state)
{
	struct rig *rig = state;

	bind_pair(rig, &rig->on[1]);
}

static void both_use(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(rig->on[0].bound == 2);
	MODEL_CHECK(rig_unbind(rig, 0) == 0);
	core_settle(&rig->core);
	MODEL_CHECK(rig->on[0].released == 0);
	MODEL_CHECK(rig_unbind(rig, 0) == 0);
	core_settle(&rig->core);
	MODEL_CHECK(rig->on[0].released == 1);
	rig_finish(rig);
}

static void one_use(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(rig->on[0].bound + rig->on[1].bound == 1);
	MODEL_CHECK(rig->core.result[0] + rig->core.result[1] == IOASID_EBUSY);
	rig_finish(rig);
}

/* The second bind meets the first one's quiesce: not bound any more, and not gone yet. */
static void bind_again(void *state)
{
	struct rig *rig = state;
	struct ioasid_bind_args args = {.size = sizeof(args), .device = rig->on[0].device, .data = &rig->on[1]};
	ioasid_binding_t binding;
	int error = ioasid_id_bind(rig->core.space, rig->core.handle, &args, 1, 0, &binding);

	model_say("bind again: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_EBUSY || error == -IOASID_EAGAIN);
	if (error != 0)
		return;
	/* The pair was bound anew: then its first binding is gone for good. */
	MODEL_CHECK(rig->on[0].released == 1);
	rig->on[1].binding = binding;
	rig->on[1].bound++;
}

/* All or nothing, against what takes one of them away. */
static void bind_both(void *state)
{
	struct rig *rig = state;
	struct ioasid_bind_args args[2];
	ioasid_binding_t binding[2];
	int error;

	for (unsigned i = 0; i < 2; i++)
		args[i] = (struct ioasid_bind_args){.size = sizeof(args[i]),
		                                    .device = rig->on[i].device,
		                                    .data = &rig->on[i]};
	error = ioasid_id_bind(rig->core.space, rig->core.handle, args, 2, 0, binding);
	model_say("bind of both: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	for (unsigned i = 0; i < 2 && error == 0; i++) {
		rig->on[i].binding = binding[i];
		rig->on[i].bound++;
	}
}

static void remove_second(void *state)
{
	rig_remove(state, 1);
}

/* Which have been told of, and both or neither. */
static void both_or_neither(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(rig->on[0].bound == rig->on[1].bound);
	if (rig->on[0].bound == 0)
		MODEL_CHECK(rig->on[0].released == 0 && rig->on[1].released == 0);
	rig_finish(rig);
}

/* Four binders: two are one driver's, on one device; all end up on one id. */
static void four_share(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(rig->on[0].bound == 2 && rig->on[1].bound == 1 && rig->on[2].bound == 1);
	MODEL_CHECK(rig_unbind(rig, 0) == 0);
	rig->on[0].bound = 1;
	for (unsigned i = 1; i < RIG_DEVICES; i++)
		MODEL_CHECK(ioasid_handle_equal(bound_to(rig, i), bound_to(rig, 0)));
	rig_finish(rig);
}

static void bind_first(void *state)
{
	MODEL_CHECK(rig_bind_shared(state, 0) == 0);
}

static void bind_one(void *state)
{
	struct rig *rig = state;
	struct ioasid_bind_args args = {.size = sizeof(args), .device = rig->on[0].device, .data = &rig->on[0]};
	ioasid_binding_t binding;
	int error = ioasid_id_bind(rig->core.space, rig->core.handle, &args, 1, 0, &binding);

	model_say("bind: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	if (error == 0)
		rig->on[0].bound++;
}

/* Whoever came first: the device is gone, and nothing of it is left. */
static void nothing_of_it(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(rig->on[0].released == rig->on[0].bound);
	MODEL_CHECK(ioasid_device_unregister(rig->on[0].device) == 0);
	rig->nr_devices = 0;
	rig_finish(rig);
}

#define RIG(set_up, checks, count, ...)               \
	.program = {.state_size = sizeof(struct rig), \
	            .setup = set_up,                  \
	            .check = checks,                  \
	            .nr_threads = count,              \
	            .threads = {__VA_ARGS__}}

static const struct scenario shared_two = {
	.name = "core-bind-shared-two",
	.about = "two devices bind a set's shared id at once, with a quota of one",
	.stale = 1,
	.bound = 2,
	RIG(two_of_one, all_share, 2, bind_own, bind_own),
};
static const struct scenario shared_two_hot = {
	.name = "core-bind-shared-hot",
	.about = "the same, and the id's references are counted per CPU",
	.stale = 1,
	.bound = 1,
	RIG(two_of_one_hot, all_share, 2, bind_own, bind_own),
};
static const struct scenario shared_three = {
	.name = "core-bind-shared-three",
	.about = "three devices bind a set's shared id at once, with a quota of one",
	.stale = 1,
	.bound = 1,
	RIG(three_of_one, all_three_share, 3, bind_own, bind_own, bind_own),
};
static const struct scenario shared_free = {
	.name = "core-bind-shared-free",
	.about = "a device binds the shared id while it is freed",
	.stale = 1,
	.bound = 2,
	RIG(one_bound, rig_finish_all, 3, rig_park_it, bind_second, rig_reclaim),
};
static const struct scenario shared_eager = {
	.name = "core-bind-shared-eager",
	.about = "a device binds the shared id while its last binding goes",
	.stale = 1,
	.bound = 2,
	RIG(eager_bound, rig_finish_all, 3, rig_unbind_it, bind_second, rig_reclaim),
};
static const struct scenario shared_end = {
	.name = "core-bind-shared-end",
	.about = "a device binds the shared id while the set ends",
	.stale = 1,
	.bound = 2,
	RIG(one_bound, rig_finish_all, 3, end_set, bind_second, rig_reclaim),
};
static const struct scenario pair_same = {
	.name = "core-bind-pair-same",
	.about = "two bind one pair with the same data: one binding, two users",
	.stale = 1,
	.bound = 2,
	RIG(one_id, both_use, 2, bind_same, bind_same),
};
static const struct scenario pair_other = {
	.name = "core-bind-pair-other",
	.about = "two bind one pair, with data of their own: one is refused",
	.stale = 1,
	.bound = 2,
	RIG(one_device, one_use, 2, bind_same, bind_other),
};
static const struct scenario pair_again = {
	.name = "core-bind-pair-again",
	.about = "a pair is bound again while its first binding quiesces",
	.stale = 1,
	.bound = 2,
	RIG(one_pair, rig_finish_all, 3, unbind_fully, bind_again, rig_reclaim),
};
static const struct scenario both_remove = {
	.name = "core-bind-both-remove",
	.about = "a bind of two devices while one of them is removed: both or neither",
	.stale = 1,
	.bound = 2,
	RIG(one_id, both_or_neither, 3, bind_both, remove_second, rig_reclaim),
};
static const struct scenario both_park = {
	.name = "core-bind-both-park",
	.about = "a bind of two devices while their id parks: both or neither",
	.stale = 1,
	.bound = 1,
	RIG(one_id, both_or_neither, 3, bind_both, rig_park_it, rig_reclaim),
};
static const struct scenario one_remove = {
	.name = "core-bind-remove",
	.about = "a bind while its device is removed",
	.stale = 1,
	RIG(one_device, nothing_of_it, 3, bind_one, rig_remove_it, rig_reclaim),
};
static const struct scenario one_park = {
	.name = "core-bind-park",
	.about = "a bind while its id parks",
	.stale = 1,
	.bound = 2,
	RIG(one_id, rig_finish_all, 3, bind_one, rig_park_it, rig_reclaim),
};

static const struct scenario shared_four = {
	.name = "core-bind-shared-four",
	.about = "four bind a set's shared id at once, two of them one device: three bindings, one id",
	.stale = 1,
	.bound = 1,
	RIG(three_of_one_and_one, four_share, 4, bind_first, bind_own, bind_own, bind_first),
};

scenario_list core_bind_scenarios = {
	&shared_two, &shared_two_hot, &shared_three, &shared_four, &shared_free, &shared_eager, &shared_end, &pair_same,
	&pair_other, &pair_again,     &both_remove,  &both_park,   &one_remove,  &one_park,     NULL,
};
