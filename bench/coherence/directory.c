/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* directory.c - the lines' states, and the misses. */
#include "directory.h"

#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SHIFT 27u
#define ARENA_LINES (1u << (ARENA_SHIFT - LINE_SHIFT))
#define SIZES_MAX 16u

/* Blocks of one size that were given back: the first, and in each block the next. */
struct spare {
	size_t size;
	void *first;
};

static char *arena;
static uint32_t lines_used;
static struct line *lines;
static struct spare spares[SIZES_MAX];

static uint32_t core;
static bool counting;
static bool deferring;
static struct misses misses[PLACE_COUNT];
static uint64_t accesses;
/* The cores of the same socket as this one. */
static uint64_t neighbours[SOCKET_COUNTS][CORES_MAX + 1][CORE_WORDS];

static bool has(const uint64_t *set, uint32_t who)
{
	return (set[who / 64] >> (who % 64) & 1u) != 0;
}

static void add(uint64_t *set, uint32_t who)
{
	set[who / 64] |= UINT64_C(1) << (who % 64);
}

/* Sockets are filled one after the other; who does the deferred work has his place on the last. */
static uint32_t socket_of(uint32_t who, uint32_t cores, uint32_t sockets)
{
	return who >= cores ? sockets - 1 : (uint32_t)((uint64_t)who * sockets / cores);
}

static void lay_out(uint32_t cores)
{
	uint32_t s;
	uint32_t a;
	uint32_t b;

	memset(neighbours, 0, sizeof(neighbours));
	for (s = 0; s < SOCKET_COUNTS; s++)
		for (a = 0; a <= cores; a++)
			for (b = 0; b <= cores; b++)
				if (socket_of(a, cores, 1u << s) == socket_of(b, cores, 1u << s))
					add(neighbours[s][a], b);
}

void directory_reset(uint32_t cores)
{
	if (arena == NULL) {
		arena = aligned_alloc(4096, (size_t)1 << ARENA_SHIFT);
		lines = calloc(ARENA_LINES, sizeof(*lines));
	}
	if (arena == NULL || lines == NULL) {
		(void)fprintf(stderr, "ioasid-bench-coherence: no memory for the arena\n");
		exit(1);
	}
	memset(lines, 0, lines_used * sizeof(*lines));
	memset(spares, 0, sizeof(spares));
	lines_used = 0;
	lay_out(cores);
	directory_count(false);
	deferring = false;
	core = 0;
}

void directory_run_as(uint32_t who)
{
	core = who;
}

uint32_t directory_core(void)
{
	return core;
}

void directory_defer(bool on)
{
	deferring = on;
}

void directory_count(bool on)
{
	uint32_t i;

	counting = on;
	if (!on)
		return;
	memset(misses, 0, sizeof(misses));
	accesses = 0;
	for (i = 0; i < lines_used; i++) {
		lines[i].moves = 0;
		memset(lines[i].moves_other, 0, sizeof(lines[i].moves_other));
	}
}

/* Must this miss go to another socket? A read goes to the nearest who has the line, a write to all of them. */
static bool is_far(const struct line *line, uint32_t sockets, bool write)
{
	bool near = false;
	bool far = false;
	uint32_t w;

	for (w = 0; w < CORE_WORDS; w++) {
		uint64_t others = line->holders[w];

		if (w == core / 64)
			others &= ~(UINT64_C(1) << (core % 64));
		near = near || (others & neighbours[sockets][core][w]) != 0;
		far = far || (others & ~neighbours[sockets][core][w]) != 0;
	}
	return write ? far : !near;
}

static void count_miss(struct line *line, const volatile void *where, bool write)
{
	/* Readers of a line that nobody has alone are served side by side. */
	bool moves = write || line->owner != 0;
	struct misses *m;
	uint32_t s;

	line->place = (uint8_t)place_of(where);
	m = &misses[line->place];
	m->all++;
	m->falsely += line->falsely;
	m->deferred += deferring;
	line->moves += moves;
	for (s = 0; s < SOCKET_COUNTS; s++) {
		bool far = is_far(line, s, write);

		m->other[s] += far;
		m->other_deferred[s] += far && deferring;
		line->moves_other[s] += far && moves;
	}
}

static bool is_held(const struct line *line)
{
	uint32_t w;

	for (w = 0; w < CORE_WORDS; w++)
		if (line->holders[w] != 0)
			return true;
	return false;
}

static void miss(struct line *line, const volatile void *where, bool write)
{
	uint8_t word = (uint8_t)(1u << ((uintptr_t)where % LINE_SIZE / 8));

	/* Who has read the line and now writes it had his verdict when he read. */
	if (!has(line->holders, core) || line->filler != core + 1)
		line->falsely = (line->written & word) == 0;
	line->filler = (uint16_t)(core + 1);
	if (counting && is_held(line))
		count_miss(line, where, write);
	if (write || !is_held(line)) {
		memset(line->holders, 0, sizeof(line->holders));
		line->owner = (uint16_t)(core + 1);
		line->written = 0;
	} else {
		line->owner = 0;
	}
	add(line->holders, core);
}

void directory_access(const volatile void *where, bool write)
{
	uintptr_t offset = (uintptr_t)where - (uintptr_t)arena;
	struct line *line;

	if (arena == NULL || offset >> LINE_SHIFT >= lines_used)
		return;
	line = &lines[offset >> LINE_SHIFT];
	accesses += counting;
	if (line->owner != core + 1 && (write || !has(line->holders, core)))
		miss(line, where, write);
	if (write)
		line->written |= (uint8_t)(1u << (offset % LINE_SIZE / 8));
}

const struct misses *directory_misses(enum place place)
{
	return &misses[place];
}

uint64_t directory_accesses(void)
{
	return accesses;
}

void directory_busiest(double own_ns, double other_ns, struct busiest busiest[PLACE_COUNT])
{
	double most[PLACE_COUNT][SOCKET_COUNTS] = {{0}};
	uint32_t i;
	uint32_t s;

	memset(busiest, 0, PLACE_COUNT * sizeof(*busiest));
	for (i = 0; i < lines_used; i++) {
		const struct line *line = &lines[i];

		for (s = 0; s < SOCKET_COUNTS && line->moves != 0; s++) {
			double ns = (line->moves - line->moves_other[s]) * own_ns + line->moves_other[s] * other_ns;

			if (ns <= most[line->place][s])
				continue;
			most[line->place][s] = ns;
			busiest[line->place].moves[s] = line->moves;
			busiest[line->place].moves_other[s] = line->moves_other[s];
		}
	}
}

/* The lists of spare blocks by size; a new one if there is none. */
static struct spare *spare_of(size_t size)
{
	uint32_t i;

	for (i = 0; i < SIZES_MAX; i++) {
		if (spares[i].size == 0)
			spares[i].size = size;
		if (spares[i].size == size)
			return &spares[i];
	}
	return NULL;
}

void *arena_take(size_t size)
{
	uint32_t count = (uint32_t)((size + LINE_SIZE - 1) >> LINE_SHIFT);
	struct spare *spare = spare_of(size);
	uint32_t start = lines_used;
	uint32_t i;
	char *block;

	if (spare != NULL && spare->first != NULL) {
		block = spare->first;
		memcpy(&spare->first, block, sizeof(spare->first));
		start = (uint32_t)((uintptr_t)(block - arena) >> LINE_SHIFT);
	} else if (count <= ARENA_LINES - lines_used) {
		block = arena + ((size_t)start << LINE_SHIFT);
		lines_used += count;
	} else {
		return NULL;
	}
	memset(block, 0, (size_t)count << LINE_SHIFT);
	for (i = start; i < start + count; i++) {
		/* What it has moved under its former user stays counted: a line is a line. */
		memset(lines[i].holders, 0, sizeof(lines[i].holders));
		add(lines[i].holders, core);
		lines[i].owner = (uint16_t)(core + 1);
		lines[i].written = 0xff;
		lines[i].start = start;
		lines[i].mark = 0;
	}
	return block;
}

void arena_give(void *block, size_t size)
{
	struct spare *spare = spare_of(size);

	if (spare == NULL)
		return;
	memcpy(block, &spare->first, sizeof(spare->first));
	spare->first = block;
}

void *arena_block(const volatile void *where)
{
	uintptr_t offset = (uintptr_t)where - (uintptr_t)arena;

	return arena + ((size_t)lines[offset >> LINE_SHIFT].start << LINE_SHIFT);
}

uint8_t *arena_mark(const void *block)
{
	return &lines[((uintptr_t)block - (uintptr_t)arena) >> LINE_SHIFT].mark;
}
