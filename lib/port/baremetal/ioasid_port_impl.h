/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The bare-metal port, inline half: 64-bit Arm processors without an operating
 * system, each of which runs one thing at a time, and interrupts. It is the
 * template filled in; PORTING.md walks through the differences.
 *
 * A CPU is a processor with a number, from 0, in TPIDR_EL1. Whoever brings the
 * machine up puts it there, and gives what board.h asks for.
 */
#ifndef IOASID_PORT_IMPL_H
#define IOASID_PORT_IMPL_H

#include "../c11_atomics.h"

/*
 * QEMU (seen with 7.2) fences before a store-release and after a load-acquire,
 * but not between the two, where a processor keeps the order: stores that are
 * SEQ_CST get a fence more. The tests of the contract found it.
 */
#ifdef IOASID_PORT_QEMU
#define IOASID_PORT_DEFINE_STORE(type, T)                                       \
	static inline void ioasid_port_##T##_store_seq_cst(port_##T *p, type v) \
	{                                                                       \
		port_##T##_store_seq_cst(p, v);                                 \
		port_fence_seq_cst();                                           \
	}
IOASID_PORT_DEFINE_STORE(uint32_t, u32)
IOASID_PORT_DEFINE_STORE(uint64_t, u64)
IOASID_PORT_DEFINE_STORE(void *, ptr)
#define port_u32_store_seq_cst ioasid_port_u32_store_seq_cst
#define port_u64_store_seq_cst ioasid_port_u64_store_seq_cst
#define port_ptr_store_seq_cst ioasid_port_ptr_store_seq_cst
#endif

/* How many CPUs there can be; those that there are have the lowest numbers. */
#define IOASID_PORT_CPUS 16

#define PORT_CACHELINE 64
#define PORT_SHARDS 16
#define PORT_CHUNK_SHIFT 9
#define PORT_GEN_BITS 30
#define PORT_REF_BITS 10
#define PORT_BIND_BITS 9
#define PORT_PIN_BITS 9
#define PORT_CLOCK_START 1u

#define port_plain_get(field) (field)
#define port_plain_set(field, v) ((void)((field) = (v)))

_Noreturn void ioasid_port_die(const char *file, int line, const char *what);
#define port_assert(cond) ((cond) ? (void)0 : ioasid_port_die(__FILE__, __LINE__, #cond))

#define port_trace(event, id, generation, value) ((void)(id), (void)(generation), (void)(value))

static inline void port_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* Not volatile: what runs stays on its CPU, so one look is as good as another. */
static inline uint32_t ioasid_port_cpu(void)
{
	uint64_t cpu;

	__asm__("mrs %0, tpidr_el1" : "=r"(cpu));
	return (uint32_t)cpu;
}

static inline uint32_t port_shard_hint(void)
{
	return ioasid_port_cpu();
}

static inline unsigned port_ctz64(uint64_t x)
{
	return (unsigned)__builtin_ctzll(x);
}

/* Not the builtin: there is no such instruction for general registers, and the call would be into libgcc. */
static inline unsigned port_popcount64(uint64_t x)
{
	x = x - ((x >> 1) & UINT64_C(0x5555555555555555));
	x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)((x * UINT64_C(0x0101010101010101)) >> 56);
}

/*
 * RCU. Each CPU has a word on a line of its own, which nobody else writes: below,
 * how deep in read sections it is; above, how many outermost ones it has left. A
 * grace period is over when each CPU was seen outside, or has left a section.
 *
 * An interrupt may come between the load and the store: it leaves as many
 * sections as it enters, so the depth stays true. The count above may go back to
 * what it was before the interrupt, which makes a grace period wait for this
 * section as well as for the interrupt's: longer than it must, never shorter.
 */
#define IOASID_PORT_DEPTH UINT64_C(0xffff)

struct ioasid_port_sections {
	_Alignas(PORT_CACHELINE) port_u64 word;
};
extern struct ioasid_port_sections ioasid_port_sections[IOASID_PORT_CPUS];

static inline void port_read_lock(void)
{
	port_u64 *word = &ioasid_port_sections[ioasid_port_cpu()].word;

	/*
	 * relaxed: only this CPU writes it. RELEASE: who sees this section instead of
	 * the end of the one before has seen that end.
	 */
	port_u64_store_release(word, port_u64_load_relaxed(word) + 1);
	/*
	 * SEQ_CST, with the first fence of ioasid_port_synchronize(): either it sees us
	 * in here, or we see what was unlinked before it. Also when nested: it may be an
	 * interrupt that came before the outer section's fence.
	 */
	port_fence_seq_cst();
}

static inline void port_read_unlock(void)
{
	port_u64 *word = &ioasid_port_sections[ioasid_port_cpu()].word;
	uint64_t next = port_u64_load_relaxed(word) - 1; /* relaxed: as above */

	if ((next & IOASID_PORT_DEPTH) == 0)
		next += IOASID_PORT_DEPTH + 1;
	port_u64_store_release(word, next); /* RELEASE: our reads, to the ACQUIRE in ioasid_port_synchronize() */
}

#endif
