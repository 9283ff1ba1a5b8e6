/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The program that runs the tests of the contract against one port. */
#include "conform.h"

int main(void)
{
	Suite *suite = suite_create("port " CONFORM_NAME);
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, conform_values());
	conform_orders(suite);
	suite_add_tcase(suite, conform_grace());
	suite_add_tcase(suite, conform_sleep());
	suite_add_tcase(suite, conform_host());
	/* The last: what a sanitizer keeps of it, every fork would have to copy. */
	suite_add_tcase(suite, conform_memory());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
