/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What keeps a number from being used again, in a space that has one: whatever
 * the host calls too often, nobody gets it before the last who may use it is done.
 */
#include "unit.h"

struct scene {
	struct ioasid_space *space;
	struct ioasid_owner_set *mine;
	struct ioasid_owner_set *next; /* waits for the number */
	struct ioasid_device *device;
	ioasid_handle_t id;
};

static void scene_open(struct scene *s)
{
	s->space = unit_space(1);
	s->mine = unit_set_with(s->space, 1, IOASID_UNLIMITED, 0);
	s->next = unit_set_with(s->space, 2, IOASID_UNLIMITED, 0);
	s->device = unit_device(s->space, "device");
	s->id = (ioasid_handle_t){0};
}

static void scene_close(struct scene *s)
{
	unit_set_gone(s->space, s->mine);
	unit_set_gone(s->space, s->next);
	ck_assert_ok(ioasid_device_unregister(s->device));
	unit_destroy(s->space);
}

static void works(const struct scene *s, ioasid_binding_t binding)
{
	ioasid_binding_t pinned;

	ck_assert_ok(ioasid_request_begin(s->space, binding));
	ck_assert_ok(ioasid_request_end(s->space, binding));
	ck_assert_ok(ioasid_device_pin(s->device, ioasid_handle_id(s->id), &pinned));
	ck_assert_ok(ioasid_binding_unpin(s->space, pinned));
}

/* Whatever deferred work there is, it does not bring the number back. */
static void cannot_be_had(const struct scene *s)
{
	ioasid_handle_t other;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ioasid_id_alloc(s->next, NULL, IOASID_ALLOC_ACTIVE, &other), -IOASID_EAGAIN);
		(void)unit_run(s->space);
	}
	ck_assert_int_eq(ioasid_id_alloc(s->next, NULL, IOASID_ALLOC_ACTIVE, &other), -IOASID_EAGAIN);
	ck_assert_int_eq(unit_state(s->space, s->id), IOASID_STATE_PARKED);
}

/* Nobody holds it: after a grace period it is the next one's, in another life. */
static void can_be_had(const struct scene *s)
{
	ioasid_handle_t other;

	(void)unit_run(s->space);
	other = unit_alloc(s->next);
	ck_assert_uint_eq(unit_number(other), unit_number(s->id));
	ck_assert(!ioasid_handle_equal(other, s->id));
	ck_assert_int_eq(ioasid_id_put(s->space, s->id), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_free(s->space, s->id), -IOASID_ESTALE);
	ck_assert_int_eq(unit_state(s->space, other), IOASID_STATE_ACTIVE);
}

static void put_too_often(const struct scene *s)
{
	uint64_t before = unit_counters(s->space).surplus_puts;

	for (uint64_t i = 1; i <= 3; i++) {
		ck_assert_int_eq(ioasid_id_put(s->space, s->id), -IOASID_EINVAL);
		ck_assert_uint_eq(unit_counters(s->space).surplus_puts, before + i);
	}
}

/* The moments at which the holder, who has got no reference, puts one all the same. */
enum moment {
	WHILE_BOUND = 1,
	WHEN_ENDED = 2,
	WHEN_QUIESCING = 4,
	MOMENTS = 8
};

START_TEST(a_pin_holds_the_number)
{
	ioasid_binding_t binding;
	ioasid_binding_t pinned;
	struct scene s;

	scene_open(&s);
	s.id = unit_alloc(s.mine);
	binding = unit_bind(s.space, s.id, s.device);
	ck_assert_ok(ioasid_device_pin(s.device, ioasid_handle_id(s.id), &pinned));
	if (_i & WHILE_BOUND)
		put_too_often(&s);
	works(&s, binding);
	ck_assert_ok(ioasid_set_end(s.mine));
	if (_i & WHEN_ENDED)
		put_too_often(&s);
	/* The end of the set has taken what the holder could give back. */
	ck_assert_int_eq(ioasid_id_free(s.space, s.id), -IOASID_ESTALE);
	cannot_be_had(&s);
	if (_i & WHEN_QUIESCING)
		put_too_often(&s);
	cannot_be_had(&s);
	ck_assert_ok(ioasid_binding_unpin(s.space, pinned));
	can_be_had(&s);
	scene_close(&s);
}
END_TEST

/* Somebody else has got a reference; then the set ends and the holder frees, in either order. */
START_TEST(a_reference_holds_the_number)
{
	struct scene s;

	scene_open(&s);
	s.id = unit_alloc(s.mine);
	ck_assert_ok(ioasid_id_get(s.space, s.id));
	if (_i != 0)
		ck_assert_ok(ioasid_id_free(s.space, s.id));
	ck_assert_ok(ioasid_set_end(s.mine));
	ck_assert_int_eq(ioasid_id_free(s.space, s.id), -IOASID_ESTALE);
	cannot_be_had(&s);
	ck_assert_ok(ioasid_id_put(s.space, s.id));
	ck_assert_int_eq(unit_state(s.space, s.id), IOASID_STATE_QUARANTINED);
	can_be_had(&s);
	ck_assert_uint_eq(unit_counters(s.space).surplus_puts, 0);
	scene_close(&s);
}
END_TEST

/* A binding is all that there is: no put is its unbind. */
START_TEST(a_binding_holds_the_number)
{
	struct ioasid_bind_args args;
	ioasid_binding_t binding;
	ioasid_handle_t other;
	struct scene s;

	scene_open(&s);
	args = unit_args(s.device, NULL);
	ck_assert_ok(ioasid_set_bind_private(s.mine, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_binding_handle(s.space, binding, &s.id));
	put_too_often(&s);
	(void)unit_run(s.space);
	works(&s, binding);
	ck_assert_int_eq(ioasid_id_alloc(s.next, NULL, 0, &other), -IOASID_ENOSPC);
	ck_assert_int_eq(unit_state(s.space, s.id), IOASID_STATE_ACTIVE);
	/* Unbound, with a request in flight, it is his still. */
	ck_assert_ok(ioasid_request_begin(s.space, binding));
	ck_assert_ok(ioasid_binding_unbind(s.space, binding));
	put_too_often(&s);
	(void)unit_run(s.space);
	put_too_often(&s);
	ck_assert_int_eq(ioasid_id_alloc(s.next, NULL, 0, &other), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_request_end(s.space, binding));
	can_be_had(&s);
	scene_close(&s);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, a_pin_holds_the_number, 0, MOMENTS);
	tcase_add_loop_test(tests, a_reference_holds_the_number, 0, 2);
	tcase_add_test(tests, a_binding_holds_the_number);
}

UNIT_MAIN("reuse", add_tests)
