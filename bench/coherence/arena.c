/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* arena.c - the memory that the core has: blocks one after the other, used again by size. */
#include "arena.h"

#include "directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZES_MAX 16u

/* Blocks of one size that were given back: the first, and in each block the next. */
struct spare {
	size_t size;
	void *first;
};

static char *arena;
static size_t used;
static struct spare spares[SIZES_MAX];
/* Of each line: the first line of its block; and of that one, the block's mark. */
static uint32_t *starts;
static uint8_t *marks;

void *arena_memory(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL) {
		(void)fprintf(stderr, "ioasid-bench-coherence: no memory\n");
		exit(1);
	}
	return memory;
}

void arena_reset(void)
{
	if (starts == NULL) {
		/* One line more than is used, so that it can begin with a line. */
		arena = arena_memory(ARENA_LINES + 1, LINE_SIZE);
		arena += LINE_SIZE - (uintptr_t)arena % LINE_SIZE;
		starts = arena_memory(ARENA_LINES, sizeof(*starts));
		marks = arena_memory(ARENA_LINES, sizeof(*marks));
	}
	memset(spares, 0, sizeof(spares));
	used = 0;
}

/* The list of spare blocks of that size. */
static struct spare *spare_of(size_t size)
{
	uint32_t i;

	for (i = 0; i < SIZES_MAX; i++) {
		if (spares[i].size == 0)
			spares[i].size = size;
		if (spares[i].size == size)
			return &spares[i];
	}
	return NULL;
}

void *arena_take(size_t size)
{
	size_t whole = (size + LINE_SIZE - 1) / LINE_SIZE * LINE_SIZE;
	struct spare *spare = spare_of(size);
	uint32_t line;
	uint32_t i;
	char *block;

	if (spare != NULL && spare->first != NULL) {
		block = spare->first;
		memcpy(&spare->first, block, sizeof(spare->first));
	} else if (whole <= ((size_t)1 << ARENA_SHIFT) - used) {
		block = arena + used;
		used += whole;
	} else {
		return NULL;
	}
	memset(block, 0, whole);
	line = (uint32_t)((size_t)(block - arena) >> LINE_SHIFT);
	for (i = 0; i < whole >> LINE_SHIFT; i++)
		starts[line + i] = line;
	marks[line] = 0;
	directory_own(line, (uint32_t)(whole >> LINE_SHIFT));
	return block;
}

void arena_give(void *block, size_t size)
{
	struct spare *spare = spare_of(size);

	if (spare == NULL)
		return;
	memcpy(block, &spare->first, sizeof(spare->first));
	spare->first = block;
}

size_t arena_offset(const volatile void *where)
{
	size_t offset = (uintptr_t)where - (uintptr_t)arena;

	return offset < used ? offset : ARENA_OUTSIDE;
}

void *arena_block(const volatile void *where)
{
	return arena + ((size_t)starts[arena_offset(where) >> LINE_SHIFT] << LINE_SHIFT);
}

uint8_t *arena_mark(const void *block)
{
	return &marks[arena_offset(block) >> LINE_SHIFT];
}
