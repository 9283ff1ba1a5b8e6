/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The image of IA32_PASID: the number in bits 19:0, valid in bit 31, nothing else. */
#include "unit.h"

#include <ioasid/msr.h>

START_TEST(image_of_every_bit)
{
	for (uint32_t bit = 0; bit < IOASID_BITS_MAX; bit++)
		ck_assert_uint_eq(ioasid_msr_image(ioasid_msr_from(ioasid_make(1u << bit))),
		                  UINT64_C(1) << 31 | 1u << bit);
	ck_assert_uint_eq(ioasid_msr_image(ioasid_msr_from(ioasid_make(0))), UINT64_C(0x80000000));
	ck_assert_uint_eq(ioasid_msr_image(ioasid_msr_from(ioasid_make(0xfffff))), UINT64_C(0x800fffff));
}
END_TEST

START_TEST(invalid_id_is_no_image)
{
	ioasid_msr_t zero = {0};

	ck_assert_uint_eq(ioasid_msr_image(ioasid_msr_from(ioasid_invalid())), 0);
	ck_assert_uint_eq(ioasid_msr_image(ioasid_msr_from(ioasid_make(0x100000))), 0);
	ck_assert_uint_eq(ioasid_msr_image(zero), 0);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, image_of_every_bit);
	tcase_add_test(tests, invalid_id_is_no_image);
}

UNIT_MAIN("msr", add_tests)
