/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The leaf word: two masks and a stamp, which do not meet. */
#include "unit.h"

#include "leaf.h"

START_TEST(fields_come_back)
{
	static const uint32_t masks[] = {0, 1, 0x8000, 0x5555, 0xffff};
	static const uint32_t stamps[] = {0, 1, 0x80000000, 0xffffffff};

	for (size_t f = 0; f < 5; f++) {
		for (size_t q = 0; q < 5; q++) {
			for (size_t s = 0; s < 4; s++) {
				uint64_t word = leaf_make(masks[f], masks[q], stamps[s]);

				ck_assert_uint_eq(leaf_free(word), masks[f]);
				ck_assert_uint_eq(leaf_quarantined(word), masks[q]);
				ck_assert_uint_eq(leaf_stamp(word), stamps[s]);
			}
		}
	}
}
END_TEST

START_TEST(every_bit_has_one_field)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t word = UINT64_C(1) << bit;

		ck_assert_uint_eq(leaf_free(word), bit < 16 ? 1u << bit : 0);
		ck_assert_uint_eq(leaf_quarantined(word), bit >= 16 && bit < 32 ? 1u << (bit - 16) : 0);
		ck_assert_uint_eq(leaf_stamp(word), bit >= 32 ? 1u << (bit - 32) : 0);
		ck_assert_uint_eq(leaf_make(leaf_free(word), leaf_quarantined(word), leaf_stamp(word)), word);
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, fields_come_back);
	tcase_add_test(tests, every_bit_has_one_field);
}

UNIT_MAIN("leaf", add_tests)
