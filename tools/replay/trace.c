/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* trace.c - the stream of lines below a trace; see trace.h. */
#include "trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "must.h"
#include "trace_line.h"
#include "trace_order.h"

#define BUFFER_SIZE 65536u

struct trace {
	gzFile file;
	char *path;
	char *buffer;
	size_t filled;
	size_t taken;
	uint64_t line;
	struct trace_order order;
	bool over; /* it ended, or failed: nothing more is read */
	char error[TRACE_ERROR_MAX];
};

enum line_status {
	LINE_READ,
	LINE_END,
	LINE_BAD
};

__attribute__((format(printf, 2, 3))) static void fail(struct trace *trace, const char *format, ...)
{
	va_list arguments;
	int prefix = snprintf(trace->error, sizeof(trace->error), "%.255s:%llu: ", trace->path,
	                      (unsigned long long)trace->line);

	va_start(arguments, format);
	if (prefix > 0 && (size_t)prefix < sizeof(trace->error))
		(void)vsnprintf(trace->error + prefix, sizeof(trace->error) - (size_t)prefix, format, arguments);
	va_end(arguments);
	trace->over = true;
}

struct trace *trace_open(const char *path, const struct trace_limits *limits, char *error)
{
	gzFile file;
	struct trace *trace;

	errno = 0;
	file = gzopen(path, "rb");
	if (!file) {
		(void)snprintf(error, TRACE_ERROR_MAX, "%.255s:0: %s", path, strerror(errno ? errno : ENOMEM));
		return NULL;
	}
	trace = must_calloc(1, sizeof(*trace));
	trace->file = file;
	trace->path = must_calloc(strlen(path) + 1, 1);
	memcpy(trace->path, path, strlen(path));
	trace->buffer = must_calloc(BUFFER_SIZE, 1);
	trace_order_init(&trace->order, limits);
	return trace;
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	(void)gzclose_r(trace->file);
	trace_order_fini(&trace->order);
	free(trace->buffer);
	free(trace->path);
	free(trace);
}

const char *trace_error(const struct trace *trace)
{
	return trace->error;
}

/* More bytes into the buffer: how many; -1 if the file cannot be read on. */
static int fill(struct trace *trace)
{
	int code = Z_OK;
	int got = gzread(trace->file, trace->buffer, BUFFER_SIZE);
	const char *what = gzerror(trace->file, &code);

	/* An archive that was cut short reads as an end, and tells only here. */
	if (got < 0 || (got == 0 && code != Z_OK && code != Z_STREAM_END)) {
		if (code == Z_BUF_ERROR)
			what = "the gzip data ends too early";
		else if (code == Z_ERRNO)
			what = strerror(errno);
		trace->line++;
		fail(trace, "cannot be read: %s", what);
		return -1;
	}
	trace->filled = (size_t)got;
	trace->taken = 0;
	return got;
}

static enum line_status next_line(struct trace *trace, char *line, size_t *length)
{
	*length = 0;
	for (;;) {
		const char *from = trace->buffer + trace->taken;
		size_t left = trace->filled - trace->taken;
		const char *newline = left ? memchr(from, '\n', left) : NULL;
		size_t piece = newline ? (size_t)(newline - from) : left;

		if (*length + piece > TRACE_LINE_MAX) {
			trace->line++;
			fail(trace, "the line is longer than %u bytes", TRACE_LINE_MAX);
			return LINE_BAD;
		}
		memcpy(line + *length, from, piece);
		*length += piece;
		trace->taken += piece + (newline ? 1 : 0);
		if (newline) {
			trace->line++;
			return LINE_READ;
		}
		switch (fill(trace)) {
		case -1:
			return LINE_BAD;
		case 0:
			if (*length == 0)
				return LINE_END;
			trace->line++;
			fail(trace, "the file ends in the middle of a line");
			return LINE_BAD;
		default:
			break;
		}
	}
}

int trace_next(struct trace *trace, struct trace_event *event)
{
	char line[TRACE_LINE_MAX];
	char why[TRACE_ERROR_MAX];
	size_t length;

	if (trace->over)
		return trace->error[0] ? -1 : 0;
	switch (next_line(trace, line, &length)) {
	case LINE_READ:
		if (trace_line_parse(line, length, event, why) && trace_order_accept(&trace->order, event, why))
			return 1;
		break;
	case LINE_END:
		trace->over = true;
		if (trace_order_finish(&trace->order, why))
			return 0;
		break;
	case LINE_BAD:
	default:
		return -1;
	}
	fail(trace, "%s", why);
	return -1;
}

bool trace_measure(const char *path, const struct trace_limits *limits, struct trace_totals *totals, char *error)
{
	struct trace *trace = trace_open(path, limits, error);
	struct trace_event event;
	int more;

	if (!trace)
		return false;
	memset(totals, 0, sizeof(*totals));
	while ((more = trace_next(trace, &event)) > 0) {
		totals->count[event.kind]++;
		totals->events++;
		totals->duration_us = event.time_us;
	}
	if (more < 0)
		(void)snprintf(error, TRACE_ERROR_MAX, "%s", trace_error(trace));
	trace_close(trace);
	return more == 0;
}
