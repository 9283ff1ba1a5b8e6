/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report.h - what the misses come to. */
#ifndef IOASID_COHERENCE_REPORT_H
#define IOASID_COHERENCE_REPORT_H

#include "sim.h"

#include <stdio.h>

struct row {
	const struct scenario *scenario;
	uint32_t cores;
	uint32_t shards;
	bool posix; /* as many shards as the posix port would have */
	struct result result;
};

/* An option: which of 1, 2, 4, 8 sockets. */
typedef bool sockets_wanted[SOCKET_COUNTS];

void report_head(const sockets_wanted sockets);
void report_row(const struct row *row, const struct costs *costs, const sockets_wanted sockets);
/* report_verdict() - of all rows of one scenario, in order of their cores. */
void report_verdict(const struct row *rows, uint32_t count, const struct costs *costs, const sockets_wanted sockets);
int report_json(const char *path, const struct row *rows, uint32_t count, const struct costs *costs,
                const sockets_wanted sockets);

#endif
