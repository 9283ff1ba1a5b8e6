/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * cpus.h - lending CPUs: there is no scheduler, so whoever wants to run something
 * beside itself takes a CPU that is parked. The port does so for the worker of a
 * space (IOASID_SPACE_BACKGROUND); the rest of the program may, too.
 */
#ifndef IOASID_PORT_CPUS_H
#define IOASID_PORT_CPUS_H

#include <stdbool.h>
#include <stdint.h>

/* ioasid_port_cpu_park() - the whole life of a CPU that is there to be lent. */
_Noreturn void ioasid_port_cpu_park(void);

/* ioasid_port_cpu_start() - run fn(arg) on a CPU that is parked: its number, which is not 0; 0: none is. */
uint32_t ioasid_port_cpu_start(void (*fn)(void *), void *arg);

/* ioasid_port_cpu_parked() - is it there, and free? */
bool ioasid_port_cpu_parked(uint32_t cpu);

/* ioasid_port_cpu_join() - wait, at most @timeout_ns, until it has returned, and give the CPU back. False: too late. */
bool ioasid_port_cpu_join(uint32_t cpu, uint64_t timeout_ns);

#endif
