/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_life.c - one id: who gets it, who still finds it, and when it may come back. */
#include "core.h"

#include "lifecycle.h"

static void two_ids(void *state)
{
	core_make(state, 2, 0, IOASID_UNLIMITED);
}

static void finish(void *state)
{
	core_finish(state);
}

/* Exhaustion: three want one of two ids. */
static void alloc_one(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;

	core->result[model_self()] = (unsigned)-core_alloc(core, &handle);
}

static void one_refused(void *state)
{
	struct core *core = state;
	unsigned refused = 0;

	for (unsigned i = 0; i < 3; i++) {
		MODEL_CHECK(core->result[i] == 0 || core->result[i] == IOASID_ENOSPC);
		refused += core->result[i] != 0;
	}
	MODEL_CHECK(refused == 1);
	core_finish(core);
}

static const struct scenario alloc_alloc = {
	.name = "core-alloc-exhaust",
	.about = "three allocate two ids: two get one each, one is told that there is no more",
	.stale = 1,
	.program = {sizeof(struct core), 3, two_ids, {alloc_one, alloc_one, alloc_one}, NULL, one_refused, NULL, 0},
};

/* Quota: as exhaustion, but of the set. */
static void quota_of_one(void *state)
{
	core_make(state, 4, 0, 1);
}

static void one_within_quota(void *state)
{
	struct core *core = state;

	MODEL_CHECK(core->result[0] + core->result[1] == IOASID_EDQUOT);
	core_finish(core);
}

static const struct scenario quota = {
	.name = "core-alloc-quota",
	.about = "two allocate within a quota of one",
	.program = {sizeof(struct core), 2, quota_of_one, {alloc_one, alloc_one}, NULL, one_within_quota, NULL, 0},
};

/* Allocation, end and reuse, with somebody who drives grace periods. */
static void alloc_and_free(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = core_alloc(core, &handle);

	/* One id each is all that can be out, quarantined ones included: there is one, or one that rests. */
	MODEL_CHECK(error == 0 || error == -IOASID_EAGAIN);
	if (error == 0)
		MODEL_CHECK(core_free(core, handle) == 0);
}

static void alloc_and_free_twice(void *state)
{
	alloc_and_free(state);
	alloc_and_free(state);
}

static const struct scenario alloc_free = {
	.name = "core-alloc-free",
	.about = "two allocate and free twice, a third drives grace periods: never ENOSPC",
	.stale = 1,
	.bound = 2,
	.program = {sizeof(struct core),
                    3,
                    two_ids,
                    {alloc_and_free_twice, alloc_and_free_twice, core_reclaim_twice},
                    NULL,
                    finish,
                    NULL,
                    0},
};

static void one_life(void *state)
{
	struct core *core = state;

	core_make(core, 1, 0, IOASID_UNLIMITED);
	MODEL_CHECK(core_alloc(core, &core->handle) == 0);
}

/* The last put against get; the id, which nobody allocated but for a bind that is over, comes back only then. */
static void one_reference(void *state)
{
	struct core *core = state;
	uint32_t how = SLOT_BIRTH_ACTIVE | SLOT_BIRTH_BIND;

	core_make(core, 1, 0, IOASID_UNLIMITED);
	MODEL_CHECK(life_create(core->set, 0, CORE_IDS - 1, how, false, &core->handle) == 0);
	MODEL_CHECK(ioasid_id_get(core->space, core->handle) == 0);
	MODEL_CHECK(life_unbind(core->space, table_slot(&core->space->table, handle_number(core->handle)),
	                        core->handle) == 0);
	core_use(core, core->handle);
}

static void put_last(void *state)
{
	struct core *core = state;

	core_unuse(core, core->handle);
	MODEL_CHECK(ioasid_id_put(core->space, core->handle) == 0);
}

static void get_and_put(void *state)
{
	struct core *core = state;
	int error = ioasid_id_get(core->space, core->handle);

	model_say("get: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	if (error != 0)
		return;
	core_use(core, core->handle);
	core_unuse(core, core->handle);
	MODEL_CHECK(ioasid_id_put(core->space, core->handle) == 0);
}

static void reclaim_and_alloc(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error;

	core_reclaim_once(core);
	error = core_alloc(core, &handle);
	if (error == 0)
		MODEL_CHECK(!ioasid_handle_equal(handle, core->handle));
}

static const struct scenario put_get = {
	.name = "core-put-get",
	.about = "the last put against a get, while a third drives grace periods and allocates",
	.stale = 2,
	.program = {sizeof(struct core),
                    3,
                    one_reference,
                    {put_last, get_and_put, reclaim_and_alloc},
                    NULL,
                    finish,
                    NULL,
                    0},
};

/* Free against find and pin. */
static void free_it(void *state)
{
	struct core *core = state;

	MODEL_CHECK(core_free(core, core->handle) == 0);
}

static void find_and_get(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = ioasid_id_find(core->space, ioasid_handle_id(core->handle), &handle);

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE || error == -IOASID_ENOENT);
	if (error != 0)
		return;
	error = ioasid_id_get(core->space, handle);
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	if (error != 0)
		return;
	core_use(core, handle);
	core_unuse(core, handle);
	MODEL_CHECK(ioasid_id_put(core->space, handle) == 0);
}

static void pin_and_unpin(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error = ioasid_id_pin(core->space, ioasid_handle_id(core->handle), &handle);

	model_say("pin: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE || error == -IOASID_ENOENT);
	if (error != 0)
		return;
	core_use(core, handle);
	core_unuse(core, handle);
	MODEL_CHECK(ioasid_id_unpin(core->space, handle) == 0);
}

static const struct scenario free_find = {
	.name = "core-free-find",
	.about = "free against find and get, while a third reclaims and allocates",
	.stale = 2,
	.program =
		{sizeof(struct core), 3, one_life, {free_it, find_and_get, reclaim_and_alloc}, NULL, finish, NULL, 0},
};
static const struct scenario free_pin = {
	.name = "core-free-pin",
	.about = "free against a fault's pin, while a third reclaims and allocates",
	.stale = 2,
	.program =
		{sizeof(struct core), 3, one_life, {free_it, pin_and_unpin, reclaim_and_alloc}, NULL, finish, NULL, 0},
};

/* Two frees of one life: one of them is told that it is too late. */
static void free_either(void *state)
{
	struct core *core = state;
	int error = ioasid_id_free(core->space, core->handle);

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	core->result[model_self()] = (unsigned)-error;
}

static void freed_once(void *state)
{
	struct core *core = state;

	MODEL_CHECK(core->result[0] + core->result[1] == IOASID_ESTALE);
	core_finish(core);
}

static const struct scenario free_free = {
	.name = "core-free-free",
	.about = "two frees and a pin",
	.program = {sizeof(struct core),
                    3,
                    one_life,
                    {free_either, free_either, pin_and_unpin},
                    NULL,
                    freed_once,
                    NULL,
                    0},
};

/* The end of the set against an allocation in it. */
static void end_set(void *state)
{
	struct core *core = state;

	MODEL_CHECK(ioasid_set_end(core->set) == 0);
}

static void alloc_in_ending(void *state)
{
	struct core *core = state;
	int error = ioasid_id_alloc(core->set, NULL, IOASID_ALLOC_ACTIVE, &core->handle);

	model_say("alloc: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
}

static void all_ended(void *state)
{
	struct core *core = state;
	struct ioasid_set_info info;

	core_settle(core);
	MODEL_CHECK(ioasid_set_query(core->set, &info) == 0);
	MODEL_CHECK(info.ended && info.done && info.charged == 0);
	core_finish(core);
}

static void reserve_then_publish(void *state)
{
	struct core *core = state;
	int error = ioasid_id_alloc(core->set, NULL, 0, &core->handle);

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	if (error != 0)
		return;
	error = ioasid_id_publish(core->space, core->handle);
	model_say("publish: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
}

static const struct scenario end_alloc = {
	.name = "core-end-alloc",
	.about = "the end of a set against an allocation in it, while a third reclaims",
	.stale = 2,
	.program = {sizeof(struct core),
                    3,
                    two_ids,
                    {end_set, alloc_in_ending, core_reclaim_once},
                    NULL,
                    all_ended,
                    NULL,
                    0},
};

/* The chunk is on the set's map already, so that nothing but the birth itself, a store, can tell the end of it. */
static void one_lived(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;

	two_ids(core);
	MODEL_CHECK(core_alloc(core, &handle) == 0);
	MODEL_CHECK(core_free(core, handle) == 0);
	core_settle(core);
}

static const struct scenario end_alloc_again = {
	.name = "core-end-alloc-again",
	.about = "the end of a set against an allocation where it has had an id before",
	.stale = 2,
	.program = {sizeof(struct core),
                    3,
                    one_lived,
                    {end_set, alloc_in_ending, core_reclaim_once},
                    NULL,
                    all_ended,
                    NULL,
                    0},
};
static const struct scenario end_alloc_alone = {
	.name = "core-end-alloc-alone",
	.about = "the same on a host where nobody can have all CPUs pass a fence",
	.stale = 2,
	.alone = true,
	.program = {sizeof(struct core),
                    3,
                    one_lived,
                    {end_set, alloc_in_ending, core_reclaim_once},
                    NULL,
                    all_ended,
                    NULL,
                    0},
};
static const struct scenario end_publish = {
	.name = "core-end-publish",
	.about = "the end of a set against the two-step birth",
	.stale = 2,
	.program = {sizeof(struct core),
                    3,
                    two_ids,
                    {end_set, reserve_then_publish, core_reclaim_once},
                    NULL,
                    all_ended,
                    NULL,
                    0},
};

scenario_list core_life_scenarios = {
	&alloc_alloc, &quota,     &alloc_free,      &put_get,         &free_find,   &free_pin,
	&free_free,   &end_alloc, &end_alloc_again, &end_alloc_alone, &end_publish, NULL,
};
