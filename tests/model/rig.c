/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include "rig.h"

/* A phase comes once, and after the one before it. */
static void note(unsigned asked[IOASID_PHASE_COUNT], enum ioasid_phase phase)
{
	MODEL_CHECK(asked[phase]++ == 0);
	for (unsigned before = 0; before < (unsigned)phase; before++)
		MODEL_CHECK(asked[before] == 1);
}

static int device_quiesce(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct rig_device *on = view->data;
	struct rig *rig = context;

	model_say("%s is asked of device %u", ioasid_phase_name(view->phase), (unsigned)(on - rig->on));
	MODEL_CHECK(!ioasid_port_read_held());
	MODEL_CHECK(view->device == on->device);
	MODEL_CHECK(on->released == 0);
	note(on->asked, view->phase);
	on->closed = true;
	if (view->phase > IOASID_PHASE_DEVICE && view->reason != IOASID_REASON_REMOVE)
		MODEL_CHECK(on->requests == 0);
	if (view->phase == IOASID_PHASE_DEVICE) {
		rig->token = token;
		if (rig->within != NULL)
			rig->within(rig);
	}
	return rig->answer[view->phase];
}

static void device_released(void *context, const struct ioasid_view *view)
{
	struct rig_device *on = view->data;
	struct rig *rig = context;

	model_say("device %u is released", (unsigned)(on - rig->on));
	MODEL_CHECK(on->released++ == 0);
	on->closed = true;
	if (!on->leaving)
		MODEL_CHECK(on->requests == 0 && on->pins == 0);
}

static const struct ioasid_quiesce_ops device_ops = {
	.size = sizeof(device_ops),
	.quiesce = {device_quiesce, device_quiesce, device_quiesce, device_quiesce},
	.released = device_released,
};

void rig_make(struct rig *rig, unsigned devices, unsigned ids, uint32_t quota, uint32_t flags)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = CORE_BITS, .ops = &device_ops};

	core_make_set(&rig->core, ids, 0, quota, flags);
	rig->nr_devices = devices;
	config.context = rig;
	for (unsigned i = 0; i < devices; i++) {
		MODEL_CHECK(ioasid_device_register(rig->core.space, &config, &rig->on[i].device) == 0);
	}
	for (unsigned i = 0; i < MODEL_THREADS; i++)
		rig->completed[i] = 1;
}

static struct ioasid_bind_args args_of(struct rig *rig, unsigned number)
{
	struct ioasid_bind_args args = {.size = sizeof(args),
	                                .device = rig->on[number].device,
	                                .data = &rig->on[number]};

	return args;
}

void rig_bind_id(struct rig *rig, unsigned number)
{
	struct ioasid_bind_args args = args_of(rig, number);

	MODEL_CHECK(ioasid_id_bind(rig->core.space, rig->core.handle, &args, 1, 0, &rig->on[number].binding) == 0);
	rig->on[number].bound++;
}

void rig_one_life(void *state)
{
	struct rig *rig = state;

	rig_make(rig, 1, 1, IOASID_UNLIMITED, 0);
	MODEL_CHECK(ioasid_id_alloc(rig->core.set, NULL, IOASID_ALLOC_ACTIVE, &rig->core.handle) == 0);
	rig_bind_id(rig, 0);
}

int rig_bind_shared(struct rig *rig, unsigned number)
{
	struct ioasid_bind_args args = args_of(rig, number);
	ioasid_binding_t binding;
	int error = ioasid_set_bind(rig->core.set, &args, 1, 0, &binding);

	model_say("bind of device %u: %s", number, ioasid_strerror(error));
	if (error == 0) {
		rig->on[number].binding = binding;
		rig->on[number].bound++;
	}
	return error;
}

int rig_begin(struct rig *rig, unsigned number)
{
	struct rig_device *on = &rig->on[number];
	bool removed = port_u32_load_acquire(&on->removed) != 0;
	int error = ioasid_request_begin(rig->core.space, on->binding);

	model_say("begin: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	if (error != 0)
		return error;
	MODEL_CHECK(!on->closed && !removed);
	on->requests++;
	return 0;
}

void rig_end(struct rig *rig, unsigned number)
{
	struct rig_device *on = &rig->on[number];
	int error;

	on->requests--;
	error = ioasid_request_end(rig->core.space, on->binding);
	model_say("end: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || (error == -IOASID_ESTALE && on->leaving));
}

int rig_pin(struct rig *rig, unsigned number, ioasid_binding_t *binding)
{
	struct rig_device *on = &rig->on[number];
	bool closed = on->closed;
	bool removed = port_u32_load_acquire(&on->removed) != 0;
	int error = ioasid_device_pin(on->device, ioasid_handle_id(rig->core.handle), binding);

	model_say("pin: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE || error == -IOASID_ENOENT);
	if (error != 0)
		return error;
	MODEL_CHECK(!closed && !removed && on->released == 0);
	on->pins++;
	return 0;
}

void rig_unpin(struct rig *rig, unsigned number, ioasid_binding_t binding)
{
	struct rig_device *on = &rig->on[number];
	int error;

	on->pins--;
	error = ioasid_binding_unpin(rig->core.space, binding);
	model_say("unpin: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || (error == -IOASID_ESTALE && on->leaving));
}

int rig_unbind(struct rig *rig, unsigned number)
{
	int error = ioasid_binding_unbind(rig->core.space, rig->on[number].binding);

	model_say("unbind: %s", ioasid_strerror(error));
	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	return error;
}

void rig_remove(struct rig *rig, unsigned number)
{
	rig->on[number].leaving = true;
	MODEL_CHECK(ioasid_device_remove(rig->on[number].device) == 0);
	port_u32_store_release(&rig->on[number].removed, 1);
	model_say("device %u is removed", number);
}

static int participant_quiesce(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct rig *rig = context;

	(void)token;
	MODEL_CHECK(!ioasid_port_read_held() && !rig->withdrawn);
	if (view->device != NULL)
		return IOASID_DONE;
	model_say("%s is asked of the id", ioasid_phase_name(view->phase));
	MODEL_CHECK(ioasid_handle_equal(view->handle, rig->core.handle));
	note(rig->of_id, view->phase);
	if (view->phase > IOASID_PHASE_DEVICE)
		for (unsigned i = 0; i < RIG_DEVICES; i++)
			MODEL_CHECK(rig->on[i].requests == 0);
	return IOASID_DONE;
}

static void participant_told(void *context, const struct ioasid_view *view)
{
	struct rig *rig = context;

	if (view->device != NULL)
		return;
	model_say("the participant is told of the id");
	rig->told++;
}

static const struct ioasid_quiesce_ops participant_ops = {
	.size = sizeof(participant_ops),
	.quiesce = {participant_quiesce, participant_quiesce, participant_quiesce, participant_quiesce},
	.enroll = participant_told,
};

void rig_enroll(struct rig *rig)
{
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = &participant_ops, .context = rig};

	MODEL_CHECK(ioasid_space_enroll(rig->core.space, &config, &rig->participant) == 0);
	rig->enrolled = true;
	model_say("enrolled");
}

void rig_enroll_in_set(struct rig *rig)
{
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = &participant_ops, .context = rig};

	MODEL_CHECK(ioasid_set_enroll(rig->core.set, &config, &rig->participant) == 0);
	rig->enrolled = true;
	model_say("enrolled");
}

static void check_device(const struct rig_device *on)
{
	/* What a bind has told of is released once; of what it has not, nobody hears. */
	MODEL_CHECK(on->released == (on->bound != 0));
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++) {
		if (on->bound == 0)
			MODEL_CHECK(on->asked[phase] == 0);
		else if (!on->leaving)
			MODEL_CHECK(on->asked[phase] == 1);
	}
}

void rig_finish(struct rig *rig)
{
	int error = ioasid_set_end(rig->core.set);

	MODEL_CHECK(error == 0 || error == -IOASID_ESTALE);
	core_settle(&rig->core);
	for (unsigned i = 0; i < RIG_DEVICES; i++)
		check_device(&rig->on[i]);
	for (unsigned i = 0; i < rig->nr_devices; i++)
		MODEL_CHECK(ioasid_device_unregister(rig->on[i].device) == 0);
	if (rig->participant != NULL)
		MODEL_CHECK(ioasid_participant_withdraw(rig->participant) == 0);
	core_finish(&rig->core);
}

void rig_request_once(void *state)
{
	if (rig_begin(state, 0) != 0)
		return;
	model_pause();
	rig_end(state, 0);
}

void rig_pin_once(void *state)
{
	ioasid_binding_t binding;

	if (rig_pin(state, 0, &binding) != 0)
		return;
	model_pause();
	rig_unpin(state, 0, binding);
}

void rig_unbind_it(void *state)
{
	(void)rig_unbind(state, 0);
}

void rig_remove_it(void *state)
{
	rig_remove(state, 0);
}

void rig_park_it(void *state)
{
	struct rig *rig = state;

	MODEL_CHECK(ioasid_id_free(rig->core.space, rig->core.handle) == 0);
	model_say("parked");
}

void rig_reclaim(void *state)
{
	core_reclaim_once(state);
}

void rig_finish_all(void *state)
{
	rig_finish(state);
}
