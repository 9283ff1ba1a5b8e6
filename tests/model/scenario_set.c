/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_set.c - quota, holds, hot references, the last generation, and a space that is refused its end. */
#include "rig.h"

#define GENERATION_LAST ((1u << PORT_GEN_BITS) - 1)

static void finish(void *state)
{
	core_finish(state);
}

/* A set with a quota of one churns: never more than one charged, never a refusal for another reason. */
static void quota_of_one(void *state)
{
	core_make(state, 3, 0, 1);
}

static void within_quota(void *state)
{
	struct core *core = state;
	struct ioasid_set_info info;

	MODEL_CHECK(ioasid_set_query(core->set, &info) == 0);
	MODEL_CHECK(info.charged <= 1);
}

static void churn(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = core_alloc(core, &handle);

	MODEL_CHECK(error == 0 || error == -IOASID_EDQUOT);
	if (error == 0)
		MODEL_CHECK(core_free(core, handle) == 0);
}

static void churn_twice(void *state)
{
	churn(state);
	churn(state);
}

/* One id, which rests for two grace periods: what is refused is refused for now. */
static void far_reuse(void *state)
{
	core_make(state, 1, 1, IOASID_UNLIMITED);
}

static void reuse(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = core_alloc(core, &handle);

	MODEL_CHECK(error == 0 || error == -IOASID_EAGAIN || error == -IOASID_ENOSPC);
	core->result[model_self()] += error == -IOASID_ENOSPC;
	if (error != 0)
		return;
	MODEL_CHECK(core_free(core, handle) == 0);
}

static void reuse_twice(void *state)
{
	reuse(state);
	reuse(state);
}

/* The id has one life left: it is lived once, and then the number is withheld for good. */
static void last_life(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;

	core_make(core, 1, 0, IOASID_UNLIMITED);
	for (unsigned life = 1; life < GENERATION_LAST; life++) {
		MODEL_CHECK(core_alloc(core, &handle) == 0);
		if (life == 1)
			core->handle = handle;
		MODEL_CHECK(core_free(core, handle) == 0);
		core_settle(core);
	}
}

static void live_and_end(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = core_alloc(core, &handle);

	MODEL_CHECK(error == 0 || error == -IOASID_ENOSPC || error == -IOASID_EAGAIN);
	if (error != 0)
		return;
	core->result[model_self()] = 1;
	/* The first life's handle must not name the last one. */
	MODEL_CHECK(ioasid_id_get(core->space, core->handle) == -IOASID_ESTALE);
	MODEL_CHECK(ioasid_id_put(core->space, core->handle) == -IOASID_ESTALE);
	MODEL_CHECK(core_free(core, handle) == 0);
}

static void withheld(void *state)
{
	struct core *core = state;
	struct ioasid_counters counters = {.size = sizeof(counters)};
	ioasid_handle_t handle;

	core_settle(core);
	MODEL_CHECK(core->result[0] + core->result[1] == 1);
	MODEL_CHECK(ioasid_space_counters(core->space, &counters) == 0);
	MODEL_CHECK(counters.retired == 1);
	MODEL_CHECK(core_alloc(core, &handle) == -IOASID_ENOSPC);
	core_finish(core);
}

/* A set is looked up while its holders let go: whoever finds it may use it. */
static void two_holds(void *state)
{
	struct core *core = state;
	struct ioasid_owner owner = {1, 1};
	struct ioasid_owner_set *set;

	core_make(core, 1, 0, IOASID_UNLIMITED);
	MODEL_CHECK(ioasid_set_lookup(core->space, owner, &set) == 0);
	MODEL_CHECK(set == core->set);
}

static void look_up(void *state)
{
	struct core *core = state;
	struct ioasid_owner owner = {1, 1};
	struct ioasid_owner_set *set;
	struct ioasid_set_info info;
	int error = ioasid_set_lookup(core->space, owner, &set);

	model_say("lookup: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ENOENT);
	if (error != 0)
		return;
	MODEL_CHECK(ioasid_set_query(set, &info) == 0 && info.owner.key == 1);
	MODEL_CHECK(ioasid_set_release(set) == 0);
}

static void let_go(void *state)
{
	struct core *core = state;

	MODEL_CHECK(ioasid_set_release(core->set) == 0);
}

static void end_set(void *state)
{
	struct core *core = state;
	int error = ioasid_set_end(core->set);

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	model_say("ended");
}

/* Nobody has a hold any more: the set is gone, and the space can go. */
static void set_is_gone(void *state)
{
	struct core *core = state;

	core_settle(core);
	MODEL_CHECK(core->done == 1);
	MODEL_CHECK(ioasid_space_destroy(core->space, NULL, NULL) == 0);
	MODEL_CHECK(model_memory_in_use() == 0);
}

static void one_hold(void *state)
{
	core_make(state, 1, 0, IOASID_UNLIMITED);
}

/* A hot shared id: references are counted per CPU until it parks. */
static void hot_id(void *state)
{
	struct rig *rig = state;

	rig_make(rig, 1, 1, IOASID_UNLIMITED, IOASID_SET_HOT);
	MODEL_CHECK(rig_bind_shared(rig, 0) == 0);
	MODEL_CHECK(ioasid_binding_handle(rig->core.space, rig->on[0].binding, &rig->core.handle) == 0);
}

static void hot_held(void *state)
{
	struct rig *rig = state;

	hot_id(state);
	MODEL_CHECK(ioasid_id_get(rig->core.space, rig->core.handle) == 0);
	rig->core.held++;
}

static void hot_get_put(void *state)
{
	struct core *core = state;
	int error = ioasid_id_get(core->space, core->handle);

	model_say("get: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	if (error != 0)
		return;
	MODEL_CHECK(core->done == 0);
	core->held++;
	model_pause();
	core->held--;
	MODEL_CHECK(ioasid_id_put(core->space, core->handle) == 0);
}

static void hot_put_elsewhere(void *state)
{
	struct core *core = state;

	model_set_shard(1);
	core->held--;
	MODEL_CHECK(ioasid_id_put(core->space, core->handle) == 0);
	model_say("put");
}

/* A space in use is asked to go: it refuses, and what is said late is still heard. */
static void referenced(void *state)
{
	struct core *core = state;

	core_make(core, 1, 0, IOASID_UNLIMITED);
	MODEL_CHECK(core_alloc(core, &core->handle) == 0);
	MODEL_CHECK(ioasid_id_get(core->space, core->handle) == 0);
	core->held++;
	core_unuse(core, core->handle);
	MODEL_CHECK(ioasid_set_end(core->set) == 0);
}

static void destroy_in_vain(void *state)
{
	struct core *core = state;

	MODEL_CHECK(ioasid_space_destroy(core->space, NULL, NULL) == -IOASID_EBUSY);
	model_say("in use");
}

static void put_late(void *state)
{
	struct core *core = state;
	int error;

	core->held--;
	MODEL_CHECK(ioasid_id_put(core->space, core->handle) == 0);
	/* One too many: of a life that is parked still, or over. */
	error = ioasid_id_put(core->space, core->handle);
	MODEL_CHECK(error == -IOASID_EINVAL || error == -IOASID_ESTALE);
}

static void free_late(void *state)
{
	struct core *core = state;

	MODEL_CHECK(ioasid_id_free(core->space, core->handle) == -IOASID_ESTALE);
}

#define CORE(type, set_up, checks, count, ...) \
	.state_size = sizeof(type), .setup = set_up, .check = checks, .nr_threads = count, .threads = {__VA_ARGS__}

static const struct scenario quota_churn = {
	.name = "core-quota-churn",
	.about = "a quota of one, two who churn: never two charged",
	.stale = 1,
	.bound = 2,
	.program = {CORE(struct core, quota_of_one, finish, 3, churn_twice, churn_twice, core_reclaim_once),
                    .invariant = within_quota},
};
static const struct scenario reap = {
	.name = "core-reap",
	.about = "one id that rests for two grace periods, two who want it: its distance is waived, its grace period "
		 "never",
	.stale = 1,
	.bound = 2,
	.program = {CORE(struct core, far_reuse, finish, 3, reuse_twice, reuse, core_reclaim_twice)},
};
static const struct scenario wrap = {
	.name = "core-generation-last",
	.about = "two want the last life of an id: one lives it, and the number is withheld for good",
	.stale = 2,
	.program = {CORE(struct core, last_life, withheld, 3, live_and_end, live_and_end, core_reclaim_once)},
};
static const struct scenario lookup_end = {
	.name = "core-set-lookup-end",
	.about = "a lookup against the end of the set and the release of a hold",
	.stale = 1,
	.program = {CORE(struct core, two_holds, finish, 4, look_up, end_set, let_go, core_reclaim_once)},
};
static const struct scenario lookup_last = {
	.name = "core-set-lookup-last",
	.about = "a lookup against the release of the last hold: the set is found whole or not at all",
	.stale = 2,
	.program = {CORE(struct core, one_hold, set_is_gone, 3, look_up, let_go, core_reclaim_once)},
};
static const struct scenario hot_end = {
	.name = "core-hot-end",
	.about = "references of a hot id come and go while its set ends: done() comes after the last",
	.stale = 1,
	.program = {CORE(struct rig, hot_id, rig_finish_all, 3, end_set, hot_get_put, core_reclaim_once)},
};
static const struct scenario hot_fold = {
	.name = "core-hot-fold",
	.about = "a hot id's last reference goes on another CPU while the counts are folded",
	.stale = 1,
	.program = {CORE(struct rig, hot_held, rig_finish_all, 3, rig_park_it, hot_put_elsewhere, core_reclaim_once)},
};
static const struct scenario hot_all = {
	.name = "core-hot-all",
	.about = "both of it",
	.stale = 1,
	.bound = 2,
	.program = {CORE(struct rig, hot_held, rig_finish_all, 4, rig_park_it, hot_put_elsewhere, hot_get_put,
                         core_reclaim_once)},
};
static const struct scenario destroy_late = {
	.name = "core-destroy-late",
	.about = "a space in use refuses to go while the last put and a late free come",
	.stale = 1,
	.program = {CORE(struct core, referenced, finish, 3, destroy_in_vain, put_late, free_late)},
};

scenario_list core_set_scenarios = {
	&quota_churn, &reap, &wrap, &lookup_end, &lookup_last, &hot_end, &hot_fold, &hot_all, &destroy_late, NULL,
};
