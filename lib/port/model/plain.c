/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * plain.c - shared fields that are not atomic: two accesses, one of them a
 * write, must be ordered by what the threads have acquired from one another.
 *
 * They are steps without a decision: if they are ordered, it does not matter
 * when within its thread's step each happens, and if they are not, the clocks
 * tell in whatever order they came. (Without reduction they are decisions, too.)
 */
#include "internal.h"

#include <string.h>

void model_race_report(const struct model_location *location, unsigned other, const char *what)
{
	(void)location;
	model_fail("data race: not ordered after thread %c, by which it was %s", (char)('A' + other), what);
}

static void check_written(const struct model_location *location)
{
	unsigned other = location->plain_thread;

	if (other != model.self && other < MODEL_NOBODY && model_me()->views.now[other] < location->plain_clock)
		model_race_report(location, other, "written plainly");
}

static void check_touched(const struct model_location *location, const char *what)
{
	const model_clock *now = model_me()->views.now;

	for (unsigned other = 0; other < model.program.nr_threads; other++) {
		if (other != model.self && now[other] < location->touched[other])
			model_race_report(location, other, what);
	}
}

void model_race_freed(struct model_location *location)
{
	check_written(location);
	check_touched(location, "used last, while it is given back");
}

void model_race_plain_write(struct model_location *location)
{
	check_written(location);
	check_touched(location, "used");
	location->plain_thread = (uint8_t)model.self;
	location->plain_clock = model_me()->views.now[model.self];
	location->touched[model.self] = location->plain_clock;
}

static uint64_t bytes_of(const void *p, size_t size)
{
	uint64_t value = 0;
	uint64_t digest = 0;

	for (size_t at = 0; at < size; at += sizeof(value)) {
		memcpy(&value, (const char *)p + at, size - at < sizeof(value) ? size - at : sizeof(value));
		digest = size <= sizeof(value) ? value : model_mix(digest, value);
	}
	return digest;
}

static bool enter(struct model_location *location, bool writes, const char *file, uint32_t code, const char *text)
{
	bool shared = model_location_used(location, writes);

	if (shared && !model.limits.reduce)
		model_point();
	model_step_begin();
	if (shared && location->execution != model.execution)
		model_location_begin(location);
	if (model_location_gone(location))
		model_fail("%s:%u: %s: the memory has been given back", model_file(file), MODEL_CODE_LINE(code), text);
	return shared;
}

void model_plain_read(const void *p, size_t size, uint32_t code, const char *file, const char *text)
{
	struct model_location *location;
	uint64_t value;

	if (!model.running)
		return;
	value = bytes_of(p, size);
	location = model_location_find(p, (unsigned)size);
	if (model.trace != NULL && model.limits.reduce)
		model_trace_step(code, file, text, value, 0);
	if (enter(location, false, file, code, text)) {
		value = bytes_of(p, size);
		if (model.trace != NULL && !model.limits.reduce)
			model_trace_step(code, file, text, value, 0);
		check_written(location);
		location->touched[model.self] = model_me()->views.now[model.self];
		model_observe(value);
	}
}

void model_plain_wrote(const void *p, size_t size, uint32_t code, const char *file, const char *text)
{
	struct model_location *location;
	uint64_t value;

	if (!model.running)
		return;
	value = bytes_of(p, size);
	location = model_location_find(p, (unsigned)size);
	if (enter(location, true, file, code, text)) {
		if (model.trace != NULL)
			model_trace_step(code, file, text, 0, value);
		model_race_plain_write(location);
		model.memory ^= location->digest;
		location->digest = model_location_digest(location, value);
		model.memory ^= location->digest;
		model_observe(0);
	}
}
