/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * trace.h - reading a recorded workload, plain or gzipped, one event a line:
 *
 *     T mm+ OWNER                              an address space is born
 *     T bind BINDING OWNER DEVICE shared|private
 *     T req BINDING BY-OWNER BYTES             a request, perhaps by another address space
 *     T unbind BINDING                         the last holder let go
 *     T mm- OWNER                              the address space is gone
 *
 * T is in microseconds and never goes back; fields are separated by one space.
 * A trace is read as a stream, never held in memory, and trusted in nothing:
 * what is remembered of it is one byte per number, and the numbers are limited.
 */
#ifndef REPLAY_TRACE_H
#define REPLAY_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_LINE_MAX 120u /* bytes of a line, its end not counted */
#define TRACE_DEVICES 8u    /* devices are 0 to 7 */
#define TRACE_OWNER_MAX ((UINT32_C(1) << 22) - 1)
#define TRACE_BINDING_MAX ((UINT32_C(1) << 24) - 1)
#define TRACE_BYTES_MAX (UINT64_C(1) << 40)
#define TRACE_TIME_MAX (UINT64_C(31) * 24 * 3600 * 1000000) /* a month */
#define TRACE_EVENTS_MAX UINT64_C(100000000)
#define TRACE_LIVE_OWNERS_MAX 8192u
#define TRACE_LIVE_BINDINGS_MAX (UINT32_C(1) << 20)

enum trace_kind {
	TRACE_MM_BEGIN,
	TRACE_BIND,
	TRACE_REQUEST,
	TRACE_UNBIND,
	TRACE_MM_END,
	TRACE_KINDS
};

struct trace_event {
	uint64_t time_us;
	uint64_t bytes;
	enum trace_kind kind;
	uint32_t owner; /* of a request: who makes it */
	uint32_t binding;
	uint32_t device;
	bool shared;
};

/** struct trace_limits - zero: the default above. */
struct trace_limits {
	uint64_t events;
	uint32_t live_owners;
	uint32_t live_bindings;
};

/** struct trace_totals - what a whole trace holds. */
struct trace_totals {
	uint64_t count[TRACE_KINDS];
	uint64_t events;
	uint64_t duration_us;
};

#define TRACE_ERROR_MAX 512u

struct trace;

/**
 * trace_open() - start reading.
 * @limits: may be NULL.
 * @error:  TRACE_ERROR_MAX bytes; written if NULL is returned.
 */
struct trace *trace_open(const char *path, const struct trace_limits *limits, char *error);

/** trace_next() - 1: an event; 0: the trace ended as it should; -1: trace_error() says why not. */
int trace_next(struct trace *trace, struct trace_event *event);

/** trace_error() - "file:line: what is wrong". */
const char *trace_error(const struct trace *trace);

/** trace_close() - NULL is fine. */
void trace_close(struct trace *trace);

/** trace_measure() - read a whole trace; false, and @error, if anything is wrong with it. */
bool trace_measure(const char *path, const struct trace_limits *limits, struct trace_totals *totals, char *error);

#endif
