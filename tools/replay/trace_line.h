/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* trace_line.h - one line of a trace: its words and numbers, not yet what they mean together. */
#ifndef REPLAY_TRACE_LINE_H
#define REPLAY_TRACE_LINE_H

#include "trace.h"

/**
 * trace_line_parse() - @line without its end; 0 bytes may be in it.
 * @why: TRACE_ERROR_MAX bytes; what is wrong if false is returned.
 */
bool trace_line_parse(const char *line, size_t length, struct trace_event *event, char *why);

#endif
