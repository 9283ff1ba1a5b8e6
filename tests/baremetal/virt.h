/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* virt.h - what QEMU's machine "virt" offers to the tests: a line of text, interrupts, an end. */
#ifndef BAREMETAL_VIRT_H
#define BAREMETAL_VIRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine.h"

/* What an interrupt has interrupted; boot.S writes it. */
struct board_frame {
	uint64_t x[31];
	uint64_t pc;
	uint64_t state;
	uint64_t fpcr, fpsr;
	uint64_t unused;
	__uint128_t q[32];
};
_Static_assert(sizeof(struct board_frame) == 800, "as in boot.S");
_Static_assert(offsetof(struct board_frame, q) == 288, "as in boot.S");

/* board_print() - one line; lines of several CPUs do not mix. Any context. */
void board_print(const char *line);

/* board_off() - the end of the run. */
_Noreturn void board_off(void);

/* board_stop() - this CPU does nothing more. */
_Noreturn void board_stop(void);

/* board_power_on() - start the other CPUs; back when all of them are parked. */
void board_power_on(void);

/*
 * board_tick() - from now on this CPU is interrupted every @period_us, and
 * @handler is called with @period_us started anew after it; 0: no more.
 */
typedef void board_handler(const struct board_frame *frame);
void board_tick(uint32_t period_us, board_handler *handler);

/* board_in_interrupt() - does this CPU run a board_handler? */
bool board_in_interrupt(void);

/* board_where() - each CPU prints where it is, if it can still be interrupted. */
void board_where(void);

/* board_in_core() - is the program counter within the library's core? */
bool board_in_core(const struct board_frame *frame);

#endif
