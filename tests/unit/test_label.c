/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Labels: whose is whose, and that each set is charged for its own ids, whoever had them before. */
#include "unit.h"

#include "space.h"

#define BITS (PORT_CHUNK_SHIFT + 1)
#define IDS (1u << BITS)

static struct labels labels;
static char owners[LABELS];

/* Until one is found: a call only looks so far. */
static uint8_t take(void *owner)
{
	uint8_t label = LABEL_NONE;

	for (unsigned i = 0; i < LABELS && label == LABEL_NONE; i++)
		label = label_take(&labels, owner);
	return label;
}

START_TEST(a_label_is_one_owners)
{
	bool taken[LABELS] = {true};

	memset(&labels, 0, sizeof(labels));
	for (unsigned i = 1; i < LABELS; i++) {
		uint8_t label = take(&owners[i]);

		ck_assert(!taken[label]); /* of LABEL_NONE, too */
		taken[label] = true;
		ck_assert_ptr_eq(label_owner(&labels, label), &owners[i]);
	}
	ck_assert_uint_eq(take(&owners[0]), LABEL_NONE);
	label_give(&labels, LABEL_NONE);
	ck_assert_uint_eq(take(&owners[0]), LABEL_NONE);
	label_give(&labels, 200);
	ck_assert_uint_eq(take(&owners[0]), 200);
	ck_assert_ptr_eq(label_owner(&labels, 200), &owners[0]);
}
END_TEST

static void use(struct ioasid_space *space, struct ioasid_owner_set *set, uint32_t id)
{
	struct ioasid_range range = {ioasid_make(id), ioasid_make(id)};
	ioasid_handle_t handle;

	ck_assert_ok(ioasid_id_alloc(set, &range, IOASID_ALLOC_ACTIVE, &handle));
	ck_assert_ok(ioasid_id_free(space, handle));
}

/* One id after the other goes from hand to hand; one leaf has ids of several. */
START_TEST(each_pays_for_its_own)
{
	struct ioasid_space *space = unit_space(BITS);
	struct ioasid_owner_set *set[3];

	for (unsigned i = 0; i < 3; i++)
		set[i] = unit_set_with(space, i + 1, IDS, 0);
	set[2]->label = LABEL_NONE; /* as if there had been none left */
	for (unsigned round = 0; round < 4; round++) {
		unsigned mine[3] = {0};

		for (uint32_t id = 1; id < IDS; id++) {
			unsigned who = (id * 7 + id / 3 + round) % 3;

			use(space, set[who], id);
			mine[who]++;
		}
		for (unsigned i = 0; i < 3; i++)
			ck_assert_uint_eq(unit_charged(set[i]), mine[i]);
		(void)unit_run(space);
		for (unsigned i = 0; i < 3; i++)
			ck_assert_uint_eq(unit_charged(set[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++)
		unit_set_gone(space, set[i]);
	unit_destroy(space);
}
END_TEST

/* Whose an id is does not depend on whether its set, or that of its last life, has a label. */
START_TEST(an_id_is_its_sets)
{
	struct ioasid_space *space = unit_space(BITS);
	struct ioasid_owner_set *set[2];
	ioasid_handle_t handle[2];

	for (unsigned i = 0; i < 2; i++)
		set[i] = unit_set_with(space, i + 1, IDS, 0);
	set[1]->label = LABEL_NONE;
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < 2; i++) {
			uint32_t id = 1 + (i + round) % 2;
			struct ioasid_range range = {ioasid_make(id), ioasid_make(id)};

			ck_assert_ok(ioasid_id_alloc(set[i], &range, IOASID_ALLOC_ACTIVE, &handle[i]));
			ck_assert_ptr_eq(space_set_of(space, id), set[i]);
		}
		for (unsigned i = 0; i < 2; i++) {
			ck_assert_ok(ioasid_set_get(set[i], handle[i]));
			ck_assert_int_eq(ioasid_set_get(set[i], handle[1 - i]), -IOASID_EACCES);
			ck_assert_ok(ioasid_id_put(space, handle[i]));
			ck_assert_ok(ioasid_set_free(set[i], handle[i]));
		}
		(void)unit_run(space);
	}
	for (unsigned i = 0; i < 2; i++)
		unit_set_gone(space, set[i]);
	unit_destroy(space);
}
END_TEST

/* A set that has ended is charged until its ids are reclaimed; nobody else gets its label meanwhile. */
START_TEST(an_ended_set_keeps_its_label)
{
	struct ioasid_space *space = unit_space(BITS);
	struct ioasid_owner_set *old = unit_set_with(space, 1, IDS, 0);
	struct ioasid_owner_set *others[2 * LABELS];
	ioasid_handle_t handle;

	ck_assert_uint_ne(old->label, LABEL_NONE);
	ck_assert_ok(ioasid_id_alloc(old, NULL, IOASID_ALLOC_ACTIVE, &handle));
	ck_assert_ok(ioasid_set_end(old));
	/* More than there are labels, most of which have none. */
	for (unsigned i = 0; i < 2 * LABELS; i++) {
		others[i] = unit_set_with(space, i + 2, IDS, 0);
		ck_assert(others[i]->label == LABEL_NONE || others[i]->label != old->label);
		use(space, others[i], 2 + i % (IDS - 2));
		(void)unit_run(space);
		ck_assert_uint_eq(unit_charged(others[i]), 0);
	}
	ck_assert_uint_eq(unit_charged(old), 0);
	for (unsigned i = 0; i < 2 * LABELS; i++)
		unit_set_gone(space, others[i]);
	ck_assert_ok(ioasid_set_release(old));
	unit_destroy(space);
}
END_TEST

/* What is given back when its set is gone can be had again: sets that come and go do not use labels up. */
START_TEST(labels_come_back)
{
	struct ioasid_space *space = unit_space(BITS);
	unsigned with = 0;

	for (unsigned i = 0; i < 4 * LABELS; i++) {
		struct ioasid_owner_set *set = unit_set_with(space, i + 1, IDS, 0);

		with += set->label != LABEL_NONE;
		use(space, set, 1 + i % (IDS - 1)); /* a number has so many generations */
		unit_set_gone(space, set);
		(void)unit_run(space);
	}
	ck_assert_uint_eq(with, 4 * LABELS);
	unit_destroy(space);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_label_is_one_owners);
	tcase_add_test(tests, each_pays_for_its_own);
	tcase_add_test(tests, an_id_is_its_sets);
	tcase_add_test(tests, an_ended_set_keeps_its_label);
	tcase_add_test(tests, labels_come_back);
}

UNIT_MAIN("label", add_tests)
