/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * seeded_progress.c - order and progress, right and wrong: a summary bit, the
 * last reference, finalising, the grace period's number, a lock.
 */
#include "../../lib/port/port.h"
#include "explorer.h"

/* A leaf has free ids: then its bit in the summary is set, when nobody is at work. */
struct summary {
	port_u64 leaf;
	port_u64 bit;
};

static void one_free(void *state)
{
	struct summary *s = state;

	port_u64_init(&s->leaf, 1);
	port_u64_init(&s->bit, 1);
}

static void take_bit(struct summary *s, uint64_t bit, bool fence)
{
	uint64_t old = port_u64_load_relaxed(&s->leaf);

	while (!port_u64_cas_acq_rel(&s->leaf, &old, old & ~bit))
		;
	if ((old & ~bit) != 0)
		return;
	(void)port_u64_xchg_acq_rel(&s->bit, 0);
	if (fence)
		port_fence_seq_cst();
	if (port_u64_load_acquire(&s->leaf) != 0)
		(void)port_u64_xchg_acq_rel(&s->bit, 1);
}

static void give_bit(struct summary *s, uint64_t bit, bool fence)
{
	(void)port_u64_add_acq_rel(&s->leaf, bit);
	if (fence)
		port_fence_seq_cst();
	if (port_u64_load_relaxed(&s->bit) == 0)
		(void)port_u64_xchg_acq_rel(&s->bit, 1);
}

static void take_loosely(void *state)
{
	take_bit(state, 1, false);
}

static void give_loosely(void *state)
{
	give_bit(state, 2, false);
}

static void take_fenced(void *state)
{
	take_bit(state, 1, true);
}

static void take_other_fenced(void *state)
{
	take_bit(state, 2, true);
}

static void give_fenced(void *state)
{
	give_bit(state, 2, true);
}

static void give_other_fenced(void *state)
{
	give_bit(state, 4, true);
}

static void bit_is_set(void *state)
{
	struct summary *s = state;

	MODEL_CHECK(port_u64_load_relaxed(&s->leaf) == 0 || port_u64_load_relaxed(&s->bit) != 0);
}

static const struct scenario summary_loose = {
	.name = "seeded-summary-no-fence",
	.about = "the summary bit is set only if it looks clear, without a fence: store buffering, invisible on x86",
	.memories = SCENARIO_WEAK,
	.finds = "bit",
	.program = {sizeof(struct summary), 2, one_free, {take_loosely, give_loosely}, NULL, bit_is_set, NULL, 0},
};
static const struct scenario summary_loose_sc = {
	.name = "right-summary-if-sc",
	.about = "the same: without weak memory it cannot be found",
	.memories = SCENARIO_SC,
	.bound = MODEL_UNLIMITED,
	.program = {sizeof(struct summary), 2, one_free, {take_loosely, give_loosely}, NULL, bit_is_set, NULL, 0},
};
static const struct scenario summary_fenced = {
	.name = "right-summary",
	.about = "with a fence on each side",
	.program = {sizeof(struct summary),
                    4,
                    one_free,
                    {take_fenced, give_fenced, take_other_fenced, give_other_fenced},
                    NULL,
                    bit_is_set,
                    NULL,
                    0},
};

/* The last of the references makes the object new: it must come after all use by the others. */
struct object {
	port_u32 references;
	port_u32 dying;
	uint32_t data;
	unsigned finalised;
};

static void two_references(void *state)
{
	struct object *s = state;

	port_u32_init(&s->references, 2);
	port_u32_init(&s->dying, 1);
	s->data = 1;
}

static void finalise(struct object *s)
{
	MODEL_CHECK(s->finalised++ == 0);
	port_plain_set(s->data, 2);
}

static void put_relaxed(void *state)
{
	struct object *s = state;

	MODEL_CHECK(port_plain_get(s->data) == 1);
	if (port_u32_add_relaxed(&s->references, UINT32_MAX) == 1)
		finalise(s);
}

static void put_acq_rel(void *state)
{
	struct object *s = state;

	MODEL_CHECK(port_plain_get(s->data) == 1);
	if (port_u32_add_acq_rel(&s->references, UINT32_MAX) == 1)
		finalise(s);
}

static const struct scenario put_race = {
	.name = "seeded-put-relaxed",
	.about = "the last reference is dropped with no order",
	.finds = "data race",
	.program = {sizeof(struct object), 2, two_references, {put_relaxed, put_relaxed}, NULL, NULL, NULL, 0},
};
static const struct scenario put_right = {
	.name = "right-put",
	.about = "acquire and release",
	.bound = MODEL_UNLIMITED,
	.program = {sizeof(struct object), 2, two_references, {put_acq_rel, put_acq_rel}, NULL, NULL, NULL, 0},
};

/* A getter that is too late undoes its reference: who saw the count at nothing must still win the state. */
static void put_and_finalise(struct object *s, bool swap)
{
	uint32_t dying = 1;

	if (port_u32_add_acq_rel(&s->references, UINT32_MAX) != 1)
		return;
	if (!swap)
		finalise(s);
	while (swap && dying == 1) {
		if (port_u32_cas_acq_rel(&s->dying, &dying, 0)) {
			finalise(s);
			break;
		}
	}
}

static void late_getter(struct object *s, bool swap)
{
	(void)port_u32_add_acq_rel(&s->references, 1);
	put_and_finalise(s, swap);
}

static void put_by_sub(void *state)
{
	put_and_finalise(state, false);
}

static void late_by_sub(void *state)
{
	late_getter(state, false);
}

static void put_by_swap(void *state)
{
	put_and_finalise(state, true);
}

static void late_by_swap(void *state)
{
	late_getter(state, true);
}

static void one_reference(void *state)
{
	struct object *s = state;

	two_references(s);
	port_u32_init(&s->references, 1);
}

static const struct scenario finalise_twice = {
	.name = "seeded-finalise-twice",
	.about = "whoever sees no reference left finalises",
	.finds = "finalised",
	.program = {sizeof(struct object), 2, one_reference, {put_by_sub, late_by_sub}, NULL, NULL, NULL, 0},
};
static const struct scenario finalise_once = {
	.name = "right-finalise",
	.about = "whoever wins the state finalises",
	.bound = MODEL_UNLIMITED,
	.program = {sizeof(struct object),
                    3,
                    one_reference,
                    {put_by_swap, late_by_swap, late_by_swap},
                    NULL,
                    NULL,
                    NULL,
                    0},
};

/* A lock is no lock-free structure, whatever its operations are. */
struct locked {
	port_u32 lock;
	port_u32 count;
};

static void add_locked(void *state)
{
	struct locked *s = state;
	uint32_t seen = 0;

	while (!port_u32_cas_acq_rel(&s->lock, &seen, 1)) {
		port_relax();
		seen = 0;
	}
	port_u32_store_relaxed(&s->count, port_u32_load_relaxed(&s->count) + 1);
	port_u32_store_release(&s->lock, 0);
}

static void add_free(void *state)
{
	struct locked *s = state;

	model_bound_begin(1);
	(void)port_u32_add_acq_rel(&s->count, 1);
	(void)model_bound_end();
}

static void swap_free(void *state)
{
	struct locked *s = state;
	uint32_t seen = port_u32_load_relaxed(&s->count);

	while (!port_u32_cas_acq_rel(&s->count, &seen, seen + 1))
		;
}

static void swap_bounded(void *state)
{
	model_bound_begin(2);
	swap_free(state);
	(void)model_bound_end();
}

static void counted_three(void *state)
{
	struct locked *s = state;

	MODEL_CHECK(port_u32_load_relaxed(&s->count) == 3);
}

#define COUNT(a)                                                                        \
	{                                                                               \
		sizeof(struct locked), 3, NULL, {a, a, a}, NULL, counted_three, NULL, 0 \
	}
static const struct scenario lock_frozen = {
	.name = "seeded-lock-frozen",
	.about = "who holds the lock stops for ever",
	.freezes = 1,
	.steps = 200,
	.finds = "no progress",
	.program = COUNT(add_locked),
};
static const struct scenario lock_alone = {
	.name = "right-lock",
	.about = "as a lock it is right, and waiting for it ends",
	.program = COUNT(add_locked),
};
static const struct scenario swap_frozen = {
	.name = "right-swap-frozen",
	.about = "a compare-and-swap loop needs nobody, whoever stops",
	.freezes = 2,
	.steps = 200,
	.program = COUNT(swap_free),
};
static const struct scenario swap_not_wait_free = {
	.name = "seeded-swap-bounded",
	.about = "a compare-and-swap loop is not wait-free",
	.finds = "more than the 2 steps",
	.program = COUNT(swap_bounded),
};
static const struct scenario add_wait_free = {
	.name = "right-add-bounded",
	.about = "an addition is",
	.bound = MODEL_UNLIMITED,
	.freezes = 2,
	.program = COUNT(add_free),
};

scenario_list seeded_progress_scenarios = {
	&summary_loose, &summary_loose_sc, &summary_fenced, &put_race,    &put_right,          &finalise_twice,
	&finalise_once, &lock_frozen,      &lock_alone,     &swap_frozen, &swap_not_wait_free, &add_wait_free,
	NULL,
};
