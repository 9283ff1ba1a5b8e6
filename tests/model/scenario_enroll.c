/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_enroll.c - participants of every scope that come and go while ids do, and devices that are reset. */
#include "rig.h"

#define FAILURE (-5)

/* Somebody behind one binding. */
struct behind {
	struct rig rig;
	struct ioasid_participant *participant;
	unsigned asked[IOASID_PHASE_COUNT];
};

static enum ioasid_state state_of(struct rig *rig)
{
	enum ioasid_state state;

	MODEL_CHECK(ioasid_id_state(rig->core.space, ioasid_handle_id(rig->core.handle), &state) == 0);
	return state;
}

static void enrolled_life(void *state)
{
	rig_one_life(state);
	rig_enroll(state);
	rig_reclaim(state);
}

static void withdraw(void *state)
{
	struct rig *rig = state;
	int error = ioasid_participant_withdraw(rig->participant);

	model_say("withdraw: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_EBUSY);
	if (error != 0)
		return;
	rig->withdrawn = true;
	rig->participant = NULL;
}

/* Whoever has left was asked through all phases, or of none. */
static void asked_of_all_or_none(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(state_of(rig) == IOASID_STATE_FREE);
	MODEL_CHECK(rig->of_id[IOASID_PHASE_LAST] == rig->of_id[IOASID_PHASE_SUBMIT]);
	if (!rig->withdrawn)
		MODEL_CHECK(rig->of_id[IOASID_PHASE_LAST] == 1);
	rig_finish(rig);
}

static void enroll_in_set(void *state)
{
	rig_enroll_in_set(state);
}

static void told_then_asked(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(state_of(rig) == IOASID_STATE_FREE);
	MODEL_CHECK(rig->told <= 1);
	if (rig->told != 0)
		MODEL_CHECK(rig->of_id[IOASID_PHASE_LAST] == 1);
	MODEL_CHECK(rig->of_id[IOASID_PHASE_LAST] == rig->of_id[IOASID_PHASE_SUBMIT]);
	rig_finish(rig);
}

/* What stands behind the device is asked of the binding only after the device, and once. */
static int behind_quiesce(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct behind *b = context;

	(void)token;
	MODEL_CHECK(view->device == b->rig.on[0].device && view->data == &b->rig.on[0]);
	MODEL_CHECK(b->rig.on[0].asked[view->phase] == 1 && b->rig.on[0].released == 0);
	MODEL_CHECK(b->asked[view->phase]++ == 0);
	return IOASID_DONE;
}

static const struct ioasid_quiesce_ops behind_ops = {
	.size = sizeof(behind_ops),
	.quiesce = {behind_quiesce, behind_quiesce, behind_quiesce, behind_quiesce},
};

static void bound_with_one_behind(void *state)
{
	struct behind *b = state;
	struct rig *rig = &b->rig;
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = &behind_ops, .context = b};
	struct ioasid_bind_args args = {.size = sizeof(args), .data = &rig->on[0]};

	rig_make(rig, 1, 1, IOASID_UNLIMITED, 0);
	MODEL_CHECK(ioasid_binding_enroll(rig->core.space, &config, &b->participant) == 0);
	MODEL_CHECK(ioasid_id_alloc(rig->core.set, NULL, IOASID_ALLOC_ACTIVE, &rig->core.handle) == 0);
	args.device = rig->on[0].device;
	args.behind = b->participant;
	MODEL_CHECK(ioasid_id_bind(rig->core.space, rig->core.handle, &args, 1, 0, &rig->on[0].binding) == 0);
	rig->on[0].bound++;
}

static void behind_was_asked(void *state)
{
	struct behind *b = state;

	core_settle(&b->rig.core);
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++)
		MODEL_CHECK(b->asked[phase] == 1);
	MODEL_CHECK(ioasid_participant_withdraw(b->participant) == 0);
	rig_finish(&b->rig);
}

/* Whoever stands behind a binding stays as long as it may be asked of it. */
static void withdraw_behind(void *state)
{
	struct behind *b = state;
	int error = ioasid_participant_withdraw(b->participant);

	model_say("withdraw: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_EBUSY);
	if (error != 0)
		return;
	MODEL_CHECK(b->rig.on[0].released == 1);
	b->participant = NULL;
}

static void behind_was_asked_or_left(void *state)
{
	struct behind *b = state;

	core_settle(&b->rig.core);
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++)
		MODEL_CHECK(b->asked[phase] == 1);
	if (b->participant != NULL)
		MODEL_CHECK(ioasid_participant_withdraw(b->participant) == 0);
	rig_finish(&b->rig);
}

/* The device fails to quiesce; it is reset before, in the middle of it, or after. */
static void will_fail(void *state)
{
	struct rig *rig = state;

	rig_one_life(state);
	rig->answer[IOASID_PHASE_DEVICE] = FAILURE;
	rig_park_it(state);
}

static void reset_device(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(ioasid_device_reset_done(rig->on[0].device) == 0);
	model_say("reset");
}

static void cured_by_a_reset_after(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	/* A reset that came before the failure has cured nothing. */
	if (state_of(rig) == IOASID_STATE_POISONED) {
		MODEL_CHECK(rig->on[0].released == 0);
		reset_device(state);
		core_settle(&rig->core);
	}
	MODEL_CHECK(state_of(rig) == IOASID_STATE_FREE);
	rig_finish(rig);
}

#define ENROLL(type, set_up, checks, count, ...) \
	.program = {.state_size = sizeof(type),  \
	            .setup = set_up,             \
	            .check = checks,             \
	            .nr_threads = count,         \
	            .threads = {__VA_ARGS__}}

static const struct scenario withdraw_park = {
	.name = "core-withdraw-park",
	.about = "a participant withdraws while an id parks: asked of all phases or of none, and never afterwards",
	.stale = 1,
	.bound = 2,
	ENROLL(struct rig, enrolled_life, asked_of_all_or_none, 3, withdraw, rig_park_it, rig_reclaim),
};
static const struct scenario set_park = {
	.name = "core-enroll-set",
	.about = "a participant of the set enrols while an id of the set parks",
	.stale = 1,
	.bound = 2,
	ENROLL(struct rig, rig_one_life, told_then_asked, 3, enroll_in_set, rig_park_it, rig_reclaim),
};
static const struct scenario behind_unbind = {
	.name = "core-behind-unbind",
	.about = "who stands behind a binding is asked of it once, unbound and parked at the same time",
	.stale = 1,
	.bound = 2,
	ENROLL(struct behind, bound_with_one_behind, behind_was_asked, 3, rig_unbind_it, rig_park_it, rig_reclaim),
};
static const struct scenario behind_withdraw = {
	.name = "core-behind-withdraw",
	.about = "who stands behind a binding withdraws while it is unbound",
	.stale = 1,
	.bound = 2,
	ENROLL(struct behind, bound_with_one_behind, behind_was_asked_or_left, 3, withdraw_behind, rig_unbind_it,
               rig_reclaim),
};
static const struct scenario reset_quiesce = {
	.name = "core-reset-quiesce",
	.about = "a device is reset while its quiesce is failing",
	.stale = 1,
	ENROLL(struct rig, will_fail, cured_by_a_reset_after, 3, rig_reclaim, reset_device, rig_reclaim),
};

scenario_list core_enroll_scenarios = {
	&withdraw_park, &set_park, &behind_unbind, &behind_withdraw, &reset_quiesce, NULL,
};
