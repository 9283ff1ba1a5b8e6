/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* estimate.h - times, by what a miss is said to cost. */
#ifndef IOASID_COHERENCE_ESTIMATE_H
#define IOASID_COHERENCE_ESTIMATE_H

#include "report.h"

struct estimate {
	double ns;       /* of one operation, as its caller sees it */
	double line_ns;  /* for which one operation has the busiest line to itself */
	double mops;     /* millions of operations per second of all cores */
	enum place line; /* what the busiest line is */
	bool limited;    /* by that line; otherwise by the cores */
};

/* Per operation. */
double estimate_misses(const struct row *row, enum place place);
double estimate_all(const struct row *row);
double estimate_deferred(const struct row *row);
double estimate_other(const struct row *row, uint32_t sockets);
/* estimate_line() - for how long one operation keeps the busiest line of a place. */
double estimate_line(const struct row *row, const struct costs *costs, enum place place, uint32_t sockets);
struct estimate estimate(const struct row *row, const struct costs *costs, uint32_t sockets);

#endif
