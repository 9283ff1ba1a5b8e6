/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * harts.h - lending harts: there is no scheduler, so whoever wants to run something
 * beside itself takes a hart that is parked. The port does so for the worker of a
 * space (IOASID_SPACE_BACKGROUND); the rest of the program may, too.
 */
#ifndef IOASID_PORT_HARTS_H
#define IOASID_PORT_HARTS_H

#include <stdbool.h>
#include <stdint.h>

/* ioasid_port_hart_park() - the whole life of a hart that is there to be lent. */
_Noreturn void ioasid_port_hart_park(void);

/* ioasid_port_hart_start() - run fn(arg) on a hart that is parked: its number, which is not 0; 0: none is. */
uint32_t ioasid_port_hart_start(void (*fn)(void *), void *arg);

/* ioasid_port_hart_parked() - is it there, and free? */
bool ioasid_port_hart_parked(uint32_t hart);

/* ioasid_port_hart_join() - wait, at most @timeout_ns, until it has returned, and give the hart back. False: too late. */
bool ioasid_port_hart_join(uint32_t hart, uint64_t timeout_ns);

#endif
