/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * report_compare.c - two reports side by side; see report.h.
 *
 * It reads what report_json() writes: one object, one member a line. A file that
 * is anything else is refused.
 */
#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536u
#define VALUE_MAX 64u

struct line {
	const char *key;
	const char *name;
};

static const struct line lines[] = {
	{"owners", "owners"},
	{"ids", "ids handed out"},
	{"reused", "  with a used number"},
	{"bindings", "bindings"},
	{"requests", "requests"},
	{"completed", "  completed"},
	{"failed", "  aborted on a fault"},
	{"refused", "  refused in time"},
	{"drained", "drained"},
	{"quarantined", "quarantined"},
	{"page_requests_late", "page requests, late"},
	{"page_requests_wrong", "page requests, wrong"},
	{"dmas", "DMAs checked"},
	{"strays", "STRAYS"},
	{"stray_writes", "  of them, writes"},
	{"corrupted", "memories corrupted"},
	{"leaked", "leaked"},
	{"bind_p50_us", "bind, p50 us"},
	{"bind_p99_us", "bind, p99 us"},
	{"unbind_p50_us", "unbind, p50 us"},
	{"unbind_p99_us", "unbind, p99 us"},
	{"reusable_p50_us", "end to reusable, p50 us"},
	{"reusable_p99_us", "end to reusable, p99 us"},
	{"seconds", "seconds"},
};

/* The whole file as a string; NULL, and a sentence on stderr, if that cannot be. */
static char *slurp(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(FILE_MAX + 1, 1);
	size_t length = 0;

	if (file && text)
		length = fread(text, 1, FILE_MAX, file);
	if (!file || !text || ferror(file) || !feof(file) || strlen(text) != length) {
		(void)fprintf(stderr, "ioasid-replay: %s: %s\n", path, file ? "not a report" : strerror(errno));
		free(text);
		text = NULL;
	}
	if (file)
		(void)fclose(file);
	return text;
}

/* The value of a member, without quotes; false if it is not there. */
static bool member(const char *text, const char *key, char value[VALUE_MAX])
{
	char quoted[VALUE_MAX];
	const char *at;
	size_t length = 0;

	(void)snprintf(quoted, sizeof(quoted), "\"%s\": ", key);
	at = strstr(text, quoted);
	if (!at)
		return false;
	at += strlen(quoted);
	if (*at == '"')
		at++;
	while (at[length] && !strchr(",\"\n", at[length]) && length < VALUE_MAX - 1) {
		/* What is printed on a terminal is printable. */
		value[length] = isprint((unsigned char)at[length]) ? at[length] : '?';
		length++;
	}
	value[length] = 0;
	return length > 0;
}

static bool is_report(const char *path, const char *text)
{
	char value[VALUE_MAX];
	bool good = member(text, "rule", value) && member(text, "trace", value) && member(text, "strays", value) &&
	            member(text, "leaked", value) && member(text, "seconds", value);

	if (!good)
		(void)fprintf(stderr, "ioasid-replay: %s: not a report\n", path);
	return good;
}

static void print_line(FILE *file, const char *name, const char *key, const char *first, const char *second)
{
	char values[2][VALUE_MAX];

	if (!member(first, key, values[0]))
		(void)snprintf(values[0], VALUE_MAX, "-");
	if (!member(second, key, values[1]))
		(void)snprintf(values[1], VALUE_MAX, "-");
	(void)fprintf(file, "  %-24s %16s %16s\n", name, values[0], values[1]);
}

bool report_compare(const char *first_path, const char *second_path, FILE *file)
{
	char *first = slurp(first_path);
	char *second = first ? slurp(second_path) : NULL;
	bool good = first && second && is_report(first_path, first) && is_report(second_path, second);
	char traces[2][VALUE_MAX];

	if (good) {
		(void)member(first, "trace", traces[0]);
		(void)member(second, "trace", traces[1]);
		(void)fprintf(file, "\ntrace %s%s%s\n\n", traces[0], strcmp(traces[0], traces[1]) ? " and " : "",
		              strcmp(traces[0], traces[1]) ? traces[1] : "");
		print_line(file, "", "rule", first, second);
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			print_line(file, lines[i].name, lines[i].key, first, second);
		(void)fputc('\n', file);
	}
	free(first);
	free(second);
	return good;
}
