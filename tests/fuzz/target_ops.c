/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* target_ops.c - the target: sequences of operations against the oracle. */
#include <string.h>

#include "target.h"
#include "world.h"

const char *const target_name = "fuzz-ops";

void target_play(const uint8_t *input, size_t size)
{
	sequence_play(input, size);
}

void target_print(FILE *to, const uint8_t *input, size_t size)
{
	script_print(to, input, size);
}

bool target_script(FILE *from, uint8_t *input, size_t room, size_t *size, unsigned *line)
{
	return script_read(from, input, room, size, line);
}

static void put(uint8_t *input, size_t *size, uint8_t code, uint8_t a, uint8_t b, uint8_t c)
{
	uint8_t operation[OPERATION_BYTES] = {code, a, b, c};

	for (unsigned i = 0; i < OPERATION_BYTES; i++)
		input[(*size)++] = operation[i];
}

static uint8_t code_of(const char *name)
{
	uint8_t code = 0;

	while (code < nr_operation_kinds && strcmp(operation_kinds[code].name, name) != 0)
		code++;
	return code;
}

/* Something to play with comes first; then anything, with arguments that often mean the same few things. */
size_t target_make(uint8_t *input, size_t room, uint64_t seed)
{
	uint64_t state = seed;
	uint64_t count = 20 + target_scatter(seed) % 180;
	size_t size;

	for (size = 0; size < HEADER_BYTES; size++)
		input[size] = (uint8_t)target_scatter(++state * UINT64_C(0x9e3779b97f4a7c15));
	if (seed & 1)
		input[6] = 0;
	put(input, &size, code_of("set_create"), 0, 0, 0x80);
	put(input, &size, code_of("set_create"), 1, 1, (uint8_t)(state & 0xffu));
	put(input, &size, code_of("register"), 0, 0, 1);
	put(input, &size, code_of("register"), 1, (uint8_t)seed, (uint8_t)(seed >> 8));
	while (count-- > 0 && size + OPERATION_BYTES <= room) {
		uint64_t bits = target_scatter(++state * UINT64_C(0x9e3779b97f4a7c15));
		uint8_t second = (bits >> 56) % 16 == 0 ? 0x80 : 0;

		put(input, &size, (uint8_t)((bits & 0xff) % nr_operation_kinds) | second,
		    (uint8_t)((bits >> 48 & 1) ? bits >> 8 & 3 : bits >> 8),
		    (uint8_t)((bits >> 49 & 1) ? bits >> 16 & 7 : bits >> 16), (uint8_t)(bits >> 24));
	}
	return size;
}
