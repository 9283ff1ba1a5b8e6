/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* table.c - the directory of chunks. */
#include "table.h"

int table_init(struct table *table, uint32_t bits, struct memory *memory)
{
	table->memory = memory;
	table->nr_ids = UINT32_C(1) << bits;
	table->nr_chunks = (table->nr_ids + CHUNK_IDS - 1) >> PORT_CHUNK_SHIFT;
	table->dir = memory_take(memory, table->nr_chunks * sizeof(port_ptr));
	return table->dir == NULL ? -IOASID_ENOMEM : 0;
}

static uint32_t chunk_ids(const struct table *table)
{
	return table->nr_ids < CHUNK_IDS ? table->nr_ids : CHUNK_IDS;
}

static size_t chunk_size(const struct table *table)
{
	return sizeof(struct chunk) + chunk_ids(table) * sizeof(struct slot_more);
}

void table_fini(struct table *table)
{
	uint32_t i;

	if (table->dir == NULL)
		return;
	for (i = 0; i < table->nr_chunks; i++)
		memory_give(table->memory, table_chunk(table, i), chunk_size(table));
	memory_give(table->memory, table->dir, table->nr_chunks * sizeof(port_ptr));
	table->dir = NULL;
}

bool table_touches_reserved(const struct table *table, uint32_t first, uint32_t last)
{
	uint32_t i;

	for (i = 0; i < table->nr_reserved; i++)
		if (last >= ioasid_value(table->reserved[i].first) && first <= ioasid_value(table->reserved[i].last))
			return true;
	return false;
}

bool table_is_reserved(const struct table *table, uint32_t id)
{
	return table_touches_reserved(table, id, id);
}

static void fill(const struct table *table, struct chunk *chunk, uint32_t first, uint32_t stamp)
{
	uint64_t some = 0;
	uint32_t leaf;
	uint32_t bit;

	chunk->ids = chunk_ids(table);
	for (leaf = 0; leaf < CHUNK_LEAVES; leaf++) {
		uint32_t free = 0;

		for (bit = 0; bit < LEAF_IDS; bit++) {
			uint32_t offset = leaf * LEAF_IDS + bit;

			if (offset < chunk->ids && !table_is_reserved(table, first + offset))
				free |= 1u << bit;
		}
		port_u64_init(&chunk->leaf[leaf], leaf_make(free, 0, stamp));
		some |= (uint64_t)(free != 0) << leaf;
	}
	port_u64_init(&chunk->some, some);
}

struct chunk *table_install(struct table *table, uint32_t index, uint32_t stamp, bool *added)
{
	struct chunk *chunk = table_chunk(table, index);
	void *there = NULL;

	*added = false;
	if (chunk != NULL)
		return chunk;
	chunk = memory_take(table->memory, chunk_size(table));
	if (chunk == NULL)
		return table_chunk(table, index);
	fill(table, chunk, index << PORT_CHUNK_SHIFT, stamp);
	do {
		/* ACQ_REL [T1 -> T2]: the leaves are filled before the chunk is seen. */
		if (port_ptr_cas_acq_rel(&table->dir[index], &there, chunk)) {
			*added = true;
			return chunk;
		}
	} while (there == NULL); /* a weak failure */
	memory_give(table->memory, chunk, chunk_size(table));
	return table_chunk(table, index);
}
