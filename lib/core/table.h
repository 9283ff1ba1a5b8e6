/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * table.h - the directory of chunks: leaves, labels and slots of CHUNK_IDS ids each.
 *
 * A chunk that is not there is wholly free. One that has been added stays until
 * the space is destroyed, so a slot may be read at any time: slots are
 * type-stable, and a generation is never forgotten.
 */
#ifndef IOASID_CORE_TABLE_H
#define IOASID_CORE_TABLE_H

#include <ioasid/space.h>

#include "label.h"
#include "leaf.h"
#include "memory.h"
#include "port.h"
#include "slot.h"

#define CHUNK_IDS (1u << PORT_CHUNK_SHIFT)
#define CHUNK_LEAVES (CHUNK_IDS / LEAF_IDS)
#define TABLE_RESERVED_MAX 64u /* beside id 0 */

_Static_assert(CHUNK_LEAVES <= 32, "a chunk has a bit for each of its leaves in half a word");

struct chunk {
	port_u64 leaf[CHUNK_LEAVES];
	port_u64 some; /* leaf.h: the leaves that may have a free or quarantined id */
	/* Ids parked and not yet at rest, and bindings being unbound: tells EAGAIN from ENOSPC (proof.c). */
	port_u32 parked;
	uint32_t ids;                                      /* fewer than CHUNK_IDS in a narrow space */
	_Alignas(PORT_CACHELINE) port_u8 label[CHUNK_IDS]; /* label.h */
	_Alignas(PORT_CACHELINE) struct slot slot[CHUNK_IDS];
	_Alignas(PORT_CACHELINE) struct slot_more more[];
};

struct table {
	port_ptr *dir;
	uint32_t nr_chunks;
	uint32_t nr_ids;
	struct memory *memory;
	uint32_t nr_reserved;
	struct ioasid_range reserved[TABLE_RESERVED_MAX + 1];
};

int table_init(struct table *table, uint32_t bits, struct memory *memory);
void table_fini(struct table *table);

/* chunk_leaf() - the leaf of an id of this chunk. */
static inline port_u64 *chunk_leaf(struct chunk *chunk, uint32_t id)
{
	return &chunk->leaf[(id & (CHUNK_IDS - 1)) >> LEAF_SHIFT];
}

/*
 * Where the slot of an id lies among those of its chunk. In bytes, the remainder last: what is before the
 * array is then part of the load that follows; of an index, the compiler makes an addition in front of it.
 */
static inline size_t chunk_slot_at(uint32_t id)
{
	return (size_t)id * sizeof(struct slot) % (CHUNK_IDS * sizeof(struct slot));
}

/* chunk_slot() - the slot of an id of this chunk. */
static inline struct slot *chunk_slot(struct chunk *chunk, uint32_t id)
{
	return (struct slot *)(void *)((char *)chunk->slot + chunk_slot_at(id));
}

/* table_chunk() - the chunk with that index, or NULL. */
static inline struct chunk *table_chunk(const struct table *table, uint32_t index)
{
	/* ACQUIRE [T2, from T1]: the chunk's first contents. */
	return port_ptr_load_acquire(&table->dir[index]);
}

/* table_chunk_at() - the chunk of an id of the space, or NULL. */
static inline struct chunk *table_chunk_at(const struct table *table, uint32_t id)
{
	return table_chunk(table, id >> PORT_CHUNK_SHIFT);
}

/* table_slot() - the slot of an id of the space, or NULL if it was never populated. */
static inline struct slot *table_slot(const struct table *table, uint32_t id)
{
	struct chunk *chunk = table_chunk_at(table, id);

	return chunk == NULL ? NULL : chunk_slot(chunk, id);
}

/* table_chunk_of() - the chunk of an id whose slot is known: nothing to look up. */
static inline struct chunk *table_chunk_of(struct slot *slot, uint32_t id)
{
	return (struct chunk *)(void *)((char *)slot - chunk_slot_at(id) - offsetof(struct chunk, slot));
}

/* chunk_label() - the label of an id of this chunk. */
static inline port_u8 *chunk_label(struct chunk *chunk, uint32_t id)
{
	return &chunk->label[id & (CHUNK_IDS - 1)];
}

/* chunk_more() - what else there is of an id of this chunk. */
static inline struct slot_more *chunk_more(struct chunk *chunk, uint32_t id)
{
	return &chunk->more[id & (CHUNK_IDS - 1)];
}

/* table_more() - the same, of an id whose chunk is there. */
static inline struct slot_more *table_more(const struct table *table, uint32_t id)
{
	return chunk_more(table_chunk_at(table, id), id);
}

/* table_charge() - whom an id is charged to, which the caller has alone: by its label, or if it says nothing. */
static inline void table_charge(struct slot *slot, uint32_t id, void *owner, uint8_t label)
{
	struct chunk *chunk = table_chunk_of(slot, id);

	if (label == LABEL_NONE)
		/* relaxed: published by the birth, or the leaf's swap, and by the label if that is new. */
		port_ptr_store_relaxed(&chunk_more(chunk, id)->owner, owner);
	label_put(chunk_label(chunk, id), label);
}

/* table_leaf() - the leaf word of an id whose chunk is there. */
static inline port_u64 *table_leaf(const struct table *table, uint32_t id)
{
	return chunk_leaf(table_chunk_at(table, id), id);
}

/* table_is_reserved() - is the id in a range that is never handed out? */
bool table_is_reserved(const struct table *table, uint32_t id);

/*
 * table_is_passing() - of an id that is out of its leaf, its life seen: it has none, but will have, or
 * be back soon. Whoever took it, or ended it, has not come to say so. Others without are withheld for good.
 */
static inline bool table_is_passing(const struct table *table, uint32_t id, const struct slot_life *life)
{
	return life->state == SLOT_IDLE && life->generation != SLOT_GEN_MAX && !table_is_reserved(table, id);
}

/* table_touches_reserved() - is any id of [first, last]? */
bool table_touches_reserved(const struct table *table, uint32_t first, uint32_t last);

/*
 * table_install() - add a chunk, all of its leaves stamped @stamp. Whoever comes
 * second gets the first one's. NULL: no memory. *added: this call added it.
 */
struct chunk *table_install(struct table *table, uint32_t index, uint32_t stamp, bool *added);

#endif
