/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Where counts end: references, binds, pins, users, generations. */
#include "unit.h"

#include "space.h"

struct fixture {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
};

static void open_space(struct fixture *f, uint32_t bits, uint32_t set_flags)
{
	f->space = unit_space(bits);
	f->set = unit_set_with(f->space, 1, IOASID_UNLIMITED, set_flags);
	f->device = unit_device(f->space, "device");
}

static void close_space(struct fixture *f)
{
	unit_set_gone(f->space, f->set);
	ck_assert_ok(ioasid_device_unregister(f->device));
	unit_destroy(f->space);
}

START_TEST(references_overflow)
{
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f, 6, 0);
	id = unit_alloc(f.set);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
			ck_assert_ok(ioasid_id_get(f.space, id));
		ck_assert_int_eq(ioasid_id_get(f.space, id), -IOASID_EOVERFLOW);
		ck_assert_int_eq(ioasid_id_find_get(f.space, ioasid_handle_id(id), &id), -IOASID_EOVERFLOW);
		ck_assert_int_eq(ioasid_set_get(f.set, id), -IOASID_EOVERFLOW);
		for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
			ck_assert_ok(ioasid_id_put(f.space, id));
	}
	ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_ACTIVE);
	/* They are all back: what the allocation holds is none. */
	ck_assert_int_eq(ioasid_id_put(f.space, id), -IOASID_EINVAL);
	ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_ACTIVE);
	ck_assert_ok(ioasid_id_free(f.space, id));
	(void)unit_run(f.space);
	ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_FREE);
	close_space(&f);
}
END_TEST

#define DEVICES SLOT_BIND_MAX

struct bound {
	struct fixture f;
	struct ioasid_device *device[DEVICES];
	struct ioasid_bind_args args[DEVICES];
	ioasid_binding_t binding[DEVICES];
};

/* All devices but the last are bound to the id: a bind needs a count for itself, too. */
static ioasid_handle_t bind_as_many_as_can_be(struct bound *b)
{
	ioasid_handle_t id;

	open_space(&b->f, 6, 0);
	id = unit_alloc(b->f.set);
	for (uint32_t i = 0; i < DEVICES; i++) {
		b->device[i] = unit_device(b->f.space, "one of many");
		b->args[i] = unit_args(b->device[i], NULL);
		b->binding[i] = (ioasid_binding_t){0};
	}
	ck_assert_ok(ioasid_id_bind(b->f.space, id, b->args, DEVICES - 3, 0, b->binding));
	/* Two more would do, three are too many: then none of the three is bound. */
	ck_assert_int_eq(ioasid_id_bind(b->f.space, id, &b->args[DEVICES - 3], 3, 0, &b->binding[DEVICES - 3]),
	                 -IOASID_EOVERFLOW);
	ck_assert_uint_eq(b->binding[DEVICES - 3].binding_, 0);
	(void)unit_run(b->f.space);
	ck_assert_ok(ioasid_device_unregister(b->device[DEVICES - 3]));
	b->device[DEVICES - 3] = b->f.device;
	b->args[DEVICES - 3] = unit_args(b->f.device, NULL);
	ck_assert_ok(ioasid_id_bind(b->f.space, id, &b->args[DEVICES - 3], 2, 0, &b->binding[DEVICES - 3]));
	return id;
}

static void unbind_all(struct bound *b)
{
	for (uint32_t i = 0; i < DEVICES - 1; i++)
		ck_assert_ok(ioasid_binding_unbind(b->f.space, b->binding[i]));
	(void)unit_run(b->f.space);
	for (uint32_t i = 0; i < DEVICES; i++) {
		if (b->device[i] != b->f.device)
			ck_assert_ok(ioasid_device_unregister(b->device[i]));
	}
	close_space(&b->f);
}

START_TEST(binds_overflow)
{
	ioasid_binding_t none = {0};
	struct bound b;
	ioasid_handle_t id = bind_as_many_as_can_be(&b);

	for (uint32_t round = 0; round < 2; round++) {
		ck_assert_int_eq(ioasid_id_bind(b.f.space, id, &b.args[DEVICES - 1], 1, 0, &none), -IOASID_EOVERFLOW);
		ck_assert_uint_eq(none.binding_, 0);
	}
	/* All the while, references and pins can be had; and who has bound can use what he has. */
	ck_assert_ok(ioasid_id_get(b.f.space, id));
	ck_assert_ok(ioasid_id_pin(b.f.space, ioasid_handle_id(id), &id));
	ck_assert_ok(ioasid_request_begin(b.f.space, b.binding[0]));
	ck_assert_ok(ioasid_request_end(b.f.space, b.binding[0]));
	ck_assert_ok(ioasid_id_put(b.f.space, id));
	ck_assert_ok(ioasid_id_unpin(b.f.space, id));
	/* One goes, another comes. */
	ck_assert_ok(ioasid_binding_unbind(b.f.space, b.binding[0]));
	(void)unit_run(b.f.space);
	ck_assert_ok(ioasid_id_bind(b.f.space, id, &b.args[DEVICES - 1], 1, 0, &b.binding[0]));
	ck_assert_uint_eq(unit_counters(b.f.space).surplus_puts, 0);
	unbind_all(&b);
}
END_TEST

/* References of the host's are none of a binding's: with all of them out, a bind has room. */
START_TEST(bind_with_all_references_out)
{
	ioasid_binding_t binding;
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f, 6, 0);
	id = unit_alloc(f.set);
	for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
		ck_assert_ok(ioasid_id_get(f.space, id));
	binding = unit_bind(f.space, id, f.device);
	ck_assert_int_eq(ioasid_id_get(f.space, id), -IOASID_EOVERFLOW);
	ck_assert_ok(ioasid_request_begin(f.space, binding));
	ck_assert_ok(ioasid_request_end(f.space, binding));
	ck_assert_ok(ioasid_binding_unbind(f.space, binding));
	(void)unit_run(f.space);
	for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
		ck_assert_ok(ioasid_id_put(f.space, id));
	ck_assert_int_eq(ioasid_id_put(f.space, id), -IOASID_EINVAL);
	close_space(&f);
}
END_TEST

START_TEST(pins_overflow)
{
	struct fixture f;
	ioasid_handle_t id;
	ioasid_handle_t pinned;

	open_space(&f, 6, 0);
	id = unit_alloc(f.set);
	for (uint32_t i = 0; i < SLOT_PIN_MAX; i++)
		ck_assert_ok(ioasid_id_pin(f.space, ioasid_handle_id(id), &pinned));
	ck_assert_int_eq(ioasid_id_pin(f.space, ioasid_handle_id(id), &pinned), -IOASID_EOVERFLOW);
	ck_assert_uint_eq(unit_snapshot(f.space).pins, SLOT_PIN_MAX);
	ck_assert_ok(ioasid_id_free(f.space, id));
	for (uint32_t i = 0; i < SLOT_PIN_MAX; i++) {
		(void)unit_run(f.space);
		ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_PARKED);
		ck_assert_ok(ioasid_id_unpin(f.space, pinned));
	}
	(void)unit_run(f.space);
	ck_assert_int_eq(unit_state(f.space, id), IOASID_STATE_FREE);
	close_space(&f);
}
END_TEST

START_TEST(pins_of_a_binding_overflow)
{
	ioasid_binding_t binding;
	ioasid_binding_t pinned = {0};
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f, 6, 0);
	id = unit_alloc(f.set);
	binding = unit_bind(f.space, id, f.device);
	for (uint32_t i = 0; i < 4095; i++)
		ck_assert_ok(ioasid_device_pin(f.device, ioasid_handle_id(id), &pinned));
	ck_assert_uint_eq(pinned.binding_, binding.binding_);
	ck_assert_int_eq(ioasid_device_pin(f.device, ioasid_handle_id(id), &pinned), -IOASID_EOVERFLOW);
	ck_assert_ok(ioasid_binding_unbind(f.space, binding));
	for (uint32_t i = 0; i < 4095; i++) {
		if (i % 1000 == 0)
			(void)unit_run(f.space);
		ck_assert_int_eq(ioasid_binding_wait(f.space, binding, 0), -IOASID_EAGAIN);
		ck_assert_ok(ioasid_binding_unpin(f.space, binding));
	}
	ck_assert_ok(ioasid_binding_wait(f.space, binding, 0));
	close_space(&f);
}
END_TEST

START_TEST(users_overflow)
{
	struct ioasid_bind_args args;
	ioasid_binding_t first;
	ioasid_binding_t binding = {0};
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f, 6, 0);
	args = unit_args(f.device, NULL);
	id = unit_alloc(f.set);
	first = unit_bind(f.space, id, f.device);
	for (uint32_t i = 1; i < BINDING_USER_MAX; i++) {
		if (ioasid_id_bind(f.space, id, &args, 1, 0, &binding) != 0)
			ck_abort_msg("user %u is refused", i);
	}
	ck_assert_uint_eq(binding.binding_, first.binding_);
	ck_assert_int_eq(ioasid_id_bind(f.space, id, &args, 1, 0, &binding), -IOASID_EOVERFLOW);
	for (uint32_t i = 1; i < BINDING_USER_MAX; i++) {
		if (ioasid_binding_unbind(f.space, first) != 0)
			ck_abort_msg("unbind %u is refused", i);
	}
	ck_assert_ok(ioasid_request_begin(f.space, first));
	ck_assert_ok(ioasid_request_end(f.space, first));
	ck_assert_ok(ioasid_binding_unbind(f.space, first));
	ck_assert_int_eq(ioasid_binding_unbind(f.space, first), -IOASID_ESTALE);
	close_space(&f);
}
END_TEST

/* One life, in four ways: freed, put by its last user, aborted, of a bind. False: there is no id any more. */
static bool live_once(struct fixture *f, int how, ioasid_handle_t *handle)
{
	struct ioasid_bind_args args = unit_args(f->device, NULL);
	ioasid_binding_t binding = {0};
	int error;

	if (how % 2 != 0)
		error = ioasid_set_bind_private(f->set, &args, 1, 0, &binding);
	else
		error = ioasid_id_alloc(f->set, NULL, how == 2 ? 0 : IOASID_ALLOC_ACTIVE, handle);
	if (error != 0) {
		ck_assert_int_eq(error, -IOASID_ENOSPC);
		return false;
	}
	switch (how) {
	case 0:
		ck_assert_ok(ioasid_id_free(f->space, *handle));
		break;
	case 1:
		ck_assert_ok(ioasid_binding_handle(f->space, binding, handle));
		ck_assert_ok(ioasid_id_get(f->space, *handle));
		ck_assert_ok(ioasid_binding_unbind(f->space, binding));
		(void)unit_run(f->space);
		ck_assert_int_eq(unit_state(f->space, *handle), IOASID_STATE_ACTIVE);
		ck_assert_ok(ioasid_id_put(f->space, *handle));
		break;
	case 2:
		ck_assert_ok(ioasid_id_abort(f->space, *handle));
		break;
	default:
		ck_assert_ok(ioasid_binding_handle(f->space, binding, handle));
		ck_assert_ok(ioasid_binding_unbind(f->space, binding));
	}
	(void)unit_run(f->space);
	return true;
}

#define LIVES_IDS 3u /* of two bits, less the reserved 0 */

/* Each generation of each id once; then it is retired, counted, and never seen again. */
START_TEST(generations_end)
{
	static bool seen[LIVES_IDS + 1][SLOT_GEN_MAX + 1];
	struct ioasid_snapshot snapshot;
	struct fixture f;
	ioasid_handle_t handle;
	uint32_t lives = 0;

	memset(seen, 0, sizeof(seen));
	open_space(&f, 2, 0);
	while (live_once(&f, _i, &handle)) {
		uint32_t generation = handle_generation(handle);

		ck_assert_uint_le(generation, SLOT_GEN_MAX);
		ck_assert(!seen[unit_number(handle)][generation]);
		seen[unit_number(handle)][generation] = true;
		lives++;
		snapshot = unit_snapshot(f.space);
		ck_assert_uint_eq(snapshot.withheld, 1 + unit_counters(f.space).retired);
		ck_assert_uint_eq(snapshot.withheld + snapshot.in_state[IOASID_STATE_FREE], snapshot.capacity);
	}
	ck_assert_uint_eq(lives, LIVES_IDS * SLOT_GEN_MAX);
	ck_assert_uint_eq(unit_counters(f.space).retired, LIVES_IDS);
	ck_assert_uint_eq(unit_charged(f.set), 0);
	/* What is over is stale; the number itself has nobody. */
	ck_assert_int_eq(ioasid_id_get(f.space, handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_find(f.space, ioasid_handle_id(handle), &handle), -IOASID_ENOENT);
	ck_assert_int_eq(unit_state(f.space, handle), IOASID_STATE_RESERVED);
	close_space(&f);
}
END_TEST

/* A set's shared id, too, and the set of a retired id can be done. */
START_TEST(generations_of_shared_ids_end)
{
	struct ioasid_bind_args args;
	ioasid_binding_t binding;
	ioasid_handle_t shared;
	struct fixture f;
	uint32_t lives = 0;
	int error;

	open_space(&f, 1, _i ? IOASID_SET_HOT : 0);
	args = unit_args(f.device, NULL);
	while ((error = ioasid_set_bind(f.set, &args, 1, 0, &binding)) == 0) {
		ck_assert_ok(ioasid_set_shared(f.set, &shared));
		ck_assert_uint_eq(handle_generation(shared), ++lives);
		ck_assert_ok(ioasid_id_free(f.space, shared));
		(void)unit_run(f.space);
	}
	ck_assert_int_eq(error, -IOASID_ENOSPC);
	ck_assert_uint_eq(lives, SLOT_GEN_MAX);
	ck_assert_uint_eq(unit_counters(f.space).retired, 1);
	ck_assert_uint_eq(unit_charged(f.set), 0);
	close_space(&f);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, references_overflow);
	tcase_add_test(tests, binds_overflow);
	tcase_add_test(tests, bind_with_all_references_out);
	tcase_add_test(tests, pins_overflow);
	tcase_add_test(tests, pins_of_a_binding_overflow);
	tcase_add_test(tests, users_overflow);
	tcase_add_loop_test(tests, generations_end, 0, 4);
	tcase_add_loop_test(tests, generations_of_shared_ids_end, 0, 2);
}

UNIT_MAIN("limits", add_tests)
