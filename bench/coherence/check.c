/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* check.c - sequences whose misses were counted by hand. */
#include "check.h"

#include "coherence_port.h"
#include "overlap.h"
#include "place.h"
#include "port.h"
#include "sim.h"

#include <stdio.h>

static bool is(const char *what, uint64_t found, uint64_t expected)
{
	if (found == expected)
		return true;
	(void)fprintf(stderr, "ioasid-bench-coherence: the simulator is wrong: %s: %llu, not %llu\n", what,
	              (unsigned long long)found, (unsigned long long)expected);
	return false;
}

static void access_by(uint32_t core, const char *where, bool write)
{
	directory_run_as(core);
	directory_access(where, write);
}

/* Four cores; on two sockets, 0 and 1 are neighbours, and 2 and 3. Core 0 has the line to begin with. */
static bool check_sequence(void)
{
	static const struct {
		uint32_t core;
		bool write;
	} steps[] = {
		{0, false}, /* has it */
		{0, true},  /* has it alone */
		{1, false}, /* miss, from 0: a move; near */
		{2, false}, /* miss; far from 0 and 1 */
		{3, false}, /* miss; near, 2 has it */
		{0, true},  /* miss, has it but not alone: a move; far */
		{0, true},  /* has it alone */
		{1, true},  /* miss: a move; near */
		{3, true},  /* miss: a move; far */
		{2, false}, /* miss: a move; near */
		{2, true},  /* miss, 3 has it, too: a move; near */
	};
	const struct busiest *b = directory_busiest(PLACE_OTHER);
	const struct misses *m = directory_misses(PLACE_OTHER);
	const char *line;
	uint32_t i;
	bool ok;

	directory_reset(4);
	place_space(NULL, NULL);
	line = arena_take(LINE_SIZE);
	directory_count(true);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		access_by(steps[i].core, line, steps[i].write);
	directory_window(1, 1);
	ok = is("misses", m->all, 8);
	ok = is("misses from another of one socket", m->other[0], 0) && ok;
	ok = is("misses from another of two sockets", m->other[1], 3) && ok;
	ok = is("misses from another of four sockets", m->other[2], 8) && ok;
	ok = is("moves", b->moves[1], 6) && ok;
	return is("moves between two sockets", b->moves_other[1], 2) && ok;
}

/* Two cores, each with a word of its own, @apart bytes from the other's. */
static uint64_t misses_of_two(size_t apart, uint64_t *falsely)
{
	const char *lines;
	uint32_t i;

	directory_reset(2);
	lines = arena_take((size_t)2 * LINE_SIZE);
	directory_count(true);
	for (i = 0; i < 100; i++) {
		access_by(0, lines, true);
		access_by(1, lines + apart, true);
	}
	*falsely = directory_misses(PLACE_OTHER)->falsely;
	return directory_misses(PLACE_OTHER)->all;
}

static bool check_false_sharing(void)
{
	uint64_t falsely;
	bool ok = is("misses on two words of a line", misses_of_two(8, &falsely), 199);

	/* The first is not: who took the line has zeroed all of it. */
	ok = is("false ones of them", falsely, 198) && ok;
	ok = is("misses on two lines", misses_of_two(LINE_SIZE, &falsely), 1) && ok;
	return is("false ones of them", falsely, 0) && ok;
}

/* Through the port: a load and a swap are two misses, an addition is one. */
static bool check_port(void)
{
	const struct misses *m = directory_misses(PLACE_OTHER);
	port_u64 *word;
	uint64_t seen;
	bool ok;

	(void)coherence_port_reset(2, 2);
	word = ioasid_port_zalloc(sizeof(*word), sizeof(*word));
	directory_count(true);
	(void)port_u64_add_relaxed(word, 1);
	ok = is("misses of who has the word", m->all, 0);
	directory_run_as(1);
	seen = port_u64_load_acquire(word);
	ok = is("misses of a load", m->all, 1) && ok;
	ok = port_u64_cas_seq_cst(word, &seen, 2) && ok;
	ok = is("misses of a load and a swap", m->all, 2) && ok;
	directory_run_as(0);
	(void)port_u64_add_relaxed(word, 1);
	ok = is("misses of those and an addition", m->all, 3) && ok;
	return is("what is in the word", port_u64_load_relaxed(word), 3) && ok;
}

/* Through the library: two cores take turns with a reference on one id. */
static bool check_library(void)
{
	struct ioasid_space_config space = {.size = sizeof(space), .bits = 9};
	struct ioasid_set_config set = {.size = sizeof(set), .owner = {1, 0}, .quota = IOASID_UNLIMITED};
	const void *readers = coherence_port_reset(2, 2);
	struct ioasid_owner_set *owner = NULL;
	struct ioasid_space *made = NULL;
	ioasid_handle_t id = {0};
	uint32_t i;
	bool ok;

	sim_must(ioasid_space_create(&space, &made), "make a space");
	place_space(made, readers);
	sim_must(ioasid_set_create(made, &set, &owner), "make a set");
	sim_must(ioasid_id_alloc(owner, NULL, IOASID_ALLOC_ACTIVE, &id), "alloc");
	for (i = 0; i < 12; i++) {
		directory_run_as(i % 2);
		if (i == 2)
			directory_count(true);
		sim_must(ioasid_id_get(made, id), "get");
	}
	ok = is("misses on the slot of ten gets", directory_misses(PLACE_SLOT)->all, 20);
	ok = is("misses on the space", directory_misses(PLACE_SPACE)->all, 0) && ok;
	return is("misses on leaves", directory_misses(PLACE_LEAF)->all, 0) && ok;
}

static void read_section(uint32_t core)
{
	directory_run_as(core);
	coherence_read_lock();
	coherence_read_unlock();
}

/* The port's: a reader has a line of its own, until a grace period looks at it. */
static bool check_readers(void)
{
	const struct misses *m = directory_misses(PLACE_READER);
	bool ok;

	read_section(0);
	read_section(1);
	directory_count(true);
	read_section(0);
	read_section(1);
	ok = is("misses of read sections", m->all, 0);
	/* Of the other's line, and of the number, which both have. */
	directory_run_as(0);
	ioasid_port_synchronize();
	ok = is("misses of a grace period", m->all, 2) && ok;
	read_section(1);
	return is("misses of those and a read section after it", m->all, 4) && ok;
}

#ifdef COHERENCE_PLAIN
/* What the core reads of the space without an atomic must show. */
static bool check_plain(void)
{
	struct ioasid_space_config space = {.size = sizeof(space), .bits = 9};
	const void *readers = coherence_port_reset(2, 2);
	struct ioasid_space *made = NULL;
	ioasid_handle_t id;
	int error;

	sim_must(ioasid_space_create(&space, &made), "make a space");
	place_space(made, readers);
	directory_count(true);
	directory_run_as(1);
	/* A number that no space of so few bits has: refused by a plain look at how many it has. */
	error = ioasid_id_find(made, ioasid_make(IOASID_COUNT_MAX - 1), &id);
	return error == -IOASID_EINVAL && is("misses of a plain look", directory_misses(PLACE_SPACE)->all, 1);
}
#else
static bool check_plain(void)
{
	return true;
}
#endif

bool check_directory(void)
{
	bool ok;

	overlap_reset(0);
	ok = check_sequence();

	ok = check_false_sharing() && ok;
	ok = check_port() && ok;
	ok = check_library() && ok;
	ok = check_readers() && ok;
	return check_plain() && ok;
}

bool check_alone(void)
{
	struct costs costs = {0, 1, 1, 0.25};
	struct result result;
	bool ok = true;
	uint32_t i;
	uint32_t p;

	for (i = 0; i < nr_scenarios; i++) {
		if (scenarios[i].background != 0)
			continue;
		sim_run(&scenarios[i], 1, 1, 8, &costs, &result);
		for (p = 0; p < PLACE_COUNT; p++)
			ok = is(scenarios[i].name, result.misses[p].all, 0) && ok;
	}
	return ok;
}
