/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Bad input to whatever makes or looks at spaces, sets, devices and participants. Ids and bindings: bad_input_ids. */
#include "bad_input.h"

START_TEST(space_create_config)
{
	struct ioasid_space_config good = {.size = sizeof(good), .bits = 6};
	struct ioasid_space_config bad;
	struct scene s;

	scene_open(&s);
	refused(IOASID_EINVAL, ioasid_space_create(NULL, &s.out.space));
	refused(IOASID_EINVAL, ioasid_space_create(&good, NULL));
#define bad_space(field, value)                                                  \
	do {                                                                     \
		bad = good;                                                      \
		bad.field = (value);                                             \
		refused(IOASID_EINVAL, ioasid_space_create(&bad, &s.out.space)); \
	} while (0)
	bad_space(size, 0);
	bad_space(size, sizeof(bad) - 1);
	bad_space(size, sizeof(bad) + 1);
	bad_space(bits, 0);
	bad_space(bits, 21);
	bad_space(bits, UINT32_MAX);
	for (uint32_t bit = 2; bit < 32; bit++)
		bad_space(flags, UINT32_C(1) << bit);
	bad_space(order, IOASID_ORDER_LOWEST + 1);
	bad_space(order, UINT32_MAX);
	bad_space(reuse_distance, 65537);
	bad_space(reuse_distance, UINT32_MAX);
	bad_space(nr_reserved, 1); /* and no ranges */
#undef bad_space
	scene_close(&s);
}
END_TEST

START_TEST(space_create_reserved)
{
	struct ioasid_range ranges[65];
	struct ioasid_space_config config = {.size = sizeof(config), .bits = 6, .reserved = ranges};
	struct scene s;

	scene_open(&s);
	for (uint32_t i = 0; i < 65; i++)
		ranges[i] = unit_range(i % 64, i % 64);
	config.nr_reserved = 65;
	refused(IOASID_EINVAL, ioasid_space_create(&config, &s.out.space));
	config.nr_reserved = UINT32_MAX;
	refused(IOASID_EINVAL, ioasid_space_create(&config, &s.out.space));
	/* The last of several is looked at, too. */
	config.nr_reserved = 3;
	ranges[2] = unit_range(5, 4);
	refused(IOASID_EINVAL, ioasid_space_create(&config, &s.out.space));
	ranges[2] = unit_range(5, 64);
	refused(IOASID_EINVAL, ioasid_space_create(&config, &s.out.space));
	ranges[2] = unit_range(64, 64);
	refused(IOASID_EINVAL, ioasid_space_create(&config, &s.out.space));
	ranges[2] = ioasid_range_make(ioasid_make(5), ioasid_invalid());
	refused(IOASID_EINVAL, ioasid_space_create(&config, &s.out.space));
	ranges[2] = ioasid_range_make(ioasid_invalid(), ioasid_make(5));
	refused(IOASID_EINVAL, ioasid_space_create(&config, &s.out.space));
	ranges[2] = ioasid_range_make(ioasid_invalid(), ioasid_invalid());
	refused(IOASID_EINVAL, ioasid_space_create(&config, &s.out.space));
	scene_close(&s);
}
END_TEST

/* What is just within the limits is good. */
START_TEST(space_create_at_its_limits)
{
	struct ioasid_range ranges[64];
	struct ioasid_space_config config = {.reserved = ranges, .nr_reserved = 64, .reuse_distance = 65536};
	struct ioasid_space *space;
	struct ioasid_range range;

	for (uint32_t i = 0; i < 64; i++)
		ranges[i] = unit_range(i, 63);
	space = unit_space_with(6, &config);
	/* Id 0, then as given. */
	ck_assert_ok(ioasid_space_reserved(space, 0, &range));
	ck_assert(ioasid_value(range.first) == 0 && ioasid_value(range.last) == 0);
	for (uint32_t i = 0; i < 64; i++) {
		ck_assert_ok(ioasid_space_reserved(space, i + 1, &range));
		ck_assert(ioasid_value(range.first) == i && ioasid_value(range.last) == 63);
	}
	ck_assert_int_eq(ioasid_space_reserved(space, 65, &range), -IOASID_ENOENT);
	ck_assert_uint_eq(unit_snapshot(space).withheld, 64);
	unit_destroy(space);
	unit_destroy(unit_space(1));
	unit_destroy(unit_space(20));
}
END_TEST

START_TEST(space_calls)
{
	struct ioasid_counters counters = {.size = sizeof(counters) - 1, .reclaimed = 77};
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot) + 1, .capacity = 77};
	struct scene s;

	scene_open(&s);
	refused(IOASID_EINVAL, ioasid_space_destroy(NULL, NULL, NULL));
	refused(IOASID_EBUSY, ioasid_space_destroy(s.mine.space, NULL, NULL));
	refused(IOASID_EINVAL, ioasid_space_run(NULL, 0, &s.out.done));
	refused(IOASID_EINVAL, ioasid_space_flush(NULL, 0));
	refused(IOASID_EINVAL, ioasid_space_reserved(NULL, 0, &s.out.range));
	refused(IOASID_EINVAL, ioasid_space_reserved(s.mine.space, 0, NULL));
	refused(IOASID_ENOENT, ioasid_space_reserved(s.mine.space, 1, &s.out.range));
	refused(IOASID_ENOENT, ioasid_space_reserved(s.mine.space, UINT32_MAX, &s.out.range));
	refused(IOASID_EINVAL, ioasid_space_counters(s.mine.space, &counters));
	ck_assert_uint_eq(counters.reclaimed, 77);
	counters.size = sizeof(counters);
	refused(IOASID_EINVAL, ioasid_space_counters(NULL, &counters));
	ck_assert_uint_eq(counters.reclaimed, 77);
	refused(IOASID_EINVAL, ioasid_space_counters(s.mine.space, NULL));
	refused(IOASID_EINVAL, ioasid_space_snapshot(s.mine.space, &snapshot));
	ck_assert_uint_eq(snapshot.capacity, 77);
	snapshot.size = sizeof(snapshot);
	refused(IOASID_EINVAL, ioasid_space_snapshot(NULL, &snapshot));
	ck_assert_uint_eq(snapshot.capacity, 77);
	refused(IOASID_EINVAL, ioasid_space_snapshot(s.mine.space, NULL));
	scene_close(&s);
}
END_TEST

static uint32_t lines;

static bool count_line(void *context, const char *text, size_t length)
{
	(void)context;
	ck_assert_uint_gt(length, 0);
	ck_assert_int_eq(text[length - 1], '\n');
	lines++;
	return true;
}

START_TEST(dump)
{
	struct scene s;

	scene_open(&s);
	lines = 0;
	refused(IOASID_EINVAL, ioasid_space_dump(NULL, count_line, NULL));
	refused(IOASID_EINVAL, ioasid_space_dump(s.mine.space, NULL, NULL));
	ck_assert_uint_eq(lines, 0);
	scene_close(&s);
}
END_TEST

START_TEST(set_create)
{
	struct ioasid_set_config good = {.size = sizeof(good), .owner = {77, 1}, .quota = 5};
	struct ioasid_set_config bad;
	struct scene s;

	scene_open(&s);
	refused(IOASID_EINVAL, ioasid_set_create(NULL, &good, &s.out.set));
	refused(IOASID_EINVAL, ioasid_set_create(s.mine.space, NULL, &s.out.set));
	refused(IOASID_EINVAL, ioasid_set_create(s.mine.space, &good, NULL));
	for (int step = -1; step <= 1; step += 2) {
		bad = good;
		bad.size = (size_t)((long)sizeof(bad) + step);
		refused(IOASID_EINVAL, ioasid_set_create(s.mine.space, &bad, &s.out.set));
	}
	for (uint32_t bit = 2; bit < 32; bit++) {
		bad = good;
		bad.flags = UINT32_C(1) << bit | IOASID_SET_EAGER;
		refused(IOASID_EINVAL, ioasid_set_create(s.mine.space, &bad, &s.out.set));
	}
	/* The owner has a set; the one whose set has ended may have another. */
	bad = good;
	bad.owner = (struct ioasid_owner){1, 1};
	refused(IOASID_EBUSY, ioasid_set_create(s.mine.space, &bad, &s.out.set));
	scene_close(&s);
}
END_TEST

static bool no_holder(void *context, const struct ioasid_holder *holder)
{
	(void)context;
	(void)holder;
	ck_abort_msg("told of a holder");
	return false;
}

START_TEST(set_calls)
{
	struct ioasid_owner owner = {1, 1};
	struct ioasid_owner unknown = {1, 2};
	struct ioasid_owner gone = {2, 1};
	struct scene s;

	scene_open(&s);
	refused(IOASID_EINVAL, ioasid_set_lookup(NULL, owner, &s.out.set));
	refused(IOASID_EINVAL, ioasid_set_lookup(s.mine.space, owner, NULL));
	refused(IOASID_ENOENT, ioasid_set_lookup(s.mine.space, unknown, &s.out.set));
	refused(IOASID_ENOENT, ioasid_set_lookup(s.mine.space, gone, &s.out.set));
	refused(IOASID_EINVAL, ioasid_set_end(NULL));
	refused(IOASID_ESTALE, ioasid_set_end(s.mine.ended));
	refused(IOASID_EINVAL, ioasid_set_wait(NULL, 0));
	refused(IOASID_EBUSY, ioasid_set_wait(s.mine.set, 0));
	refused(IOASID_EBUSY, ioasid_set_wait(s.mine.set, IOASID_FOREVER));
	refused(IOASID_EAGAIN, ioasid_set_wait(s.mine.ended, 0));
	refused(IOASID_EINVAL, ioasid_set_release(NULL));
	refused(IOASID_EINVAL, ioasid_set_shared(NULL, &s.out.handle));
	refused(IOASID_EINVAL, ioasid_set_shared(s.mine.set, NULL));
	refused(IOASID_ENOENT, ioasid_set_shared(s.mine.set, &s.out.handle));
	refused(IOASID_ESTALE, ioasid_set_shared(s.mine.ended, &s.out.handle));
	refused(IOASID_EINVAL, ioasid_set_for_each(NULL, no_holder, NULL));
	refused(IOASID_EINVAL, ioasid_set_for_each(s.mine.set, NULL, NULL));
	refused(IOASID_EINVAL, ioasid_set_query(NULL, &s.out.info));
	refused(IOASID_EINVAL, ioasid_set_query(s.mine.set, NULL));
	scene_close(&s);
}
END_TEST

/* A set speaks of its own ids; of others it says EACCES, whatever their state. */
START_TEST(set_and_ids)
{
	struct side *m;
	struct scene s;

	scene_open(&s);
	m = &s.mine;
	refused(IOASID_EINVAL, ioasid_set_find(NULL, ioasid_handle_id(m->id), &s.out.handle));
	refused(IOASID_EINVAL, ioasid_set_find(m->set, ioasid_handle_id(m->id), NULL));
	refused(IOASID_EINVAL, ioasid_set_find(m->set, ioasid_invalid(), &s.out.handle));
	refused(IOASID_EINVAL, ioasid_set_find(m->set, ioasid_make(64), &s.out.handle));
	refused(IOASID_EACCES, ioasid_set_find(m->ended, ioasid_handle_id(m->id), &s.out.handle));
	refused(IOASID_EACCES, ioasid_set_find(m->set, ioasid_handle_id(m->late), &s.out.handle));
	refused(IOASID_ESTALE, ioasid_set_find(m->ended, ioasid_handle_id(m->late), &s.out.handle));
	refused(IOASID_EINVAL, ioasid_set_get(NULL, m->id));
	refused(IOASID_EINVAL, ioasid_set_get(m->set, (ioasid_handle_t){0}));
	refused(IOASID_EINVAL, ioasid_set_get(m->set, s.other.id));
	refused(IOASID_EINVAL, ioasid_set_get(m->set, handle_elsewhere(m->id, 64)));
	refused(IOASID_EACCES, ioasid_set_get(m->ended, m->id));
	refused(IOASID_EACCES, ioasid_set_get(m->set, m->late));
	refused(IOASID_ESTALE, ioasid_set_get(m->set, m->older));
	refused(IOASID_ENOENT, ioasid_set_get(m->set, handle_beyond(m->id)));
	refused(IOASID_EINVAL, ioasid_set_free(NULL, m->id));
	refused(IOASID_EINVAL, ioasid_set_free(m->set, (ioasid_handle_t){0}));
	refused(IOASID_EINVAL, ioasid_set_free(m->set, s.other.id));
	refused(IOASID_EACCES, ioasid_set_free(m->ended, m->id));
	refused(IOASID_EACCES, ioasid_set_free(m->set, m->late));
	refused(IOASID_ESTALE, ioasid_set_free(m->set, m->older));
	refused(IOASID_ESTALE, ioasid_set_free(m->ended, m->late));
	refused(IOASID_ENOENT, ioasid_set_free(m->set, handle_beyond(m->id)));
	scene_close(&s);
}
END_TEST

static void enroll_badly(struct scene *scene, int which, const struct ioasid_participant_config *config, bool out,
                         int error)
{
	struct ioasid_participant **to = out ? &scene->out.participant : NULL;
	int got;

	scene_before(scene);
	if (which == 0)
		got = ioasid_space_enroll(scene->mine.space, config, to);
	else if (which == 1)
		got = ioasid_set_enroll(scene->mine.set, config, to);
	else
		got = ioasid_binding_enroll(scene->mine.space, config, to);
	scene_after(scene, "an enrolment", got, -error);
}

START_TEST(enrolments)
{
	struct ioasid_quiesce_ops bad_ops = no_ops;
	struct ioasid_participant_config good = {.size = sizeof(good), .ops = &no_ops};
	struct ioasid_participant_config bad;
	struct scene s;

	scene_open(&s);
	refused(IOASID_EINVAL, ioasid_space_enroll(NULL, &good, &s.out.participant));
	refused(IOASID_EINVAL, ioasid_set_enroll(NULL, &good, &s.out.participant));
	refused(IOASID_EINVAL, ioasid_binding_enroll(NULL, &good, &s.out.participant));
	refused(IOASID_ESTALE, ioasid_set_enroll(s.mine.ended, &good, &s.out.participant));
	refused(IOASID_EINVAL, ioasid_participant_withdraw(NULL));
	for (int which = 0; which < 3; which++) {
		enroll_badly(&s, which, NULL, true, IOASID_EINVAL);
		enroll_badly(&s, which, &good, false, IOASID_EINVAL);
		bad = good;
		bad.size--;
		enroll_badly(&s, which, &bad, true, IOASID_EINVAL);
		bad = good;
		bad.ops = NULL;
		enroll_badly(&s, which, &bad, true, IOASID_EINVAL);
		bad.ops = &bad_ops;
		bad_ops.size = sizeof(bad_ops) + 1;
		enroll_badly(&s, which, &bad, true, IOASID_EINVAL);
	}
	scene_close(&s);
}
END_TEST

START_TEST(ninth_participant)
{
	struct ioasid_participant_config good = {.size = sizeof(good), .ops = &no_ops};
	struct ioasid_participant *of_set[IOASID_PARTICIPANTS_MAX];
	struct ioasid_participant *of_space[IOASID_PARTICIPANTS_MAX];
	struct scene s;

	scene_open(&s);
	of_space[0] = s.mine.everywhere;
	for (int i = 0; i < IOASID_PARTICIPANTS_MAX; i++) {
		ck_assert_ok(ioasid_set_enroll(s.mine.set, &good, &of_set[i]));
		if (i != 0)
			ck_assert_ok(ioasid_space_enroll(s.mine.space, &good, &of_space[i]));
	}
	(void)unit_run(s.mine.space);
	enroll_badly(&s, 0, &good, true, IOASID_ENOSPC);
	enroll_badly(&s, 1, &good, true, IOASID_ENOSPC);
	/* A place that was given up is a place. */
	ck_assert_ok(ioasid_participant_withdraw(of_space[3]));
	ck_assert_ok(ioasid_space_enroll(s.mine.space, &good, &of_space[3]));
	for (int i = 0; i < IOASID_PARTICIPANTS_MAX; i++) {
		ck_assert_ok(ioasid_participant_withdraw(of_set[i]));
		if (i != 0)
			ck_assert_ok(ioasid_participant_withdraw(of_space[i]));
	}
	scene_close(&s);
}
END_TEST

START_TEST(devices)
{
	struct ioasid_quiesce_ops bad_ops = no_ops;
	struct ioasid_device_config good = {.size = sizeof(good), .bits = 20};
	struct ioasid_device_config bad;
	struct scene s;

	scene_open(&s);
	refused(IOASID_EINVAL, ioasid_device_register(NULL, &good, &s.out.device));
	refused(IOASID_EINVAL, ioasid_device_register(s.mine.space, NULL, &s.out.device));
	refused(IOASID_EINVAL, ioasid_device_register(s.mine.space, &good, NULL));
#define bad_device(field, value)                                                                   \
	do {                                                                                       \
		bad = good;                                                                        \
		bad.field = (value);                                                               \
		refused(IOASID_EINVAL, ioasid_device_register(s.mine.space, &bad, &s.out.device)); \
	} while (0)
	bad_device(size, 0);
	bad_device(size, sizeof(bad) + 1);
	bad_device(bits, 0);
	bad_device(bits, 21);
	bad_device(flags, 1);
	bad_device(flags, UINT32_C(1) << 31);
	bad_ops.size = 0;
	bad_device(ops, &bad_ops);
#undef bad_device
	refused(IOASID_EINVAL, ioasid_device_unregister(NULL));
	refused(IOASID_EBUSY, ioasid_device_unregister(s.mine.device));
	refused(IOASID_EINVAL, ioasid_device_remove(NULL));
	refused(IOASID_ESTALE, ioasid_device_remove(s.mine.removed));
	refused(IOASID_EINVAL, ioasid_device_reset_done(NULL));
	scene_close(&s);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, space_create_config);
	tcase_add_test(tests, space_create_reserved);
	tcase_add_test(tests, space_create_at_its_limits);
	tcase_add_test(tests, space_calls);
	tcase_add_test(tests, dump);
	tcase_add_test(tests, set_create);
	tcase_add_test(tests, set_calls);
	tcase_add_test(tests, set_and_ids);
	tcase_add_test(tests, enrolments);
	tcase_add_test(tests, ninth_participant);
	tcase_add_test(tests, devices);
}

UNIT_MAIN("bad_input", add_tests)
