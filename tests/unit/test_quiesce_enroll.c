/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Participants that come late, that leave, and that cannot leave yet. */
#include "driver.h"

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct ioasid_owner_set *other;
static struct driver one;
static struct driver late;
static struct ioasid_device *device;

static void begin(void)
{
	journal_clear();
	space = unit_space(6);
	set = unit_set(space);
	other = unit_set_with(space, 99, IOASID_UNLIMITED, 0);
	driver_init(&one, "one");
	driver_init(&late, "late");
	device = driver_register(space, &one, 20);
}

static void end(void)
{
	unit_set_gone(space, set);
	unit_set_gone(space, other);
	driver_gone(device);
	unit_destroy(space);
}

/* How often the late one was told of this id, by itself or bound to the device. */
static unsigned told(ioasid_handle_t handle, const struct ioasid_device *bound)
{
	unsigned count = 0;

	for (unsigned i = 0; i < journal.length; i++)
		count += journal.entry[i].who == &late && journal.entry[i].what == TOLD_ENROLL &&
		         ioasid_handle_equal(journal.entry[i].view.handle, handle) &&
		         journal.entry[i].view.device == bound;
	return count;
}

/* Alive: an id alone, one that is bound. Not alive: reserved, parked, free again, unbound. */
struct scene {
	ioasid_handle_t alone;
	ioasid_handle_t bound;
	ioasid_handle_t reserved;
	ioasid_handle_t parked;
	ioasid_handle_t theirs;
	ioasid_handle_t gone;
	ioasid_binding_t binding;
};

static void set_the_scene(struct scene *s)
{
	s->alone = unit_alloc(set);
	s->bound = driver_bind(space, set, device, &one, &s->binding);
	s->reserved = unit_alloc_with(set, 0);
	s->parked = unit_alloc(set);
	ck_assert_ok(ioasid_id_get(space, s->parked));
	ck_assert_ok(ioasid_id_free(space, s->parked));
	s->theirs = unit_alloc(other);
	s->gone = unit_alloc(set);
	ck_assert_ok(ioasid_id_free(space, s->gone));
	(void)unit_run(space);
	journal_clear();
}

START_TEST(a_space_participant_is_told_of_what_lives)
{
	struct ioasid_participant *p;
	struct scene s;

	begin();
	set_the_scene(&s);
	p = driver_join_space(space, &late);
	ck_assert_uint_eq(journal.length, 0); /* deferred work */
	(void)unit_run(space);
	ck_assert_uint_eq(journal.length, 4);
	ck_assert_uint_eq(told(s.alone, NULL), 1);
	ck_assert_uint_eq(told(s.bound, NULL), 1);
	ck_assert_uint_eq(told(s.bound, device), 1);
	ck_assert_uint_eq(told(s.theirs, NULL), 1);
	ck_assert_ok(ioasid_id_put(space, s.parked));
	(void)unit_run(space);
	/* What parked before it came is not its business, what parks later is. */
	ck_assert_uint_eq(journal_asked(&late), 0);
	ck_assert_ok(ioasid_id_free(space, s.alone));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&late), 4);
	ck_assert_ok(ioasid_id_free(space, s.bound));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_count(&late, IOASID_PHASE_IOMMU, device), 1);
	ck_assert_uint_eq(journal_asked(&late), 12);
	ck_assert_uint_eq(journal_released(&late), 0); /* a device's only */
	ck_assert_ok(ioasid_participant_withdraw(p));
	ck_assert_ok(ioasid_id_abort(space, s.reserved));
	end();
}
END_TEST

START_TEST(a_set_participant_is_told_of_its_sets_only)
{
	struct ioasid_participant *p;
	struct scene s;

	begin();
	set_the_scene(&s);
	p = driver_join_set(set, &late);
	(void)unit_run(space);
	ck_assert_uint_eq(journal.length, 3);
	ck_assert_uint_eq(told(s.alone, NULL) + told(s.bound, NULL) + told(s.bound, device), 3);
	ck_assert_ok(ioasid_id_put(space, s.parked));
	ck_assert_ok(ioasid_id_free(space, s.theirs));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&late), 0);
	ck_assert_ok(ioasid_id_free(space, s.alone));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&late), 4);
	ck_assert_ok(ioasid_id_abort(space, s.reserved));
	ck_assert_ok(ioasid_set_end(set));
	(void)unit_run(space);
	ck_assert_ok(ioasid_participant_withdraw(p));
	end();
}
END_TEST

START_TEST(a_binding_participant_is_told_of_nothing_and_asked_for_its_own)
{
	struct ioasid_participant *p;
	struct ioasid_bind_args args;
	struct scene s;

	begin();
	set_the_scene(&s);
	p = driver_join_binding(space, &late);
	(void)unit_run(space);
	ck_assert_uint_eq(journal.length, 0);
	ck_assert_ok(ioasid_id_free(space, s.bound));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&late), 0);
	args = unit_args(device, &one);
	args.behind = p;
	ck_assert_ok(ioasid_id_bind(space, s.alone, &args, 1, 0, &s.binding));
	ck_assert_int_eq(ioasid_participant_withdraw(p), -IOASID_EBUSY);
	/* One more user must name the same participant, or none. */
	args.behind = NULL;
	ck_assert_ok(ioasid_id_bind(space, s.alone, &args, 1, 0, &s.binding));
	ck_assert_ok(ioasid_id_free(space, s.alone));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&late), 4);
	ck_assert_uint_eq(journal_count(&late, IOASID_PHASE_DEVICE, device), 1);
	ck_assert_ok(ioasid_participant_withdraw(p));
	ck_assert_ok(ioasid_id_abort(space, s.reserved));
	ck_assert_ok(ioasid_id_put(space, s.parked));
	end();
}
END_TEST

/* An ACTIVE id with nothing but its holder parks without the reclaimer, unless somebody wants to hear of it. */
START_TEST(every_park_is_told_even_of_ids_that_nothing_holds)
{
	struct ioasid_participant *p;
	ioasid_handle_t handle;

	begin();
	p = driver_join_space(space, &late);
	(void)unit_run(space);
	handle = unit_alloc(set);
	late.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_PARKED);
	ck_assert_uint_eq(journal_asked(&late), 2);
	driver_complete(space, &late, IOASID_PHASE_DEVICE, 0);
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&late), 4);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	/* One that was never published was never seen. */
	ck_assert_ok(ioasid_id_abort(space, unit_alloc_with(set, 0)));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&late), 4);
	ck_assert_ok(ioasid_participant_withdraw(p));
	end();
}
END_TEST

START_TEST(a_participant_that_is_being_asked_cannot_leave)
{
	struct ioasid_participant *p;
	ioasid_handle_t handle;

	begin();
	p = driver_join_space(space, &late);
	handle = unit_alloc(set);
	late.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_int_eq(ioasid_participant_withdraw(p), -IOASID_EBUSY);
	driver_complete(space, &late, IOASID_PHASE_SUBMIT, 0);
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&late), 4); /* nothing had changed */
	ck_assert_ok(ioasid_participant_withdraw(p));
	end();
}
END_TEST

/* A quiesce is under way whose later phases are its turn: it is needed still. */
START_TEST(a_participant_whose_turn_is_to_come_cannot_leave)
{
	struct ioasid_participant *p[3];
	struct driver behind;
	struct driver of_set;
	struct ioasid_bind_args args;
	ioasid_binding_t binding;

	begin();
	driver_init(&behind, "behind");
	driver_init(&of_set, "set");
	p[0] = driver_join_space(space, &late);
	p[1] = driver_join_set(set, &of_set);
	p[2] = driver_join_binding(space, &behind);
	(void)unit_run(space);
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	args = unit_args(device, &one);
	args.behind = p[2];
	ck_assert_ok(ioasid_set_bind_private(set, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(ioasid_participant_withdraw(p[i]), -IOASID_EBUSY);
	driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
	(void)unit_run(space);
	ck_assert_uint_eq(journal_count(&late, IOASID_PHASE_IOMMU, device), 1);
	ck_assert_uint_eq(journal_count(&of_set, IOASID_PHASE_IOMMU, device), 1);
	ck_assert_uint_eq(journal_count(&behind, IOASID_PHASE_IOMMU, device), 1);
	ck_assert_ok(ioasid_set_end(set));
	for (unsigned i = 0; i < 3; i++)
		ck_assert_ok(ioasid_participant_withdraw(p[i]));
	end();
}
END_TEST

/* No callback follows: neither a quiesce nor the enrolment that it came too early for. */
START_TEST(who_has_left_hears_nothing)
{
	struct ioasid_participant *p;
	ioasid_handle_t handle;

	begin();
	handle = unit_alloc(set);
	p = driver_join_space(space, &late);
	ck_assert_ok(ioasid_participant_withdraw(p));
	journal_clear();
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(journal.length, 0);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	end();
}
END_TEST

START_TEST(eight_participants_and_no_more)
{
	struct ioasid_participant *p[2 * IOASID_PARTICIPANTS_MAX];
	struct ioasid_participant_config config;
	struct ioasid_participant *none = (void *)&space;

	begin();
	config = driver_config(&late);
	for (unsigned i = 0; i < IOASID_PARTICIPANTS_MAX; i++) {
		p[2 * i] = driver_join_space(space, &late);
		p[2 * i + 1] = driver_join_set(set, &late);
	}
	ck_assert_int_eq(ioasid_space_enroll(space, &config, &none), -IOASID_ENOSPC);
	ck_assert_int_eq(ioasid_set_enroll(set, &config, &none), -IOASID_ENOSPC);
	ck_assert_ptr_eq(none, (void *)&space);
	ck_assert_ok(ioasid_participant_withdraw(p[6]));
	ck_assert_ok(ioasid_participant_withdraw(p[7]));
	p[6] = driver_join_space(space, &late);
	p[7] = driver_join_set(set, &late);
	ck_assert_ok(ioasid_id_free(space, unit_alloc(set)));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_count(&late, IOASID_PHASE_LAST, NULL), 2 * IOASID_PARTICIPANTS_MAX);
	for (unsigned i = 0; i < 2 * IOASID_PARTICIPANTS_MAX; i++)
		ck_assert_ok(ioasid_participant_withdraw(p[i]));
	end();
}
END_TEST

START_TEST(enrolling_refuses_what_is_wrong)
{
	struct ioasid_participant_config config;
	struct ioasid_participant *p = (void *)&space;

	begin();
	config = driver_config(&late);
	ck_assert_int_eq(ioasid_space_enroll(NULL, &config, &p), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_space_enroll(space, NULL, &p), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_space_enroll(space, &config, NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_enroll(NULL, &config, &p), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_participant_withdraw(NULL), -IOASID_EINVAL);
	config.size--;
	ck_assert_int_eq(ioasid_binding_enroll(space, &config, &p), -IOASID_EINVAL);
	config.size++;
	late.ops.size++;
	ck_assert_int_eq(ioasid_space_enroll(space, &config, &p), -IOASID_EINVAL);
	late.ops.size--;
	config.ops = NULL;
	ck_assert_int_eq(ioasid_set_enroll(set, &config, &p), -IOASID_EINVAL);
	config.ops = &late.ops;
	for (unsigned i = 0; i < 3; i++) {
		int error;

		sim_alloc_fail_at(1);
		error = i == 0   ? ioasid_space_enroll(space, &config, &p)
		        : i == 1 ? ioasid_set_enroll(set, &config, &p)
		                 : ioasid_binding_enroll(space, &config, &p);
		ck_assert_int_eq(error, -IOASID_ENOMEM);
	}
	ck_assert_ok(ioasid_set_end(other));
	ck_assert_int_eq(ioasid_set_enroll(other, &config, &p), -IOASID_ESTALE);
	ck_assert_ptr_eq(p, (void *)&space);
	end();
}
END_TEST

/* Another space's participant, or one that is not for bindings, is no argument of a bind. */
START_TEST(a_bind_refuses_the_wrong_participant)
{
	struct ioasid_participant *p[3];
	struct ioasid_space *elsewhere;
	struct ioasid_bind_args args;
	ioasid_binding_t binding;

	begin();
	elsewhere = unit_space(4);
	p[0] = driver_join_space(space, &late);
	p[1] = driver_join_set(set, &late);
	p[2] = driver_join_binding(elsewhere, &late);
	args = unit_args(device, &one);
	for (unsigned i = 0; i < 3; i++) {
		args.behind = p[i];
		ck_assert_int_eq(ioasid_set_bind(set, &args, 1, 0, &binding), -IOASID_EINVAL);
	}
	for (unsigned i = 0; i < 3; i++)
		ck_assert_ok(ioasid_participant_withdraw(p[i]));
	unit_destroy(elsewhere);
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_space_participant_is_told_of_what_lives);
	tcase_add_test(tests, a_set_participant_is_told_of_its_sets_only);
	tcase_add_test(tests, a_binding_participant_is_told_of_nothing_and_asked_for_its_own);
	tcase_add_test(tests, every_park_is_told_even_of_ids_that_nothing_holds);
	tcase_add_test(tests, a_participant_that_is_being_asked_cannot_leave);
	tcase_add_test(tests, a_participant_whose_turn_is_to_come_cannot_leave);
	tcase_add_test(tests, who_has_left_hears_nothing);
	tcase_add_test(tests, eight_participants_and_no_more);
	tcase_add_test(tests, enrolling_refuses_what_is_wrong);
	tcase_add_test(tests, a_bind_refuses_the_wrong_participant);
}

UNIT_MAIN("quiesce: participants", add_tests)
