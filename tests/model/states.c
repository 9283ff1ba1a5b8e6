/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * states.c - the states that have been reached, by their digest, each with the
 * most preemptions that were left: with no more left, nothing new follows.
 */
#include "explorer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE (1u << 14)
#define LARGEST_SIZE (1u << 26) /* beyond that states are forgotten: slower, not wrong */

static uint64_t *digests;
static uint16_t *lefts; /* one more than was left */
static size_t table_size;
static size_t used;
static uint64_t forgotten;

static size_t slot_of(uint64_t digest)
{
	size_t slot = (size_t)(digest >> 7) & (table_size - 1);

	while (lefts[slot] != 0 && digests[slot] != digest)
		slot = (slot + 1) & (table_size - 1);
	return slot;
}

static bool resize(size_t size)
{
	uint64_t *old_digests = digests;
	uint16_t *old_lefts = lefts;
	size_t old_size = table_size;
	uint64_t *new_digests = malloc(size * sizeof(*digests));
	uint16_t *new_lefts = calloc(size, sizeof(*lefts));

	if (new_digests == NULL || new_lefts == NULL) {
		free(new_digests);
		free(new_lefts);
		return false;
	}
	digests = new_digests;
	lefts = new_lefts;
	table_size = size;
	for (size_t i = 0; i < old_size; i++) {
		if (old_lefts[i] != 0) {
			size_t slot = slot_of(old_digests[i]);

			digests[slot] = old_digests[i];
			lefts[slot] = old_lefts[i];
		}
	}
	free(old_digests);
	free(old_lefts);
	return true;
}

void states_reset(void)
{
	if (table_size > FIRST_SIZE) {
		free(digests);
		free(lefts);
		digests = NULL;
		lefts = NULL;
		table_size = 0;
	}
	if (table_size == 0 && !resize(FIRST_SIZE))
		abort();
	memset(lefts, 0, table_size * sizeof(*lefts));
	used = 0;
	forgotten = 0;
}

bool states_visit(uint64_t digest, unsigned left)
{
	size_t slot = slot_of(digest);

	if (lefts[slot] > left)
		return true;
	if (lefts[slot] == 0) {
		if (used >= table_size / 4 * 3 && (table_size >= LARGEST_SIZE || !resize(2 * table_size))) {
			forgotten++;
			return false;
		}
		slot = slot_of(digest);
		used++;
	}
	digests[slot] = digest;
	lefts[slot] = (uint16_t)(left + 1);
	return false;
}

uint64_t states_count(void)
{
	return used + forgotten;
}
