/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The counting port, inline half: every atomic read-modify-write, seq_cst store,
 * fence and read section of the core is counted before it is done. One thread,
 * so that a count is the same in every run. Widths are the posix port's.
 *
 * The macros have the names of the functions that they wrap; a macro is not
 * expanded within itself, so the inner name is the function.
 */
#ifndef IOASID_PORT_IMPL_H
#define IOASID_PORT_IMPL_H

#include "c11_atomics.h"

#define PORT_CACHELINE 64
#define PORT_SHARDS 64
#define PORT_CHUNK_SHIFT 9
#define PORT_GEN_BITS 30
#define PORT_REF_BITS 10
#define PORT_BIND_BITS 9
#define PORT_PIN_BITS 9
#define PORT_CLOCK_START 1u

void count_rmw(const void *where);
void count_barrier(void);
void count_read_section(void);

#define port_u32_xchg_acq_rel(p, v) (count_rmw(p), port_u32_xchg_acq_rel(p, v))
#define port_u32_xchg_seq_cst(p, v) (count_rmw(p), port_u32_xchg_seq_cst(p, v))
#define port_u32_cas_relaxed(p, e, v) (count_rmw(p), port_u32_cas_relaxed(p, e, v))
#define port_u32_cas_acq_rel(p, e, v) (count_rmw(p), port_u32_cas_acq_rel(p, e, v))
#define port_u32_cas_seq_cst(p, e, v) (count_rmw(p), port_u32_cas_seq_cst(p, e, v))
#define port_u32_add_relaxed(p, v) (count_rmw(p), port_u32_add_relaxed(p, v))
#define port_u32_add_release(p, v) (count_rmw(p), port_u32_add_release(p, v))
#define port_u32_add_acq_rel(p, v) (count_rmw(p), port_u32_add_acq_rel(p, v))
#define port_u32_add_seq_cst(p, v) (count_rmw(p), port_u32_add_seq_cst(p, v))
#define port_u32_or_seq_cst(p, v) (count_rmw(p), port_u32_or_seq_cst(p, v))
#define port_u32_and_seq_cst(p, v) (count_rmw(p), port_u32_and_seq_cst(p, v))

#define port_u64_xchg_acq_rel(p, v) (count_rmw(p), port_u64_xchg_acq_rel(p, v))
#define port_u64_xchg_seq_cst(p, v) (count_rmw(p), port_u64_xchg_seq_cst(p, v))
#define port_u64_cas_relaxed(p, e, v) (count_rmw(p), port_u64_cas_relaxed(p, e, v))
#define port_u64_cas_acq_rel(p, e, v) (count_rmw(p), port_u64_cas_acq_rel(p, e, v))
#define port_u64_cas_seq_cst(p, e, v) (count_rmw(p), port_u64_cas_seq_cst(p, e, v))
#define port_u64_add_relaxed(p, v) (count_rmw(p), port_u64_add_relaxed(p, v))
#define port_u64_add_release(p, v) (count_rmw(p), port_u64_add_release(p, v))
#define port_u64_add_acq_rel(p, v) (count_rmw(p), port_u64_add_acq_rel(p, v))
#define port_u64_add_seq_cst(p, v) (count_rmw(p), port_u64_add_seq_cst(p, v))
#define port_u64_or_seq_cst(p, v) (count_rmw(p), port_u64_or_seq_cst(p, v))
#define port_u64_and_seq_cst(p, v) (count_rmw(p), port_u64_and_seq_cst(p, v))

#define port_ptr_xchg_acq_rel(p, v) (count_rmw(p), port_ptr_xchg_acq_rel(p, v))
#define port_ptr_xchg_seq_cst(p, v) (count_rmw(p), port_ptr_xchg_seq_cst(p, v))
#define port_ptr_cas_relaxed(p, e, v) (count_rmw(p), port_ptr_cas_relaxed(p, e, v))
#define port_ptr_cas_acq_rel(p, e, v) (count_rmw(p), port_ptr_cas_acq_rel(p, e, v))
#define port_ptr_cas_seq_cst(p, e, v) (count_rmw(p), port_ptr_cas_seq_cst(p, e, v))

/* No RMW in C, but an exchange or a full barrier on most processors. */
#define port_u32_store_seq_cst(p, v) (count_barrier(), port_u32_store_seq_cst(p, v))
#define port_u64_store_seq_cst(p, v) (count_barrier(), port_u64_store_seq_cst(p, v))
#define port_ptr_store_seq_cst(p, v) (count_barrier(), port_ptr_store_seq_cst(p, v))
#define port_fence_seq_cst() (count_barrier(), port_fence_seq_cst())

/* As on Linux: a light fence is the compiler's alone, and a heavy one a system call. */
#define PORT_FENCE_LIGHT 1
#define port_fence_light() ((void)0)

#define port_plain_get(field) (field)
#define port_plain_set(field, v) ((void)((field) = (v)))
#define port_assert(cond) ((void)sizeof(!(cond)))
#define port_trace(event, id, generation, value) ((void)(id), (void)(generation), (void)(value))

static inline void port_relax(void)
{
}

static inline uint32_t port_shard_hint(void)
{
	return 0;
}

static inline unsigned port_ctz64(uint64_t x)
{
	return (unsigned)__builtin_ctzll(x);
}

static inline unsigned port_popcount64(uint64_t x)
{
	return (unsigned)__builtin_popcountll(x);
}

static inline void port_read_lock(void)
{
	count_read_section();
}

static inline void port_read_unlock(void)
{
}

#endif
