/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * place.c - what an address of the arena belongs to.
 *
 * Whatever another core can miss is linked to the space by then, so that a
 * block is known by who points to it. The pointers are read past the port: to
 * ask is no access.
 */
#include "place.h"

#include "participant.h"
#include "space.h"

const char *const place_names[PLACE_COUNT] = {"leaf",   "slot",    "label",   "parked", "set",     "hint",    "cursor",
                                              "clock",  "counter", "door",    "tally",  "central", "binding", "pool",
                                              "device", "space",   "numbers", "reader", "other"};

static const struct ioasid_space *space_;
static const void *readers_;

void place_space(const struct ioasid_space *space, const void *readers)
{
	space_ = space;
	readers_ = readers;
}

/* An offset before the member is a huge one after it. */
#define IS_IN(type, member, offset) ((offset)-offsetof(type, member) < sizeof(((type *)0)->member))

static enum place in_space(size_t offset)
{
	if (IS_IN(struct ioasid_space, pool.free, offset) || IS_IN(struct ioasid_space, tally.hint, offset) ||
	    IS_IN(struct ioasid_space, tally.blocks, offset))
		return PLACE_POOL;
	if (IS_IN(struct ioasid_space, nr_sets, offset) || IS_IN(struct ioasid_space, nr_devices, offset) ||
	    IS_IN(struct ioasid_space, nr_ending, offset))
		return PLACE_NUMBERS;
	if (offset < offsetof(struct ioasid_space, clock))
		return PLACE_SPACE;
	if (IS_IN(struct ioasid_space, clock, offset))
		return PLACE_CLOCK;
	if (IS_IN(struct ioasid_space, labels, offset))
		return PLACE_LABEL;
	return offset < offsetof(struct ioasid_space, memory) ? PLACE_DOOR : PLACE_COUNTER;
}

static enum place in_chunk(size_t offset)
{
	if (IS_IN(struct chunk, leaf, offset))
		return PLACE_LEAF;
	if (IS_IN(struct chunk, some, offset))
		return PLACE_HINT;
	if (IS_IN(struct chunk, label, offset))
		return PLACE_LABEL;
	return offset < offsetof(struct chunk, slot) ? PLACE_PARKED : PLACE_SLOT;
}

static bool is_chunk(const void *block)
{
	const struct table *table = &space_->table;
	uint32_t i;

	for (i = 0; i < table->nr_chunks; i++)
		if (table->dir[i].value_ == block)
			return true;
	return false;
}

static bool is_tally_block(const void *block)
{
	const struct tally_block *b = space_->tally.blocks.value_;

	for (; b != NULL; b = b->next.value_)
		if (b == block)
			return true;
	return false;
}

static bool is_bindings(const void *block)
{
	uint32_t c;

	for (c = 0; c < POOL_CHUNKS; c++)
		if (space_->pool.chunk[c].value_ == block)
			return true;
	return false;
}

static bool is_device(const void *block)
{
	struct chain_node *node = space_->devices.value_;

	for (; node != NULL; node = node->next.value_)
		if (device_of_node(node) == block)
			return true;
	return false;
}

enum kind {
	KIND_UNKNOWN,
	KIND_SPACE,
	KIND_READERS,
	KIND_SHARDS,
	KIND_HINTS,
	KIND_TABLE,
	KIND_BINDINGS,
	KIND_TALLY,
	KIND_CHUNK,
	KIND_DEVICE,
	KIND_SET
};

static enum kind kind_of(const void *block)
{
	if (block == space_)
		return KIND_SPACE;
	if (block == readers_)
		return KIND_READERS;
	if (block == space_->map.shard)
		return KIND_SHARDS;
	if (block == space_->map.some || block == space_->map.resting || block == space_->map.home)
		return KIND_HINTS;
	if (block == space_->table.dir || block == space_->owners.bucket)
		return KIND_TABLE;
	if (is_bindings(block))
		return KIND_BINDINGS;
	if (is_tally_block(block))
		return KIND_TALLY;
	if (is_chunk(block))
		return KIND_CHUNK;
	/* Nothing else is there but sets. */
	return is_device(block) ? KIND_DEVICE : KIND_SET;
}

enum place place_of(const volatile void *where)
{
	const void *block = arena_block(where);
	size_t offset = (uintptr_t)where - (uintptr_t)block;
	uint8_t *mark = arena_mark(block);

	if (space_ == NULL)
		return PLACE_OTHER;
	if (*mark == KIND_UNKNOWN)
		*mark = (uint8_t)kind_of(block);
	switch ((enum kind) * mark) {
	case KIND_SPACE:
		return in_space(offset);
	case KIND_READERS:
		return PLACE_READER;
	case KIND_SHARDS:
		return PLACE_CURSOR;
	case KIND_HINTS:
		return PLACE_HINT;
	case KIND_TABLE:
		return PLACE_SPACE;
	case KIND_BINDINGS:
		return IS_IN(struct binding, letter, offset % sizeof(struct binding)) ? PLACE_DOOR : PLACE_BINDING;
	case KIND_TALLY:
		return offset < offsetof(struct tally_block, row) ? PLACE_CENTRAL : PLACE_TALLY;
	case KIND_CHUNK:
		return in_chunk(offset);
	case KIND_DEVICE:
		return PLACE_DEVICE;
	case KIND_SET:
		return IS_IN(struct ioasid_owner_set, letter, offset) ? PLACE_DOOR : PLACE_SET;
	case KIND_UNKNOWN:
		break;
	}
	return PLACE_OTHER;
}
