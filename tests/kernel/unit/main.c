/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * main.c - ioasid_unit.ko: the port's contract, and the core's parts, with the core
 * and the kernel's port in the module itself, and widths as small as elsewhere.
 */
#include "check.h"

#include "../../tap/tap.h"

#define PROGRAM(name) unit_##name##_main,

static int (*const programs[])(void) = {conform_main, UNIT_PROGRAMS(PROGRAM)};

static int __init ioasid_unit_init(void)
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

static void __exit ioasid_unit_exit(void)
{
}

module_init(ioasid_unit_init);
module_exit(ioasid_unit_exit);
MODULE_DESCRIPTION("Tests of libioasid's parts");
MODULE_LICENSE("Dual BSD/GPL");
