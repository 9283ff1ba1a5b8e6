/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * dfs.c - every choice, depth first: an execution repeats the choices on the
 * stack, then takes the first of each; the next one advances the last choice
 * that has an alternative left.
 */
#include "explorer.h"

#define CHOICES_MAX (2u * MODEL_STEPS_MAX)

struct choice {
	uint8_t taken;
	uint8_t count;
};

static struct choice choices[CHOICES_MAX];
static unsigned length;
static unsigned depth;
static bool with_states;

void dfs_reset(bool use_states)
{
	length = 0;
	depth = 0;
	with_states = use_states;
	states_reset();
}

bool dfs_next(void)
{
	depth = 0;
	while (length > 0 && choices[length - 1].taken + 1u == choices[length - 1].count)
		length--;
	if (length == 0)
		return false;
	choices[length - 1].taken++;
	return true;
}

static unsigned choose(unsigned count)
{
	if (depth == length) {
		if (length == CHOICES_MAX)
			model_fail("too many choices in one execution");
		choices[length++] = (struct choice){.taken = 0, .count = (uint8_t)count};
	}
	if (choices[depth].count != count)
		model_fail("the scenario is not deterministic: %u alternatives where there were %u", count,
		           choices[depth].count);
	return choices[depth++].taken;
}

static unsigned choose_thread(const struct model_offer *offer)
{
	if (depth == length && with_states && states_visit(model_digest(), model_preemptions_left()))
		model_cut();
	return choose(offer->count);
}

static unsigned choose_value(const uint8_t *codes, unsigned count)
{
	(void)codes;
	return choose(count);
}

const struct model_strategy dfs_strategy = {choose_thread, choose_value, false};
