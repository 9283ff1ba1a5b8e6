/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The values that everybody passes around: ids, handles, ranges, and the names for people. */
#include "unit.h"

#include <errno.h>

START_TEST(id_holds_20_bits_or_is_invalid)
{
	ck_assert_uint_eq(ioasid_value(ioasid_make(0)), 0);
	ck_assert_uint_eq(ioasid_value(ioasid_make(0xfffff)), 0xfffff);
	ck_assert(ioasid_is_valid(ioasid_make(0)));
	ck_assert(ioasid_is_valid(ioasid_make(0xfffff)));
	ck_assert(!ioasid_is_valid(ioasid_make(0x100000)));
	ck_assert(!ioasid_is_valid(ioasid_make(UINT32_MAX)));
	ck_assert(!ioasid_is_valid(ioasid_invalid()));
}
END_TEST

START_TEST(no_error_is_an_id)
{
	for (int error = -4095; error < 0; error++) {
		ck_assert(!ioasid_is_valid(ioasid_make((uint32_t)error)));
		ck_assert(ioasid_equal(ioasid_make((uint32_t)error), ioasid_invalid()));
	}
}
END_TEST

START_TEST(ids_compare_by_number)
{
	ck_assert(ioasid_equal(ioasid_make(7), ioasid_make(7)));
	ck_assert(!ioasid_equal(ioasid_make(7), ioasid_make(8)));
	ck_assert(!ioasid_equal(ioasid_make(7), ioasid_invalid()));
	ck_assert(ioasid_equal(ioasid_invalid(), ioasid_make(0x100000)));
}
END_TEST

START_TEST(zeroed_handle_names_nothing)
{
	ioasid_handle_t zero = {0};
	ioasid_handle_t first = {UINT64_C(1) << 20 | 5};
	ioasid_handle_t second = {UINT64_C(2) << 20 | 5};

	ck_assert(!ioasid_handle_is_set(zero));
	ck_assert(!ioasid_is_valid(ioasid_handle_id(zero)));
	ck_assert(ioasid_handle_is_set(first));
	ck_assert_uint_eq(ioasid_value(ioasid_handle_id(first)), 5);
	ck_assert(ioasid_handle_equal(first, first));
	ck_assert(!ioasid_handle_equal(first, second));
}
END_TEST

START_TEST(range_has_two_ends)
{
	struct ioasid_range range = ioasid_range_make(ioasid_make(3), ioasid_make(9));

	ck_assert_uint_eq(ioasid_value(range.first), 3);
	ck_assert_uint_eq(ioasid_value(range.last), 9);
}
END_TEST

START_TEST(owner_is_an_address_and_a_generation)
{
	int object = 0;
	struct ioasid_owner owner = ioasid_owner_of(&object, 17);

	ck_assert_uint_eq(owner.key, (uintptr_t)&object);
	ck_assert_uint_eq(owner.generation, 17);
}
END_TEST

/* The numbers are those of <errno.h> of this host, and each has a sentence of its own. */
START_TEST(errors_are_the_hosts)
{
	static const int pairs[][2] = {
		{IOASID_ENOENT, ENOENT}, {IOASID_EAGAIN, EAGAIN},   {IOASID_ENOMEM, ENOMEM},
		{IOASID_EACCES, EACCES}, {IOASID_EBUSY, EBUSY},     {IOASID_EINVAL, EINVAL},
		{IOASID_ENOSPC, ENOSPC}, {IOASID_EDEADLK, EDEADLK}, {IOASID_EOVERFLOW, EOVERFLOW},
		{IOASID_ESTALE, ESTALE}, {IOASID_EDQUOT, EDQUOT},
	};
	const size_t count = sizeof(pairs) / sizeof(pairs[0]);

	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(pairs[i][0], pairs[i][1]);
		ck_assert_str_ne(ioasid_strerror(-pairs[i][0]), ioasid_strerror(-9999));
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(ioasid_strerror(-pairs[i][0]), ioasid_strerror(-pairs[j][0]));
	}
	ck_assert_str_eq(ioasid_strerror(0), "success");
	ck_assert_str_eq(ioasid_strerror(1), ioasid_strerror(-9999));
	ck_assert_str_eq(ioasid_strerror(IOASID_EINVAL), ioasid_strerror(-9999));
}
END_TEST

START_TEST(states_and_phases_have_names)
{
	static const char *const states[] = {"FREE", "RESERVED", "ACTIVE", "PARKED", "QUARANTINED", "POISONED"};
	static const char *const phases[] = {"SUBMIT", "DEVICE", "IOMMU", "LAST"};

	for (int i = 0; i < IOASID_STATE_COUNT; i++)
		ck_assert_str_eq(ioasid_state_name((enum ioasid_state)i), states[i]);
	for (int i = 0; i < IOASID_PHASE_COUNT; i++)
		ck_assert_str_eq(ioasid_phase_name((enum ioasid_phase)i), phases[i]);
	ck_assert_str_eq(ioasid_state_name(IOASID_STATE_COUNT), "?");
	ck_assert_str_eq(ioasid_state_name((enum ioasid_state)77), "?");
	ck_assert_str_eq(ioasid_phase_name(IOASID_PHASE_COUNT), "?");
	ck_assert_str_eq(ioasid_phase_name((enum ioasid_phase)77), "?");
}
END_TEST

START_TEST(version_is_of_the_headers)
{
	ck_assert_str_eq(ioasid_version(), IOASID_VERSION);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, id_holds_20_bits_or_is_invalid);
	tcase_add_test(tests, no_error_is_an_id);
	tcase_add_test(tests, ids_compare_by_number);
	tcase_add_test(tests, zeroed_handle_names_nothing);
	tcase_add_test(tests, range_has_two_ends);
	tcase_add_test(tests, owner_is_an_address_and_a_generation);
	tcase_add_test(tests, errors_are_the_hosts);
	tcase_add_test(tests, states_and_phases_have_names);
	tcase_add_test(tests, version_is_of_the_headers);
}

UNIT_MAIN("types", add_tests)
