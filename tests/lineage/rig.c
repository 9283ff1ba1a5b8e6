/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* rig.c - a small host for the old bugs, and the program. */
#include "lineage.h"

#include <stdlib.h>

static void keep(struct rig *rig, struct rig_event event)
{
	ck_assert_uint_lt(rig->events, RIG_LOG);
	rig->log[rig->events++] = event;
}

static int on_quiesce(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct rig_driver *driver = context;

	keep(driver->rig,
	     (struct rig_event){RIG_QUIESCE, view->phase, driver->who, ioasid_value(view->id), view->device == NULL});
	if (driver->answer == IOASID_PENDING)
		driver->rig->token = token;
	if (driver->rig->within != NULL)
		driver->rig->within(driver->rig, view);
	return driver->answer;
}

static void on_released(void *context, const struct ioasid_view *view)
{
	struct rig_driver *driver = context;

	keep(driver->rig,
	     (struct rig_event){RIG_RELEASED, IOASID_PHASE_LAST, driver->who, ioasid_value(view->id), false});
}

static void on_done(void *context, struct ioasid_owner owner)
{
	(void)owner;
	keep(context, (struct rig_event){RIG_DONE, IOASID_PHASE_LAST, RIG_DEVICES, 0, true});
}

static const struct ioasid_quiesce_ops ops = {
	.size = sizeof(ops),
	.quiesce = {on_quiesce, on_quiesce, on_quiesce, on_quiesce},
	.released = on_released,
};

static void make(struct rig *rig, uint32_t bits, uint32_t quota, uint32_t flags)
{
	struct ioasid_space_config space = {.size = sizeof(space),
	                                    .bits = bits,
	                                    .flags = flags,
	                                    .quiesce_timeout_ns = IOASID_FOREVER};
	struct ioasid_set_config set = {
		.size = sizeof(set), .owner = {1, 1}, .quota = quota, .done = on_done, .context = rig};
	uint32_t i;

	*rig = (struct rig){0};
	ck_assert_int_eq(ioasid_space_create(&space, &rig->space), 0);
	ck_assert_int_eq(ioasid_set_create(rig->space, &set, &rig->set), 0);
	for (i = 0; i <= RIG_DEVICES; i++)
		rig->driver[i] = (struct rig_driver){rig, i, IOASID_DONE};
	for (i = 0; i < RIG_DEVICES; i++) {
		struct ioasid_device_config device = {.size = sizeof(device),
		                                      .bits = 20,
		                                      .ops = &ops,
		                                      .context = &rig->driver[i]};

		ck_assert_int_eq(ioasid_device_register(rig->space, &device, &rig->device[i]), 0);
	}
}

void rig_make(struct rig *rig, uint32_t bits, uint32_t quota)
{
	make(rig, bits, quota, 0);
}

void rig_make_flat(struct rig *rig, uint32_t bits, uint32_t quota)
{
	make(rig, bits, quota, IOASID_SPACE_ZERO);
}

void rig_end(struct rig *rig)
{
	uint32_t i;

	rig->within = NULL;
	host_set_end(rig->set);
	for (i = 0; i < RIG_DEVICES; i++)
		if (rig->device[i] != NULL)
			ck_assert_int_eq(ioasid_device_unregister(rig->device[i]), 0);
	host_space_end(rig->space);
}

struct ioasid_bind_args rig_args(struct rig *rig, uint32_t device)
{
	return (struct ioasid_bind_args){
		.size = sizeof(struct ioasid_bind_args),
		.device = rig->device[device],
		.data = &rig->driver[device],
	};
}

ioasid_binding_t rig_bind(struct rig *rig, uint32_t device)
{
	struct ioasid_bind_args args = rig_args(rig, device);
	ioasid_binding_t binding = {0};

	ck_assert_int_eq(ioasid_set_bind(rig->set, &args, 1, 0, &binding), 0);
	return binding;
}

struct ioasid_participant *rig_enroll(struct rig *rig)
{
	struct ioasid_participant_config config = {.size = sizeof(config),
	                                           .ops = &ops,
	                                           .context = &rig->driver[RIG_DEVICES]};
	struct ioasid_participant *participant = NULL;

	ck_assert_int_eq(ioasid_space_enroll(rig->space, &config, &participant), 0);
	return participant;
}

ioasid_handle_t rig_alloc(struct rig *rig)
{
	ioasid_handle_t handle = {0};

	ck_assert_int_eq(ioasid_id_alloc(rig->set, NULL, IOASID_ALLOC_ACTIVE, &handle), 0);
	return handle;
}

uint32_t rig_count(const struct rig *rig, int what)
{
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < rig->events; i++)
		count += (int)rig->log[i].what == what;
	return count;
}

int main(void)
{
	Suite *suite = suite_create("lineage");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, lineage_owners());
	suite_add_tcase(suite, lineage_reuse());
	suite_add_tcase(suite, lineage_calls());
	suite_add_tcase(suite, lineage_quiesce());
	suite_add_tcase(suite, lineage_devices());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
