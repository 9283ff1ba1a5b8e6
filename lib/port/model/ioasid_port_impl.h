/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The model port, inline half: every atomic operation is a call into the model,
 * with the line of the core that makes it. See model.h for what the model does.
 *
 * The widths are shrunk so that exploration reaches exhaustion, wrap and
 * saturation within a few steps; a build may override each of them.
 */
#ifndef IOASID_PORT_IMPL_H
#define IOASID_PORT_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "operation.h"

#define PORT_CACHELINE 64
#ifndef PORT_SHARDS
#define PORT_SHARDS 2
#endif
#ifndef PORT_CHUNK_SHIFT
#define PORT_CHUNK_SHIFT 4
#endif
/* Few, so that making them is few steps. */
#ifndef PORT_POOL_SHIFT
#define PORT_POOL_SHIFT 2
#endif
#ifndef PORT_GEN_BITS
#define PORT_GEN_BITS 3
#endif
#ifndef PORT_REF_BITS
#define PORT_REF_BITS 3
#endif
#ifndef PORT_BIND_BITS
#define PORT_BIND_BITS 4
#endif
#ifndef PORT_PIN_BITS
#define PORT_PIN_BITS 2
#endif
/* Close to the wrap, so that every scenario that lives long enough crosses it. */
#ifndef PORT_CLOCK_START
#define PORT_CLOCK_START 0xfffffffeu
#endif

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

#define MODEL_TO_WORD_u8(v) ((uint64_t)(v))
#define MODEL_TO_WORD_u32(v) ((uint64_t)(v))
#define MODEL_TO_WORD_u64(v) (v)
#define MODEL_TO_WORD_ptr(v) ((uint64_t)(uintptr_t)(v))
#define MODEL_FROM_WORD_u8(w) ((uint8_t)(w))
#define MODEL_FROM_WORD_u32(w) ((uint32_t)(w))
#define MODEL_FROM_WORD_u64(w) (w)
#define MODEL_FROM_WORD_ptr(w) ((void *)(uintptr_t)(w))

/* A byte is only loaded and stored. */
#define MODEL_DEFINE_LOAD_STORE_(type, T)                                                                            \
	static inline type model_##T##_load(const port_##T *p, uint32_t code, const char *file, const char *text)    \
	{                                                                                                            \
		uint64_t word = model_atomic_load(&p->value_, code | MODEL_SIZE(type), file, text);                  \
		return MODEL_FROM_WORD_##T(word);                                                                    \
	}                                                                                                            \
	static inline void model_##T##_store(port_##T *p, type v, uint32_t code, const char *file, const char *text) \
	{                                                                                                            \
		model_atomic_store(&p->value_, MODEL_TO_WORD_##T(v), code | MODEL_SIZE(type), file, text);           \
	}

#define MODEL_DEFINE_TYPE_(type, T)                                                                                   \
	static inline void model_##T##_init(port_##T *p, type v)                                                      \
	{                                                                                                             \
		model_atomic_init(&p->value_, MODEL_TO_WORD_##T(v), sizeof(type));                                    \
	}                                                                                                             \
	MODEL_DEFINE_LOAD_STORE_(type, T)                                                                             \
	static inline type model_##T##_change(port_##T *p, type v, uint32_t code, const char *file, const char *text) \
	{                                                                                                             \
		uint64_t word =                                                                                       \
			model_atomic_change(&p->value_, MODEL_TO_WORD_##T(v), code | MODEL_SIZE(type), file, text);   \
		return MODEL_FROM_WORD_##T(word);                                                                     \
	}                                                                                                             \
	static inline bool model_##T##_cas(port_##T *p, type *expected, type v, uint32_t code, const char *file,      \
	                                   const char *text)                                                          \
	{                                                                                                             \
		uint64_t seen = MODEL_TO_WORD_##T(*expected);                                                         \
		bool done = model_atomic_cas(&p->value_, &seen, MODEL_TO_WORD_##T(v), code | MODEL_SIZE(type), file,  \
		                             text);                                                                   \
		*expected = MODEL_FROM_WORD_##T(seen);                                                                \
		return done;                                                                                          \
	}

MODEL_DEFINE_LOAD_STORE_(uint8_t, u8)
MODEL_DEFINE_TYPE_(uint32_t, u32)
MODEL_DEFINE_TYPE_(uint64_t, u64)
MODEL_DEFINE_TYPE_(void *, ptr)

#define MODEL_CODE_(op, order) (((uint32_t)__LINE__ << 12) | MODEL_OPERATION(op) | MODEL_ORDER(order))
#define MODEL_LOAD_(T, p, order) model_##T##_load((p), MODEL_CODE_(LOAD, order), __FILE__, #p)
#define MODEL_STORE_(T, p, v, order) model_##T##_store((p), (v), MODEL_CODE_(STORE, order), __FILE__, #p)
#define MODEL_CHANGE_(T, op, p, v, order) model_##T##_change((p), (v), MODEL_CODE_(op, order), __FILE__, #p)
#define MODEL_CAS_(T, p, e, v, order) model_##T##_cas((p), (e), (v), MODEL_CODE_(CAS, order), __FILE__, #p)

#define port_u8_load_relaxed(p) MODEL_LOAD_(u8, p, RELAXED)
#define port_u8_store_relaxed(p, v) MODEL_STORE_(u8, p, v, RELAXED)

#define port_u32_init(p, v) model_u32_init((p), (v))
#define port_u32_load_relaxed(p) MODEL_LOAD_(u32, p, RELAXED)
#define port_u32_load_acquire(p) MODEL_LOAD_(u32, p, ACQUIRE)
#define port_u32_load_seq_cst(p) MODEL_LOAD_(u32, p, SEQ_CST)
#define port_u32_store_relaxed(p, v) MODEL_STORE_(u32, p, v, RELAXED)
#define port_u32_store_release(p, v) MODEL_STORE_(u32, p, v, RELEASE)
#define port_u32_store_seq_cst(p, v) MODEL_STORE_(u32, p, v, SEQ_CST)
#define port_u32_xchg_acq_rel(p, v) MODEL_CHANGE_(u32, XCHG, p, v, ACQ_REL)
#define port_u32_xchg_seq_cst(p, v) MODEL_CHANGE_(u32, XCHG, p, v, SEQ_CST)
#define port_u32_cas_relaxed(p, e, v) MODEL_CAS_(u32, p, e, v, RELAXED)
#define port_u32_cas_acq_rel(p, e, v) MODEL_CAS_(u32, p, e, v, ACQ_REL)
#define port_u32_cas_seq_cst(p, e, v) MODEL_CAS_(u32, p, e, v, SEQ_CST)
#define port_u32_add_relaxed(p, v) MODEL_CHANGE_(u32, ADD, p, v, RELAXED)
#define port_u32_add_release(p, v) MODEL_CHANGE_(u32, ADD, p, v, RELEASE)
#define port_u32_add_acq_rel(p, v) MODEL_CHANGE_(u32, ADD, p, v, ACQ_REL)
#define port_u32_add_seq_cst(p, v) MODEL_CHANGE_(u32, ADD, p, v, SEQ_CST)
#define port_u32_or_seq_cst(p, v) MODEL_CHANGE_(u32, OR, p, v, SEQ_CST)
#define port_u32_and_seq_cst(p, v) MODEL_CHANGE_(u32, AND, p, v, SEQ_CST)

#define port_u64_init(p, v) model_u64_init((p), (v))
#define port_u64_load_relaxed(p) MODEL_LOAD_(u64, p, RELAXED)
#define port_u64_load_acquire(p) MODEL_LOAD_(u64, p, ACQUIRE)
#define port_u64_load_seq_cst(p) MODEL_LOAD_(u64, p, SEQ_CST)
#define port_u64_store_relaxed(p, v) MODEL_STORE_(u64, p, v, RELAXED)
#define port_u64_store_release(p, v) MODEL_STORE_(u64, p, v, RELEASE)
#define port_u64_store_seq_cst(p, v) MODEL_STORE_(u64, p, v, SEQ_CST)
#define port_u64_xchg_acq_rel(p, v) MODEL_CHANGE_(u64, XCHG, p, v, ACQ_REL)
#define port_u64_xchg_seq_cst(p, v) MODEL_CHANGE_(u64, XCHG, p, v, SEQ_CST)
#define port_u64_cas_relaxed(p, e, v) MODEL_CAS_(u64, p, e, v, RELAXED)
#define port_u64_cas_acq_rel(p, e, v) MODEL_CAS_(u64, p, e, v, ACQ_REL)
#define port_u64_cas_seq_cst(p, e, v) MODEL_CAS_(u64, p, e, v, SEQ_CST)
#define port_u64_add_relaxed(p, v) MODEL_CHANGE_(u64, ADD, p, v, RELAXED)
#define port_u64_add_release(p, v) MODEL_CHANGE_(u64, ADD, p, v, RELEASE)
#define port_u64_add_acq_rel(p, v) MODEL_CHANGE_(u64, ADD, p, v, ACQ_REL)
#define port_u64_add_seq_cst(p, v) MODEL_CHANGE_(u64, ADD, p, v, SEQ_CST)
#define port_u64_or_seq_cst(p, v) MODEL_CHANGE_(u64, OR, p, v, SEQ_CST)
#define port_u64_and_seq_cst(p, v) MODEL_CHANGE_(u64, AND, p, v, SEQ_CST)

#define port_ptr_init(p, v) model_ptr_init((p), (v))
#define port_ptr_load_relaxed(p) MODEL_LOAD_(ptr, p, RELAXED)
#define port_ptr_load_acquire(p) MODEL_LOAD_(ptr, p, ACQUIRE)
#define port_ptr_load_seq_cst(p) MODEL_LOAD_(ptr, p, SEQ_CST)
#define port_ptr_store_relaxed(p, v) MODEL_STORE_(ptr, p, v, RELAXED)
#define port_ptr_store_release(p, v) MODEL_STORE_(ptr, p, v, RELEASE)
#define port_ptr_store_seq_cst(p, v) MODEL_STORE_(ptr, p, v, SEQ_CST)
#define port_ptr_xchg_acq_rel(p, v) MODEL_CHANGE_(ptr, XCHG, p, v, ACQ_REL)
#define port_ptr_xchg_seq_cst(p, v) MODEL_CHANGE_(ptr, XCHG, p, v, SEQ_CST)
#define port_ptr_cas_relaxed(p, e, v) MODEL_CAS_(ptr, p, e, v, RELAXED)
#define port_ptr_cas_acq_rel(p, e, v) MODEL_CAS_(ptr, p, e, v, ACQ_REL)
#define port_ptr_cas_seq_cst(p, e, v) MODEL_CAS_(ptr, p, e, v, SEQ_CST)

#define port_fence_acquire() model_fence(MODEL_CODE_(FENCE, ACQUIRE), __FILE__)
#define port_fence_seq_cst() model_fence(MODEL_CODE_(FENCE, SEQ_CST), __FILE__)

#define PORT_FENCE_LIGHT 1
#define port_fence_light() model_fence_light(MODEL_CODE_(FENCE, SEQ_CST), __FILE__)

/* The write is noted after it was made: its value may contain operations of its own. */
#define port_plain_get(field) \
	(model_plain_read(&(field), sizeof(field), MODEL_CODE_(GET, PLAIN), __FILE__, #field), (field))
#define port_plain_set(field, v) \
	((void)((field) = (v)), model_plain_wrote(&(field), sizeof(field), MODEL_CODE_(SET, PLAIN), __FILE__, #field))

#define port_relax() model_relax(MODEL_CODE_(RELAX, PLAIN), __FILE__)
#define port_read_lock() model_read_lock(MODEL_CODE_(READ_LOCK, PLAIN), __FILE__)
#define port_read_unlock() model_read_unlock(MODEL_CODE_(READ_UNLOCK, PLAIN), __FILE__)
#define port_shard_hint() model_shard()
#define port_assert(cond) ((cond) ? (void)0 : model_assert_failed(#cond, __FILE__, __LINE__))
#define port_trace(event, id, generation, value) \
	model_traced(#event, (uint64_t)(id), (uint64_t)(generation), (uint64_t)(value))

static inline unsigned port_ctz64(uint64_t x)
{
	return (unsigned)__builtin_ctzll(x);
}

static inline unsigned port_popcount64(uint64_t x)
{
	return (unsigned)__builtin_popcountll(x);
}

#endif
