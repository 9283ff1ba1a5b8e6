/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * operation.h - what the inline half of the port tells the model.
 *
 * One word, the code, says what is done, in which memory order, on how many
 * bytes and in which line; it is a constant, so that a step costs a call with
 * everything in registers.
 */
#ifndef IOASID_MODEL_OPERATION_H
#define IOASID_MODEL_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum model_operation {
	MODEL_OP_LOAD,
	MODEL_OP_STORE,
	MODEL_OP_XCHG,
	MODEL_OP_ADD,
	MODEL_OP_OR,
	MODEL_OP_AND,
	MODEL_OP_CAS,
	MODEL_OP_FENCE,
	MODEL_OP_GET,
	MODEL_OP_SET,
	MODEL_OP_RELAX,
	MODEL_OP_READ_LOCK,
	MODEL_OP_READ_UNLOCK,
	MODEL_OP_SYNCHRONIZE,
	MODEL_OP_GRACE_END,
	MODEL_OP_WAIT,
	MODEL_OP_WOKEN,
	MODEL_OP_WAKE,
	MODEL_OP_NOW,
	MODEL_OP_ADVANCE,
	MODEL_OP_ALLOC,
	MODEL_OP_FREE,
	MODEL_OP_PAUSE,
	MODEL_OP_COUNT
};

/* The bits say what an order includes. */
enum model_order {
	MODEL_MO_RELAXED = 0,
	MODEL_MO_ACQUIRE = 1,
	MODEL_MO_RELEASE = 2,
	MODEL_MO_ACQ_REL = 3,
	MODEL_MO_SEQ_CST = 7,
	MODEL_MO_PLAIN = 8
};

/* Bits 0 to 4 operation, 5 to 8 order, 9 the size is 8, 11 it is 1 (else 4), 12 to 31 line. */
#define MODEL_OPERATION(op) ((uint32_t)MODEL_OP_##op)
#define MODEL_ORDER(order) ((uint32_t)MODEL_MO_##order << 5)
#define MODEL_SIZE(type) (sizeof(type) == 8 ? (uint32_t)1 << 9 : sizeof(type) == 1 ? (uint32_t)1 << 11 : 0u)
/* Bit 10: the compare-and-swap failed; the model says so to its own trace. */
#define MODEL_CODE_FAILED ((uint32_t)1 << 10)
#define MODEL_CODE_OPERATION(code) ((enum model_operation)((code)&31u))
#define MODEL_CODE_ORDER(code) (((code) >> 5) & 15u)
#define MODEL_CODE_SIZE(code) (((code) & ((uint32_t)1 << 9)) != 0 ? 8u : ((code) & ((uint32_t)1 << 11)) != 0 ? 1u : 4u)
#define MODEL_CODE_LINE(code) ((code) >> 12)

void model_atomic_init(void *p, uint64_t value, size_t size);
uint64_t model_atomic_load(const void *p, uint32_t code, const char *file, const char *text);
void model_atomic_store(void *p, uint64_t value, uint32_t code, const char *file, const char *text);
uint64_t model_atomic_change(void *p, uint64_t value, uint32_t code, const char *file, const char *text);
bool model_atomic_cas(void *p, uint64_t *expected, uint64_t value, uint32_t code, const char *file, const char *text);
void model_fence(uint32_t code, const char *file);
void model_fence_light(uint32_t code, const char *file);
void model_plain_read(const void *p, size_t size, uint32_t code, const char *file, const char *text);
void model_plain_wrote(const void *p, size_t size, uint32_t code, const char *file, const char *text);
void model_relax(uint32_t code, const char *file);
void model_read_lock(uint32_t code, const char *file);
void model_read_unlock(uint32_t code, const char *file);
uint32_t model_shard(void);
void model_assert_failed(const char *condition, const char *file, int line);
void model_traced(const char *event, uint64_t id, uint64_t generation, uint64_t value);

#endif
