/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The posix port (Linux, with glibc or musl), inline half: C11 atomics, liburcu's
 * bulletproof flavour (no thread has to register by hand), the CPU number from
 * glibc's rseq area. What a host must know of fork, dlclose and signals is in
 * PORTING.md.
 */
#ifndef IOASID_PORT_IMPL_H
#define IOASID_PORT_IMPL_H

#include "../c11_atomics.h"

/*
 * Short enough to inline under any licence, says the header itself. The shared
 * counterparts are several times slower because they are calls.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wgnu-statement-expression"
#include <urcu/static/urcu-bp.h>
#include <urcu/urcu-bp.h>
#pragma GCC diagnostic pop

#include <assert.h>

#if defined(__has_include) && defined(__has_builtin)
#if __has_include(<sys/rseq.h>) && __has_builtin(__builtin_thread_pointer)
#include <sys/rseq.h>
#define PORT_HAVE_RSEQ 1
#endif
#endif

#ifdef __SANITIZE_THREAD__
#define PORT_TSAN 1
#endif
#ifdef __SANITIZE_ADDRESS__
#define PORT_ASAN 1
#endif
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define PORT_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define PORT_ASAN 1
#endif
#endif

#ifdef PORT_TSAN
#include <sanitizer/tsan_interface.h>
/* liburcu is not instrumented: tell ThreadSanitizer of the one edge that the core relies on. */
extern char ioasid_port_grace_tag;
#endif

#define PORT_CACHELINE 64
#define PORT_SHARDS 64
#define PORT_CHUNK_SHIFT 9
#define PORT_GEN_BITS 30
#define PORT_REF_BITS 10
#define PORT_BIND_BITS 9
#define PORT_PIN_BITS 9
#define PORT_CLOCK_START 1u

#define port_plain_get(field) (field)
#define port_plain_set(field, v) ((void)((field) = (v)))

/* sizeof: what only a check looks at is used in a release build, too, and costs nothing. */
#ifdef NDEBUG
#define port_assert(cond) ((void)sizeof(!(cond)))
#else
#define port_assert(cond) assert(cond)
#endif

#ifdef IOASID_USDT
#include <sys/sdt.h>
#define port_trace(event, id, generation, value) DTRACE_PROBE3(libioasid, event, id, generation, value)
#else
#define port_trace(event, id, generation, value) ((void)(id), (void)(generation), (void)(value))
#endif

static inline void port_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory"); /* yield is a no-operation on most cores */
#endif
}

static inline uint32_t port_shard_hint(void)
{
#ifdef PORT_HAVE_RSEQ
	/* Not 0 where glibc did register; a thread for which it did not reads CPU 0. */
	if (__rseq_size != 0) {
		const struct rseq *area =
			(const struct rseq *)(const void *)((const char *)__builtin_thread_pointer() + __rseq_offset);
		return *(const volatile uint32_t *)&area->cpu_id_start;
	}
#endif
	/* Threads instead: by where each keeps its own. */
	return (uint32_t)((uintptr_t)&URCU_TLS(urcu_bp_reader) >> 12) * UINT32_C(0x9e3779b1) >> 16;
}

static inline unsigned port_ctz64(uint64_t x)
{
	return (unsigned)__builtin_ctzll(x);
}

/* Not the builtin: without the instruction in the baseline it is a call into libgcc. */
static inline unsigned port_popcount64(uint64_t x)
{
	x = x - ((x >> 1) & UINT64_C(0x5555555555555555));
	x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)((x * UINT64_C(0x0101010101010101)) >> 56);
}

/*
 * Under a sanitizer liburcu's own functions: the inline ones would show it the
 * registry of liburcu, whose locks ThreadSanitizer cannot see, and whose records
 * are not aligned as they are declared.
 */
static inline void port_read_lock(void)
{
#if defined(PORT_TSAN) || defined(PORT_ASAN)
	urcu_bp_read_lock();
#else
	_urcu_bp_read_lock();
#endif
}

#define PORT_FENCE_LIGHT 1

/* Set before main(), if the kernel has all threads of a process pass a fence on request. */
extern bool ioasid_port_membarrier __attribute__((__visibility__("hidden")));

static inline void port_fence_light(void)
{
	if (caa_likely(ioasid_port_membarrier))
		atomic_signal_fence(memory_order_seq_cst); /* the compiler's */
	else
		port_fence_seq_cst();
}

#define PORT_READ_TRYLOCK 1

/* A thread's first read section registers it, which is a call. */
static inline bool port_read_trylock(void)
{
#if !defined(PORT_TSAN) && !defined(PORT_ASAN)
	if (caa_unlikely(URCU_TLS(urcu_bp_reader) == NULL))
		return false;
#endif
	port_read_lock();
	return true;
}

static inline void port_read_unlock(void)
{
#ifdef PORT_TSAN
	__tsan_release(&ioasid_port_grace_tag);
#endif
#if defined(PORT_TSAN) || defined(PORT_ASAN)
	urcu_bp_read_unlock();
#else
	_urcu_bp_read_unlock();
#endif
}

#endif
