/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* atomic.h - the kernel's atomic operations, bit operations and reference counts on those of the compiler. */
#ifndef LINUX_SHIM_ATOMIC_H
#define LINUX_SHIM_ATOMIC_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/rseq.h>

typedef struct {
	int counter;
} atomic_t;
typedef struct {
	long counter;
} atomic_long_t;
typedef struct {
	atomic_t refs;
} refcount_t;

#define barrier() __asm__ volatile("" : : : "memory")
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) ((void)(*(volatile __typeof__(x) *)&(x) = (v)))
#define data_race(expression) (expression)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
/* On x86 an atomic operation is a full barrier by itself. */
#if defined(__x86_64__)
#define smp_mb__before_atomic() barrier()
#define smp_mb__after_atomic() barrier()
#else
#define smp_mb__before_atomic() smp_mb()
#define smp_mb__after_atomic() smp_mb()
#endif

#define xchg(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define atomic_read(v) READ_ONCE((v)->counter)
#define atomic_set(v, i) WRITE_ONCE((v)->counter, i)
#define atomic_add(i, v) ((void)__atomic_fetch_add(&(v)->counter, i, __ATOMIC_RELAXED))
#define atomic_inc(v) atomic_add(1, v)
#define atomic_dec(v) atomic_add(-1, v)
#define atomic_long_andnot(i, v) ((void)__atomic_fetch_and(&(v)->counter, ~(long)(i), __ATOMIC_RELAXED))
#define atomic_long_try_cmpxchg(v, old, new)                                                            \
	__atomic_compare_exchange_n(&(v)->counter, (long *)(old), (long)(new), false, __ATOMIC_SEQ_CST, \
	                            __ATOMIC_RELAXED)

static inline bool atomic_try_cmpxchg(atomic_t *v, void *old, int desired)
{
	return __atomic_compare_exchange_n(&v->counter, (int *)old, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static inline int atomic_cmpxchg(atomic_t *v, int old, int desired)
{
	(void)atomic_try_cmpxchg(v, &old, desired);
	return old;
}

/* As the kernel does it: a failing counter saturates, which nobody here lets it. */
static inline bool refcount_inc_not_zero(refcount_t *r)
{
	int old = atomic_read(&r->refs);

	do {
		if (old == 0)
			return false;
	} while (!__atomic_compare_exchange_n(&r->refs.counter, &old, old + 1, false, __ATOMIC_RELAXED,
	                                      __ATOMIC_RELAXED));
	return true;
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	if (__atomic_fetch_sub(&r->refs.counter, 1, __ATOMIC_RELEASE) != 1)
		return false;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return true;
}

#define refcount_set(r, n) atomic_set(&(r)->refs, n)
#define refcount_read(r) atomic_read(&(r)->refs)

static inline bool test_bit(unsigned long nr, const unsigned long *addr)
{
	return ((READ_ONCE(addr[nr / 64]) >> (nr % 64)) & 1) != 0;
}

static inline void __set_bit(unsigned long nr, unsigned long *addr)
{
	addr[nr / 64] |= 1UL << (nr % 64);
}

static inline void __clear_bit(unsigned long nr, unsigned long *addr)
{
	addr[nr / 64] &= ~(1UL << (nr % 64));
}

static inline bool __test_and_set_bit(unsigned long nr, unsigned long *addr)
{
	bool was = test_bit(nr, addr);

	__set_bit(nr, addr);
	return was;
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *addr)
{
	bool was = test_bit(nr, addr);

	__clear_bit(nr, addr);
	return was;
}

static inline void set_bit(unsigned long nr, unsigned long *addr)
{
	(void)__atomic_fetch_or(&addr[nr / 64], 1UL << (nr % 64), __ATOMIC_RELAXED);
}

static inline void clear_bit(unsigned long nr, unsigned long *addr)
{
	(void)__atomic_fetch_and(&addr[nr / 64], ~(1UL << (nr % 64)), __ATOMIC_RELAXED);
}

static inline bool test_and_set_bit_lock(unsigned long nr, unsigned long *addr)
{
	unsigned long bit = 1UL << (nr % 64);

	return (__atomic_fetch_or(&addr[nr / 64], bit, __ATOMIC_ACQUIRE) & bit) != 0;
}

/* From the area that the kernel keeps up to date for each thread, one load. */
static inline unsigned linux_cpu(void)
{
	const struct rseq *area =
		(const struct rseq *)(const void *)((const char *)__builtin_thread_pointer() + __rseq_offset);

	return __rseq_size != 0 ? READ_ONCE(area->cpu_id_start) : (unsigned)sched_getcpu();
}

#endif
