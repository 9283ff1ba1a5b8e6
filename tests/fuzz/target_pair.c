/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * target_pair.c - the target: two threads, and whoever reclaims, on the model port.
 *
 * An input is a header (pair.h), so many operations of two bytes, and then the
 * schedule, in pairs: for so many choices whoever runs goes on and reads the
 * newest value; then that alternative is taken. When it has ended, nobody is
 * interrupted any more. As text, the threads are A and B, and S is before them:
 *
 *	header 1 0 0 0 1 0 0 0
 *	S alloc 8
 *	A free 0
 *	B get 0
 *	step 12 1
 */
#include <stdlib.h>
#include <string.h>

#include "explorer.h"
#include "pair.h"
#include "target.h"

const char *const target_name = "fuzz-pair";

static const char callers[] = {'A', 'B', 'S'};

static struct scenario scenario = {
	.name = "pair",
	.about = "the input's threads A and B, and C, which reclaims",
	.program = {.state_size = sizeof(struct pair),
                    .nr_threads = NR_THREADS + 1,
                    .setup = pair_setup,
                    .threads = {pair_thread_a, pair_thread_b, pair_reclaimer},
                    .check = pair_check},
};

static void decode(const uint8_t *input, size_t size)
{
	static const uint8_t nothing[PAIR_HEADER];
	size_t at = PAIR_HEADER;

	pair_input.header = size < PAIR_HEADER ? nothing : input;
	pair_input.nr_operations = 0;
	while (pair_input.nr_operations < pair_input.header[5] % (PAIR_OPERATIONS + 1) && at + 2 <= size) {
		pair_input.operation[pair_input.nr_operations++] = (struct pair_operation){
			.who = (uint8_t)((input[at] >> 6) % NR_CALLERS),
			.code = (uint8_t)((input[at] & 63) % nr_pair_kinds),
			.argument = input[at + 1],
		};
		at += 2;
	}
	pair_input.schedule = input + at;
	pair_input.schedule_size = size > at ? size - at : 0;
}

static size_t next_pair;
static unsigned until_next;

static void begin_pair(void)
{
	until_next = next_pair < pair_input.schedule_size ? pair_input.schedule[next_pair] : 0;
}

static unsigned choose(unsigned count)
{
	unsigned choice;

	if (next_pair + 2 > pair_input.schedule_size)
		return 0;
	if (until_next-- != 0)
		return 0;
	choice = pair_input.schedule[next_pair + 1] % count;
	next_pair += 2;
	begin_pair();
	return choice;
}

static unsigned choose_thread(const struct model_offer *offer)
{
	return choose(offer->count);
}

static unsigned choose_value(const uint8_t *codes, unsigned count)
{
	(void)codes;
	return choose(count);
}

/* The interleaving, for whoever wants to know why. */
static void report(const uint8_t *input, size_t size, const struct model_limits *limits)
{
	static char text[4 * MODEL_STEPS_MAX];
	char failure[512];

	(void)snprintf(failure, sizeof(failure), "%s", model_failure());
	(void)replay_write(text, sizeof(text));
	(void)report_replay(&scenario, limits, text);
	(void)fflush(stdout);
	(void)fprintf(stderr, "# --- the input ---\n");
	target_print(stderr, input, size);
	(void)fprintf(stderr, "# oracle: %s\n", failure);
}

void target_play(const uint8_t *input, size_t size)
{
	static const struct model_strategy strategy = {choose_thread, choose_value, false};
	struct model_limits limits = {.preemptions = MODEL_UNLIMITED, .steps = MODEL_STEPS_MAX};

	decode(input, size);
	limits.weak = (pair_input.header[3] & PAIR_WEAK) != 0;
	limits.stale = MODEL_UNLIMITED;
	limits.spurious = pair_input.header[3] >> 1 & 3u;
	limits.refusals = (pair_input.header[3] & PAIR_REFUSAL) != 0;
	next_pair = 0;
	begin_pair();
	model_load_program(&scenario.program, &limits);
	if (model_failure()[0] == '\0' && model_execute(&strategy) != MODEL_FAILED)
		return;
	report(input, size, &limits);
	abort();
}

void target_print(FILE *to, const uint8_t *input, size_t size)
{
	decode(input, size);
	(void)fprintf(to, "header");
	for (unsigned i = 0; i < PAIR_HEADER; i++)
		(void)fprintf(to, " %u", pair_input.header[i]);
	for (unsigned i = 0; i < pair_input.nr_operations; i++)
		(void)fprintf(to, "\n%c %s %u", callers[pair_input.operation[i].who],
		              pair_kinds[pair_input.operation[i].code].name, pair_input.operation[i].argument);
	for (size_t at = 0; at + 2 <= pair_input.schedule_size; at += 2)
		(void)fprintf(to, "\nstep %u %u", pair_input.schedule[at], pair_input.schedule[at + 1]);
	(void)fprintf(to, "\n");
}

static bool read_operation(char who, const char *name, unsigned argument, uint8_t *to)
{
	const char *caller = memchr(callers, who, sizeof(callers));

	for (unsigned code = 0; caller != NULL && code < nr_pair_kinds && argument <= UINT8_MAX; code++) {
		if (strcmp(name, pair_kinds[code].name) != 0)
			continue;
		to[0] = (uint8_t)((unsigned)(caller - callers) << 6 | code);
		to[1] = (uint8_t)argument;
		return true;
	}
	return false;
}

/* One line; the operations come before the steps. */
static bool read_line(const char *text, uint8_t *input, size_t *size)
{
	unsigned h[PAIR_HEADER];
	char name[20];
	unsigned a;
	char who;

	if (text[strspn(text, " \t")] == '\n' || text[strspn(text, " \t")] == '#')
		return true;
	if (sscanf(text, "header %u %u %u %u %u %u %u %u", &h[0], &h[1], &h[2], &h[3], &h[4], &h[5], &h[6], &h[7]) ==
	    (int)PAIR_HEADER) {
		for (unsigned i = 0; i < PAIR_HEADER; i++)
			input[i] = i == 5 ? input[i] : (uint8_t)h[i];
		return true;
	}
	if (sscanf(text, "step %u %u", &h[0], &h[1]) == 2) {
		input[(*size)++] = (uint8_t)h[0];
		input[(*size)++] = (uint8_t)h[1];
		return h[0] <= UINT8_MAX && h[1] <= UINT8_MAX;
	}
	if (sscanf(text, "%c %19s %u", &who, name, &a) != 3 || *size != PAIR_HEADER + 2u * input[5] ||
	    input[5] == PAIR_OPERATIONS || !read_operation(who, name, a, input + *size))
		return false;
	input[5]++;
	*size += 2;
	return true;
}

bool target_script(FILE *from, uint8_t *input, size_t room, size_t *size, unsigned *line)
{
	char text[160];

	*size = PAIR_HEADER;
	memset(input, 0, PAIR_HEADER);
	for (*line = 1; fgets(text, sizeof(text), from) != NULL; (*line)++)
		if (*size + 2 > room || !read_line(text, input, size))
			return false;
	return true;
}

static uint8_t code_of(const char *name)
{
	uint8_t code = 0;

	while (code < nr_pair_kinds && strcmp(name, pair_kinds[code].name) != 0)
		code++;
	return code;
}

static size_t put(uint8_t *input, size_t size, unsigned who, unsigned code, unsigned argument)
{
	input[5]++;
	input[size] = (uint8_t)(who << 6 | code);
	input[size + 1] = (uint8_t)argument;
	return size + 2;
}

/* Something to play with comes first, for S to make; then anything, with arguments that often mean the same. */
size_t target_make(uint8_t *input, size_t room, uint64_t seed)
{
	static const char *const first[] = {"alloc", "bind_shared", "bind_private", "alloc"};
	uint64_t state = seed;
	unsigned calls = 2 + (unsigned)(target_scatter(seed) % (PAIR_OPERATIONS - 3));
	unsigned switches = (unsigned)(target_scatter(seed + 1) % 24);
	size_t size = 0;

	(void)room; /* a few dozen bytes */
	while (size < PAIR_HEADER)
		input[size++] = (uint8_t)target_scatter(++state * UINT64_C(0x9e3779b97f4a7c15));
	input[5] = 0;
	if (seed & 7)
		size = put(input, size, BEFORE, code_of(first[seed >> 3 & 3]), seed & 32 ? 0 : 8);
	while (calls-- > 0) {
		uint64_t bits = target_scatter(++state * UINT64_C(0x9e3779b97f4a7c15));
		unsigned argument = (unsigned)(bits >> 16 & 7 ? bits >> 8 & 0xf8 : bits >> 8 & 0xff);

		size = put(input, size, bits >> 19 & 7 ? bits >> 22 & 1 : BEFORE, (unsigned)(bits & 63) % nr_pair_kinds,
		           argument);
	}
	while (switches-- > 0) {
		uint64_t bits = target_scatter(++state * UINT64_C(0x9e3779b97f4a7c15));

		input[size++] = (uint8_t)((bits & 0xff) >> (bits >> 16 & 7));
		input[size++] = (uint8_t)(bits >> 8 & 3);
	}
	return size;
}
