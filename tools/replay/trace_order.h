/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * trace_order.h - does an event make sense after those before it?
 *
 * A number is born once and dies once; nothing is done with it before or after.
 * What a trace may well do, because processes do it, is to use a binding after
 * the end of the owner that made it.
 */
#ifndef REPLAY_TRACE_ORDER_H
#define REPLAY_TRACE_ORDER_H

#include "sparse.h"
#include "trace.h"

struct trace_order {
	struct trace_limits limits;
	struct sparse owners; /* one byte each: enum life, in the source */
	struct sparse bindings;
	uint64_t events;
	uint64_t last_us;
	uint32_t live_owners;
	uint32_t live_bindings;
};

/** trace_order_init() - @limits as for trace_open(). */
void trace_order_init(struct trace_order *order, const struct trace_limits *limits);

/** trace_order_fini() - gives the memory back. */
void trace_order_fini(struct trace_order *order);

/** trace_order_accept() - the next event; false, and @why, if it cannot follow. */
bool trace_order_accept(struct trace_order *order, const struct trace_event *event, char *why);

/** trace_order_finish() - no event follows; false, and @why, if some should have. */
bool trace_order_finish(const struct trace_order *order, char *why);

#endif
