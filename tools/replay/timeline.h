/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * timeline.h - what there was, over time, in a bounded number of columns.
 *
 * A column keeps the highest value of its time, so that a state which lasts
 * shorter than a column is still seen. When the columns are full, two and two
 * become one and each takes twice the time.
 */
#ifndef REPLAY_TIMELINE_H
#define REPLAY_TIMELINE_H

#include <stdint.h>

#define TIMELINE_COLUMNS 512u

enum timeline_series {
	TIMELINE_LIVE,
	TIMELINE_PARKED,
	TIMELINE_QUARANTINED,
	TIMELINE_IN_FLIGHT,
	TIMELINE_DANGLING,
	TIMELINE_STRAYS, /* so far */
	TIMELINE_SERIES
};

struct timeline {
	uint64_t start_ns;
	uint64_t column_ns;
	uint64_t value[TIMELINE_SERIES][TIMELINE_COLUMNS];
	uint32_t used;
};

/** timeline_init() - begins at @start_ns. */
void timeline_init(struct timeline *timeline, uint64_t start_ns);

/** timeline_add() - one sample of each series. */
void timeline_add(struct timeline *timeline, uint64_t now_ns, const uint64_t sample[TIMELINE_SERIES]);

/** timeline_top() - the highest value of a series. */
uint64_t timeline_top(const struct timeline *timeline, enum timeline_series series);

#endif
