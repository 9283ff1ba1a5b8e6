/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* arena.h - the memory that the core has, in cache lines. */
#ifndef IOASID_COHERENCE_ARENA_H
#define IOASID_COHERENCE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define LINE_SHIFT 6u
#define LINE_SIZE (1u << LINE_SHIFT)
#define ARENA_SHIFT 27u
#define ARENA_LINES (1u << (ARENA_SHIFT - LINE_SHIFT))
#define ARENA_OUTSIDE SIZE_MAX

/* arena_reset() - all blocks are gone. */
void arena_reset(void);

/* arena_take() - zeroed lines, which the running core has alone. NULL: full. */
void *arena_take(size_t size);
void arena_give(void *block, size_t size);

/* arena_offset() - of an address, or ARENA_OUTSIDE. */
size_t arena_offset(const volatile void *where);

/* arena_block() - the start of the block that @where is in. */
void *arena_block(const volatile void *where);
/* arena_mark() - one byte for each block, 0 when it is taken. */
uint8_t *arena_mark(const void *block);

/* arena_memory() - zeroed memory of our own, or the end of the program. */
void *arena_memory(size_t count, size_t size);

#endif
