/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * location.c - the state behind an address.
 *
 * The arena is mapped one to one; whatever lies elsewhere (a word on a thread's
 * stack, a variable of a test) goes through a hash table. Numbers are given in
 * the order of first use, so that they do not depend on where things lie.
 */
#include "internal.h"

#include <string.h>

#define ELSEWHERE 1024u /* a power of two */

uint16_t model_shadow[MODEL_ARENA_SIZE];
struct model_location model_locations[MODEL_LOCATIONS];

static unsigned nr_locations = MODEL_SPECIALS;
static uint16_t elsewhere[ELSEWHERE];
static unsigned nr_elsewhere;

static void share(struct model_location *location)
{
	location->shared = true;
	if (model.nr_indexes >= MODEL_VIEW_MAX)
		model_fail("the model has no room for another shared location");
	location->index = (uint16_t)model.nr_indexes++;
	model.view_length = model_view_length();
}

static struct model_location *make(const void *address, unsigned size)
{
	struct model_location *location = &model_locations[nr_locations];
	model_clock clock;

	if (nr_locations >= MODEL_LOCATIONS)
		model_fail("the model has no room for another location");
	nr_locations++;
	location->address = address;
	location->size = (uint8_t)size;
	/* Whoever allocated it has zeroed it. */
	if (address != NULL && model_memory_owner(address, &clock) < MODEL_NOBODY) {
		location->users = (uint8_t)(1u << model_memory_owner(address, &clock));
		location->written = true;
	}
	if (!model.limits.reduce)
		share(location);
	return location;
}

struct model_location *model_location_make(const void *address, unsigned size)
{
	struct model_location *location = make(address, size);

	model_shadow[(uintptr_t)address - (uintptr_t)model_arena] = (uint16_t)(location - model_locations);
	return location;
}

struct model_location *model_location_elsewhere(const void *address, unsigned size)
{
	unsigned slot = (unsigned)(((uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15)) >> 54);

	for (;; slot++) {
		uint16_t *number = &elsewhere[slot % ELSEWHERE];

		if (*number == 0) {
			if (++nr_elsewhere > ELSEWHERE / 2)
				model_fail("too many locations outside of the model's memory");
			*number = (uint16_t)(make(address, size) - model_locations);
		}
		if (model_locations[*number].address == address)
			return &model_locations[*number];
	}
}

void model_location_forget(void)
{
	for (unsigned i = 0; i < nr_locations; i++) {
		size_t offset = (size_t)((uintptr_t)model_locations[i].address - (uintptr_t)model_arena);

		if (offset < MODEL_ARENA_SIZE)
			model_shadow[offset] = 0;
	}
	memset(elsewhere, 0, sizeof(elsewhere));
	memset(model_locations, 0, nr_locations * sizeof(model_locations[0]));
	model.nr_indexes = MODEL_CLOCKS;
	nr_elsewhere = 0;
	model.pauses = !model.limits.reduce;
	nr_locations = 0;
	while (nr_locations < MODEL_SPECIALS)
		(void)make(NULL, 8);
}

void model_location_learn(struct model_location *location, bool writes)
{
	location->users = (uint8_t)(location->users | 1u << model.self);
	location->written = location->written || writes;
	if (location->shared || !location->written || (location->users & (location->users - 1)) == 0)
		return;
	share(location);
	model_stop(MODEL_RESTART);
}

uint64_t model_location_digest(const struct model_location *location, uint64_t value)
{
	uint64_t digest = (value + (uint64_t)(location - model_locations)) * UINT64_C(0xff51afd7ed558ccd);

	digest = (digest ^ (digest >> 32)) * UINT64_C(0xc4ceb9fe1a85ec53);
	digest ^= (uint64_t)(location - model_locations) * UINT64_C(0x9e3779b97f4a7c15);
	return digest ^ (digest >> 31);
}

void model_location_begin(struct model_location *location)
{
	uint64_t value = 0;

	location->execution = model.execution;
	location->newest = 0;
	location->oldest = 0;
	location->plain_thread = MODEL_NOBODY;
	location->plain_clock = 0;
	model_view_clear(location->touched, MODEL_CLOCKS);
	if (location->address != NULL) {
		if (location->size <= 8)
			memcpy(&value, location->address, location->size);
		location->plain_thread = (uint8_t)model_memory_owner(location->address, &location->plain_clock);
	}
	location->history[0] = (struct model_message){.value = value};
	location->digest = model_location_digest(location, value);
	model.memory ^= location->digest;
}
