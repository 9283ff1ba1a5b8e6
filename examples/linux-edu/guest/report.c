/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report.c - TAP, and what the driver says of itself in debugfs. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

static int tests;
static int failures;

void ok(bool good, const char *format, ...)
{
	va_list arguments;

	printf("%sok %d - ", good ? "" : "not ", ++tests);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	failures += !good;
}

void note(const char *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

int plan(void)
{
	printf("1..%d\n", tests);
	fflush(stdout);
	return failures != 0;
}

void nap(unsigned int ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)nanosleep(&t, NULL);
}

uint32_t chance(uint32_t n)
{
	static uint64_t state;

	if (state == 0 || n == 0)
		state = (uint64_t)getpid() * 0x9e3779b97f4a7c15u + 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? (uint32_t)(state >> 33) % n : 0;
}

static size_t read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, size - 1, file) : 0;

	text[n] = '\0';
	if (file)
		(void)fclose(file);
	return n;
}

long counter(const char *name)
{
	char text[4096];
	size_t length = strlen(name);
	char *line;

	(void)read_file("/sys/kernel/debug/ioasid_edu/counters", text, sizeof(text));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, name, length) == 0 && line[length] == ' ')
			return strtol(line + length, NULL, 10);
	return -1;
}

bool counter_becomes(const char *name, long value)
{
	for (int i = 0; i < 1000 && counter(name) != value; i++)
		nap(20);
	return counter(name) == value;
}

bool file_has(const char *path, const char *text)
{
	static char contents[1 << 16];

	(void)read_file(path, contents, sizeof(contents));
	return strstr(contents, text) != NULL;
}
