/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The coherence port, inline half: every atomic load, store and read-modify-write
 * of the core is an access to the directory. One OS thread plays all cores, one
 * call of the library after the other, so the atomics need not be atomic; a swap
 * fails where, at once, it would have (overlap.h). Widths are the posix port's, but for the
 * number of shards, which may be that of the cores.
 */
#ifndef IOASID_PORT_IMPL_H
#define IOASID_PORT_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#define PORT_CACHELINE 64
#define PORT_SHARDS 256
#define PORT_CHUNK_SHIFT 9
#define PORT_GEN_BITS 30
#define PORT_REF_BITS 10
#define PORT_BIND_BITS 9
#define PORT_PIN_BITS 9
#define PORT_CLOCK_START 1u

void directory_access(const volatile void *where, bool write);
uint32_t directory_core(void);
void overlap_wrote(const volatile void *where);
bool overlap_fails(const volatile void *where);
void coherence_read_lock(void);
void coherence_read_unlock(void);

typedef struct {
	uint8_t value_;
} port_u8;

typedef struct {
	uint32_t value_;
} port_u32;

typedef struct {
	uint64_t value_;
} port_u64;

typedef struct {
	void *value_;
} port_ptr;

/* Where the compiler shows plain accesses, too (plain.c), these are hits: the line is there by then. */
#define PORT_DEFINE_LOAD_(type, T, order)                             \
	static inline type port_##T##_load_##order(const port_##T *p) \
	{                                                             \
		directory_access(p, false);                           \
		return p->value_;                                     \
	}
#define PORT_DEFINE_STORE_(type, T, order)                               \
	static inline void port_##T##_store_##order(port_##T *p, type v) \
	{                                                                \
		directory_access(p, true);                               \
		p->value_ = v;                                           \
		overlap_wrote(p);                                        \
	}
#define PORT_DEFINE_RMW_(type, T, name, value, order)                       \
	static inline type port_##T##_##name##_##order(port_##T *p, type v) \
	{                                                                   \
		type old;                                                   \
                                                                            \
		directory_access(p, true);                                  \
		old = p->value_;                                            \
		p->value_ = (value);                                        \
		overlap_wrote(p);                                           \
		return old;                                                 \
	}
#define PORT_DEFINE_CAS_(type, T, order)                                               \
	static inline bool port_##T##_cas_##order(port_##T *p, type *expected, type v) \
	{                                                                              \
		directory_access(p, true);                                             \
		if (overlap_fails(p) || p->value_ != *expected) {                      \
			*expected = p->value_;                                         \
			return false;                                                  \
		}                                                                      \
		p->value_ = v;                                                         \
		overlap_wrote(p);                                                      \
		return true;                                                           \
	}

#define PORT_DEFINE_ATOMIC_(type, T)                            \
	static inline void port_##T##_init(port_##T *p, type v) \
	{                                                       \
		p->value_ = v;                                  \
		directory_access(p, true);                      \
	}                                                       \
	PORT_DEFINE_LOAD_(type, T, relaxed)                     \
	PORT_DEFINE_LOAD_(type, T, acquire)                     \
	PORT_DEFINE_LOAD_(type, T, seq_cst)                     \
	PORT_DEFINE_STORE_(type, T, relaxed)                    \
	PORT_DEFINE_STORE_(type, T, release)                    \
	PORT_DEFINE_STORE_(type, T, seq_cst)                    \
	PORT_DEFINE_RMW_(type, T, xchg, v, acq_rel)             \
	PORT_DEFINE_RMW_(type, T, xchg, v, seq_cst)             \
	PORT_DEFINE_CAS_(type, T, relaxed)                      \
	PORT_DEFINE_CAS_(type, T, acq_rel)                      \
	PORT_DEFINE_CAS_(type, T, seq_cst)

#define PORT_DEFINE_ARITHMETIC_(type, T)                 \
	PORT_DEFINE_RMW_(type, T, add, old + v, relaxed) \
	PORT_DEFINE_RMW_(type, T, add, old + v, release) \
	PORT_DEFINE_RMW_(type, T, add, old + v, acq_rel) \
	PORT_DEFINE_RMW_(type, T, add, old + v, seq_cst) \
	PORT_DEFINE_RMW_(type, T, or, old | v, seq_cst)  \
	PORT_DEFINE_RMW_(type, T, and, old &v, seq_cst)

PORT_DEFINE_LOAD_(uint8_t, u8, relaxed)
PORT_DEFINE_STORE_(uint8_t, u8, relaxed)
PORT_DEFINE_ATOMIC_(uint32_t, u32)
PORT_DEFINE_ATOMIC_(uint64_t, u64)
PORT_DEFINE_ATOMIC_(void *, ptr)
PORT_DEFINE_ARITHMETIC_(uint32_t, u32)
PORT_DEFINE_ARITHMETIC_(uint64_t, u64)

#define port_plain_get(field) (field)
#define port_plain_set(field, v) ((void)((field) = (v)))
#define port_assert(cond) ((void)sizeof(!(cond)))
#define port_trace(event, id, generation, value) ((void)(id), (void)(generation), (void)(value))
#define port_fence_acquire() ((void)0)
#define port_fence_seq_cst() ((void)0)
#define port_relax() ((void)0)
#define port_read_lock() coherence_read_lock()
#define port_read_unlock() coherence_read_unlock()

static inline uint32_t port_shard_hint(void)
{
	return directory_core();
}

static inline unsigned port_ctz64(uint64_t x)
{
	return (unsigned)__builtin_ctzll(x);
}

static inline unsigned port_popcount64(uint64_t x)
{
	return (unsigned)__builtin_popcountll(x);
}

#endif
