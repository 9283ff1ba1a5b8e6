/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * scenario_claims.c - what is whose: nobody's put takes what another holds, and
 * nobody is told that there is no id while a call has one that it gives back.
 */
#include "rig.h"
#include "space.h"

/* Two sets of one space. */
struct rivals {
	struct rig rig;
	struct ioasid_owner_set *other;
	ioasid_handle_t others;
};

static void make_other(struct rivals *rivals)
{
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {2, 1}, .quota = IOASID_UNLIMITED};

	MODEL_CHECK(ioasid_set_create(rivals->rig.core.space, &config, &rivals->other) == 0);
}

static void finish(void *state)
{
	struct rivals *rivals = state;

	MODEL_CHECK(ioasid_set_release(rivals->other) == 0);
	rig_finish(&rivals->rig);
}

static void bound_and_pinned(void *state)
{
	struct rivals *rivals = state;

	rig_one_life(&rivals->rig);
	make_other(rivals);
}

/* Whoever has allocated puts what he never got, while his set ends. */
static void end_and_put(void *state)
{
	struct rivals *rivals = state;
	int error;

	MODEL_CHECK(ioasid_set_end(rivals->rig.core.set) == 0);
	error = ioasid_id_put(rivals->rig.core.space, rivals->rig.core.handle);
	model_say("put: %s", ioasid_strerror(error));
	MODEL_CHECK(error == -IOASID_EINVAL || error == -IOASID_ESTALE);
	error = ioasid_id_free(rivals->rig.core.space, rivals->rig.core.handle);
	MODEL_CHECK(error == -IOASID_ESTALE);
}

static void other_wants_it(void *state)
{
	struct rivals *rivals = state;
	ioasid_handle_t handle;
	int error;

	core_settle(&rivals->rig.core);
	error = ioasid_id_alloc(rivals->other, NULL, 0, &handle);
	model_say("the other's alloc: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_EAGAIN || error == -IOASID_ENOSPC);
	if (error != 0)
		return;
	MODEL_CHECK(rivals->rig.on[0].pins == 0 && rivals->rig.on[0].released == 1);
	MODEL_CHECK(ioasid_id_abort(rivals->rig.core.space, handle) == 0);
}

/* A reference is out when the set ends, and is put by whoever has it, not by who has allocated. */
static void one_got(void *state)
{
	struct rivals *rivals = state;

	rig_make(&rivals->rig, 0, 1, IOASID_UNLIMITED, 0);
	make_other(rivals);
	MODEL_CHECK(core_alloc(&rivals->rig.core, &rivals->rig.core.handle) == 0);
	core_unuse(&rivals->rig.core, rivals->rig.core.handle);
	MODEL_CHECK(ioasid_id_get(rivals->rig.core.space, rivals->rig.core.handle) == 0);
	rivals->rig.core.held = 1;
}

static void end_and_free(void *state)
{
	struct rivals *rivals = state;

	MODEL_CHECK(ioasid_set_end(rivals->rig.core.set) == 0);
	MODEL_CHECK(ioasid_id_free(rivals->rig.core.space, rivals->rig.core.handle) == -IOASID_ESTALE);
}

static void put_late(void *state)
{
	struct rivals *rivals = state;

	rivals->rig.core.held = 0;
	MODEL_CHECK(ioasid_id_put(rivals->rig.core.space, rivals->rig.core.handle) == 0);
}

static void other_wants_what_is_held(void *state)
{
	struct rivals *rivals = state;
	ioasid_handle_t handle;

	core_settle(&rivals->rig.core);
	if (ioasid_id_alloc(rivals->other, NULL, 0, &handle) != 0)
		return;
	MODEL_CHECK(rivals->rig.core.held == 0);
	MODEL_CHECK(ioasid_id_abort(rivals->rig.core.space, handle) == 0);
}

/* Two ids, a set that may have one, and one that may have all: there is always one for the latter, or will be. */
static void quota_of_one(void *state)
{
	struct rivals *rivals = state;

	rig_make(&rivals->rig, 0, 2, 1, 0);
	make_other(rivals);
}

static void alloc_and_abort(void *state)
{
	struct rivals *rivals = state;
	ioasid_handle_t handle;
	int error = ioasid_id_alloc(rivals->rig.core.set, NULL, 0, &handle);

	model_say("alloc: %s", ioasid_strerror(error));
	/* ENOSPC is true as well: when the quota had room, the other had one id, and our own set the second. */
	MODEL_CHECK(error == 0 || error == -IOASID_EDQUOT || error == -IOASID_EAGAIN || error == -IOASID_ENOSPC);
	if (error == 0)
		MODEL_CHECK(ioasid_id_abort(rivals->rig.core.space, handle) == 0);
}

static void other_gets_one(void *state)
{
	struct rivals *rivals = state;
	ioasid_handle_t handle;
	int error = ioasid_id_alloc(rivals->other, NULL, 0, &handle);

	model_say("the other's alloc: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_EAGAIN);
	if (error == 0)
		MODEL_CHECK(ioasid_id_abort(rivals->rig.core.space, handle) == 0);
}

/* The same with a shared id, which racing binds make. */
static void two_devices(void *state)
{
	struct rivals *rivals = state;

	rig_make(&rivals->rig, 2, 2, IOASID_UNLIMITED, 0);
	make_other(rivals);
}

static void bind_own(void *state)
{
	struct rig *rig = state;
	int error = rig_bind_shared(rig, model_self());

	MODEL_CHECK(error == 0 || error == -IOASID_EAGAIN);
}

/* The only id, which is to rest for two grace periods: need may waive the second, never the first. */
static void one_far_life(void *state)
{
	struct core *core = state;

	core_make(core, 1, 1, IOASID_UNLIMITED);
	MODEL_CHECK(core_alloc(core, &core->handle) == 0);
}

static void find_and_look(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	enum ioasid_state now;

	port_read_lock();
	if (ioasid_id_find(core->space, ioasid_handle_id(core->handle), &handle) == 0 &&
	    ioasid_handle_equal(handle, core->handle)) {
		core_use(core, handle);
		MODEL_CHECK(ioasid_id_state(core->space, ioasid_handle_id(handle), &now) == 0);
		core_unuse(core, handle);
	}
	port_read_unlock();
}

static void free_it(void *state)
{
	struct core *core = state;

	MODEL_CHECK(core_free(core, core->handle) == 0);
}

static void reclaim_and_need(void *state)
{
	struct core *core = state;
	ioasid_handle_t handle;
	int error;

	core_reclaim_once(core);
	error = core_alloc(core, &handle);
	MODEL_CHECK(error == 0 || error == -IOASID_EAGAIN || error == -IOASID_ENOSPC);
	if (error == 0)
		MODEL_CHECK(core_free(core, handle) == 0);
}

static void finish_core(void *state)
{
	core_finish(state);
}

/* An id that is not published; the pointer beside it is that of a set that is long gone. */
static void one_unpublished(void *state)
{
	struct rivals *rivals = state;
	struct core *core = &rivals->rig.core;

	rig_make(&rivals->rig, 0, 1, IOASID_UNLIMITED, 0);
	make_other(rivals);
	rivals->other->label = LABEL_NONE;
	MODEL_CHECK(ioasid_id_alloc(core->set, NULL, 0, &core->handle) == 0);
	port_ptr_init(&table_more(&core->space->table, handle_number(core->handle))->owner, state);
}

static void abort_and_other_allocs(void *state)
{
	struct rivals *rivals = state;

	MODEL_CHECK(ioasid_id_abort(rivals->rig.core.space, rivals->rig.core.handle) == 0);
	MODEL_CHECK(ioasid_id_alloc(rivals->other, NULL, 0, &rivals->others) == 0);
}

static void whose_is_it(void *state)
{
	struct rivals *rivals = state;
	struct core *core = &rivals->rig.core;
	uint32_t id = handle_number(core->handle);
	const struct ioasid_owner_set *set;

	port_read_lock();
	if (slot_read(table_slot(&core->space->table, id)).state != SLOT_IDLE) {
		set = space_set_of(core->space, id);
		model_say("it is %s", set == core->set       ? "its set's"
		                      : set == rivals->other ? "the other's"
		                                             : "nobody's");
		MODEL_CHECK(set == core->set || set == rivals->other);
	}
	port_read_unlock();
}

static void finish_unpublished(void *state)
{
	struct rivals *rivals = state;

	MODEL_CHECK(ioasid_id_abort(rivals->rig.core.space, rivals->others) == 0);
	finish(state);
}

#define RIVALS(set_up, ...)                              \
	.program = {.state_size = sizeof(struct rivals), \
	            .setup = set_up,                     \
	            .check = finish,                     \
	            .nr_threads = 3,                     \
	            .threads = {__VA_ARGS__}}

static void pin_it(void *state)
{
	rig_pin_once(state);
}

static const struct scenario steal = {
	.name = "core-claim-put",
	.about = "the end of a set, a put too many, a pin: the number is another's only when the pin is gone",
	.stale = 1,
	.bound = 2,
	RIVALS(bound_and_pinned, end_and_put, pin_it, other_wants_it),
};
static const struct scenario held = {
	.name = "core-claim-held",
	.about = "the end of a set and a late free take nothing from who has a reference",
	.stale = 1,
	RIVALS(one_got, end_and_free, put_late, other_wants_what_is_held),
};
static const struct scenario losers = {
	.name = "core-quota-losers",
	.about = "two at a quota of one give back what they have taken: nobody else is told that there is none",
	.stale = 1,
	.bound = 2,
	RIVALS(quota_of_one, alloc_and_abort, alloc_and_abort, other_gets_one),
};
static const struct scenario makers = {
	.name = "core-bind-losers",
	.about = "two make the shared id of a set, one in vain: nobody else is told that there is none",
	.stale = 1,
	.bound = 2,
	RIVALS(two_devices, bind_own, bind_own, other_gets_one),
};

static const struct scenario aborted = {
	.name = "core-claim-aborted",
	.about = "who asks whose a life is that is aborted meanwhile, and taken by a set without a label, hears of one "
		 "of the two",
	.stale = 2,
	.program = {.state_size = sizeof(struct rivals),
                    .setup = one_unpublished,
                    .check = finish_unpublished,
                    .nr_threads = 2,
                    .threads = {abort_and_other_allocs, whose_is_it}},
};

static const struct scenario need = {
	.name = "core-reap-reader",
	.about = "who needs the only id waits for whoever has just found it, though not for its reuse distance",
	.stale = 1,
	.program = {.state_size = sizeof(struct core),
                    .setup = one_far_life,
                    .check = finish_core,
                    .nr_threads = 3,
                    .threads = {find_and_look, free_it, reclaim_and_need}},
};

scenario_list core_claim_scenarios = {&steal, &held, &losers, &makers, &aborted, &need, NULL};
