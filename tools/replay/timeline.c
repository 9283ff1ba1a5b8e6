/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* timeline.c - see timeline.h. */
#include "timeline.h"

#include <string.h>

#define FIRST_COLUMN_NS UINT64_C(4000000)

static uint64_t higher(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

void timeline_init(struct timeline *timeline, uint64_t start_ns)
{
	memset(timeline, 0, sizeof(*timeline));
	timeline->start_ns = start_ns;
	timeline->column_ns = FIRST_COLUMN_NS;
}

static void halve(struct timeline *timeline)
{
	for (int series = 0; series < TIMELINE_SERIES; series++) {
		uint64_t *value = timeline->value[series];

		for (uint32_t i = 0; i < TIMELINE_COLUMNS / 2; i++)
			value[i] = higher(value[2 * i], value[2 * i + 1]);
		memset(value + TIMELINE_COLUMNS / 2, 0, TIMELINE_COLUMNS / 2 * sizeof(*value));
	}
	timeline->column_ns *= 2;
	timeline->used = (timeline->used + 1) / 2;
}

void timeline_add(struct timeline *timeline, uint64_t now_ns, const uint64_t sample[TIMELINE_SERIES])
{
	uint64_t column = (now_ns - timeline->start_ns) / timeline->column_ns;

	while (column >= TIMELINE_COLUMNS) {
		halve(timeline);
		column = (now_ns - timeline->start_ns) / timeline->column_ns;
	}
	for (int series = 0; series < TIMELINE_SERIES; series++) {
		uint64_t *value = timeline->value[series];

		/* A sampler that came late saw nothing meanwhile: what it sees now fills the gap. */
		for (uint64_t i = timeline->used; i < column; i++)
			value[i] = sample[series];
		value[column] = higher(value[column], sample[series]);
	}
	if (timeline->used <= column)
		timeline->used = (uint32_t)column + 1;
}

uint64_t timeline_top(const struct timeline *timeline, enum timeline_series series)
{
	uint64_t top = 0;

	for (uint32_t i = 0; i < timeline->used; i++)
		top = higher(top, timeline->value[series][i]);
	return top;
}
