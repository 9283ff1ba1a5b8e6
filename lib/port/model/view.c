/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include "internal.h"

#define POOL_SIZE (1u << 20)

static model_clock pool[POOL_SIZE] __attribute__((aligned(16)));
static size_t pool_used;

void model_view_pool_reset(void)
{
	pool_used = 0;
}

model_clock *model_view_keep(const model_clock *view, unsigned length)
{
	model_clock *kept = pool + pool_used;

	if (pool_used + length > POOL_SIZE)
		model_fail("the model ran out of views: the scenario is too long");
	pool_used += length;
	model_view_copy(kept, view, length);
	return kept;
}

uint64_t model_view_digest(const model_clock *view, unsigned length)
{
	uint64_t digest = length;

	for (unsigned i = 0; i < length; i += 4) {
		uint64_t word = (uint16_t)view[i] | (uint64_t)(uint16_t)view[i + 1] << 16 |
		                (uint64_t)(uint16_t)view[i + 2] << 32 | (uint64_t)(uint16_t)view[i + 3] << 48;

		digest = model_mix(digest, word);
	}
	return digest;
}
