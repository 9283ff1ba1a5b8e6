/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ck_bitmap.c - subject: Concurrency Kit's bitmap, a set bit is a number in use.
 *
 * Each thread looks from where it last took or gave a number, round once, and
 * sets the bit it sees clear.
 */
#include "subject.h"

#include <ck_bitmap.h>
#include <limits.h>
#include <stdlib.h>

#define BITS ((uint32_t)CK_BITMAP_BLOCK)
#define WORDS (SUBJECT_IDS / BITS)

struct hint {
	_Alignas(SUBJECT_LINE) uint32_t word;
};

/* The bitmap follows. */
struct map {
	struct hint hint[SUBJECT_THREADS];
};

static inline ck_bitmap_t *bitmap(struct map *map)
{
	return (void *)(map + 1);
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct map *map = it;
	ck_bitmap_t *used = bitmap(map);
	uint32_t *hint = &map->hint[thread].word;
	uint32_t i;

	for (i = 0; i < WORDS; i++) {
		uint32_t at = (*hint + i) & (WORDS - 1);
		unsigned word = ck_pr_load_uint(&used->map[at]);

		while (word != UINT_MAX) {
			uint32_t bit = (uint32_t)__builtin_ctz(~word);

			if (!ck_bitmap_bts(used, at * BITS + bit)) {
				*hint = at;
				*token = (subject_token)at * BITS + bit + 1;
				return true;
			}
			word = ck_pr_load_uint(&used->map[at]);
		}
	}
	return false;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct map *map = it;
	uint32_t id = (uint32_t)(token - 1);

	ck_bitmap_reset(bitmap(map), id);
	map->hint[thread].word = id / BITS;
}

#include "loops.h"

static void *create(unsigned threads)
{
	struct map *map = subject_zalloc(sizeof(*map) + ck_bitmap_size(SUBJECT_IDS));
	uint32_t thread;

	if (map == NULL)
		return NULL;
	ck_bitmap_init(bitmap(map), SUBJECT_IDS, false);
	for (thread = 0; thread < SUBJECT_THREADS; thread++)
		map->hint[thread].word = thread % threads * (WORDS / threads);
	return map;
}

const struct subject subject_ck_bitmap = {
	.name = "ck bitmap + scan",
	.lacks = "no object, no reference, no owner, no ranges, reuse at once; fails although a number was free, if "
		 "that "
		 "came behind the scan",
	.floor = true,
	.create = create,
	.destroy = free,
	LOOPS};
