/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* directory.c - the lines' states, and the misses. */
#include "directory.h"

#include "place.h"

#include <string.h>

static uint32_t lines_used;
static struct line *lines;

static uint32_t core;
static bool counting;
static bool deferring;
static struct misses misses[PLACE_COUNT];
static struct busiest busiest[PLACE_COUNT];
static uint64_t accesses;
/* The lines that have moved in this window. */
static uint32_t moved[ARENA_LINES];
static uint32_t nr_moved;
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
	if (lines == NULL)
		lines = arena_memory(ARENA_LINES, sizeof(*lines));
	memset(lines, 0, lines_used * sizeof(*lines));
	arena_reset();
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

static void forget_moves(void)
{
	while (nr_moved != 0) {
		struct line *line = &lines[moved[--nr_moved]];

		line->moves = 0;
		memset(line->moves_other, 0, sizeof(line->moves_other));
	}
}

void directory_count(bool on)
{
	counting = on;
	forget_moves();
	if (!on)
		return;
	memset(misses, 0, sizeof(misses));
	memset(busiest, 0, sizeof(busiest));
	accesses = 0;
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
	if (moves && line->moves++ == 0)
		moved[nr_moved++] = (uint32_t)(line - lines);
	for (s = 0; s < SOCKET_COUNTS; s++) {
		bool far = is_far(line, s, write);

		m->other[s] += far;
		m->other_deferred[s] += far && deferring;
		line->moves_other[s] += far && moves;
	}
}

static uint16_t word_bit(size_t offset)
{
	return (uint16_t)(1u << offset % LINE_SIZE / 4);
}

static void miss(struct line *line, const volatile void *where, bool write)
{
	uint16_t word = word_bit(arena_offset(where));

	/* Who has read the line and now writes it had his verdict when he read. */
	if (!has(line->holders, core) || line->filler != core + 1)
		line->falsely = (line->written & word) == 0;
	line->filler = (uint16_t)(core + 1);
	if (counting)
		count_miss(line, where, write);
	if (write) {
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
	size_t offset = arena_offset(where);
	struct line *line;

	if (offset == ARENA_OUTSIDE)
		return;
	line = &lines[offset >> LINE_SHIFT];
	accesses += counting;
	if (line->owner != core + 1 && (write || !has(line->holders, core)))
		miss(line, where, write);
	if (write)
		line->written |= word_bit(offset);
}

const struct misses *directory_misses(enum place place)
{
	return &misses[place];
}

uint64_t directory_accesses(void)
{
	return accesses;
}

const struct busiest *directory_busiest(enum place place)
{
	return &busiest[place];
}

void directory_window(double own_ns, double other_ns)
{
	double most[PLACE_COUNT][SOCKET_COUNTS] = {{0}};
	const struct line *which[PLACE_COUNT][SOCKET_COUNTS] = {{NULL}};
	uint32_t i;
	uint32_t p;
	uint32_t s;

	for (i = 0; i < nr_moved; i++) {
		const struct line *line = &lines[moved[i]];

		for (s = 0; s < SOCKET_COUNTS; s++) {
			double ns = (line->moves - line->moves_other[s]) * own_ns + line->moves_other[s] * other_ns;

			if (ns <= most[line->place][s])
				continue;
			most[line->place][s] = ns;
			which[line->place][s] = line;
		}
	}
	for (p = 0; p < PLACE_COUNT; p++) {
		for (s = 0; s < SOCKET_COUNTS; s++) {
			if (which[p][s] == NULL)
				continue;
			busiest[p].moves[s] += which[p][s]->moves;
			busiest[p].moves_other[s] += which[p][s]->moves_other[s];
		}
	}
	forget_moves();
}

void directory_own(uint32_t line, uint32_t count)
{
	uint32_t i;

	if (line + count > lines_used)
		lines_used = line + count;
	/* What they have moved for who had the memory before stays counted: a line is a line. */
	for (i = line; i < line + count; i++) {
		memset(lines[i].holders, 0, sizeof(lines[i].holders));
		add(lines[i].holders, core);
		lines[i].owner = (uint16_t)(core + 1);
		lines[i].written = UINT16_MAX;
	}
}
