/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_pool.c - the bindings' free stack: nobody gets what another has. */
#include "binding.h"
#include "explorer.h"

#define HELD_MAX 8u

struct bindings {
	struct memory memory;
	struct pool pool;
	struct binding *held[HELD_MAX];
};

static void empty_pool(void *state)
{
	struct bindings *s = state;

	s->pool.memory = &s->memory;
}

static void filled_pool(void *state)
{
	struct bindings *s = state;
	struct binding *binding;

	empty_pool(state);
	binding = pool_take(&s->pool);
	MODEL_CHECK(binding != NULL);
	pool_give(&s->pool, binding);
}

static struct binding *take(struct bindings *s)
{
	struct binding *binding = pool_take(&s->pool);
	unsigned at = HELD_MAX;

	MODEL_CHECK(binding != NULL);
	model_say("takes binding %u", binding->index);
	for (unsigned i = 0; i < HELD_MAX; i++) {
		MODEL_CHECK(s->held[i] != binding);
		if (s->held[i] == NULL)
			at = i;
	}
	s->held[at] = binding;
	return binding;
}

static void give(struct bindings *s, struct binding *binding)
{
	model_say("gives binding %u", binding->index);
	for (unsigned i = 0; i < HELD_MAX; i++)
		s->held[i] = s->held[i] == binding ? NULL : s->held[i];
	pool_give(&s->pool, binding);
}

static void take_two(void *state)
{
	(void)take(state);
	(void)take(state);
}

static void take_two_give_one(void *state)
{
	struct binding *first = take(state);

	(void)take(state);
	give(state, first);
}

static void take_give_take(void *state)
{
	give(state, take(state));
	(void)take(state);
}

static const struct scenario pool_takes = {
	.name = "core-pool-stack",
	.about = "two take two bindings each, one gives its first one back",
	.stale = 3,
	.program = {sizeof(struct bindings), 2, filled_pool, {take_two, take_two_give_one}, NULL, NULL, NULL, 0},
};
static const struct scenario pool_grows = {
	.name = "core-pool-grow",
	.about = "the pool is empty: who takes first makes it grow",
	.stale = 3,
	.program = {sizeof(struct bindings), 2, empty_pool, {take_give_take, take_two}, NULL, NULL, NULL, 0},
};

scenario_list core_pool_scenarios = {&pool_takes, &pool_grows, NULL};
