/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * board.h - what the bare-metal port asks of whoever brings the machine up.
 *
 * Before a CPU's first call: its number is in TPIDR_EL1; memory is normal,
 * cacheable and inner shareable, for the exclusives work nowhere else; the
 * virtual counter counts. A machine whose WFE wakes by an event stream writes
 * board_sleep() as WFE and board_wake() as SEV.
 */
#ifndef IOASID_PORT_BOARD_H
#define IOASID_PORT_BOARD_H

#include <stdint.h>

/*
 * board_sleep() - until board_wake() names this CPU, or the counter has reached
 * @until (UINT64_MAX: never). May return early. A wake that came since the last
 * return ends the next sleep at once. Not from interrupts.
 */
void board_sleep(uint64_t until);

/* board_wake() - end the sleep of each CPU whose bit is in @cpus. Any context; all writes before it are seen. */
void board_wake(uint32_t cpus);

/* board_die() - the library or the port found itself broken: report, and stop the machine. */
_Noreturn void board_die(const char *file, int line, const char *what);

#endif
