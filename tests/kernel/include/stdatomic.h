/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The compiler's own, as <stdatomic.h> would have it; the tests' atomics are not the kernel's, whose bugs they look for. */
#ifndef IOASID_TESTS_KERNEL_STDATOMIC_H
#define IOASID_TESTS_KERNEL_STDATOMIC_H

#include "kernel.h"

typedef _Atomic bool atomic_bool;
typedef _Atomic unsigned char atomic_uchar;
typedef _Atomic unsigned short atomic_ushort;
typedef _Atomic int atomic_int;
typedef _Atomic unsigned int atomic_uint;
typedef _Atomic unsigned long atomic_ulong;
typedef _Atomic unsigned long long atomic_ullong;
typedef _Atomic uint32_t atomic_uint_least32_t;
typedef _Atomic uint64_t atomic_uint_least64_t;

#define memory_order_relaxed __ATOMIC_RELAXED
#define memory_order_acquire __ATOMIC_ACQUIRE
#define memory_order_release __ATOMIC_RELEASE
#define memory_order_acq_rel __ATOMIC_ACQ_REL
#define memory_order_seq_cst __ATOMIC_SEQ_CST

#undef atomic_fetch_add
#undef atomic_fetch_sub
#undef atomic_fetch_or
#undef atomic_fetch_and
#define atomic_init(p, v) ((void)(*(p) = (v)))
#define atomic_load_explicit(p, mo)          \
	({                                   \
		__auto_type p_ = (p);        \
		__typeof__((void)0, *p_) v_; \
		__atomic_load(p_, &v_, mo);  \
		v_;                          \
	})
#define atomic_store_explicit(p, v, mo)            \
	({                                         \
		__auto_type p_ = (p);              \
		__typeof__((void)0, *p_) v_ = (v); \
		__atomic_store(p_, &v_, mo);       \
	})
#define atomic_exchange_explicit(p, v, mo)           \
	({                                           \
		__auto_type p_ = (p);                \
		__typeof__((void)0, *p_) v_ = (v);   \
		__typeof__((void)0, *p_) o_;         \
		__atomic_exchange(p_, &v_, &o_, mo); \
		o_;                                  \
	})
#define atomic_compare_exchange_strong(p, e, v)                                               \
	({                                                                                    \
		__auto_type p_ = (p);                                                         \
		__typeof__((void)0, *p_) v_ = (v);                                            \
		__atomic_compare_exchange(p_, e, &v_, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	})
#define atomic_compare_exchange_weak(p, e, v) atomic_compare_exchange_strong(p, e, v)
#define atomic_load(p) atomic_load_explicit(p, __ATOMIC_SEQ_CST)
#define atomic_store(p, v) atomic_store_explicit(p, v, __ATOMIC_SEQ_CST)
#define atomic_exchange(p, v) atomic_exchange_explicit(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_add_explicit(p, v, mo) __atomic_fetch_add(p, v, mo)
#define atomic_fetch_sub_explicit(p, v, mo) __atomic_fetch_sub(p, v, mo)
#define atomic_fetch_add(p, v) __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_sub(p, v) __atomic_fetch_sub(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_or(p, v) __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_and(p, v) __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)
#define atomic_thread_fence(mo) __atomic_thread_fence(mo)

#endif
