/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * memory.c - the arena: what setup() allocates, then one heap per thread, so
 * that addresses do not depend on the interleaving. Setup's part is saved once
 * and copied back before each execution. Nothing is handed out twice, so that
 * every access to what was given back is seen.
 */
#include "../port.h"
#include "internal.h"

#include <string.h>

#define BLOCKS_MAX 4096u

struct block {
	char *start;
	size_t size;
	uint8_t thread;
	model_clock clock;
	bool freed;
};

char model_arena[MODEL_ARENA_SIZE] __attribute__((aligned(64)));
static char saved[MODEL_SETUP_SIZE];
static size_t setup_used;
static size_t saved_used;
static struct block blocks[BLOCKS_MAX];
static unsigned nr_blocks;
static unsigned saved_blocks;
static unsigned nr_freed;
static unsigned saved_freed;
static struct block saved_block[BLOCKS_MAX];

static void *add_block(size_t size, size_t align)
{
	bool direct = !model.running;
	size_t *used = direct ? &setup_used : &model_me()->heap_used;
	size_t room = direct ? MODEL_SETUP_SIZE : MODEL_HEAP_SIZE;
	char *base = direct ? model_arena : model_arena + MODEL_SETUP_SIZE + model.self * MODEL_HEAP_SIZE;
	size_t start = (*used + align - 1) & ~(align - 1);

	if (start + size > room || nr_blocks >= BLOCKS_MAX)
		model_fail("the model's memory is full: %zu bytes wanted", size);
	*used = start + size;
	blocks[nr_blocks++] = (struct block){
		.start = base + start,
		.size = size,
		.thread = (uint8_t)(direct ? MODEL_NOBODY : model.self),
		.clock = (model_clock)(direct ? 0 : model_me()->views.now[model.self]),
	};
	return memset(base + start, 0, size);
}

void model_memory_load(size_t state_size)
{
	setup_used = 0;
	nr_blocks = 0;
	nr_freed = 0;
	model.state = NULL;
	if (state_size != 0) {
		/* Not a block: it is the scenario's, not the core's. */
		setup_used = (state_size + 63) & ~(size_t)63;
		model.state = memset(model_arena, 0, setup_used);
	}
}

void model_memory_save(void)
{
	saved_used = setup_used;
	saved_blocks = nr_blocks;
	saved_freed = nr_freed;
	memcpy(saved, model_arena, saved_used);
	memcpy(saved_block, blocks, nr_blocks * sizeof(blocks[0]));
}

void model_memory_restore(void)
{
	/* A block of setup's that an execution gave back is there again. */
	if (nr_freed != saved_freed)
		memcpy(blocks, saved_block, saved_blocks * sizeof(blocks[0]));
	setup_used = saved_used;
	nr_blocks = saved_blocks;
	nr_freed = saved_freed;
	memcpy(model_arena, saved, saved_used);
}

unsigned model_memory_owner(const void *address, model_clock *clock)
{
	size_t offset = (size_t)((uintptr_t)address - (uintptr_t)model_arena);

	if (offset >= MODEL_SETUP_SIZE && offset < MODEL_ARENA_SIZE) {
		for (unsigned i = nr_blocks; i-- > 0;) {
			if ((size_t)((const char *)address - blocks[i].start) < blocks[i].size) {
				*clock = blocks[i].clock;
				return blocks[i].thread;
			}
		}
	}
	*clock = 0;
	return MODEL_NOBODY;
}

bool model_memory_freed(const void *address)
{
	for (unsigned i = 0; nr_freed != 0 && i < nr_blocks; i++) {
		if (blocks[i].freed && (size_t)((const char *)address - blocks[i].start) < blocks[i].size)
			return true;
	}
	return false;
}

size_t model_memory_in_use(void)
{
	size_t size = 0;

	for (unsigned i = 0; i < nr_blocks; i++)
		size += blocks[i].freed ? 0 : blocks[i].size;
	return size;
}

static bool refused(void)
{
	static const uint8_t codes[] = {0, 1};

	if (model.left.refusals == 0 || model_value(codes, 2) == 0)
		return false;
	model_spend(&model.left.refusals);
	return true;
}

void *ioasid_port_zalloc(size_t size, size_t align)
{
	void *memory = NULL;

	if (!model.running)
		return add_block(size, align);
	model_step_begin();
	if (!refused())
		memory = add_block(size, align);
	model_observe((uint64_t)(uintptr_t)memory);
	if (model.trace != NULL)
		model_trace_step(MODEL_OPERATION(ALLOC) | MODEL_SIZE(uint64_t), NULL, NULL, (uint64_t)(uintptr_t)memory,
		                 size);
	return memory;
}

static void give_back(const struct block *block)
{
	size_t from = (size_t)(block->start - model_arena);

	for (size_t offset = from; offset < from + block->size; offset++) {
		struct model_location *location = &model_locations[model_shadow[offset]];

		if (model_shadow[offset] == 0)
			continue;
		if (model_location_used(location, true)) {
			if (location->execution != model.execution)
				model_location_begin(location);
			model_race_freed(location);
		}
		location->freed = model.execution;
	}
	/* Whoever looks without telling the model is to notice, too. */
	memset(block->start, 0xdd, block->size);
}

void ioasid_port_free(void *memory, size_t size)
{
	struct block *block = NULL;

	if (memory == NULL)
		return;
	if (model.running) {
		model_point();
		model_step_begin();
		model_observe(0);
		if (model.trace != NULL)
			model_trace_step(MODEL_OPERATION(FREE) | MODEL_SIZE(uint64_t), NULL, NULL,
			                 (uint64_t)(uintptr_t)memory, size);
	}
	for (unsigned i = 0; i < nr_blocks; i++) {
		if (blocks[i].start == memory)
			block = &blocks[i];
	}
	if (block == NULL || block->freed)
		model_fail(block == NULL ? "memory that was never handed out is given back"
		                         : "memory is given back twice");
	if (block->size != size)
		model_fail("memory of %zu bytes is given back as %zu bytes", block->size, size);
	if (model.running)
		give_back(block);
	block->freed = true;
	nr_freed++;
	model.nr_frees += model.running;
}
