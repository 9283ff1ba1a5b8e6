/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The template port, inline half: copy this folder, and replace what the comments
 * name. Each primitive is here in the simplest way that is correct; the tests of
 * the contract (tests/port) run against it as against every port.
 *
 * The host it is for: one thread, perhaps interrupts, no operating system. The
 * atomics and the read sections are right for many threads and CPUs all the same.
 */
#ifndef IOASID_PORT_IMPL_H
#define IOASID_PORT_IMPL_H

/*
 * The atomics. With a C11 compiler this one line is all. A host with atomics of
 * its own (a kernel) writes the same names around those: structs, so that a
 * plain access does not compile, and the order in the name. A stronger order
 * than the name says is right and slower; a weaker one is a bug that x86 hides.
 */
#include "../c11_atomics.h"

/* What two CPUs should not share: usually 64; 128 on POWER and Apple's, 256 on s390x. */
#define PORT_CACHELINE 64

/* At most this many parts for counters that many CPUs write; a power of two. One CPU: 1. */
#define PORT_SHARDS 1

/*
 * Memory is added for 2^PORT_CHUNK_SHIFT ids at once: 4 to 9. Each id takes about
 * 34 bytes, so 6 means portions of 2.2 KiB, and 9 of 17 KiB with fewer of them.
 */
#define PORT_CHUNK_SHIFT 6

/*
 * How the slot word is divided: 58 bits in all, at most 32 for the generation. An
 * id is withheld for good after 2^PORT_GEN_BITS lives; there can be
 * 2^PORT_REF_BITS - 1 references of the host, 2^PORT_BIND_BITS - 1 bindings and
 * 2^PORT_PIN_BITS - 1 pins on one id.
 */
#define PORT_GEN_BITS 30
#define PORT_REF_BITS 10
#define PORT_BIND_BITS 9
#define PORT_PIN_BITS 9

/* Any value will do; one shortly before the wrap makes a test of it. */
#define PORT_CLOCK_START 1u

/*
 * A plain access to a field that several threads see, but never at once. A host
 * with a detector of data races may tell it here; all others leave this alone.
 */
#define port_plain_get(field) (field)
#define port_plain_set(field, v) ((void)((field) = (v)))

/*
 * A check that stops a debug build: the host's panic or assert. Without one, the
 * condition must still compile (sizeof), so that it cannot rot, and not run.
 */
#define port_assert(cond) ((void)sizeof(!(cond)))

/* A tracepoint: the host's, or nothing. @event is a bare word, the others are integers. */
#define port_trace(event, id, generation, value) ((void)(id), (void)(generation), (void)(value))

/* In a loop that another thread will end: the processor's pause or yield instruction. */
static inline void port_relax(void)
{
}

/*
 * Any number, and a wrong one is only slow: the number of the CPU, if it can be
 * had in a few cycles; the thread's number otherwise.
 */
static inline uint32_t port_shard_hint(void)
{
	return 0;
}

/*
 * The builtins are good where they are an instruction; elsewhere they are calls
 * into the compiler's own library, which a kernel does not have. These are not.
 */
static inline unsigned port_popcount64(uint64_t x)
{
	x = x - ((x >> 1) & UINT64_C(0x5555555555555555));
	x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)((x * UINT64_C(0x0101010101010101)) >> 56);
}

/* How many zeros are below the lowest one: @x is not 0. */
static inline unsigned port_ctz64(uint64_t x)
{
	return port_popcount64((x & (0 - x)) - 1);
}

/*
 * RCU. If the host has it, use it. This is the least that keeps the promise: one
 * count of all who are inside, for which ioasid_port_synchronize() waits to be
 * zero. It may wait for longer than it must, and every reader writes the same
 * line; but it may nest, and it is right in interrupts and on any number of CPUs.
 *
 * seq_cst: either the reader sees what the other side unlinked before it looked
 * at the count, or the other side sees the reader in the count.
 */
extern port_u32 ioasid_port_readers;

static inline void port_read_lock(void)
{
	(void)port_u32_add_seq_cst(&ioasid_port_readers, 1);
	port_fence_seq_cst();
}

static inline void port_read_unlock(void)
{
	(void)port_u32_add_release(&ioasid_port_readers, UINT32_MAX);
}

#endif
