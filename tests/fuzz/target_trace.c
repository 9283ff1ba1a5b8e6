/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * target_trace.c - the target: the reader of traces.
 *
 * An input is a trace as it stands in a file. It is read as a file is (so gzip
 * is looked into, too), and, line by line, by the parser alone; whatever is
 * accepted must be within the limits, in time, and said to be wrong with the
 * line's number otherwise.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "target.h"
#include "trace.h"
#include "trace_line.h"

const char *const target_name = "fuzz-trace";

static void check(bool right, const char *what)
{
	if (right)
		return;
	(void)fprintf(stderr, "# oracle: %s\n", what);
	abort();
}

static void check_event(const struct trace_event *event)
{
	check(event->kind >= TRACE_MM_BEGIN && event->kind < TRACE_KINDS, "an event of no kind");
	check(event->time_us <= TRACE_TIME_MAX, "an event later than any may be");
	check(event->owner <= TRACE_OWNER_MAX || event->kind == TRACE_UNBIND, "an owner that is too large");
	if (event->kind == TRACE_BIND)
		check(event->device < TRACE_DEVICES && event->binding <= TRACE_BINDING_MAX, "a bind beyond the limits");
	if (event->kind == TRACE_REQUEST)
		check(event->bytes <= TRACE_BYTES_MAX && event->binding <= TRACE_BINDING_MAX,
		      "a request beyond the limits");
}

/* Each line for itself, 0 bytes and all: in memory of its own size. */
static void play_lines(const uint8_t *input, size_t size)
{
	char why[TRACE_ERROR_MAX];
	struct trace_event event;
	size_t from = 0;

	while (from < size) {
		const uint8_t *newline = memchr(input + from, '\n', size - from);
		size_t length = newline != NULL ? (size_t)(newline - (input + from)) : size - from;
		char *line = malloc(length != 0 ? length : 1);

		if (line == NULL)
			abort();
		memcpy(line, input + from, length);
		memset(why, 'x', sizeof(why));
		if (length <= TRACE_LINE_MAX && !trace_line_parse(line, length, &event, why))
			check(memchr(why, '\0', sizeof(why)) != NULL && why[0] != '\0',
			      "a line is refused without a reason");
		free(line);
		from += length + 1;
	}
}

struct outcome {
	uint64_t events;
	int last;
	char error[TRACE_ERROR_MAX];
};

static struct outcome read_all(const char *path, const struct trace_limits *limits)
{
	struct outcome outcome = {0, -1, ""};
	struct trace *trace = trace_open(path, limits, outcome.error);
	struct trace_event event = {0};
	uint64_t before = 0;

	if (trace == NULL)
		return outcome;
	while ((outcome.last = trace_next(trace, &event)) > 0) {
		check_event(&event);
		check(event.time_us >= before, "time goes backwards");
		check(limits == NULL || limits->events == 0 || outcome.events < limits->events,
		      "more events than the limit");
		before = event.time_us;
		outcome.events++;
	}
	if (outcome.last < 0)
		(void)snprintf(outcome.error, sizeof(outcome.error), "%s", trace_error(trace));
	check(trace_next(trace, &event) == outcome.last, "the end of a trace is another the second time");
	trace_close(trace);
	return outcome;
}

/* The error names the file and the line. */
static void check_error(const struct outcome *outcome, const char *path)
{
	size_t length = strlen(path);

	if (outcome->last >= 0)
		return;
	check(strncmp(outcome->error, path, length) == 0 && outcome->error[length] == ':' &&
	              outcome->error[length + 1] >= '0' && outcome->error[length + 1] <= '9',
	      "an error that does not say where");
}

void target_play(const uint8_t *input, size_t size)
{
	static const struct trace_limits tight = {.events = 20, .live_owners = 3, .live_bindings = 4};
	static char path[64];
	struct trace_totals totals;
	struct outcome outcome;
	char error[TRACE_ERROR_MAX] = "";
	int file = memfd_create("trace", 0);

	if (file < 0 || (size != 0 && write(file, input, size) != (ssize_t)size))
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	outcome = read_all(path, NULL);
	check_error(&outcome, path);
	/* A second reading takes as long as the first: one of two. */
	if (size % 2 == 0) {
		check(trace_measure(path, NULL, &totals, error) == (outcome.last == 0), "measured otherwise than read");
		check(outcome.last != 0 || totals.events == outcome.events, "more events measured than read");
		check(outcome.last == 0 || strcmp(error, outcome.error) == 0, "another error when measured");
	} else {
		outcome = read_all(path, &tight);
		check_error(&outcome, path);
	}
	(void)close(file);
	play_lines(input, size);
}

void target_print(FILE *to, const uint8_t *input, size_t size)
{
	(void)fwrite(input, 1, size, to);
}

bool target_script(FILE *from, uint8_t *input, size_t room, size_t *size, unsigned *line)
{
	*line = 1;
	*size = fread(input, 1, room, from);
	return ferror(from) == 0;
}

/* Lines that are nearly right: most of them get past the parser and meet the order. */
size_t target_make(uint8_t *input, size_t room, uint64_t seed)
{
	uint64_t lines = 1 + seed % 40;
	uint64_t state = seed;
	uint64_t time_us = 0;
	size_t size = 0;

	while (lines-- > 0 && size + 160 < room) {
		uint64_t bits = target_scatter(++state * UINT64_C(0x9e3779b97f4a7c15));
		unsigned owner = 1 + (unsigned)(bits >> 8 & 3);
		unsigned binding = 1 + (unsigned)(bits >> 16 & 3);
		char *at = (char *)input + size;
		int length = 0;

		time_us += bits >> 24 & 15;
		switch (bits % 6) {
		case 0:
			length = snprintf(at, 160, "%llu mm+ %u\n", (unsigned long long)time_us, owner);
			break;
		case 1:
			length = snprintf(at, 160, "%llu bind %u %u %u %s\n", (unsigned long long)time_us, binding,
			                  owner, (unsigned)(bits >> 32 & 7), bits >> 40 & 1 ? "shared" : "private");
			break;
		case 2:
			length = snprintf(at, 160, "%llu req %u %u %u\n", (unsigned long long)time_us, binding, owner,
			                  (unsigned)(bits >> 32 & 0xffff));
			break;
		case 3:
			length = snprintf(at, 160, "%llu unbind %u\n", (unsigned long long)time_us, binding);
			break;
		case 4:
			length = snprintf(at, 160, "%llu mm- %u\n", (unsigned long long)time_us, owner);
			break;
		default:
			break;
		}
		size += (size_t)length;
		if (bits >> 58 == 0 && size != 0)
			input[target_scatter(bits) % size] = (uint8_t)(bits >> 50);
	}
	return size;
}
