/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* program.h - a module that runs programs of tests when it is loaded, and prints TAP. */
#ifndef IOASID_TESTS_KERNEL_PROGRAM_H
#define IOASID_TESTS_KERNEL_PROGRAM_H

#include "check.h"

#include "../tap/tap.h"

/* After a failure there may be threads in this module that are stuck: it stays. */
#define TEST_MODULE(programs, description)                                     \
	static int __init test_module_init(void)                               \
	{                                                                      \
		size_t i_;                                                     \
                                                                               \
		tap_begin();                                                   \
		for (i_ = 0; i_ < ARRAY_SIZE(programs) && !tap_failed(); i_++) \
			(void)(programs)[i_]();                                \
		if (!tap_finish())                                             \
			__module_get(THIS_MODULE);                             \
		return 0;                                                      \
	}                                                                      \
	static void __exit test_module_exit(void)                              \
	{                                                                      \
	}                                                                      \
	module_init(test_module_init);                                         \
	module_exit(test_module_exit);                                         \
	MODULE_DESCRIPTION(description);                                       \
	MODULE_LICENSE("Dual BSD/GPL")

/* One case, run as a program. */
static inline int test_run_case(const char *name, TCase *tcase)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}

#endif
