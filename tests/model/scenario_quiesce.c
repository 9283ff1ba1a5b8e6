/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_quiesce.c - answers that come late, from elsewhere, twice, or as an error; and who enrols meanwhile. */
#include "rig.h"

#define FAILURE (-5)
#define DEADLINE_NS 1000000u /* as core_make_set() has it */

static void complete(struct rig *rig, int status)
{
	int error;

	if (rig->token.token_ == 0)
		return;
	error = ioasid_token_complete(rig->core.space, rig->token, status);
	model_say("complete: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	rig->completed[model_self()] = error;
}

/* The id has parked, and the device's DEVICE callback has answered PENDING. */
static void pending(void *state)
{
	struct rig *rig = state;

	rig_one_life(state);
	rig->answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	rig_park_it(state);
	rig_reclaim(state);
	MODEL_CHECK(rig->on[0].asked[IOASID_PHASE_DEVICE] == 1 && rig->on[0].asked[IOASID_PHASE_IOMMU] == 0);
}

static void complete_it(void *state)
{
	complete(state, 0);
}

static void complete_badly(void *state)
{
	complete(state, FAILURE);
}

static enum ioasid_state state_of(struct rig *rig)
{
	enum ioasid_state state;

	MODEL_CHECK(ioasid_id_state(rig->core.space, ioasid_handle_id(rig->core.handle), &state) == 0);
	return state;
}

/* How often a completion was accepted. */
static unsigned accepted(const struct rig *rig)
{
	unsigned count = 0;

	for (unsigned i = 0; i < MODEL_THREADS; i++)
		count += rig->completed[i] == 0;
	return count;
}

static void answered_once(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(accepted(rig) == 1);
	MODEL_CHECK(state_of(rig) == IOASID_STATE_FREE);
	rig_finish(rig);
}

/* One thread says that it went well, the other that it did not: whoever was first is believed. */
static void first_is_believed(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(accepted(rig) == 1);
	MODEL_CHECK((state_of(rig) == IOASID_STATE_POISONED) == (rig->completed[1] == 0));
	if (rig->completed[1] == 0)
		MODEL_CHECK(ioasid_id_unpoison(rig->core.space, rig->core.handle) == 0);
	rig_finish(rig);
}

/* The answer comes from within the callback, and from another thread as soon as there is a token. */
static void complete_within(struct rig *rig)
{
	model_pause();
	complete(rig, 0);
}

static void answers_within(void *state)
{
	struct rig *rig = state;

	rig_one_life(state);
	rig->answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	rig->within = complete_within;
	rig_park_it(state);
}

static void answered_or_not(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(accepted(rig) == 1);
	MODEL_CHECK(state_of(rig) == IOASID_STATE_FREE);
	rig_finish(rig);
}

/* The deadline passes while the answer is on its way: either it counts, or the id is poisoned. */
static void pass_deadline(void *state)
{
	model_clock_advance(2 * DEADLINE_NS);
	rig_reclaim(state);
}

static void in_time_or_poisoned(void *state)
{
	struct rig *rig = state;
	struct ioasid_counters counters = {.size = sizeof(counters)};

	core_settle(&rig->core);
	MODEL_CHECK(ioasid_space_counters(rig->core.space, &counters) == 0);
	MODEL_CHECK(counters.timeouts + accepted(rig) == 1);
	MODEL_CHECK((state_of(rig) == IOASID_STATE_POISONED) == (counters.timeouts == 1));
	if (counters.timeouts == 1)
		MODEL_CHECK(ioasid_id_unpoison(rig->core.space, rig->core.handle) == 0);
	rig_finish(rig);
}

/* The device has failed: its binding and the id are poisoned, and a reference is still out. */
static void poisoned(void *state)
{
	struct rig *rig = state;

	rig_one_life(state);
	MODEL_CHECK(ioasid_id_get(rig->core.space, rig->core.handle) == 0);
	rig->core.held++;
	rig->answer[IOASID_PHASE_DEVICE] = FAILURE;
	rig_park_it(state);
	rig_reclaim(state);
	MODEL_CHECK(state_of(rig) == IOASID_STATE_POISONED);
	rig->answer[IOASID_PHASE_DEVICE] = 0;
}

static void unpoison(void *state)
{
	struct rig *rig = state;
	int error = ioasid_id_unpoison(rig->core.space, rig->core.handle);

	/* The reset may have lifted it already: then the id is parked, or gone. */
	MODEL_CHECK(error == 0 || error == -IOASID_EINVAL || error == -IOASID_ESTALE);
}

static void reset_device(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(ioasid_device_reset_done(rig->on[0].device) == 0);
}

static void put_late(void *state)
{
	struct rig *rig = state;

	rig->core.held--;
	MODEL_CHECK(ioasid_id_put(rig->core.space, rig->core.handle) == 0);
}

static void cured(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(state_of(rig) == IOASID_STATE_FREE);
	MODEL_CHECK(rig->on[0].released == 1);
	rig_finish(rig);
}

/* Somebody enrols while the id parks: told of it or asked of it, and if told, then asked, too. */
static void enroll(void *state)
{
	rig_enroll(state);
}

static void free_id(void *state)
{
	struct rig *rig = state;
	bool must = rig->enrolled;

	rig_park_it(state);
	rig->core.result[model_self()] = must;
}

static void unbound_life(void *state)
{
	struct rig *rig = state;

	rig_make(rig, 0, 1, IOASID_UNLIMITED, 0);
	MODEL_CHECK(ioasid_id_alloc(rig->core.set, NULL, IOASID_ALLOC_ACTIVE, &rig->core.handle) == 0);
}

static void told_then_asked(void *state)
{
	struct rig *rig = state;

	core_settle(&rig->core);
	MODEL_CHECK(state_of(rig) == IOASID_STATE_FREE);
	MODEL_CHECK(rig->told <= 1);
	if (rig->told != 0 || rig->core.result[1] != 0)
		MODEL_CHECK(rig->of_id[IOASID_PHASE_LAST] == 1);
	MODEL_CHECK(rig->of_id[IOASID_PHASE_LAST] == rig->of_id[IOASID_PHASE_SUBMIT]);
	rig_finish(rig);
}

#define RIG(set_up, checks, count, ...)               \
	.program = {.state_size = sizeof(struct rig), \
	            .setup = set_up,                  \
	            .check = checks,                  \
	            .nr_threads = count,              \
	            .threads = {__VA_ARGS__}}

static const struct scenario elsewhere = {
	.name = "core-token-elsewhere",
	.about = "two threads complete one pending callback: one of them is told that it counted",
	.stale = 2,
	RIG(pending, answered_once, 3, complete_it, complete_it, rig_reclaim),
};
static const struct scenario contradict = {
	.name = "core-token-contradict",
	.about = "one thread completes it well, another badly: the first one counts",
	.stale = 2,
	RIG(pending, first_is_believed, 3, complete_it, complete_badly, rig_reclaim),
};
static const struct scenario within = {
	.name = "core-token-within",
	.about = "a pending callback is completed within itself, and by another thread",
	.stale = 1,
	RIG(answers_within, answered_or_not, 2, complete_it, rig_reclaim),
};
static const struct scenario deadline = {
	.name = "core-token-deadline",
	.about = "a completion against its deadline: it counts, or the id is poisoned",
	.stale = 2,
	RIG(pending, in_time_or_poisoned, 2, complete_it, pass_deadline),
};
static const struct scenario unpoisoned = {
	.name = "core-unpoison",
	.about = "the poison is lifted by id and by device while the last reference goes",
	.stale = 1,
	.bound = 2,
	RIG(poisoned, cured, 4, unpoison, reset_device, put_late, rig_reclaim),
};
static const struct scenario unpoisoned_id = {
	.name = "core-unpoison-id",
	.about = "the poison is lifted by id alone, while the last reference goes",
	.stale = 1,
	RIG(poisoned, cured, 3, unpoison, put_late, rig_reclaim),
};
static const struct scenario enroll_park = {
	.name = "core-enroll-park",
	.about = "a participant enrols while an id with a binding parks",
	.stale = 1,
	.bound = 2,
	RIG(rig_one_life, told_then_asked, 3, enroll, free_id, rig_reclaim),
};
static const struct scenario enroll_free = {
	.name = "core-enroll-free",
	.about = "a participant enrols while an id ends that nobody else wants to hear of",
	.stale = 2,
	RIG(unbound_life, told_then_asked, 3, enroll, free_id, rig_reclaim),
};

scenario_list core_quiesce_scenarios = {
	&elsewhere, &contradict, &within, &deadline, &unpoisoned, &unpoisoned_id, &enroll_park, &enroll_free, NULL,
};
