/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* pool.c - type-stable bindings: chunks that stay, and a tagged free stack. */
#include "binding.h"

#define NEXT_MASK UINT64_C(0xffffffff)

/* A free binding's letter link is not in use: the stack borrows the index of the next one there. */
static void set_next(struct binding *binding, uint32_t next)
{
	port_u32_store_relaxed(&binding->letter.bits, next); /* relaxed: published by the head's swap */
}

static void push(struct pool *pool, struct binding *first, struct binding *last)
{
	uint64_t head = port_u64_load_relaxed(&pool->free); /* relaxed: the swap checks it */
	uint64_t next;

	do {
		set_next(last, (uint32_t)(head & NEXT_MASK));
		next = ((head >> 32) + 1) << 32 | (first->index + 1);
		/* ACQ_REL [P3 -> P4]: what the last life left is before the next one. */
	} while (!port_u64_cas_acq_rel(&pool->free, &head, next));
}

static struct binding *pop(struct pool *pool)
{
	uint64_t head = port_u64_load_acquire(&pool->free); /* ACQUIRE [P4, from P3] */

	while ((head & NEXT_MASK) != 0) {
		struct binding *binding = pool_at(pool, (uint32_t)(head & NEXT_MASK) - 1);
		/* relaxed: may be another thread's by now; then the tag has moved and the swap fails. */
		uint64_t next = port_u32_load_relaxed(&binding->letter.bits);

		/* ACQ_REL [P4, from P3]. */
		if (port_u64_cas_acq_rel(&pool->free, &head, ((head >> 32) + 1) << 32 | next)) {
			port_u32_store_relaxed(&binding->letter.bits, 0); /* relaxed: ours alone */
			return binding;
		}
	}
	return NULL;
}

/*
 * The first chunk that is not there yet; its bindings go onto the stack. If there
 * are more than @known, look at the stack again: whoever adds one makes it known
 * first, and others should not add as many as they are. False: no memory, or no room.
 */
static bool grow(struct pool *pool, uint32_t *known)
{
	uint32_t c;
	uint32_t i;

	for (c = 0; c < POOL_CHUNKS; c++) {
		uint32_t count = UINT32_C(1) << POOL_FIRST_SHIFT << c;
		struct binding *chunk;
		void *there = NULL;

		if (port_ptr_load_acquire(&pool->chunk[c]) != NULL) /* ACQUIRE [P2, from P1] */
			continue;
		if (c > *known) {
			*known = c;
			return true;
		}
		chunk = memory_take(pool->memory, count * sizeof(*chunk));
		if (chunk == NULL)
			return false;
		for (i = 0; i < count; i++) {
			chunk[i].index = c << POOL_OFFSET_BITS | i;
			chunk[i].letter.kind = LETTER_BINDING;
			set_next(&chunk[i], chunk[i].index + 2);
		}
		while (there == NULL) {
			/* ACQ_REL [P1 -> P2]: the indices are there before the chunk. */
			if (port_ptr_cas_acq_rel(&pool->chunk[c], &there, chunk)) {
				push(pool, &chunk[0], &chunk[count - 1]);
				return true;
			}
		}
		memory_give(pool->memory, chunk, count * sizeof(*chunk));
		return true; /* another thread has grown it */
	}
	return false;
}

struct binding *pool_take(struct pool *pool)
{
	struct binding *binding = pop(pool);
	uint32_t known = 0;

	while (binding == NULL) {
		bool grown = grow(pool, &known);

		/* Refused memory, another thread may have had it: then there is one for us, too. */
		binding = pop(pool);
		if (binding == NULL && !grown)
			return NULL;
	}
	/* relaxed: a FREE binding is ours alone; OPEN publishes. Stale handles see the new generation. */
	port_u64_store_relaxed(&binding->word, (uint64_t)(binding_read(binding).generation + 1) << BINDING_GEN_SHIFT);
	binding->stage = STAGE_NONE;
	binding->leader = NULL;
	binding->member = NULL;
	binding->device = NULL;
	port_plain_set(binding->data, NULL);
	binding->behind = NULL;
	binding->commit = NULL;
	binding->tally.block = NULL;
	binding->waiting = 0;
	binding->unbinds = 0;
	binding->pending = false;
	binding->failed = false;
	binding->unused = false;
	binding->folded = false;
	binding->unbinding = false;
	binding->blocks = false;
	return binding;
}

void pool_give(struct pool *pool, struct binding *binding)
{
	/* A generation that would wrap is retired with its binding: a stale handle must never match. */
	if (binding_read(binding).generation != UINT32_MAX)
		push(pool, binding, binding);
}

void pool_fini(struct pool *pool)
{
	uint32_t c;

	for (c = 0; c < POOL_CHUNKS; c++)
		memory_give(pool->memory, port_ptr_load_relaxed(&pool->chunk[c]), /* relaxed: nobody else is left */
		            (sizeof(struct binding) << POOL_FIRST_SHIFT) << c);
}
