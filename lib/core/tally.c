/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* tally.c - distributed counts: columns, and the fold. */
#include "tally.h"

static size_t block_size(const struct tally *tally)
{
	return sizeof(struct tally_block) + tally->shards * sizeof(struct tally_row);
}

static bool take_from(struct tally_block *block, struct tally_ref *ref)
{
	uint32_t all = (uint32_t)((UINT64_C(1) << TALLY_COLUMNS) - 1);
	uint32_t used = port_u32_load_relaxed(&block->used); /* relaxed: the swap checks it */

	while (used != all) {
		uint32_t bit = ~used & (used + 1);

		/* ACQ_REL [Y3]: the column's last user left it zeroed. */
		if (port_u32_cas_acq_rel(&block->used, &used, used | bit)) {
			ref->block = block;
			ref->column = port_ctz64(bit);
			return true;
		}
	}
	return false;
}

int tally_take(struct tally *tally, struct tally_ref *ref)
{
	struct tally_block *block = port_ptr_load_acquire(&tally->hint); /* ACQUIRE [Y4] */
	struct tally_block *added;
	void *first;

	if (block != NULL && take_from(block, ref))
		return 0;
	block = port_ptr_load_acquire(&tally->blocks);                     /* ACQUIRE [Y4] */
	for (; block != NULL; block = port_ptr_load_relaxed(&block->next)) /* relaxed: never changes once seen */
		if (take_from(block, ref))
			return 0;
	added = memory_take(tally->memory, block_size(tally));
	if (added == NULL)
		return -IOASID_ENOMEM;
	port_u32_init(&added->used, 1);
	ref->block = added;
	ref->column = 0;
	first = port_ptr_load_relaxed(&tally->blocks); /* relaxed: the swap checks it */
	do
		port_ptr_store_relaxed(&added->next, first); /* relaxed: published by the swap */
	/* ACQ_REL [Y4]: the block is zeroed before it is seen. */
	while (!port_ptr_cas_acq_rel(&tally->blocks, &first, added));
	port_ptr_store_release(&tally->hint, added); /* RELEASE [Y4 -> Y4]: as above */
	return 0;
}

void tally_give(struct tally *tally, struct tally_ref *ref)
{
	uint32_t i;

	for (i = 0; i < tally->shards; i++)
		port_u32_store_relaxed(&ref->block->row[i].cell[ref->column], 0); /* relaxed: released with the bit */
	port_u64_store_relaxed(&ref->block->central[ref->column], 0);
	/* SEQ_CST [Y3]: zeroed before it can be taken. */
	(void)port_u32_and_seq_cst(&ref->block->used, ~(UINT32_C(1) << ref->column));
	port_ptr_store_release(&tally->hint,
	                       ref->block); /* RELEASE [Y4 -> Y4]: whoever takes the hint sees the block */
	ref->block = NULL;
}

void tally_fini(struct tally *tally)
{
	struct tally_block *block = port_ptr_load_relaxed(&tally->blocks); /* relaxed: nobody else is left */

	while (block != NULL) {
		struct tally_block *next = port_ptr_load_relaxed(&block->next);

		memory_give(tally->memory, block, block_size(tally));
		block = next;
	}
}

bool tally_fold(const struct tally *tally, const struct tally_ref *ref, uint64_t *surplus)
{
	port_u64 *central = &ref->block->central[ref->column];
	uint64_t count = port_u64_load_acquire(central); /* ACQUIRE [Y2, from Y1] */
	uint64_t next;
	int32_t sum = 0;
	uint32_t i;

	for (i = 0; i < tally->shards; i++)
		sum += (int32_t)port_u32_load_acquire(&ref->block->row[i].cell[ref->column]); /* at rest */
	do {
		int64_t in = (int64_t)sum + (int64_t)count - (int64_t)TALLY_BIAS;

		*surplus = in < 0 ? (uint64_t)-in : 0;
		next = TALLY_FOLDED + (in < 0 ? 0 : (uint64_t)in);
		/* ACQ_REL [Y1 -> Y2]: acquires from who left, releases to who is last. */
	} while (!port_u64_cas_acq_rel(central, &count, next));
	return next == TALLY_FOLDED;
}

uint64_t tally_forgive(const struct tally_ref *ref)
{
	/* ACQ_REL [Y1 -> Y2]: whoever leaves later is a surplus. */
	return port_u64_xchg_acq_rel(&ref->block->central[ref->column], TALLY_FOLDED) - TALLY_FOLDED;
}
