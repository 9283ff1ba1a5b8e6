/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The sim port's memory: counted, guarded, poisoned when freed, and refused on
 * demand. A block is [struct block | guard .. payload .. guard]; freed blocks
 * wait in a queue, so that a late write is found in the poison.
 */
#include "../port.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "thread.h"

#define GUARD_BYTES 64
#define GUARD 0xfb
#define POISON 0xdd
#define LATE_BLOCKS 256

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

struct block {
	struct block *next;
	struct block *previous;
	size_t size;
	unsigned char *payload;
	bool freed;
};

/* One lock for it all: the order of events is then the order that a failure reports. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block live = {&live, &live, 0, NULL, false};
static struct block late = {&late, &late, 0, NULL, false};
static unsigned nr_late;
static uint64_t blocks;
static uint64_t bytes;
static uint64_t calls;
static uint64_t refused;
static uint64_t fail_at;
static uint64_t fail_after = UINT64_MAX;

static void link_block(struct block *list, struct block *block)
{
	block->previous = list->previous;
	block->next = list;
	list->previous->next = block;
	list->previous = block;
}

static void unlink_block(struct block *block)
{
	block->previous->next = block->next;
	block->next->previous = block->previous;
}

static void check_bytes(const unsigned char *from, size_t count, unsigned char wanted, const char *what)
{
	for (size_t i = 0; i < count; i++) {
		if (from[i] != wanted)
			sim_die(what);
	}
}

static void check_guards(const struct block *block)
{
	check_bytes(block->payload - GUARD_BYTES, GUARD_BYTES, GUARD, "a write before the beginning of a block");
	check_bytes(block->payload + block->size, GUARD_BYTES, GUARD, "a write past the end of a block");
}

/* The oldest freed block goes back to libc. */
static void release_late(void)
{
	struct block *block = late.next;

	check_guards(block);
	check_bytes(block->payload, block->size, POISON, "a write to a block that was freed");
	unlink_block(block);
	nr_late--;
	free(block);
}

static bool must_refuse(void)
{
	calls++;
	if (calls != fail_at && calls <= fail_after)
		return false;
	refused++;
	return true;
}

static struct block *make_block(size_t size, size_t align)
{
	size_t front = sizeof(struct block) + sizeof(struct block *) + GUARD_BYTES + align;
	struct block *block = malloc(front + size + GUARD_BYTES);
	uintptr_t payload;

	if (block == NULL)
		return NULL;
	payload = ((uintptr_t)block + front) & ~(uintptr_t)(align - 1);
	block->payload = (unsigned char *)block + (payload - (uintptr_t)block);
	block->size = size;
	block->freed = false;
	memset(block->payload - GUARD_BYTES, GUARD, GUARD_BYTES);
	memset(block->payload, 0, size);
	memset(block->payload + size, GUARD, GUARD_BYTES);
	/* Found again from the payload: the last bytes before the guard need not be aligned. */
	memcpy(block->payload - GUARD_BYTES - sizeof(struct block *), &block, sizeof(struct block *));
	return block;
}

static struct block *block_of(const unsigned char *payload)
{
	struct block *block;

	check_bytes(payload - GUARD_BYTES, GUARD_BYTES, GUARD, "freed what is no block, or a write before one");
	memcpy(&block, payload - GUARD_BYTES - sizeof(struct block *), sizeof(struct block *));
	return block;
}

void *ioasid_port_zalloc(size_t size, size_t align)
{
	struct block *block = NULL;

	if (size == 0 || align == 0 || (align & (align - 1)) != 0 || align > PORT_CACHELINE)
		sim_die("an allocation of no bytes, or of an alignment that is not promised");
	(void)sim_thread_self();
	(void)pthread_mutex_lock(&lock);
	if (!must_refuse())
		block = make_block(size, align);
	if (block != NULL) {
		link_block(&live, block);
		blocks++;
		bytes += size;
	}
	(void)pthread_mutex_unlock(&lock);
	return block == NULL ? NULL : block->payload;
}

void ioasid_port_free(void *memory, size_t size)
{
	struct block *block;

	if (memory == NULL)
		return;
	(void)pthread_mutex_lock(&lock);
	block = block_of(memory);
	if (block->payload != memory)
		sim_die("freed what is no block");
	if (block->freed)
		sim_die("freed twice");
	if (block->size != size)
		sim_die("freed with another size than it was allocated with");
	check_guards(block);
	unlink_block(block);
	block->freed = true;
	blocks--;
	bytes -= size;
	memset(memory, POISON, size);
#ifdef SANITIZED
	free(block);
#else
	link_block(&late, block);
	if (++nr_late > LATE_BLOCKS)
		release_late();
#endif
	(void)pthread_mutex_unlock(&lock);
}

void sim_memory_check(void)
{
	(void)pthread_mutex_lock(&lock);
	for (const struct block *block = live.next; block != &live; block = block->next)
		check_guards(block);
	while (nr_late != 0)
		release_late();
	(void)pthread_mutex_unlock(&lock);
}

static void set_failures(uint64_t at, uint64_t after)
{
	(void)pthread_mutex_lock(&lock);
	calls = 0;
	refused = 0;
	fail_at = at;
	fail_after = after;
	(void)pthread_mutex_unlock(&lock);
}

void sim_alloc_fail_at(uint64_t nth)
{
	set_failures(nth, UINT64_MAX);
}

void sim_alloc_fail_after(uint64_t successes)
{
	set_failures(0, successes);
}

void sim_fork_memory(enum sim_fork step)
{
	if (step == SIM_FORK_BEFORE)
		(void)pthread_mutex_lock(&lock);
	else
		(void)pthread_mutex_unlock(&lock);
}

void sim_reset_memory(void)
{
	sim_memory_check();
	set_failures(0, UINT64_MAX);
}

static uint64_t read_count(const uint64_t *count)
{
	uint64_t value;

	(void)pthread_mutex_lock(&lock);
	value = *count;
	(void)pthread_mutex_unlock(&lock);
	return value;
}

uint64_t sim_alloc_calls(void)
{
	return read_count(&calls);
}

uint64_t sim_alloc_refused(void)
{
	return read_count(&refused);
}

uint64_t sim_memory_blocks(void)
{
	return read_count(&blocks);
}

uint64_t sim_memory_bytes(void)
{
	return read_count(&bytes);
}
