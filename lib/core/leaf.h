/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * leaf.h - which of sixteen neighbouring ids are free, in one word.
 *
 *  63            32 31          16 15           0
 * +----------------+--------------+--------------+
 * |     stamp      | quarantined  |     free     |
 * +----------------+--------------+--------------+
 *
 * A bit in neither mask: the id is in use (or reserved for good). The stamp is
 * the grace-period clock (clock.h) when the word last got an id back, to rest or
 * to be free.
 *
 * Invariant L1: every swap that makes an id free makes the stamp grow. So two
 * readings of a word with equal stamps, neither with one of the ids that were
 * looked for, prove that none of them was free in between: that is what makes
 * ENOSPC exact (proof.c), also where the word has other ids, which are free.
 *
 * Which leaves of a chunk may have an id in one of the masks is in a word, too:
 *
 *  63            32 31             0
 * +----------------+----------------+
 * |    version     | a bit per leaf |
 * +----------------+----------------+
 *
 * Whoever gives a leaf its first id, or makes ids free, sets the leaf's bit and
 * makes the version grow, after the swap on the leaf, and if the bit is set already
 * all the same. Whoever clears bits reads this word, then sees nothing in those
 * leaves, then swaps this word, which must be as he read it.
 *
 * Invariant L6: a free id of which this word was told is in a leaf whose bit is
 * set. For whoever clears the bit has read the word after that, and the leaf after
 * that; and an id that became free later tells of itself. (The version comes round
 * after 2^32 changes; nobody is so long at one chunk.) A resting id is in such a
 * leaf, too, when whoever gave the leaf its first id has told.
 */
#ifndef IOASID_CORE_LEAF_H
#define IOASID_CORE_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#define LEAF_SHIFT 4u
#define LEAF_IDS (1u << LEAF_SHIFT)
#define LEAF_ALL 0xffffu

static inline uint32_t leaf_free(uint64_t word)
{
	return (uint32_t)word & LEAF_ALL;
}

static inline uint32_t leaf_quarantined(uint64_t word)
{
	return (uint32_t)(word >> LEAF_IDS) & LEAF_ALL;
}

/* Is any id in one of the masks? */
static inline bool leaf_has_some(uint64_t word)
{
	return (uint32_t)word != 0;
}

static inline uint32_t leaf_stamp(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static inline uint64_t leaf_make(uint32_t free, uint32_t quarantined, uint32_t stamp)
{
	return (uint64_t)stamp << 32 | (uint64_t)quarantined << LEAF_IDS | free;
}

/* One more id (a bit) that rests, and its stamp. */
static inline uint64_t leaf_rest(uint64_t word, uint32_t bit, uint32_t stamp)
{
	return (uint64_t)stamp << 32 | (uint32_t)word | bit << LEAF_IDS;
}

/* One more version of a chunk's word. */
#define SOME_CHANGED (UINT64_C(1) << 32)

static inline uint32_t some_leaves(uint64_t some)
{
	return (uint32_t)some;
}

#endif
