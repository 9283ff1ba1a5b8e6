/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The sim port with one primitive broken, by the number in CONFORM_MUTANT: the
 * tests of the contract must fail for each, or they test nothing. Broken are the
 * primitives as the tests call them, not as the port uses them itself.
 */
#ifndef IOASID_TESTS_MUTANT_H
#define IOASID_TESTS_MUTANT_H

#include "../../../lib/port/sim/ioasid_port_impl.h"

/* The names are ctest's, too: see CMakeLists.txt. */
enum mutant {
	MUTANT_NONE,
	MUTANT_STORE_IS_RELEASE,
	MUTANT_FENCE_IS_ACQUIRE,
	MUTANT_CAS_KEEPS_EXPECTED,
	MUTANT_CAS_IS_TWO_STEPS,
	MUTANT_ADD_RETURNS_NEW,
	MUTANT_ADD_IS_TWO_STEPS,
	MUTANT_STORE_TEARS,
	MUTANT_CTZ_OF_LOW_HALF,
	MUTANT_POPCOUNT_OF_LOW_HALF,
	MUTANT_ZALLOC_DIRTY,
	MUTANT_ZALLOC_ODD,
	MUTANT_FREE_FORGETS,
	MUTANT_SYNCHRONIZE_AT_ONCE,
	MUTANT_SECTIONS_FLAT,
	MUTANT_READ_HELD_NEVER,
	MUTANT_WAIT_BLIND,
	MUTANT_WAIT_WITHOUT_LIMIT,
	MUTANT_WAKE_NOBODY,
	MUTANT_WAKE_SETS_ERRNO,
	MUTANT_CLOCK_GOES_BACK,
	MUTANT_EPOCH_STAYS,
	MUTANT_UNIQUE_REPEATS,
	MUTANT_THREAD_ID_REPEATS,
	MUTANT_WORKER_ON_CALLER,
	MUTANT_BYTE_BY_WORD,
	MUTANT_HEAVY_IS_ALONE,
	MUTANT_COUNT
};
enum mutant mutant(void);

static inline void mutant_store_seq_cst_u32(port_u32 *p, uint32_t v)
{
	if (mutant() == MUTANT_STORE_IS_RELEASE)
		port_u32_store_release(p, v);
	else
		port_u32_store_seq_cst(p, v);
}
#define port_u32_store_seq_cst mutant_store_seq_cst_u32

static inline void mutant_store_seq_cst_u64(port_u64 *p, uint64_t v)
{
	if (mutant() == MUTANT_STORE_IS_RELEASE)
		port_u64_store_release(p, v);
	else
		port_u64_store_seq_cst(p, v);
}
#define port_u64_store_seq_cst mutant_store_seq_cst_u64

/* As a processor without stores of bytes would do it; of two neighbours, the first is at an even address. */
static inline void mutant_store_byte(port_u8 *p, uint8_t v)
{
	port_u8 *other = (uintptr_t)p % 2 == 0 ? p + 1 : p - 1;
	uint8_t his;

	if (mutant() != MUTANT_BYTE_BY_WORD) {
		port_u8_store_relaxed(p, v);
		return;
	}
	his = port_u8_load_relaxed(other);
	port_u8_store_relaxed(p, v);
	port_u8_store_relaxed(other, his);
}
#define port_u8_store_relaxed mutant_store_byte

static inline void mutant_store_relaxed(port_u64 *p, uint64_t v)
{
	if (mutant() == MUTANT_STORE_TEARS) {
		(void)port_u64_and_seq_cst(p, UINT64_C(0xffffffff00000000) | v);
		(void)port_u64_or_seq_cst(p, v & UINT32_MAX);
	}
	port_u64_store_relaxed(p, v);
}
#define port_u64_store_relaxed mutant_store_relaxed

static inline void mutant_fence_seq_cst(void)
{
	if (mutant() == MUTANT_FENCE_IS_ACQUIRE)
		port_fence_acquire();
	else
		port_fence_seq_cst();
}
#define port_fence_seq_cst mutant_fence_seq_cst

/* The sim port's light fence is a whole one; here it is none, and the heavy one does not make up for it. */
#define PORT_FENCE_LIGHT 1
static inline void port_fence_light(void)
{
	if (mutant() == MUTANT_HEAVY_IS_ALONE)
		atomic_signal_fence(memory_order_seq_cst);
	else
		port_fence_seq_cst();
}

static inline bool mutant_cas(port_u32 *p, uint32_t *expected, uint32_t v)
{
	const uint32_t wanted = *expected;
	bool swapped;

	if (mutant() == MUTANT_CAS_IS_TWO_STEPS) {
		*expected = port_u32_load_acquire(p);
		if (*expected != wanted)
			return false;
		port_u32_store_release(p, v);
		return true;
	}
	swapped = port_u32_cas_acq_rel(p, expected, v);
	if (mutant() == MUTANT_CAS_KEEPS_EXPECTED)
		*expected = wanted;
	return swapped;
}
#define port_u32_cas_acq_rel mutant_cas

static inline uint64_t mutant_add(port_u64 *p, uint64_t v)
{
	uint64_t old;

	if (mutant() == MUTANT_ADD_IS_TWO_STEPS) {
		old = port_u64_load_acquire(p);
		port_u64_store_release(p, old + v);
		return old;
	}
	return port_u64_add_relaxed(p, v) + (mutant() == MUTANT_ADD_RETURNS_NEW ? v : 0);
}
#define port_u64_add_relaxed mutant_add

static inline unsigned mutant_ctz(uint64_t x)
{
	return mutant() == MUTANT_CTZ_OF_LOW_HALF ? port_ctz64((x & UINT32_MAX) | UINT64_C(1) << 32) : port_ctz64(x);
}
#define port_ctz64 mutant_ctz

static inline unsigned mutant_popcount(uint64_t x)
{
	return port_popcount64(mutant() == MUTANT_POPCOUNT_OF_LOW_HALF ? x & UINT32_MAX : x);
}
#define port_popcount64 mutant_popcount

void mutant_read_lock(void);
void mutant_read_unlock(void);
#define port_read_lock mutant_read_lock
#define port_read_unlock mutant_read_unlock

/* mutant.c has the names of the port that it breaks, and calls them. */
#ifndef MUTANT_SOURCE
#define ioasid_port_zalloc mutant_zalloc
#define ioasid_port_free mutant_free
#define ioasid_port_synchronize mutant_synchronize
#define ioasid_port_read_held mutant_read_held
#define ioasid_port_wait mutant_wait
#define ioasid_port_wake mutant_wake
#define ioasid_port_now_ns mutant_now_ns
#define ioasid_port_epoch mutant_epoch
#define ioasid_port_unique mutant_unique
#define ioasid_port_thread_id mutant_thread_id
#define ioasid_port_worker_start mutant_worker_start
#define ioasid_port_worker_join mutant_worker_join
#endif

#endif
