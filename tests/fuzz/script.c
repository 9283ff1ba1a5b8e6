/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * script.c - inputs as text, one operation a line:
 *
 *	header 5 0 0 0 0 0 0 3
 *	set_create 0 0 128
 *	alloc 0 0 1
 *	+alloc 0 0 1            # on the second space
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define WORDS_MAX 10u

void script_print(FILE *to, const uint8_t *input, size_t size)
{
	if (size < HEADER_BYTES)
		return;
	(void)fprintf(to, "header");
	for (unsigned i = 0; i < HEADER_BYTES; i++)
		(void)fprintf(to, " %u", input[i]);
	(void)fprintf(to, "\n");
	for (size_t at = HEADER_BYTES; at + OPERATION_BYTES <= size; at += OPERATION_BYTES)
		(void)fprintf(to, "%s%s %u %u %u\n", input[at] & 0x80 ? "+" : "",
		              operation_kinds[(input[at] & 0x7f) % nr_operation_kinds].name, input[at + 1],
		              input[at + 2], input[at + 3]);
}

static unsigned split(char *line, char *word[WORDS_MAX])
{
	unsigned count = 0;
	char *at = line;

	at[strcspn(at, "#\n")] = '\0';
	for (;;) {
		while (isspace((unsigned char)*at))
			at++;
		if (*at == '\0' || count == WORDS_MAX)
			return count;
		word[count++] = at;
		while (*at != '\0' && !isspace((unsigned char)*at))
			at++;
		if (*at != '\0')
			*at++ = '\0';
	}
}

static bool read_numbers(char *const *word, unsigned count, uint8_t *to)
{
	for (unsigned i = 0; i < count; i++) {
		char *end;
		unsigned long value = strtoul(word[i], &end, 0);

		if (*end != '\0' || end == word[i] || value > UINT8_MAX)
			return false;
		to[i] = (uint8_t)value;
	}
	return true;
}

static bool read_operation(char *const *word, unsigned count, uint8_t to[OPERATION_BYTES])
{
	bool second = word[0][0] == '+';

	memset(to, 0, OPERATION_BYTES);
	for (unsigned code = 0; code < nr_operation_kinds; code++) {
		if (strcmp(word[0] + second, operation_kinds[code].name) != 0)
			continue;
		to[0] = (uint8_t)(code | (second ? 0x80u : 0u));
		return count <= OPERATION_BYTES && read_numbers(word + 1, count - 1, to + 1);
	}
	return false;
}

bool script_read(FILE *from, uint8_t *input, size_t room, size_t *size, unsigned *line)
{
	char text[160];
	char *word[WORDS_MAX];

	*size = HEADER_BYTES;
	memset(input, 0, HEADER_BYTES);
	for (*line = 1; fgets(text, sizeof(text), from) != NULL; (*line)++) {
		unsigned count = split(text, word);

		if (count == 0)
			continue;
		if (strcmp(word[0], "header") == 0) {
			if (count != HEADER_BYTES + 1 || !read_numbers(word + 1, HEADER_BYTES, input))
				return false;
			continue;
		}
		if (*size + OPERATION_BYTES > room || !read_operation(word, count, input + *size))
			return false;
		*size += OPERATION_BYTES;
	}
	return true;
}
