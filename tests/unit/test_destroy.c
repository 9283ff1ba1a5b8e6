/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What keeps a space, who is named as keeping it, and what a forked child's copy takes with it. */
#include "unit.h"

struct text {
	char all[4096];
	size_t length;
};

static bool keep(void *context, const char *piece, size_t length)
{
	struct text *text = context;

	ck_assert_uint_lt(text->length + length, sizeof(text->all));
	memcpy(text->all + text->length, piece, length);
	text->length += length;
	text->all[text->length] = '\0';
	return true;
}

static void says(struct ioasid_space *space, const char *what)
{
	struct text text = {.length = 0};

	ck_assert_ok(ioasid_space_dump(space, keep, &text));
	ck_assert_msg(strstr(text.all, what) != NULL, "'%s' is missing from:\n%s", what, text.all);
}

static ioasid_token_t pending_token;

static int later(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	if (view->device != NULL)
		return IOASID_DONE;
	pending_token = token;
	return IOASID_PENDING;
}

static int later_for_all(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	(void)view;
	pending_token = token;
	return IOASID_PENDING;
}

static const struct ioasid_quiesce_ops nothing_to_do = {.size = sizeof(nothing_to_do)};
static const struct ioasid_quiesce_ops slow = {.size = sizeof(slow), .quiesce = {[IOASID_PHASE_IOMMU] = later}};
static const struct ioasid_quiesce_ops slow_for_all = {.size = sizeof(slow_for_all),
                                                       .quiesce = {[IOASID_PHASE_LAST] = later_for_all}};

static struct ioasid_participant_config config_of(const char *name, const struct ioasid_quiesce_ops *ops)
{
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = ops, .name = name};

	return config;
}

START_TEST(whoever_is_enrolled_keeps_the_space)
{
	struct ioasid_participant_config config = config_of("iommu", &nothing_to_do);
	struct ioasid_space *space = unit_space_with(4, NULL);
	struct ioasid_participant *participant;

	if (_i == 0)
		ck_assert_ok(ioasid_space_enroll(space, &config, &participant));
	else
		ck_assert_ok(ioasid_binding_enroll(space, &config, &participant));
	(void)unit_run(space);
	ck_assert_int_eq(ioasid_space_destroy(space, NULL, NULL), -IOASID_EBUSY);
	ck_assert_ok(ioasid_participant_withdraw(participant));
	unit_destroy(space);
}
END_TEST

/* A set's participant has a hold on it: the set's maker may let go first. */
START_TEST(a_sets_participant_keeps_the_set)
{
	struct ioasid_participant_config config = config_of("accountant", &nothing_to_do);
	struct ioasid_space *space = unit_space_with(4, NULL);
	struct ioasid_owner_set *set = unit_set_with(space, 7, IOASID_UNLIMITED, 0);
	struct ioasid_participant *participant;

	ck_assert_ok(ioasid_set_enroll(set, &config, &participant));
	ck_assert_ok(ioasid_set_release(set));
	(void)unit_run(space);
	ck_assert_int_eq(ioasid_space_destroy(space, NULL, NULL), -IOASID_EBUSY);
	says(space, "  participant accountant of owner 0x7/1\n");
	ck_assert_ok(ioasid_participant_withdraw(participant));
	(void)unit_run(space);
	unit_destroy(space);
}
END_TEST

START_TEST(participants_are_named)
{
	struct ioasid_participant_config iommu = config_of("iommu", &nothing_to_do);
	struct ioasid_participant_config mdev = config_of(NULL, &nothing_to_do);
	struct ioasid_space *space = unit_space_with(4, NULL);
	struct ioasid_participant *all;
	struct ioasid_participant *some;

	ck_assert_ok(ioasid_space_enroll(space, &iommu, &all));
	ck_assert_ok(ioasid_binding_enroll(space, &mdev, &some));
	says(space, "  participant iommu of the space\n");
	says(space, "  participant (no name) of the bindings that name it\n");
	(void)unit_run(space);
	ck_assert_ok(ioasid_participant_withdraw(all));
	ck_assert_ok(ioasid_participant_withdraw(some));
	unit_destroy(space);
}
END_TEST

/* Whose answer is a parked id waiting for? */
START_TEST(whoever_is_waited_for_is_named)
{
	struct ioasid_participant_config iommu = config_of("iommu", &slow);
	struct ioasid_space *space = unit_space_with(4, NULL);
	struct ioasid_owner_set *set = unit_set_with(space, 7, IOASID_UNLIMITED, 0);
	struct ioasid_device *disk = unit_device_with(space, "disk", 20, &slow_for_all, NULL);
	struct ioasid_participant *participant;
	ioasid_handle_t id;

	ck_assert_ok(ioasid_space_enroll(space, &iommu, &participant));
	(void)unit_run(space);
	id = unit_alloc(set);
	(void)unit_bind(space, id, disk);
	ck_assert_ok(ioasid_id_free(space, id));
	(void)unit_run(space);
	says(space, "    the id itself, in phase IOMMU, waits for iommu\n");
	ck_assert_ok(ioasid_token_complete(space, pending_token, 0));
	(void)unit_run(space);
	says(space, "    device disk: closing, users 1, pins 0, in phase LAST, waits for disk\n");
	ck_assert_ok(ioasid_token_complete(space, pending_token, 0));
	(void)unit_run(space);
	ck_assert_ok(ioasid_participant_withdraw(participant));
	ck_assert_ok(ioasid_device_unregister(disk));
	unit_set_gone(space, set);
	unit_destroy(space);
}
END_TEST

/* The teardown of the test finds what is left behind. */
START_TEST(a_childs_copy_takes_everything_with_it)
{
	struct ioasid_participant_config config = config_of("iommu", &nothing_to_do);
	struct ioasid_space *space = unit_space_with(6, NULL);
	struct ioasid_owner_set *set = unit_set_with(space, 7, IOASID_UNLIMITED, 0);
	struct ioasid_owner_set *other = unit_set_with(space, 8, 3, IOASID_SET_HOT);
	struct ioasid_owner_set *done = unit_set_with(space, 9, 0, 0);
	struct ioasid_device *disk = unit_device_with(space, "disk", 20, NULL, NULL);
	struct ioasid_bind_args args = {.size = sizeof(args), .device = disk};
	struct ioasid_participant *participant;
	ioasid_binding_t binding;

	ck_assert_ok(ioasid_space_enroll(space, &config, &participant));
	ck_assert_ok(ioasid_set_enroll(set, &config, &participant));
	ck_assert_ok(ioasid_binding_enroll(space, &config, &participant));
	(void)unit_bind(space, unit_alloc(set), disk);
	ck_assert_ok(ioasid_set_bind(other, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_set_end(other));
	/* One that has ended, and is held still. */
	ck_assert_ok(ioasid_set_end(done));
	(void)unit_run(space);
	ck_assert_ok(ioasid_set_wait(done, 0));
	/* A set that is released but not yet freed, too. */
	ck_assert_ok(ioasid_set_release(other));
	ck_assert_ok(ioasid_space_run(space, 1, NULL));
	sim_epoch_set(77);
	ck_assert_ok(ioasid_space_destroy(space, NULL, NULL));
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, whoever_is_enrolled_keeps_the_space, 0, 2);
	tcase_add_test(tests, a_sets_participant_keeps_the_set);
	tcase_add_test(tests, participants_are_named);
	tcase_add_test(tests, whoever_is_waited_for_is_named);
	tcase_add_test(tests, a_childs_copy_takes_everything_with_it);
}

UNIT_MAIN("destroy", add_tests)
