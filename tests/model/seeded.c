/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * seeded.c - handing out ids, right and wrong: each wrong one has been shipped
 * by somebody, and is found here.
 *
 * There are as many ids as threads that want one, so no request may fail.
 */
#include "../../lib/port/port.h"
#include "explorer.h"

#define WORDS 2u
#define FREE_BITS UINT64_C(0xffffffff)
#define VERSION (UINT64_C(1) << 32)

struct leaves {
	port_u64 word[WORDS]; /* free ids below, a version above */
	unsigned holders[WORDS];
};

static void two_ids(void *state)
{
	struct leaves *s = state;

	for (unsigned i = 0; i < WORDS; i++)
		port_u64_init(&s->word[i], 1);
}

static void hold(struct leaves *s, int id)
{
	model_say("holds id %d", id);
	MODEL_CHECK(id >= 0); /* an id was free all the time */
	MODEL_CHECK(s->holders[id]++ == 0);
}

static void let_go(struct leaves *s, int id, uint64_t change)
{
	s->holders[id]--;
	(void)port_u64_add_acq_rel(&s->word[id], change);
}

static bool take(port_u64 *word, uint64_t *value)
{
	while ((*value & FREE_BITS) != 0) {
		if (port_u64_cas_acq_rel(word, value, *value & ~UINT64_C(1)))
			return true;
		*value = port_u64_load_acquire(word); /* what a failure saw, it saw with no order */
	}
	return false;
}

/* Empty is only what two scans found empty with the same versions. */
static int take_exactly(struct leaves *s, unsigned start)
{
	uint64_t before = UINT64_MAX;

	for (;;) {
		uint64_t versions = 0;

		for (unsigned i = 0; i < WORDS; i++) {
			unsigned at = (start + i) % WORDS;
			uint64_t value = port_u64_load_acquire(&s->word[at]);

			if (take(&s->word[at], &value))
				return (int)at;
			versions += value >> 32;
		}
		if (versions == before)
			return -1;
		before = versions;
	}
}

/* Counts the version that a failed compare-and-swap has seen. */
static int take_trusting(struct leaves *s, unsigned start)
{
	uint64_t before = UINT64_MAX;

	for (;;) {
		uint64_t versions = 0;

		for (unsigned i = 0; i < WORDS; i++) {
			unsigned at = (start + i) % WORDS;
			uint64_t value = port_u64_load_acquire(&s->word[at]);

			while ((value & FREE_BITS) != 0) {
				if (port_u64_cas_relaxed(&s->word[at], &value, value & ~UINT64_C(1)))
					return (int)at;
			}
			versions += value >> 32;
		}
		if (versions == before)
			return -1;
		before = versions;
	}
}

static int take_naively(struct leaves *s, unsigned start)
{
	for (unsigned i = 0; i < WORDS; i++) {
		unsigned at = (start + i) % WORDS;
		uint64_t value = port_u64_load_acquire(&s->word[at]);

		if (take(&s->word[at], &value))
			return (int)at;
	}
	return -1;
}

static void rounds(struct leaves *s, int (*take_one)(struct leaves *, unsigned), unsigned count, uint64_t change)
{
	for (unsigned round = 0; round < count; round++) {
		int id = take_one(s, (model_self() + round) % WORDS);

		hold(s, id);
		let_go(s, id, change);
	}
}

static void exact(void *state)
{
	rounds(state, take_exactly, 2, VERSION + 1);
}

static void naive(void *state)
{
	rounds(state, take_naively, 2, VERSION + 1);
}

static void trusting(void *state)
{
	rounds(state, take_trusting, 2, VERSION + 1);
}

static void unversioned(void *state)
{
	rounds(state, take_exactly, 4, 1);
}

static const struct scenario leaf_exact = {
	.name = "right-leaf",
	.about = "two versioned scans before saying that nothing is free",
	.bound = 4,
	.program = {sizeof(struct leaves), 2, two_ids, {exact, exact}, NULL, NULL, NULL, 0},
};
static const struct scenario leaf_naive = {
	.name = "seeded-naive-scan",
	.about = "one scan, and ids that move behind it",
	.finds = "id >= 0",
	.program = {sizeof(struct leaves), 2, two_ids, {naive, naive}, NULL, NULL, NULL, 0},
};
static const struct scenario leaf_trusting = {
	.name = "seeded-relaxed-failure",
	.about = "two scans, one of which trusts what a failed compare-and-swap saw without order",
	.memories = SCENARIO_WEAK,
	.finds = "id >= 0",
	.program = {sizeof(struct leaves), 2, two_ids, {trusting, trusting}, NULL, NULL, NULL, 0},
};
static const struct scenario leaf_unversioned = {
	.name = "seeded-no-version",
	.about = "two scans that find nothing, and no version to tell whether something moved",
	.bound = 7,
	.finds = "id >= 0",
	.program = {sizeof(struct leaves), 2, two_ids, {unversioned, unversioned}, NULL, NULL, NULL, 0},
};

/* A thread claims a whole word, keeps one id and puts the rest where others may steal: for a moment it is nowhere. */
struct magazine {
	struct leaves leaves;
	port_u64 mine[2];
};

static void both_in_one_word(void *state)
{
	struct magazine *s = state;

	port_u64_init(&s->leaves.word[0], 3);
}

static void claim(void *state)
{
	struct magazine *s = state;
	unsigned self = model_self();
	uint64_t ids = port_u64_xchg_acq_rel(&s->leaves.word[0], 0);
	int id;

	if (ids == 0)
		ids = port_u64_xchg_acq_rel(&s->mine[1 - self], 0);
	id = ids == 0 ? -1 : (int)port_ctz64(ids);
	if (ids != 0)
		port_u64_store_release(&s->mine[self], ids & (ids - 1));
	hold(&s->leaves, id);
}

static const struct scenario magazine = {
	.name = "seeded-magazine",
	.about = "claimed ids are invisible until they are in the magazine",
	.finds = "id >= 0",
	.program = {sizeof(struct magazine), 2, both_in_one_word, {claim, claim}, NULL, NULL, NULL, 0},
};

/* A stack of indices: what is on top may be on top again, with something else below. */
#define NODES 3u
struct stack {
	port_u64 head; /* index + 1 below, a tag above */
	port_u64 next[NODES];
	unsigned holders[NODES];
};

static void full_stack(void *state)
{
	struct stack *s = state;

	for (unsigned i = 0; i < NODES; i++)
		port_u64_init(&s->next[i], i);
	port_u64_init(&s->head, NODES);
}

static unsigned pop(struct stack *s, uint64_t tag)
{
	uint64_t head = port_u64_load_acquire(&s->head);
	uint64_t next;

	do {
		if ((head & FREE_BITS) == 0)
			return NODES;
		next = port_u64_load_relaxed(&s->next[(head & FREE_BITS) - 1]);
		if (port_u64_cas_acq_rel(&s->head, &head, next | ((head & ~FREE_BITS) + tag)))
			break;
		head = port_u64_load_acquire(&s->head); /* what a failure saw, it saw with no order */
	} while (true);
	model_say("has popped %u", (unsigned)(head & FREE_BITS) - 1);
	MODEL_CHECK(s->holders[(head & FREE_BITS) - 1]++ == 0);
	return (unsigned)(head & FREE_BITS) - 1;
}

static void push(struct stack *s, unsigned node, uint64_t tag)
{
	uint64_t head = port_u64_load_acquire(&s->head);

	s->holders[node]--;
	do {
		port_u64_store_relaxed(&s->next[node], head & FREE_BITS);
	} while (!port_u64_cas_acq_rel(&s->head, &head, (node + 1) | ((head & ~FREE_BITS) + tag)));
}

static void pop_twice(struct stack *s, uint64_t tag)
{
	(void)pop(s, tag);
	(void)pop(s, tag);
}

static void pop_pop_push(struct stack *s, uint64_t tag)
{
	unsigned first = pop(s, tag);

	(void)pop(s, tag);
	if (first < NODES)
		push(s, first, tag);
}

static void untagged_a(void *state)
{
	pop_twice(state, 0);
}

static void untagged_b(void *state)
{
	pop_pop_push(state, 0);
}

static void tagged_a(void *state)
{
	pop_twice(state, VERSION);
}

static void tagged_b(void *state)
{
	pop_pop_push(state, VERSION);
}

static const struct scenario stack_untagged = {
	.name = "seeded-aba",
	.about = "a stack of indices without a tag",
	.finds = "holders",
	.program = {sizeof(struct stack), 2, full_stack, {untagged_a, untagged_b}, NULL, NULL, NULL, 0},
};
static const struct scenario stack_tagged = {
	.name = "right-stack",
	.about = "the same with a tag",
	.bound = 4,
	.program = {sizeof(struct stack), 2, full_stack, {tagged_a, tagged_b}, NULL, NULL, NULL, 0},
};

scenario_list seeded_scenarios = {
	&leaf_exact, &leaf_naive, &leaf_unversioned, &leaf_trusting, &magazine, &stack_untagged, &stack_tagged, NULL,
};
