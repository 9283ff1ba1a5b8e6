/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* sim.h - of lib/port/sim/sim.h, what the kernel can do too: memory that is counted and refused. */
#ifndef IOASID_TESTS_KERNEL_SIM_H
#define IOASID_TESTS_KERNEL_SIM_H

#include <stdint.h>

#include "port.h"

void sim_reset(void);
void sim_alloc_fail_at(uint64_t nth);
void sim_alloc_fail_after(uint64_t successes);
uint64_t sim_alloc_calls(void);
uint64_t sim_alloc_refused(void);
uint64_t sim_memory_blocks(void);
uint64_t sim_memory_bytes(void);
/* Here it is known whether, not how deep. */
static inline uint32_t sim_read_depth(void)
{
	return ioasid_port_read_held();
}

static inline void sim_cas_fail_every(uint64_t k)
{
	(void)k; /* the kernel's swaps do not fail for no reason */
}
static inline void sim_cas_fail_random(uint64_t seed, uint32_t one_in)
{
	(void)seed;
	(void)one_in;
}

#endif
