/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * main.c - ioasid_test.ko: the stress and lineage tests, and what only a kernel has,
 * on ioasid.ko by its exported functions. Loading it runs them and prints TAP.
 */
#include "program.h"

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

TEST_MODULE(programs, "Tests of libioasid");
