/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The public state x operation table, cell by cell: an id is brought into the
 * state, the call is made, and its answer is compared with the table. What the
 * table calls impossible is tried, too: whoever holds something finds the id in
 * none of these states. A handle of an older life is stale everywhere.
 */
#include "unit.h"

struct scene {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	struct ioasid_participant *judge; /* fails the id itself */
	ioasid_handle_t older;            /* an earlier life of the same number */
	ioasid_binding_t older_binding;
	ioasid_handle_t handle;
	ioasid_binding_t binding;
	bool bound;
	uint32_t refs; /* that we hold beside the holder's own */
	uint32_t pins;
	bool fails;     /* the device's callback fails */
	bool condemned; /* the participant fails the id */
};

static int device_phase(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	const struct scene *s = context;

	(void)view;
	(void)token;
	return s->fails ? -IOASID_EBUSY : IOASID_DONE;
}

static int judge_phase(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	const struct scene *s = context;

	(void)token;
	return s->condemned && view->device == NULL ? -IOASID_EBUSY : IOASID_DONE;
}

static const struct ioasid_quiesce_ops device_ops = {
	.size = sizeof(device_ops),
	.quiesce = {[IOASID_PHASE_DEVICE] = device_phase},
};
static const struct ioasid_quiesce_ops judge_ops = {
	.size = sizeof(judge_ops),
	.quiesce = {[IOASID_PHASE_LAST] = judge_phase},
};

/* Lowest first, so that the same number comes again; it has had one life with one binding. */
static void scene_open(struct scene *s)
{
	struct ioasid_space_config config = {.order = IOASID_ORDER_LOWEST};

	*s = (struct scene){.space = unit_space_with(6, &config)};
	s->set = unit_set(s->space);
	s->device = unit_device_with(s->space, "disk", IOASID_BITS_MAX, &device_ops, s);
	s->older = unit_alloc(s->set);
	s->older_binding = unit_bind(s->space, s->older, s->device);
	ck_assert_ok(ioasid_id_free(s->space, s->older));
	(void)unit_run(s->space);
	ck_assert_int_eq(unit_state(s->space, s->older), IOASID_STATE_FREE);
}

/* The id may be PARKED for want of what we hold: then that is all that it waits for. */
static void scene_close(struct scene *s)
{
	(void)ioasid_id_abort(s->space, s->handle);
	(void)ioasid_set_end(s->set);
	s->fails = false;
	s->condemned = false;
	(void)unit_run(s->space);
	if (unit_state(s->space, s->handle) == IOASID_STATE_POISONED)
		ck_assert_ok(ioasid_id_unpoison(s->space, s->handle));
	while (s->refs != 0) {
		ck_assert_ok(ioasid_id_put(s->space, s->handle));
		s->refs--;
	}
	while (s->pins != 0) {
		ck_assert_ok(ioasid_id_unpin(s->space, s->handle));
		s->pins--;
	}
	ck_assert_ok(ioasid_set_release(s->set));
	(void)unit_run(s->space);
	if (s->judge != NULL)
		ck_assert_ok(ioasid_participant_withdraw(s->judge));
	ck_assert_ok(ioasid_device_unregister(s->device));
	unit_destroy(s->space);
}

static void hold(struct scene *s, bool ref, bool pin)
{
	ioasid_handle_t pinned;

	if (ref) {
		ck_assert_ok(ioasid_id_get(s->space, s->handle));
		s->refs++;
	}
	if (pin) {
		ck_assert_ok(ioasid_id_pin(s->space, ioasid_handle_id(s->handle), &pinned));
		ck_assert(ioasid_handle_equal(pinned, s->handle));
		s->pins++;
	}
}

/* Where a put is one too many, there is a binding, and whoever allocated it: what they hold is not for a put. */
static void bring_active(struct scene *s, enum ioasid_operation op)
{
	s->handle = unit_alloc(s->set);
	if (op == IOASID_OP_BEGIN || op == IOASID_OP_SURPLUS)
		s->binding = unit_bind(s->space, s->handle, s->device);
	hold(s, op == IOASID_OP_PUT, op == IOASID_OP_UNPIN);
}

static void bring_parked(struct scene *s, enum ioasid_operation op)
{
	s->handle = unit_alloc(s->set);
	if (op == IOASID_OP_BEGIN || op == IOASID_OP_SURPLUS)
		s->binding = unit_bind(s->space, s->handle, s->device);
	hold(s, op != IOASID_OP_SURPLUS, op == IOASID_OP_SURPLUS || op == IOASID_OP_UNPIN);
	ck_assert_ok(ioasid_id_free(s->space, s->handle));
}

static void bring_poisoned(struct scene *s, enum ioasid_operation op)
{
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = &judge_ops, .context = s};

	s->handle = unit_alloc(s->set);
	if (op == IOASID_OP_OVERPIN) {
		/* By itself, and not by a binding. */
		s->condemned = true;
		ck_assert_ok(ioasid_space_enroll(s->space, &config, &s->judge));
	} else {
		s->fails = true;
		s->binding = unit_bind(s->space, s->handle, s->device);
	}
	hold(s, op == IOASID_OP_PUT, op == IOASID_OP_UNPIN);
	ck_assert_ok(ioasid_id_free(s->space, s->handle));
	(void)unit_run(s->space);
}

/* A whole life, with a binding in it, up to its end; without @reclaimed it still rests. */
static void bring_past(struct scene *s, bool reclaimed)
{
	s->handle = unit_alloc(s->set);
	s->binding = unit_bind(s->space, s->handle, s->device);
	ck_assert_ok(ioasid_binding_unbind(s->space, s->binding));
	(void)unit_run(s->space);
	ck_assert_ok(ioasid_id_free(s->space, s->handle));
	if (reclaimed)
		(void)unit_run(s->space);
}

static void bring(struct scene *s, enum ioasid_state state, enum ioasid_operation op)
{
	switch (state) {
	case IOASID_STATE_FREE:
		bring_past(s, true);
		break;
	case IOASID_STATE_RESERVED:
		s->handle = unit_alloc_with(s->set, 0);
		break;
	case IOASID_STATE_ACTIVE:
		bring_active(s, op);
		break;
	case IOASID_STATE_PARKED:
		bring_parked(s, op);
		break;
	case IOASID_STATE_QUARANTINED:
		bring_past(s, false);
		break;
	default:
		bring_poisoned(s, op);
	}
	ck_assert_int_eq(unit_state(s->space, s->handle), state);
	ck_assert_uint_eq(unit_number(s->handle), unit_number(s->older));
	ck_assert(!ioasid_handle_equal(s->handle, s->older));
}

/* The call of the row; @handle and @binding say of which life. */
static int call(struct scene *s, enum ioasid_operation op, ioasid_handle_t handle, ioasid_binding_t binding)
{
	struct ioasid_bind_args args = unit_args(s->device, NULL);
	ioasid_binding_t bound = {0};
	ioasid_handle_t found = {0};
	int answer = IOASID_IMPOSSIBLE;

	switch (op) {
	case IOASID_OP_FIND:
		answer = ioasid_id_find(s->space, ioasid_handle_id(handle), &found);
		ck_assert(answer != 0 || ioasid_handle_equal(found, handle));
		break;
	case IOASID_OP_PIN:
		answer = ioasid_id_pin(s->space, ioasid_handle_id(handle), &found);
		ck_assert(answer != 0 || ioasid_handle_equal(found, handle));
		s->pins += answer == 0;
		break;
	case IOASID_OP_GET:
		answer = ioasid_id_get(s->space, handle);
		s->refs += answer == 0;
		break;
	case IOASID_OP_BIND:
		answer = ioasid_id_bind(s->space, handle, &args, 1, 0, &bound);
		break;
	case IOASID_OP_BEGIN:
		answer = ioasid_request_begin(s->space, binding);
		if (answer == 0)
			ck_assert_ok(ioasid_request_end(s->space, binding));
		break;
	case IOASID_OP_PUT:
	case IOASID_OP_SURPLUS:
		answer = ioasid_id_put(s->space, handle);
		s->refs -= answer == 0;
		break;
	case IOASID_OP_UNPIN:
	case IOASID_OP_OVERPIN:
		answer = ioasid_id_unpin(s->space, handle);
		s->pins -= answer == 0;
		break;
	case IOASID_OP_PUBLISH:
		answer = ioasid_id_publish(s->space, handle);
		break;
	case IOASID_OP_ABORT:
		answer = ioasid_id_abort(s->space, handle);
		break;
	case IOASID_OP_FREE:
		answer = ioasid_id_free(s->space, handle);
		break;
	case IOASID_OP_CURE:
		answer = ioasid_id_unpoison(s->space, handle);
		break;
	case IOASID_OP_COUNT:
		break;
	}
	return answer;
}

static bool is_by_number(enum ioasid_operation op)
{
	return op == IOASID_OP_FIND || op == IOASID_OP_PIN;
}

START_TEST(cell)
{
	enum ioasid_operation op = (enum ioasid_operation)(_i / IOASID_STATE_COUNT);
	enum ioasid_state state = (enum ioasid_state)(_i % IOASID_STATE_COUNT);
	int wanted = ioasid_state_answer(op, state);
	struct scene s;
	int answer;

	scene_open(&s);
	bring(&s, state, op);
	/* The older life first: it must change nothing. */
	if (!is_by_number(op)) {
		answer = call(&s, op, s.older, s.older_binding);
		ck_assert_msg(answer == -IOASID_ESTALE, "row %d, %s: an older life is answered %d", op,
		              ioasid_state_name(state), answer);
		ck_assert_int_eq(unit_state(s.space, s.handle), state);
	}
	if (wanted != IOASID_IMPOSSIBLE) {
		answer = call(&s, op, s.handle, s.binding);
		ck_assert_msg(answer == wanted, "row %d, %s: %d and not %d", op, ioasid_state_name(state), answer,
		              wanted);
	}
	scene_close(&s);
}
END_TEST

/* Who holds a reference or a pin never finds the id free, at rest or reserved, however it is ended. */
START_TEST(nothing_held_is_ever_at_rest)
{
	struct scene s;

	scene_open(&s);
	s.handle = unit_alloc_with(s.set, 0);
	/* RESERVED: nothing can be had. */
	ck_assert_int_eq(call(&s, IOASID_OP_GET, s.handle, s.binding), -IOASID_ENOENT);
	ck_assert_int_eq(call(&s, IOASID_OP_PIN, s.handle, s.binding), -IOASID_ENOENT);
	ck_assert_int_eq(call(&s, IOASID_OP_BIND, s.handle, s.binding), -IOASID_ENOENT);
	ck_assert_ok(ioasid_id_publish(s.space, s.handle));
	hold(&s, _i != 1, _i != 0);
	if (_i == 2) {
		ck_assert_ok(ioasid_id_put(s.space, s.handle));
		s.refs--;
		hold(&s, true, false);
	}
	ck_assert_ok(ioasid_id_free(s.space, s.handle));
	for (int i = 0; i < 3; i++) {
		(void)unit_run(s.space);
		ck_assert_int_eq(unit_state(s.space, s.handle), IOASID_STATE_PARKED);
	}
	scene_close(&s);
}
END_TEST

/* A shared id, too, is published once; and it outlives all that refers to it, as the set keeps it. */
START_TEST(shared_id_in_active)
{
	struct ioasid_bind_args args;
	struct scene s;

	scene_open(&s);
	args = unit_args(s.device, NULL);
	ck_assert_ok(ioasid_set_bind(s.set, &args, 1, 0, &s.binding));
	ck_assert_ok(ioasid_set_shared(s.set, &s.handle));
	ck_assert_ok(ioasid_binding_unbind(s.space, s.binding));
	(void)unit_run(s.space);
	ck_assert_int_eq(ioasid_id_put(s.space, s.handle), ioasid_state_answer(IOASID_OP_SURPLUS, IOASID_STATE_ACTIVE));
	ck_assert_int_eq(ioasid_id_publish(s.space, s.handle),
	                 ioasid_state_answer(IOASID_OP_PUBLISH, IOASID_STATE_ACTIVE));
	ck_assert_int_eq(ioasid_id_abort(s.space, s.handle), ioasid_state_answer(IOASID_OP_ABORT, IOASID_STATE_ACTIVE));
	ck_assert_int_eq(unit_state(s.space, s.handle), IOASID_STATE_ACTIVE);
	scene_close(&s);
}
END_TEST

START_TEST(table_as_a_function)
{
	static const int table[IOASID_OP_COUNT][IOASID_STATE_COUNT] = {
#define ROW(name, f, r, a, p, q, x) {f, r, a, p, q, x},
		IOASID_STATE_TABLE(ROW)
#undef ROW
	};

	for (int op = 0; op < IOASID_OP_COUNT; op++) {
		for (int state = 0; state < IOASID_STATE_COUNT; state++)
			ck_assert_int_eq(ioasid_state_answer((enum ioasid_operation)op, (enum ioasid_state)state),
			                 table[op][state]);
	}
	ck_assert_int_eq(ioasid_state_answer(IOASID_OP_COUNT, IOASID_STATE_FREE), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_state_answer(IOASID_OP_FIND, IOASID_STATE_COUNT), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_state_answer((enum ioasid_operation)99, (enum ioasid_state)99), -IOASID_EINVAL);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, cell, 0, IOASID_OP_COUNT * IOASID_STATE_COUNT);
	tcase_add_loop_test(tests, nothing_held_is_ever_at_rest, 0, 3);
	tcase_add_test(tests, shared_id_in_active);
	tcase_add_test(tests, table_as_a_function);
}

UNIT_MAIN("table_cells", add_tests)
