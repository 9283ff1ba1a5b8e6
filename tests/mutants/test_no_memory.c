/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What ends, finds or counts an id asks for no memory: it may run in an interrupt. */
#include "../unit/unit.h"

struct ids {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
};

static struct ids open_ids(void)
{
	struct ids ids;

	ids.space = unit_space(8);
	ids.set = unit_set(ids.space);
	ids.device = unit_device(ids.space, "device");
	return ids;
}

static void close_ids(const struct ids *ids)
{
	unit_set_gone(ids->space, ids->set);
	ck_assert_ok(ioasid_device_unregister(ids->device));
	unit_destroy(ids->space);
}

START_TEST(finding_and_counting)
{
	struct ids ids = open_ids();
	ioasid_handle_t handle = unit_alloc(ids.set);
	ioasid_handle_t found;

	sim_alloc_fail_after(0);
	ck_assert_ok(ioasid_id_find(ids.space, ioasid_handle_id(handle), &found));
	ck_assert_ok(ioasid_id_get(ids.space, handle));
	ck_assert_ok(ioasid_id_find_get(ids.space, ioasid_handle_id(handle), &found));
	ck_assert_ok(ioasid_id_pin(ids.space, ioasid_handle_id(handle), &found));
	ck_assert_ok(ioasid_id_unpin(ids.space, handle));
	ck_assert_ok(ioasid_id_put(ids.space, handle));
	ck_assert_ok(ioasid_id_put(ids.space, handle));
	ck_assert_uint_eq(sim_alloc_calls(), 0);
	sim_alloc_fail_at(0);
	close_ids(&ids);
}
END_TEST

START_TEST(ending)
{
	struct ids ids = open_ids();
	ioasid_handle_t freed = unit_alloc(ids.set);
	ioasid_handle_t put;
	ioasid_handle_t aborted = unit_alloc_with(ids.set, 0);
	ioasid_handle_t bound = unit_alloc(ids.set);
	ioasid_binding_t binding = unit_bind(ids.space, bound, ids.device);
	struct ioasid_bind_args args = unit_args(ids.device, NULL);
	ioasid_binding_t last;

	/* Of this one the put will be the end. */
	ck_assert_ok(ioasid_set_bind_private(ids.set, &args, 1, 0, &last));
	ck_assert_ok(ioasid_binding_handle(ids.space, last, &put));
	ck_assert_ok(ioasid_id_get(ids.space, put));
	ck_assert_ok(ioasid_binding_unbind(ids.space, last));
	(void)unit_run(ids.space);
	sim_alloc_fail_after(0);
	ck_assert_ok(ioasid_request_begin(ids.space, binding));
	ck_assert_ok(ioasid_request_end(ids.space, binding));
	ck_assert_ok(ioasid_binding_unbind(ids.space, binding));
	ck_assert_ok(ioasid_id_abort(ids.space, aborted));
	ck_assert_int_eq(unit_state(ids.space, put), IOASID_STATE_ACTIVE);
	ck_assert_ok(ioasid_id_put(ids.space, put));
	ck_assert_int_eq(unit_state(ids.space, put), IOASID_STATE_QUARANTINED);
	ck_assert_ok(ioasid_id_free(ids.space, freed));
	ck_assert_ok(ioasid_set_end(ids.set));
	ck_assert_uint_eq(sim_alloc_calls(), 0);
	sim_alloc_fail_at(0);
	close_ids(&ids);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, finding_and_counting);
	tcase_add_test(tests, ending);
}

UNIT_MAIN("no memory", add_tests)
