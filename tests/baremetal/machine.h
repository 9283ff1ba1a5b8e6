/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* machine.h - numbers that boot.S, the linker script and C agree on. */
#ifndef BAREMETAL_MACHINE_H
#define BAREMETAL_MACHINE_H

/* The first CPU judges, one runs the test, 8 may be a crew, and one may be its space's worker. */
#define BOARD_CPUS 11
#define BOARD_STACK 0x20000

#endif
