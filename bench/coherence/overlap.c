/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* overlap.c - who changed which word in which call. */
#include "overlap.h"

#include "directory.h"

#include <string.h>

#define WORDS ((size_t)ARENA_LINES << (LINE_SHIFT - 2))

struct change {
	uint32_t call; /* 0: none */
	uint32_t core;
};

static struct change *changes;
static size_t highest;
static uint32_t call;
static double window;
static uint64_t seed;

void overlap_reset(double calls)
{
	if (changes == NULL)
		changes = arena_memory(WORDS, sizeof(*changes));
	memset(changes, 0, (highest + 1) * sizeof(*changes));
	highest = 0;
	call = 1;
	window = calls;
	seed = 1;
}

void overlap_call(void)
{
	call++;
}

static struct change *change_of(const volatile void *where)
{
	size_t offset = arena_offset(where);

	if (changes == NULL || offset == ARENA_OUTSIDE)
		return NULL;
	if (offset / 4 > highest)
		highest = offset / 4;
	return &changes[offset / 4];
}

void overlap_wrote(const volatile void *where)
{
	struct change *change = change_of(where);

	if (change == NULL)
		return;
	change->call = call;
	change->core = directory_core();
}

/* So many calls, or one more: on average @window. */
static uint32_t calls_at_once(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(window + (double)(seed >> 32) / ((double)UINT32_MAX + 1));
}

bool overlap_fails(const volatile void *where)
{
	struct change *change = change_of(where);

	if (change == NULL || change->call == 0 || change->call == call || change->core == directory_core() ||
	    call - change->call > calls_at_once())
		return false;
	/* It has the line now: the next attempt succeeds. */
	change->call = 0;
	return true;
}
