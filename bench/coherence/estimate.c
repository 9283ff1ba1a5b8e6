/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* estimate.c - times, by what a miss is said to cost. */
#include "estimate.h"

static double per_operation(const struct row *row, uint64_t count)
{
	return (double)count / (double)row->result.operations;
}

double estimate_misses(const struct row *row, enum place place)
{
	return per_operation(row, row->result.misses[place].all);
}

double estimate_all(const struct row *row)
{
	uint64_t sum = 0;
	uint32_t p;

	for (p = 0; p < PLACE_COUNT; p++)
		sum += row->result.misses[p].all;
	return per_operation(row, sum);
}

double estimate_deferred(const struct row *row)
{
	uint64_t sum = 0;
	uint32_t p;

	for (p = 0; p < PLACE_COUNT; p++)
		sum += row->result.misses[p].deferred;
	return per_operation(row, sum);
}

double estimate_other(const struct row *row, uint32_t sockets)
{
	uint64_t sum = 0;
	uint32_t p;

	for (p = 0; p < PLACE_COUNT; p++)
		sum += row->result.misses[p].other[sockets];
	return per_operation(row, sum);
}

double estimate_line(const struct row *row, const struct costs *costs, enum place place, uint32_t sockets)
{
	const struct busiest *b = &row->result.busiest[place];
	double own = per_operation(row, b->moves[sockets] - b->moves_other[sockets]);

	return own * costs->own_ns + per_operation(row, b->moves_other[sockets]) * costs->other_ns;
}

/* What a core of its own misses is not in its callers' time. */
static double operation_ns(const struct row *row, const struct costs *costs, uint32_t sockets)
{
	double ns = per_operation(row, row->result.accesses) * costs->hit_ns;
	uint32_t p;

	for (p = 0; p < PLACE_COUNT; p++) {
		const struct misses *m = &row->result.misses[p];
		uint64_t other = m->other[sockets];
		uint64_t all = m->all;

		if (row->scenario->background != 0) {
			other -= m->other_deferred[sockets];
			all -= m->deferred;
		}
		ns += per_operation(row, all - other) * costs->own_ns + per_operation(row, other) * costs->other_ns;
	}
	return ns;
}

struct estimate estimate(const struct row *row, const struct costs *costs, uint32_t sockets)
{
	struct estimate e = {.ns = operation_ns(row, costs, sockets), .line = PLACE_OTHER};
	double each;
	uint32_t p;

	for (p = 0; p < PLACE_COUNT; p++) {
		double line_ns = estimate_line(row, costs, (enum place)p, sockets);

		if (line_ns > e.line_ns) {
			e.line_ns = line_ns;
			e.line = (enum place)p;
		}
	}
	each = e.ns / row->cores;
	e.limited = e.line_ns > each;
	if (e.limited)
		e.mops = 1000 / e.line_ns;
	else if (each > 0)
		e.mops = 1000 / each;
	return e;
}
