/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The Linux kernel's port, inline half: its own atomics, its own RCU, tracepoints.
 *
 * The orders of Linux's memory model are not named as C11's are. What has a value
 * and no suffix is fully ordered there, which is acq_rel and seq_cst here; a
 * seq_cst load is a full barrier and then an acquire (but see below), a seq_cst
 * store an exchange.
 * A swap that failed orders nothing there: the acquire is added.
 */
#ifndef IOASID_PORT_IMPL_H
#define IOASID_PORT_IMPL_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "libioasid needs Linux 6.1 or newer: it is tested with 6.1 and 6.12, and with nothing older."
#endif

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/tracepoint-defs.h>
#include <linux/types.h>

#include <stdint.h>

typedef struct {
	u8 value_;
} port_u8;

typedef struct {
	atomic_t value_;
} port_u32;

/* Aligned by the type itself, also where an s64 is not. */
typedef struct {
	atomic64_t value_;
} port_u64;

typedef struct {
	void *value_;
} port_ptr;

/*
 * A seq_cst load comes after the seq_cst stores before it. x86 lets a load overtake
 * only plain stores of its own CPU's, and a seq_cst store is an exchange here: so
 * nothing is needed there, as every C11 compiler knows. KCSAN is to see Linux's
 * model, not the machine's.
 */
#if defined(CONFIG_X86) && !defined(CONFIG_KCSAN)
#define port_before_load_seq_cst_() barrier()
#else
#define port_before_load_seq_cst_() smp_mb() /* after every store of this CPU's */
#endif

#define PORT_DEFINE_LOAD_STORE_(type, T, raw, name)                      \
	static inline void port_##T##_init(port_##T *p, type v)          \
	{                                                                \
		name##_set(&p->value_, (raw)v);                          \
	}                                                                \
	static inline type port_##T##_load_relaxed(const port_##T *p)    \
	{                                                                \
		return (type)name##_read(&p->value_);                    \
	}                                                                \
	static inline type port_##T##_load_acquire(const port_##T *p)    \
	{                                                                \
		return (type)name##_read_acquire(&p->value_);            \
	}                                                                \
	static inline type port_##T##_load_seq_cst(const port_##T *p)    \
	{                                                                \
		port_before_load_seq_cst_();                             \
		return (type)name##_read_acquire(&p->value_);            \
	}                                                                \
	static inline void port_##T##_store_relaxed(port_##T *p, type v) \
	{                                                                \
		name##_set(&p->value_, (raw)v);                          \
	}                                                                \
	static inline void port_##T##_store_release(port_##T *p, type v) \
	{                                                                \
		name##_set_release(&p->value_, (raw)v);                  \
	}                                                                \
	static inline void port_##T##_store_seq_cst(port_##T *p, type v) \
	{                                                                \
		(void)name##_xchg(&p->value_, (raw)v);                   \
	}                                                                \
	static inline type port_##T##_xchg_acq_rel(port_##T *p, type v)  \
	{                                                                \
		return (type)name##_xchg(&p->value_, (raw)v);            \
	}                                                                \
	static inline type port_##T##_xchg_seq_cst(port_##T *p, type v)  \
	{                                                                \
		return (type)name##_xchg(&p->value_, (raw)v);            \
	}

#define PORT_DEFINE_CAS_(type, T, raw, order, swap, failed)                            \
	static inline bool port_##T##_cas_##order(port_##T *p, type *expected, type v) \
	{                                                                              \
		raw seen = (raw)*expected;                                             \
                                                                                       \
		if (likely(swap(&p->value_, &seen, (raw)v)))                           \
			return true;                                                   \
		failed;                                                                \
		*expected = (type)seen;                                                \
		return false;                                                          \
	}

#define PORT_DEFINE_RMW_(type, T, raw, name, order, operation)              \
	static inline type port_##T##_##name##_##order(port_##T *p, type v) \
	{                                                                   \
		return (type)operation((raw)v, &p->value_);                 \
	}

#define PORT_DEFINE_ATOMIC_(type, T, raw, name)                                                    \
	PORT_DEFINE_LOAD_STORE_(type, T, raw, name)                                                \
	PORT_DEFINE_CAS_(type, T, raw, relaxed, name##_try_cmpxchg_relaxed, (void)0)               \
	PORT_DEFINE_CAS_(type, T, raw, acq_rel, name##_try_cmpxchg, smp_acquire__after_ctrl_dep()) \
	PORT_DEFINE_CAS_(type, T, raw, seq_cst, name##_try_cmpxchg, smp_acquire__after_ctrl_dep()) \
	PORT_DEFINE_RMW_(type, T, raw, add, relaxed, name##_fetch_add_relaxed)                     \
	PORT_DEFINE_RMW_(type, T, raw, add, release, name##_fetch_add_release)                     \
	PORT_DEFINE_RMW_(type, T, raw, add, acq_rel, name##_fetch_add)                             \
	PORT_DEFINE_RMW_(type, T, raw, add, seq_cst, name##_fetch_add)                             \
	PORT_DEFINE_RMW_(type, T, raw, or, seq_cst, name##_fetch_or)                               \
	PORT_DEFINE_RMW_(type, T, raw, and, seq_cst, name##_fetch_and)

PORT_DEFINE_ATOMIC_(uint32_t, u32, int, atomic)
PORT_DEFINE_ATOMIC_(uint64_t, u64, s64, atomic64)

/* Pointers have no type of their own in Linux, only its macros for any word. */
#define port_word_set(p, v) WRITE_ONCE(*(p), v)
#define port_word_read(p) READ_ONCE(*(p))
#define port_word_read_acquire(p) smp_load_acquire(p)
#define port_word_set_release(p, v) smp_store_release(p, v)
#define port_word_xchg(p, v) xchg(p, v)

static inline uint8_t port_u8_load_relaxed(const port_u8 *p)
{
	return READ_ONCE(p->value_);
}

static inline void port_u8_store_relaxed(port_u8 *p, uint8_t v)
{
	WRITE_ONCE(p->value_, v);
}

PORT_DEFINE_LOAD_STORE_(void *, ptr, void *, port_word)
PORT_DEFINE_CAS_(void *, ptr, void *, relaxed, try_cmpxchg_relaxed, (void)0)
PORT_DEFINE_CAS_(void *, ptr, void *, acq_rel, try_cmpxchg, smp_acquire__after_ctrl_dep())
PORT_DEFINE_CAS_(void *, ptr, void *, seq_cst, try_cmpxchg, smp_acquire__after_ctrl_dep())

/* C11's orders the loads before it with all that comes after; of Linux's barriers only the full one does. */
static inline void port_fence_acquire(void)
{
	smp_mb(); /* between the loads before and everything after */
}

static inline void port_fence_seq_cst(void)
{
	smp_mb(); /* between what the core stored and what it looks at next */
}

#define PORT_CACHELINE L1_CACHE_BYTES
#define PORT_SHARDS 64
#define PORT_CLOCK_START 1u
/* Tests have smaller ones. */
#ifndef PORT_GEN_BITS
#define PORT_CHUNK_SHIFT 9
#define PORT_GEN_BITS 30
#define PORT_REF_BITS 10
#define PORT_BIND_BITS 9
#define PORT_PIN_BITS 9
#endif

/* Not READ_ONCE(): KCSAN is to see it if these are not ordered by something else. */
#define port_plain_get(field) (field)
#define port_plain_set(field, v) ((void)((field) = (v)))

#ifdef IOASID_DEBUG
#define port_assert(cond) ((void)WARN_ON_ONCE(!(cond)))
#else
#define port_assert(cond) ((void)sizeof(!(cond)))
#endif

#if defined(CONFIG_TRACEPOINTS) && !defined(IOASID_NO_TRACE)
/*
 * The events are in trace.h, which the core need not see: here is only the test
 * whether anybody listens, a jump that is patched in when somebody does.
 */
DECLARE_TRACEPOINT(libioasid_birth);
DECLARE_TRACEPOINT(libioasid_park);
DECLARE_TRACEPOINT(libioasid_rest);
void ioasid_port_trace_birth(u32 id, u32 generation, u64 value);
void ioasid_port_trace_park(u32 id, u32 generation, u64 value);
void ioasid_port_trace_rest(u32 id, u32 generation, u64 value);

#define port_trace(event, id, generation, value)                                \
	do {                                                                    \
		if (tracepoint_enabled(libioasid_##event))                      \
			ioasid_port_trace_##event((id), (generation), (value)); \
	} while (0)

#else
#define port_trace(event, id, generation, value) ((void)(id), (void)(generation), (void)(value))
#endif

static inline void port_relax(void)
{
	cpu_relax();
}

/* Raw: who is moved to another CPU in between has a number that is old, which is only slower. */
static inline uint32_t port_shard_hint(void)
{
	return (uint32_t)raw_smp_processor_id();
}

static inline unsigned port_ctz64(uint64_t x)
{
	return (unsigned)__ffs64(x);
}

static inline unsigned port_popcount64(uint64_t x)
{
	return (unsigned)hweight64(x);
}

static inline void port_read_lock(void)
{
	rcu_read_lock();
}

static inline void port_read_unlock(void)
{
	rcu_read_unlock();
}

#endif
