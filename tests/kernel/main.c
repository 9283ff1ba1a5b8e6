/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * main.c - ioasid_test.ko: the stress and lineage tests, and what only a kernel has,
 * on ioasid.ko by its exported functions. Loading it runs them and prints TAP.
 */
#include "check.h"

#include "../tap/tap.h"
#include "crew.h"
#include "exact.h"

static int exact(void)
{
	TCase *cases[] = {exact_drain(), exact_tokens(), exact_quota(), exact_waiters()};

	return crew_main("exactness", cases, ARRAY_SIZE(cases));
}

static int (*const programs[])(void) = {
	lineage_main, exact,          reuse_main,     shared_main, storm_main,
	doors_main,   histories_main, interrupt_main, module_main,
};

static int __init ioasid_test_init(void)
{
	size_t i;

	tap_begin();
	for (i = 0; i < ARRAY_SIZE(programs) && !tap_failed(); i++)
		(void)programs[i]();
	/* After a failure there may be threads in this module that are stuck. */
	if (!tap_finish())
		__module_get(THIS_MODULE);
	return 0;
}

static void __exit ioasid_test_exit(void)
{
}

module_init(ioasid_test_init);
module_exit(ioasid_test_exit);
MODULE_DESCRIPTION("Tests of libioasid");
MODULE_LICENSE("Dual BSD/GPL");
