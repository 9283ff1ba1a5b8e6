/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The template port's memory: a fixed pool. A host with an allocator calls that
 * here, asks it for zeroes and for the alignment, and deletes the rest.
 *
 * Blocks are powers of two, each with a list of free ones; a block never changes
 * its size. Only spaces, sets, devices and chunks of ids are allocated, never a
 * single id, so a lock is good enough: neither free, put nor find comes here.
 */
#include "../port.h"

#define POOL_BYTES ((size_t)4 << 20)
#define BLOCK_MIN ((size_t)PORT_CACHELINE)
#define CLASSES 20

struct block {
	struct block *next;
};

static _Alignas(PORT_CACHELINE) unsigned char pool[POOL_BYTES];
static size_t pool_used;
static struct block *free_blocks[CLASSES];
static port_u32 busy;

static void lock(void)
{
	uint32_t expected = 0;

	while (!port_u32_cas_acq_rel(&busy, &expected, 1)) {
		expected = 0;
		port_relax();
	}
}

static void unlock(void)
{
	port_u32_store_release(&busy, 0);
}

/* The smallest class whose blocks hold @size bytes; CLASSES if there is none. */
static unsigned class_of(size_t size)
{
	unsigned class = 0;

	while (class < CLASSES && (BLOCK_MIN << class) < size)
		class ++;
	return class;
}

static void *take(unsigned class)
{
	struct block *block = free_blocks[class];

	if (block != NULL) {
		free_blocks[class] = block->next;
		return block;
	}
	if (POOL_BYTES - pool_used < (BLOCK_MIN << class))
		return NULL;
	block = (struct block *)(void *)(pool + pool_used);
	pool_used += BLOCK_MIN << class;
	return block;
}

/* Every block begins on a cache line, which is the most that the core asks for. */
void *ioasid_port_zalloc(size_t size, size_t align)
{
	unsigned class = class_of(size);
	unsigned char *memory;

	(void)align;
	if (class == CLASSES)
		return NULL;
	lock();
	memory = take(class);
	unlock();
	if (memory == NULL)
		return NULL;
	for (size_t i = 0; i < size; i++)
		memory[i] = 0;
	return memory;
}

void ioasid_port_free(void *memory, size_t size)
{
	unsigned class = class_of(size);
	struct block *block = memory;

	if (block == NULL)
		return;
	lock();
	block->next = free_blocks[class];
	free_blocks[class] = block;
	unlock();
}
