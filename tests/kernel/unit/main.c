/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * main.c - ioasid_unit.ko: the port's contract, and the core's parts, with the core
 * and the kernel's port in the module itself, and widths as small as elsewhere.
 */
#include "../program.h"

#define PROGRAM(name) unit_##name##_main,

static int (*const programs[])(void) = {conform_main, UNIT_PROGRAMS(PROGRAM)};

TEST_MODULE(programs, "Tests of libioasid's parts");
