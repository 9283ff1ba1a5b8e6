/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * c11_atomics.h - port.h's atomics on <stdatomic.h>, for ports that have it.
 *
 * The order is in the name, and only the combinations that the core uses exist.
 * A compare-and-swap is weak; PORT_CAS_SPURIOUS lets a test port make it fail.
 * Bytes of zero are a valid object of value 0 or NULL: the core relies on that
 * for what ioasid_port_zalloc() gives.
 */
#ifndef IOASID_PORT_C11_ATOMICS_H
#define IOASID_PORT_C11_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef PORT_CAS_SPURIOUS
#define PORT_CAS_SPURIOUS() false
#endif

/*
 * Otherwise the compiler calls libatomic, which takes locks: not lock-free, and
 * no good in an interrupt. clang answers 1 on 32-bit x86, where a long long may
 * be misaligned; ours is not, so the other macro counts as well.
 */
#if ATOMIC_INT_LOCK_FREE != 2 || ATOMIC_POINTER_LOCK_FREE != 2 || \
	(ATOMIC_LLONG_LOCK_FREE != 2 && !defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_8))
#error "This processor has no lock-free 64-bit atomics: the slot word cannot live here."
#endif

typedef struct {
	_Atomic uint8_t value_;
} port_u8;

typedef struct {
	_Atomic uint32_t value_;
} port_u32;

/* gcc on 32-bit x86 aligns even an atomic 64-bit member to 4 bytes, which may straddle two cache lines. */
typedef struct {
	_Alignas(8) _Atomic uint64_t value_;
} port_u64;

typedef struct {
	_Atomic(void *) value_;
} port_ptr;

#define PORT_DEFINE_LOAD_(type, T, order, mo)                         \
	static inline type port_##T##_load_##order(const port_##T *p) \
	{                                                             \
		return atomic_load_explicit(&p->value_, mo);          \
	}
#define PORT_DEFINE_STORE_(type, T, order, mo)                           \
	static inline void port_##T##_store_##order(port_##T *p, type v) \
	{                                                                \
		atomic_store_explicit(&p->value_, v, mo);                \
	}
#define PORT_DEFINE_RMW_(type, T, name, op, order, mo)                      \
	static inline type port_##T##_##name##_##order(port_##T *p, type v) \
	{                                                                   \
		return atomic_##op##_explicit(&p->value_, v, mo);           \
	}
#define PORT_DEFINE_CAS_(type, T, order, mo, failed)                                               \
	static inline bool port_##T##_cas_##order(port_##T *p, type *expected, type v)             \
	{                                                                                          \
		if (PORT_CAS_SPURIOUS()) {                                                         \
			*expected = atomic_load_explicit(&p->value_, failed);                      \
			return false;                                                              \
		}                                                                                  \
		return atomic_compare_exchange_weak_explicit(&p->value_, expected, v, mo, failed); \
	}

#define PORT_DEFINE_ATOMIC_(type, T)                                                   \
	static inline void port_##T##_init(port_##T *p, type v)                        \
	{                                                                              \
		atomic_init(&p->value_, v);                                            \
	}                                                                              \
	PORT_DEFINE_LOAD_(type, T, relaxed, memory_order_relaxed)                      \
	PORT_DEFINE_LOAD_(type, T, acquire, memory_order_acquire)                      \
	PORT_DEFINE_LOAD_(type, T, seq_cst, memory_order_seq_cst)                      \
	PORT_DEFINE_STORE_(type, T, relaxed, memory_order_relaxed)                     \
	PORT_DEFINE_STORE_(type, T, release, memory_order_release)                     \
	PORT_DEFINE_STORE_(type, T, seq_cst, memory_order_seq_cst)                     \
	PORT_DEFINE_RMW_(type, T, xchg, exchange, acq_rel, memory_order_acq_rel)       \
	PORT_DEFINE_RMW_(type, T, xchg, exchange, seq_cst, memory_order_seq_cst)       \
	PORT_DEFINE_CAS_(type, T, relaxed, memory_order_relaxed, memory_order_relaxed) \
	PORT_DEFINE_CAS_(type, T, acq_rel, memory_order_acq_rel, memory_order_acquire) \
	PORT_DEFINE_CAS_(type, T, seq_cst, memory_order_seq_cst, memory_order_acquire)

#define PORT_DEFINE_ARITHMETIC_(type, T)                                         \
	PORT_DEFINE_RMW_(type, T, add, fetch_add, relaxed, memory_order_relaxed) \
	PORT_DEFINE_RMW_(type, T, add, fetch_add, release, memory_order_release) \
	PORT_DEFINE_RMW_(type, T, add, fetch_add, acq_rel, memory_order_acq_rel) \
	PORT_DEFINE_RMW_(type, T, add, fetch_add, seq_cst, memory_order_seq_cst) \
	PORT_DEFINE_RMW_(type, T, or, fetch_or, seq_cst, memory_order_seq_cst)   \
	PORT_DEFINE_RMW_(type, T, and, fetch_and, seq_cst, memory_order_seq_cst)

PORT_DEFINE_LOAD_(uint8_t, u8, relaxed, memory_order_relaxed)
PORT_DEFINE_STORE_(uint8_t, u8, relaxed, memory_order_relaxed)
PORT_DEFINE_ATOMIC_(uint32_t, u32)
PORT_DEFINE_ATOMIC_(uint64_t, u64)
PORT_DEFINE_ATOMIC_(void *, ptr)
PORT_DEFINE_ARITHMETIC_(uint32_t, u32)
PORT_DEFINE_ARITHMETIC_(uint64_t, u64)

/*
 * ThreadSanitizer does not know fences, and gcc says so. It will not see the
 * edges that they give: what a fence orders must be atomic on both sides, or
 * ThreadSanitizer reports it.
 */
#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif

static inline void port_fence_acquire(void)
{
	atomic_thread_fence(memory_order_acquire);
}

static inline void port_fence_seq_cst(void)
{
	atomic_thread_fence(memory_order_seq_cst);
}

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
