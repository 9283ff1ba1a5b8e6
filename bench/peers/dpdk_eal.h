/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* dpdk_eal.h - DPDK's environment, which a process has once and every thread joins. */
#ifndef IOASID_BENCH_DPDK_EAL_H
#define IOASID_BENCH_DPDK_EAL_H

#include <stdbool.h>

/* dpdk_init() - false: it could not be set up. The caller keeps the CPUs it may run on. */
bool dpdk_init(void);

/* dpdk_enter(), dpdk_leave() - around what a thread does with DPDK; they nest. */
void dpdk_enter(void);
void dpdk_leave(void);

#define DPDK_NAME 24

/* dpdk_name() - a name for something in DPDK that no other has. */
void dpdk_name(char name[DPDK_NAME], const char *kind);

#endif
