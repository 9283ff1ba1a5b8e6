/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Bad input to whatever names an id or a binding, and surplus of everything that can be given back. */
#include "bad_input.h"

START_TEST(alloc)
{
	struct ioasid_range range;
	struct ioasid_owner_set *poor;
	struct scene s;

	scene_open(&s);
	refused(IOASID_EINVAL, ioasid_id_alloc(NULL, NULL, 0, &s.out.handle));
	refused(IOASID_EINVAL, ioasid_id_alloc(s.mine.set, NULL, 0, NULL));
	for (uint32_t bit = 2; bit < 32; bit++)
		refused(IOASID_EINVAL,
		        ioasid_id_alloc(s.mine.set, NULL, UINT32_C(1) << bit | IOASID_ALLOC_ACTIVE, &s.out.handle));
	refused(IOASID_ESTALE, ioasid_id_alloc(s.mine.ended, NULL, 0, &s.out.handle));
	refused(IOASID_ESTALE, ioasid_id_alloc(s.mine.ended, NULL, IOASID_ALLOC_WAIT, &s.out.handle));
#define bad_range(error, first, last)                                                                  \
	do {                                                                                           \
		range = ioasid_range_make(first, last);                                                \
		refused(error, ioasid_id_alloc(s.mine.set, &range, 0, &s.out.handle));                 \
		refused(error, ioasid_id_alloc(s.mine.set, &range, IOASID_ALLOC_WAIT, &s.out.handle)); \
	} while (0)
	bad_range(IOASID_EINVAL, ioasid_make(5), ioasid_make(4));
	bad_range(IOASID_EINVAL, ioasid_make(63), ioasid_make(64));
	bad_range(IOASID_EINVAL, ioasid_make(64), ioasid_make(64));
	bad_range(IOASID_EINVAL, ioasid_make(4), ioasid_invalid());
	bad_range(IOASID_EINVAL, ioasid_invalid(), ioasid_make(4));
	bad_range(IOASID_EINVAL, ioasid_invalid(), ioasid_invalid());
	/* Reserved, and in use: asked for in earnest, and not to be had. */
	bad_range(IOASID_ENOSPC, ioasid_make(0), ioasid_make(0));
	bad_range(IOASID_ENOSPC, ioasid_handle_id(s.mine.id), ioasid_handle_id(s.mine.id));
#undef bad_range
	poor = unit_set_with(s.mine.space, 3, 0, 0);
	refused(IOASID_EDQUOT, ioasid_id_alloc(poor, NULL, 0, &s.out.handle));
	refused(IOASID_EDQUOT, ioasid_id_alloc(poor, NULL, IOASID_ALLOC_WAIT, &s.out.handle));
	ck_assert_ok(ioasid_set_release(poor));
	scene_close(&s);
}
END_TEST

static int wait_now(struct ioasid_space *space, ioasid_handle_t handle)
{
	return ioasid_id_wait(space, handle, 0);
}

/* By handle: what each says of a life that is over, one that is yet to come, and one that never can be. */
static const struct by_handle {
	const char *name;
	int (*call)(struct ioasid_space *space, ioasid_handle_t handle);
	int stale; /* waiting for a life that is over is no mistake */
} by_handle[] = {
	{"publish", ioasid_id_publish, -IOASID_ESTALE},   {"abort", ioasid_id_abort, -IOASID_ESTALE},
	{"free", ioasid_id_free, -IOASID_ESTALE},         {"get", ioasid_id_get, -IOASID_ESTALE},
	{"put", ioasid_id_put, -IOASID_ESTALE},           {"unpin", ioasid_id_unpin, -IOASID_ESTALE},
	{"unpoison", ioasid_id_unpoison, -IOASID_ESTALE}, {"wait", wait_now, 0},
};

START_TEST(handles)
{
	const struct by_handle *row = &by_handle[_i];
	struct scene s;
	struct side *m;

	scene_open(&s);
	m = &s.mine;
	refused(IOASID_EINVAL, row->call(NULL, m->id));
	refused(IOASID_EINVAL, row->call(m->space, (ioasid_handle_t){0}));
	refused(IOASID_EINVAL, row->call(m->space, s.other.id));
	refused(IOASID_EINVAL, row->call(m->space, (ioasid_handle_t){UINT64_MAX}));
	/* Generation 0 is of no life; number 64 is of no id; number 40 has no memory. */
	refused(IOASID_EINVAL, row->call(m->space, (ioasid_handle_t){m->id.handle_ & ~(UINT64_C(0xffffffff) << 20)}));
	refused(IOASID_EINVAL, row->call(m->space, handle_elsewhere(m->id, 64)));
	refused(IOASID_EINVAL, row->call(m->space, handle_elsewhere(m->id, IOASID_COUNT_MAX - 1)));
	refused(IOASID_ENOENT, row->call(m->space, handle_elsewhere(m->id, 40)));
	refused(IOASID_ENOENT, row->call(m->space, handle_beyond(m->id)));
	refused(IOASID_ENOENT, row->call(m->space, handle_beyond(m->late)));
	refused(IOASID_ENOENT, row->call(m->space, handle_elsewhere(m->id, 9)));
	/* The last generation of all is one; who differs in any bit above it, or in none but the number, is not ours. */
	refused(IOASID_ENOENT, row->call(m->space, (ioasid_handle_t){m->id.handle_ | UINT64_C(0xffffffff) << 20}));
	for (unsigned bit = 52; bit < 64; bit++)
		refused(IOASID_EINVAL, row->call(m->space, (ioasid_handle_t){m->id.handle_ ^ UINT64_C(1) << bit}));
	refused(-row->stale, row->call(m->space, m->older));
	scene_close(&s);
}
END_TEST

START_TEST(numbers)
{
	const ioasid_t bad[] = {ioasid_invalid(), ioasid_make(64), ioasid_make(IOASID_COUNT_MAX - 1)};
	struct scene s;
	ioasid_t id;

	scene_open(&s);
	id = ioasid_handle_id(s.mine.id);
	for (size_t i = 0; i < 3; i++) {
		refused(IOASID_EINVAL, ioasid_id_find(s.mine.space, bad[i], &s.out.handle));
		refused(IOASID_EINVAL, ioasid_id_find_get(s.mine.space, bad[i], &s.out.handle));
		refused(IOASID_EINVAL, ioasid_id_pin(s.mine.space, bad[i], &s.out.handle));
		refused(IOASID_EINVAL, ioasid_id_state(s.mine.space, bad[i], &s.out.state));
		refused(IOASID_EINVAL, ioasid_device_pin(s.mine.device, bad[i], &s.out.binding[0]));
	}
	refused(IOASID_EINVAL, ioasid_id_find(NULL, id, &s.out.handle));
	refused(IOASID_EINVAL, ioasid_id_find(s.mine.space, id, NULL));
	refused(IOASID_EINVAL, ioasid_id_find_get(NULL, id, &s.out.handle));
	refused(IOASID_EINVAL, ioasid_id_find_get(s.mine.space, id, NULL));
	refused(IOASID_EINVAL, ioasid_id_pin(NULL, id, &s.out.handle));
	refused(IOASID_EINVAL, ioasid_id_pin(s.mine.space, id, NULL));
	refused(IOASID_EINVAL, ioasid_id_state(NULL, id, &s.out.state));
	refused(IOASID_EINVAL, ioasid_id_state(s.mine.space, id, NULL));
	refused(IOASID_EINVAL, ioasid_device_pin(NULL, id, &s.out.binding[0]));
	refused(IOASID_EINVAL, ioasid_device_pin(s.mine.device, id, NULL));
	/* Free, reserved for good, never populated, parked, not bound to this device. */
	for (uint32_t i = 0; i < 3; i++) {
		static const uint32_t nobody[] = {9, 0, 40};

		refused(IOASID_ENOENT, ioasid_id_find(s.mine.space, ioasid_make(nobody[i]), &s.out.handle));
		refused(IOASID_ENOENT, ioasid_id_find_get(s.mine.space, ioasid_make(nobody[i]), &s.out.handle));
		refused(IOASID_ENOENT, ioasid_id_pin(s.mine.space, ioasid_make(nobody[i]), &s.out.handle));
		refused(IOASID_ENOENT, ioasid_device_pin(s.mine.device, ioasid_make(nobody[i]), &s.out.binding[0]));
	}
	refused(IOASID_ESTALE, ioasid_id_find(s.mine.space, ioasid_handle_id(s.mine.late), &s.out.handle));
	refused(IOASID_ESTALE, ioasid_id_find_get(s.mine.space, ioasid_handle_id(s.mine.late), &s.out.handle));
	refused(IOASID_ESTALE, ioasid_id_pin(s.mine.space, ioasid_handle_id(s.mine.late), &s.out.handle));
	refused(IOASID_ESTALE, ioasid_device_pin(s.mine.device, ioasid_handle_id(s.mine.late), &s.out.binding[0]));
	refused(IOASID_ENOENT, ioasid_device_pin(s.mine.narrow, id, &s.out.binding[0]));
	scene_close(&s);
}
END_TEST

START_TEST(surplus_of_ids)
{
	struct scene s;
	struct side *m;
	struct ioasid_counters counters;
	ioasid_handle_t past;

	scene_open(&s);
	m = &s.mine;
	past = unit_alloc(m->set);
	refused(IOASID_EBUSY, ioasid_id_publish(m->space, past));
	refused(IOASID_EBUSY, ioasid_id_abort(m->space, past));
	refused(IOASID_EINVAL, ioasid_id_unpin(m->space, past));
	refused(IOASID_EINVAL, ioasid_id_unpoison(m->space, past));
	refused(IOASID_EAGAIN, ioasid_id_wait(m->space, past, 0));
	ck_assert_ok(ioasid_id_free(m->space, past));
	(void)unit_run(m->space);
	/* Freed twice, put once too often, and all else of a life that is over. */
	refused(IOASID_ESTALE, ioasid_id_free(m->space, past));
	refused(IOASID_ESTALE, ioasid_id_put(m->space, past));
	refused(IOASID_ESTALE, ioasid_id_unpin(m->space, past));
	refused(IOASID_ESTALE, ioasid_id_get(m->space, past));
	refused(IOASID_ESTALE, ioasid_id_publish(m->space, past));
	refused(IOASID_ESTALE, ioasid_id_abort(m->space, past));
	refused(IOASID_ESTALE, ioasid_id_unpoison(m->space, past));
	refused(IOASID_ESTALE, ioasid_id_free(m->space, m->late));
	counters = unit_counters(m->space);
	ck_assert_uint_eq(counters.surplus_unpins, 1);
	ck_assert_uint_eq(counters.stale_calls, 2);
	scene_close(&s);
}
END_TEST

/* Twice given to the set: it still is charged for the id, so it is no other set's. */
START_TEST(set_free_twice)
{
	struct scene s;
	ioasid_handle_t mine;

	scene_open(&s);
	mine = unit_alloc(s.mine.set);
	ck_assert_ok(ioasid_id_get(s.mine.space, mine));
	ck_assert_ok(ioasid_set_free(s.mine.set, mine));
	refused(IOASID_ESTALE, ioasid_set_free(s.mine.set, mine));
	refused(IOASID_ESTALE, ioasid_set_get(s.mine.set, mine));
	ck_assert_ok(ioasid_id_put(s.mine.space, mine));
	(void)unit_run(s.mine.space);
	scene_close(&s);
}
END_TEST

/* The same while the id rests; once it is free, it is nobody's. */
START_TEST(set_free_twice_at_rest)
{
	struct ioasid_space *space = unit_space(6);
	struct ioasid_owner_set *set = unit_set(space);
	struct ioasid_owner_set *other = unit_set_with(space, 2, 20, 0);
	ioasid_handle_t mine = unit_alloc(set);
	ioasid_handle_t found;

	ck_assert_ok(ioasid_set_free(set, mine));
	ck_assert_int_eq(unit_state(space, mine), IOASID_STATE_QUARANTINED);
	ck_assert_int_eq(ioasid_set_free(set, mine), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_get(set, mine), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_find(set, ioasid_handle_id(mine), &found), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_free(other, mine), -IOASID_EACCES);
	ck_assert_int_eq(ioasid_set_find(other, ioasid_handle_id(mine), &found), -IOASID_EACCES);
	(void)unit_run(space);
	ck_assert_int_eq(ioasid_set_free(set, mine), -IOASID_EACCES);
	ck_assert_int_eq(ioasid_set_free(other, mine), -IOASID_EACCES);
	unit_set_gone(space, set);
	unit_set_gone(space, other);
	unit_destroy(space);
}
END_TEST

/* The bind calls, as one: 0 shared, 1 private, 2 by handle. */
static int bind_to(int which, struct side *side, const struct ioasid_bind_args *args, uint32_t count, uint32_t flags,
                   ioasid_binding_t *bindings)
{
	if (which == 0)
		return ioasid_set_bind(side->set, args, count, flags, bindings);
	if (which == 1)
		return ioasid_set_bind_private(side->set, args, count, flags, bindings);
	return ioasid_id_bind(side->space, side->id, args, count, flags, bindings);
}

START_TEST(bind_arguments)
{
	struct ioasid_bind_args args[IOASID_BIND_MAX + 1];
	struct ioasid_bind_args good;
	struct scene s;

	scene_open(&s);
	good = unit_args(s.mine.device, NULL);
	for (size_t i = 0; i <= IOASID_BIND_MAX; i++)
		args[i] = good;
	refused(IOASID_EINVAL, bind_to(_i, &s.mine, NULL, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, bind_to(_i, &s.mine, args, 1, 0, NULL));
	refused(IOASID_EINVAL, bind_to(_i, &s.mine, args, 0, 0, s.out.binding));
	refused(IOASID_EINVAL, bind_to(_i, &s.mine, args, IOASID_BIND_MAX + 1, 0, s.out.binding));
	refused(IOASID_EINVAL, bind_to(_i, &s.mine, args, UINT32_MAX, 0, s.out.binding));
	for (uint32_t bit = 1; bit < 32; bit++)
		refused(IOASID_EINVAL, bind_to(_i, &s.mine, args, 1, UINT32_C(1) << bit, s.out.binding));
	/* One device twice; wrong in the second of two. */
	refused(IOASID_EINVAL, bind_to(_i, &s.mine, args, 2, 0, s.out.binding));
	args[0] = unit_args(s.mine.narrow, NULL);
#define bad_second(field, value)                                                         \
	do {                                                                             \
		args[1] = good;                                                          \
		args[1].field = (value);                                                 \
		refused(IOASID_EINVAL, bind_to(_i, &s.mine, args, 2, 0, s.out.binding)); \
	} while (0)
	bad_second(size, 0);
	bad_second(size, sizeof(good) + 1);
	bad_second(device, NULL);
	bad_second(device, s.other.device);
	bad_second(device, s.mine.narrow);
	bad_second(behind, s.other.behind);
	bad_second(behind, s.mine.everywhere);
#undef bad_second
	args[1] = unit_args(s.mine.removed, NULL);
	refused(IOASID_ESTALE, bind_to(_i, &s.mine, &args[1], 1, 0, s.out.binding));
	refused(IOASID_ESTALE, bind_to(_i, &s.mine, &args[1], 1, IOASID_BIND_WAIT, s.out.binding));
	scene_close(&s);
}
END_TEST

START_TEST(bind_to_what_cannot_be_bound)
{
	struct ioasid_owner_set *poor;
	struct ioasid_bind_args args;
	struct scene s;
	struct side *m;

	scene_open(&s);
	m = &s.mine;
	args = unit_args(m->device, NULL);
	poor = unit_set_with(m->space, 3, 0, 0);
	refused(IOASID_EINVAL, ioasid_set_bind(NULL, &args, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, ioasid_set_bind_private(NULL, &args, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, ioasid_id_bind(NULL, m->id, &args, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, ioasid_set_bind(s.other.set, &args, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, ioasid_set_bind_private(s.other.set, &args, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, ioasid_id_bind(s.other.space, s.other.id, &args, 1, 0, s.out.binding));
	refused(IOASID_ESTALE, ioasid_set_bind(m->ended, &args, 1, 0, s.out.binding));
	refused(IOASID_ESTALE, ioasid_set_bind_private(m->ended, &args, 1, 0, s.out.binding));
	refused(IOASID_EDQUOT, ioasid_set_bind(poor, &args, 1, 0, s.out.binding));
	refused(IOASID_EDQUOT, ioasid_set_bind_private(poor, &args, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, ioasid_id_bind(m->space, (ioasid_handle_t){0}, &args, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, ioasid_id_bind(m->space, s.other.id, &args, 1, 0, s.out.binding));
	refused(IOASID_EINVAL, ioasid_id_bind(m->space, handle_elsewhere(m->id, 64), &args, 1, 0, s.out.binding));
	refused(IOASID_ENOENT, ioasid_id_bind(m->space, handle_elsewhere(m->id, 40), &args, 1, 0, s.out.binding));
	refused(IOASID_ENOENT, ioasid_id_bind(m->space, handle_beyond(m->id), &args, 1, 0, s.out.binding));
	refused(IOASID_ESTALE, ioasid_id_bind(m->space, m->older, &args, 1, 0, s.out.binding));
	refused(IOASID_ESTALE, ioasid_id_bind(m->space, m->late, &args, 1, 0, s.out.binding));
	/* Other data than the pair has, other company; a device that is too narrow, alone and second. */
	args.data = &s;
	refused(IOASID_EBUSY, ioasid_id_bind(m->space, m->id, &args, 1, 0, s.out.binding));
	refused(IOASID_EBUSY, ioasid_id_bind(m->space, m->id, &args, 1, IOASID_BIND_WAIT, s.out.binding));
	args = unit_args(m->device, NULL);
	args.behind = m->behind;
	refused(IOASID_EBUSY, ioasid_id_bind(m->space, m->id, &args, 1, 0, s.out.binding));
	args = unit_args(m->narrow, NULL);
	refused(IOASID_EOVERFLOW, ioasid_id_bind(m->space, m->id, &args, 1, 0, s.out.binding));
	ck_assert_ok(ioasid_set_release(poor));
	scene_close(&s);
}
END_TEST

static int wait_binding(struct ioasid_space *space, ioasid_binding_t binding)
{
	return ioasid_binding_wait(space, binding, 0);
}

static const struct by_binding {
	const char *name;
	int (*call)(struct ioasid_space *space, ioasid_binding_t binding);
	int stale;
} by_binding[] = {
	{"unbind", ioasid_binding_unbind, -IOASID_ESTALE},
	{"unpin", ioasid_binding_unpin, -IOASID_ESTALE},
	{"begin", ioasid_request_begin, -IOASID_ESTALE},
	{"end", ioasid_request_end, -IOASID_ESTALE},
	{"wait", wait_binding, 0},
};

START_TEST(bindings)
{
	const struct by_binding *row = &by_binding[_i];
	struct scene s;
	struct side *m;

	scene_open(&s);
	m = &s.mine;
	refused(IOASID_EINVAL, row->call(NULL, m->binding));
	refused(IOASID_EINVAL, row->call(m->space, (ioasid_binding_t){0}));
	refused(IOASID_EINVAL, row->call(m->space, s.other.binding));
	refused(IOASID_EINVAL, row->call(m->space, (ioasid_binding_t){UINT64_MAX}));
	refused(IOASID_EINVAL, row->call(m->space, (ioasid_binding_t){m->binding.binding_ & 0xffffffff}));
	refused(IOASID_EINVAL, row->call(m->space, binding_elsewhere(m->binding)));
	refused(-row->stale, row->call(m->space, binding_beyond(m->binding)));
	refused(-row->stale, row->call(m->space, m->older_binding));
	scene_close(&s);
}
END_TEST

START_TEST(binding_outputs)
{
	struct scene s;
	struct side *m;

	scene_open(&s);
	m = &s.mine;
	refused(IOASID_EINVAL, ioasid_binding_handle(NULL, m->binding, &s.out.handle));
	refused(IOASID_EINVAL, ioasid_binding_handle(m->space, m->binding, NULL));
	refused(IOASID_EINVAL, ioasid_binding_handle(m->space, s.other.binding, &s.out.handle));
	refused(IOASID_EINVAL, ioasid_binding_handle(m->space, (ioasid_binding_t){0}, &s.out.handle));
	refused(IOASID_ESTALE, ioasid_binding_handle(m->space, m->older_binding, &s.out.handle));
	refused(IOASID_ESTALE, ioasid_binding_handle(m->space, binding_beyond(m->binding), &s.out.handle));
	refused(IOASID_EINVAL, ioasid_binding_data(NULL, m->binding, &s.out.data));
	refused(IOASID_EINVAL, ioasid_binding_data(m->space, m->binding, NULL));
	refused(IOASID_EINVAL, ioasid_binding_data(m->space, s.other.binding, &s.out.data));
	refused(IOASID_EINVAL, ioasid_binding_data(m->space, (ioasid_binding_t){0}, &s.out.data));
	refused(IOASID_ESTALE, ioasid_binding_data(m->space, m->older_binding, &s.out.data));
	refused(IOASID_ESTALE, ioasid_binding_data(m->space, binding_beyond(m->binding), &s.out.data));
	scene_close(&s);
}
END_TEST

START_TEST(surplus_of_bindings)
{
	struct scene s;
	struct side *m;
	struct ioasid_counters counters;
	ioasid_handle_t id;
	ioasid_binding_t binding;

	scene_open(&s);
	m = &s.mine;
	id = unit_alloc(m->set);
	binding = unit_bind(m->space, id, m->device);
	refused(IOASID_EINVAL, ioasid_binding_unpin(m->space, binding));
	refused(IOASID_EAGAIN, ioasid_binding_wait(m->space, binding, 0));
	ck_assert_ok(ioasid_binding_unbind(m->space, binding));
	refused(IOASID_ESTALE, ioasid_binding_unbind(m->space, binding));
	refused(IOASID_ESTALE, ioasid_request_begin(m->space, binding));
	refused(IOASID_ESTALE, ioasid_device_pin(m->device, ioasid_handle_id(id), &s.out.binding[0]));
	(void)unit_run(m->space);
	refused(IOASID_ESTALE, ioasid_binding_unbind(m->space, binding));
	refused(IOASID_ESTALE, ioasid_binding_unpin(m->space, binding));
	refused(IOASID_ESTALE, ioasid_request_begin(m->space, binding));
	refused(IOASID_ESTALE, ioasid_request_end(m->space, binding));
	refused(IOASID_ENOENT, ioasid_device_pin(m->device, ioasid_handle_id(id), &s.out.binding[0]));
	counters = unit_counters(m->space);
	ck_assert_uint_eq(counters.surplus_unpins, 1);
	ck_assert_uint_eq(counters.stale_calls, 4);
	scene_close(&s);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, alloc);
	tcase_add_loop_test(tests, handles, 0, sizeof(by_handle) / sizeof(by_handle[0]));
	tcase_add_test(tests, numbers);
	tcase_add_test(tests, surplus_of_ids);
	tcase_add_test(tests, set_free_twice);
	tcase_add_test(tests, set_free_twice_at_rest);
	tcase_add_loop_test(tests, bind_arguments, 0, 3);
	tcase_add_test(tests, bind_to_what_cannot_be_bound);
	tcase_add_loop_test(tests, bindings, 0, sizeof(by_binding) / sizeof(by_binding[0]));
	tcase_add_test(tests, binding_outputs);
	tcase_add_test(tests, surplus_of_bindings);
}

UNIT_MAIN("bad_input_ids", add_tests)
