/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The sim port, inline half: a host that fails on demand. Tests steer it through
 * sim.h. The widths are small, so that what takes years elsewhere happens within
 * a test; a test program may choose others when it is compiled.
 */
#ifndef IOASID_PORT_IMPL_H
#define IOASID_PORT_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#ifndef SIM_CHUNK_SHIFT
#define SIM_CHUNK_SHIFT 4
#endif
#ifndef SIM_GEN_BITS
#define SIM_GEN_BITS 8
#endif
#ifndef SIM_REF_BITS
#define SIM_REF_BITS 4
#endif
#ifndef SIM_BIND_BITS
#define SIM_BIND_BITS 4
#endif
#ifndef SIM_PIN_BITS
#define SIM_PIN_BITS 3
#endif
#ifndef SIM_SHARDS
#define SIM_SHARDS 4
#endif
/* Sixteen grace periods before the wrap: ordinary in every test. */
#ifndef SIM_CLOCK_START
#define SIM_CLOCK_START UINT32_C(0xfffffff0)
#endif

bool ioasid_port_cas_fails(void);
#define PORT_CAS_SPURIOUS() ioasid_port_cas_fails()
#include "../c11_atomics.h"

#define PORT_CACHELINE 64
#define PORT_SHARDS SIM_SHARDS
#define PORT_CHUNK_SHIFT SIM_CHUNK_SHIFT
#define PORT_GEN_BITS SIM_GEN_BITS
#define PORT_REF_BITS SIM_REF_BITS
#define PORT_BIND_BITS SIM_BIND_BITS
#define PORT_PIN_BITS SIM_PIN_BITS
#define PORT_CLOCK_START SIM_CLOCK_START

/* Plain on purpose: ThreadSanitizer judges whether the core orders them. */
#define port_plain_get(field) (field)
#define port_plain_set(field, v) ((void)((field) = (v)))

_Noreturn void ioasid_port_die(const char *file, int line, const char *what);
#define port_assert(cond) ((cond) ? (void)0 : ioasid_port_die(__FILE__, __LINE__, #cond))

void ioasid_port_traced(const char *event, uint32_t id, uint32_t generation, uint64_t value);
#define port_trace(event, id, generation, value) \
	ioasid_port_traced(#event, (uint32_t)(id), (uint32_t)(generation), (uint64_t)(value))

/* Out of line what steers: the core is compiled once, and does not know who tests it. */
void ioasid_port_relaxed(void);
uint32_t ioasid_port_shard(void);
void ioasid_port_read_begin(void);
void ioasid_port_read_end(void);

static inline void port_relax(void)
{
	ioasid_port_relaxed();
}

static inline uint32_t port_shard_hint(void)
{
	return ioasid_port_shard();
}

static inline unsigned port_ctz64(uint64_t x)
{
	return (unsigned)__builtin_ctzll(x);
}

static inline unsigned port_popcount64(uint64_t x)
{
	unsigned count = 0;

	for (; x != 0; x &= x - 1)
		count++;
	return count;
}

static inline void port_read_lock(void)
{
	ioasid_port_read_begin();
}

static inline void port_read_unlock(void)
{
	ioasid_port_read_end();
}

#endif
