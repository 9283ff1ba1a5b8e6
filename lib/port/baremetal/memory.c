/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The bare-metal port's memory: the template's pool, larger, with a lock that
 * keeps interrupts away. So an interrupt handler may allocate ids, too: where the
 * contract forbids it is where a host's allocator sleeps, and this one does not.
 */
#include "../port.h"

#define POOL_BYTES ((size_t)64 << 20)
#define BLOCK_MIN ((size_t)PORT_CACHELINE)
#define CLASSES 20

struct block {
	struct block *next;
};

static _Alignas(PORT_CACHELINE) unsigned char pool[POOL_BYTES];
static size_t pool_used;
static struct block *free_blocks[CLASSES];
static port_u32 busy;

/* An interrupt on this CPU would wait for ever for what it has interrupted. */
static uint64_t lock(void)
{
	uint32_t expected = 0;
	uint64_t was;

	__asm__ volatile("mrs %0, daif\n\tmsr daifset, #3" : "=r"(was)::"memory");
	/* ACQ_REL: ACQUIRE, with the RELEASE below. */
	while (!port_u32_cas_acq_rel(&busy, &expected, 1)) {
		expected = 0;
		port_relax();
	}
	return was;
}

static void unlock(uint64_t was)
{
	port_u32_store_release(&busy, 0); /* RELEASE: the lists, to the next one's swap */
	__asm__ volatile("msr daif, %0" ::"r"(was) : "memory");
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
	void *memory;
	uint64_t was;

	(void)align;
	if (class == CLASSES)
		return NULL;
	was = lock();
	memory = take(class);
	unlock(was);
	return memory == NULL ? NULL : __builtin_memset(memory, 0, size);
}

void ioasid_port_free(void *memory, size_t size)
{
	unsigned class = class_of(size);
	struct block *block = memory;
	uint64_t was;

	if (block == NULL)
		return;
	was = lock();
	block->next = free_blocks[class];
	free_blocks[class] = block;
	unlock(was);
}
