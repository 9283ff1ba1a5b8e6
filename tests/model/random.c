/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * random.c - a random walk, and PCT: threads have random priorities, and at
 * depth - 1 random steps whoever runs falls behind all others. A bug that needs
 * depth ordered events is found with a probability that does not depend on luck.
 */
#include "explorer.h"

#define DEPTH_MAX 16u
#define LEAST_STEPS 8u

static uint64_t state;
static unsigned priorities[MODEL_THREADS];
static unsigned changes[DEPTH_MAX];
static unsigned nr_changes;
static unsigned next_change;

static uint64_t draw(void)
{
	uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static unsigned below(unsigned limit)
{
	return (unsigned)(((draw() >> 32) * limit) >> 32);
}

void random_begin(uint64_t seed, uint64_t execution)
{
	state = seed * UINT64_C(0xd1342543de82ef95) + execution * UINT64_C(0xaf251af3b0f025b5);
	(void)draw();
}

static unsigned random_thread(const struct model_offer *offer)
{
	unsigned taken = below(offer->count);

	/* Threads that stop at once test little: let them get somewhere first. */
	if (model_offer_at(offer, taken).freeze && below(16) != 0)
		taken = 0;
	return taken;
}

static unsigned random_value(const uint8_t *codes, unsigned count)
{
	(void)codes;
	return below(2) == 0 ? 0 : below(count);
}

const struct model_strategy random_strategy = {random_thread, random_value, false};

void pct_begin(uint64_t seed, uint64_t execution, unsigned depth, unsigned nr_threads, unsigned steps)
{
	random_begin(seed, execution);
	for (unsigned i = 0; i < nr_threads; i++) {
		unsigned other = below(i + 1);

		priorities[i] = priorities[other];
		priorities[other] = DEPTH_MAX + i;
	}
	nr_changes = depth > 1 ? depth - 1 : 0;
	if (nr_changes > DEPTH_MAX)
		nr_changes = DEPTH_MAX;
	if (steps < LEAST_STEPS)
		steps = LEAST_STEPS;
	for (unsigned i = 0; i < nr_changes; i++) {
		unsigned at = i;
		unsigned step = below(steps);

		for (; at > 0 && changes[at - 1] > step; at--)
			changes[at] = changes[at - 1];
		changes[at] = step;
	}
	next_change = 0;
}

static unsigned pct_thread(const struct model_offer *offer)
{
	unsigned best = 0;
	unsigned priority = 0;
	bool freeze = false;

	while (next_change < nr_changes && model_step_count() >= changes[next_change]) {
		if (model_running_thread() < MODEL_NOBODY)
			priorities[model_running_thread()] = nr_changes - next_change - 1;
		next_change++;
		freeze = offer->after_freeze != 0 && below(4) == 0;
	}
	for (unsigned i = 0; i < offer->count; i++) {
		struct model_option option = model_offer_at(offer, i);

		if (option.freeze == freeze && priorities[option.thread] >= priority) {
			priority = priorities[option.thread];
			best = i;
		}
	}
	return best;
}

const struct model_strategy pct_strategy = {pct_thread, random_value, false};
