/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * scenarios.c - what the other checks of the core do not look at closely enough
 * to see one of the mutants of this folder.
 */
#include "core.h"

#include "lifecycle.h"
#include "scenarios.h"

extern scenario_list mutant_scenarios;

/* Two ids: one rests already, the other is found by a reader while it is freed. */
static void one_rests_one_lives(void *state)
{
	struct core *core = state;
	ioasid_handle_t first;

	core_make(core, 2, 0, IOASID_UNLIMITED);
	MODEL_CHECK(core_alloc(core, &first) == 0);
	MODEL_CHECK(core_alloc(core, &core->handle) == 0);
	MODEL_CHECK(core_free(core, first) == 0);
}

static void find_and_look(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	enum ioasid_state now;

	port_read_lock();
	if (ioasid_id_find(core->space, ioasid_handle_id(core->handle), &handle) == 0 &&
	    ioasid_handle_equal(handle, core->handle)) {
		model_say("finds it");
		core_use(core, handle);
		MODEL_CHECK(ioasid_id_state(core->space, ioasid_handle_id(handle), &now) == 0);
		core_unuse(core, handle);
	}
	port_read_unlock();
}

static void free_handle(void *state)
{
	struct core *core = state;

	MODEL_CHECK(core_free(core, core->handle) == 0);
}

static void reclaim_and_alloc_both(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;

	core_reclaim_once(core);
	if (core_alloc(core, &handle) == 0)
		(void)core_alloc(core, &handle);
}

static void finish(void *state)
{
	core_finish(state);
}

static const struct scenario reader = {
	.name = "mutant-reader",
	.about = "an id that a reader has found is nobody else's before the end of his read section",
	.stale = 2,
	.program = {sizeof(struct core),
                    3,
                    one_rests_one_lives,
                    {find_and_look, free_handle, reclaim_and_alloc_both},
                    NULL,
                    finish,
                    NULL,
                    0},
};

/* Two are in a tally, which is closed and folded; whoever is told that it is drained sees what they did. */
struct leavers {
	struct memory memory;
	struct tally tally;
	struct tally_ref ref;
	uint32_t work[2];
	unsigned drained;
};

static void two_in(void *state)
{
	struct leavers *s = state;

	s->tally.memory = &s->memory;
	s->tally.shards = PORT_SHARDS;
	MODEL_CHECK(tally_take(&s->tally, &s->ref) == 0);
	tally_enter(&s->tally, &s->ref);
	tally_enter(&s->tally, &s->ref);
}

static void told(struct leavers *s)
{
	s->drained++;
	model_say("drained");
	MODEL_CHECK(port_plain_get(s->work[0]) == 1 && port_plain_get(s->work[1]) == 1);
}

static void work_and_leave(void *state)
{
	struct leavers *s = state;
	enum tally_left left;

	port_plain_set(s->work[model_self()], 1);
	port_read_lock();
	left = tally_leave(&s->tally, &s->ref);
	port_read_unlock();
	MODEL_CHECK(left != TALLY_SURPLUS);
	if (left == TALLY_DRAINED)
		told(s);
}

static void close_and_fold(void *state)
{
	struct leavers *s = state;
	uint64_t surplus = 0;

	tally_close(&s->ref);
	ioasid_port_synchronize();
	if (tally_fold(&s->tally, &s->ref, &surplus))
		told(s);
	MODEL_CHECK(surplus == 0);
}

static void drained_once(void *state)
{
	struct leavers *s = state;

	MODEL_CHECK(s->drained == 1);
}

static const struct scenario leave_fold = {
	.name = "mutant-tally",
	.about = "two leave while their tally is folded: one is told that it is drained, and sees all that was done",
	.program = {sizeof(struct leavers),
                    3,
                    two_in,
                    {work_and_leave, work_and_leave, close_and_fold},
                    NULL,
                    drained_once,
                    NULL,
                    0},
};

/* A quota of one: who is refused must not have kept another from it. */
static void quota_of_one(void *state)
{
	core_make(state, 2, 0, 1);
}

static void charge_twice(void *state)
{
	struct core *core = state;

	for (unsigned i = 0; i < 2; i++) {
		core->result[0] = (unsigned)-owner_charge_one(core->set, core->set->quota);
		model_say("charge: %u", core->result[0]);
		if (core->result[0] == 0)
			(void)owner_uncharge(core->set, 1);
	}
}

static void charge_once(void *state)
{
	struct core *core = state;

	core->result[1] = (unsigned)-owner_charge_one(core->set, core->set->quota);
	model_say("charge: %u", core->result[1]);
}

static void refused_for_a_reason(void *state)
{
	struct core *core = state;

	MODEL_CHECK(core->result[1] == 0 || core->result[0] == 0);
	if (core->result[1] == 0)
		(void)owner_uncharge(core->set, 1);
	core_finish(core);
}

static const struct scenario quota = {
	.name = "mutant-quota",
	.about = "whoever is refused by the quota has never had a part of it",
	.program = {sizeof(struct core),
                    2,
                    quota_of_one,
                    {charge_twice, charge_once},
                    NULL,
                    refused_for_a_reason,
                    NULL,
                    0},
};

/* The last release of a set against the reclaimer, who frees it. */
static void empty_set(void *state)
{
	core_make(state, 1, 0, IOASID_UNLIMITED);
}

static void end_and_release(void *state)
{
	struct core *core = state;

	MODEL_CHECK(ioasid_set_end(core->set) == 0);
	MODEL_CHECK(ioasid_set_release(core->set) == 0);
}

static void nothing_is_left(void *state)
{
	struct core *core = state;

	core_settle(core);
	MODEL_CHECK(core->done == 1);
	MODEL_CHECK(ioasid_space_destroy(core->space, NULL, NULL) == 0);
	MODEL_CHECK(model_memory_in_use() == 0);
}

static const struct scenario release = {
	.name = "mutant-release",
	.about = "the last release of a set, which the reclaimer frees",
	.stale = 2,
	.program = {sizeof(struct core),
                    2,
                    empty_set,
                    {end_and_release, core_reclaim_twice},
                    NULL,
                    nothing_is_left,
                    NULL,
                    0},
};

/* Two want the shared id of a set, which one of them makes. */
static void share_and_drop(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;

	MODEL_CHECK(life_share(core->set, CORE_IDS - 1, &handle) == 0);
	core->lives[model_self()] = (unsigned)handle.handle_;
	MODEL_CHECK(life_unbind(core->space, table_slot(&core->space->table, handle_number(handle)), handle) == 0);
}

static void one_shared(void *state)
{
	struct core *core = state;

	MODEL_CHECK(core->lives[0] == core->lives[1]);
	core_finish(core);
}

static void two_free(void *state)
{
	core_make(state, 2, 0, IOASID_UNLIMITED);
}

static const struct scenario share = {
	.name = "mutant-share",
	.about = "two want the one shared id of a set",
	.stale = 2,
	.program = {sizeof(struct core), 2, two_free, {share_and_drop, share_and_drop}, NULL, one_shared, NULL, 0},
};
static const struct scenario share_frozen = {
	.name = "mutant-share-frozen",
	.about = "the same, one of whom may stop for ever",
	.stale = 1,
	.freezes = 1,
	.steps = 1000,
	.program = {sizeof(struct core), 2, two_free, {share_and_drop, share_and_drop}, NULL, one_shared, NULL, 0},
};

/* A request against the unbind of its binding: what stands behind the device is asked when none is in flight. */
struct requests {
	struct core core;
	struct ioasid_quiesce_ops ops;
	struct ioasid_device *device;
	ioasid_binding_t binding;
	unsigned in_flight;
	unsigned asked;
};

static int nothing_in_flight(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct requests *s = context;

	(void)view;
	(void)token;
	s->asked++;
	model_say("the IOMMU is asked");
	MODEL_CHECK(s->in_flight == 0);
	return IOASID_DONE;
}

static void one_bound(void *state)
{
	struct requests *s = state;
	struct ioasid_device_config config = {
		.size = sizeof(config),
		.bits = CORE_BITS,
		.ops = &s->ops,
		.context = s,
	};
	struct ioasid_bind_args args = {.size = sizeof(args)};

	s->ops.size = sizeof(s->ops);
	s->ops.quiesce[IOASID_PHASE_IOMMU] = nothing_in_flight;
	core_make(&s->core, 1, 0, IOASID_UNLIMITED);
	MODEL_CHECK(core_alloc(&s->core, &s->core.handle) == 0);
	MODEL_CHECK(ioasid_device_register(s->core.space, &config, &s->device) == 0);
	args.device = s->device;
	MODEL_CHECK(ioasid_id_bind(s->core.space, s->core.handle, &args, 1, 0, &s->binding) == 0);
}

static void submit(void *state)
{
	struct requests *s = state;
	enum ioasid_state now;

	if (ioasid_request_begin(s->core.space, s->binding) != 0)
		return;
	model_say("a request is in flight");
	s->in_flight++;
	MODEL_CHECK(ioasid_id_state(s->core.space, ioasid_handle_id(s->core.handle), &now) == 0);
	s->in_flight--;
	MODEL_CHECK(ioasid_request_end(s->core.space, s->binding) == 0);
}

static void unbind(void *state)
{
	struct requests *s = state;

	MODEL_CHECK(ioasid_binding_unbind(s->core.space, s->binding) == 0);
}

static void asked_once(void *state)
{
	struct requests *s = state;

	core_settle(&s->core);
	MODEL_CHECK(s->asked == 1);
	MODEL_CHECK(core_free(&s->core, s->core.handle) == 0);
	MODEL_CHECK(ioasid_device_unregister(s->device) == 0);
	core_finish(&s->core);
}

static const struct scenario request = {
	.name = "mutant-request",
	.about = "a request against an unbind: none is in flight when the IOMMU is asked",
	.stale = 1,
	.program =
		{sizeof(struct requests), 3, one_bound, {submit, unbind, core_reclaim_once}, NULL, asked_once, NULL, 0},
};

/* The last life that a number has, ended by two at once: its set is charged for it once. */
static void last_life(void *state)
{
	struct core *core = state;

	core_make(core, 1, 0, IOASID_UNLIMITED);
	for (uint32_t generation = 1; generation < SLOT_GEN_MAX; generation++) {
		MODEL_CHECK(core_alloc(core, &core->handle) == 0);
		MODEL_CHECK(core_free(core, core->handle) == 0);
		core_settle(core);
	}
	MODEL_CHECK(core_alloc(core, &core->handle) == 0);
	MODEL_CHECK(ioasid_id_get(core->space, core->handle) == 0);
	MODEL_CHECK(ioasid_id_get(core->space, core->handle) == 0);
	MODEL_CHECK(core_free(core, core->handle) == 0);
	core_settle(core);
}

static void put_one(void *state)
{
	struct core *core = state;

	MODEL_CHECK(ioasid_id_put(core->space, core->handle) == 0);
}

static const struct scenario last_puts = {
	.name = "mutant-last-life",
	.about = "two last puts of a number's last life: it ends once",
	.program = {sizeof(struct core), 2, last_life, {put_one, put_one}, NULL, finish, NULL, 0},
};

scenario_list mutant_scenarios = {
	&reader,  &leave_fold, &quota,       &release,      &share, &share_frozen,
	&request, &last_puts,  &mutant_hint, &mutant_mover, NULL,
};
