/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The slot word; every edge of the state machine on every life, as a pure function and as applied. */
#include "unit.h"

#include "lives.h"

#define GENERATION 5u

static const enum slot_state states[] = {SLOT_IDLE, SLOT_RESERVED, SLOT_ACTIVE, SLOT_PARKED, SLOT_POISONED};
#define STATES (sizeof(states) / sizeof(states[0]))

static const struct edge {
	const char *name;
	slot_edge *fn;
	/* What it answers in each of the states, where nothing else stands in its way. */
	int answer[STATES];
	/* Which of the counts it moves: no other one. */
	int refs;
	int binds;
	int pins;
} edges[] = {
	{"birth", on_birth, {0, -IOASID_EBUSY, -IOASID_EBUSY, -IOASID_EBUSY, -IOASID_EBUSY}, 0, 0, 0},
	{"publish", slot_on_publish, {-IOASID_ESTALE, 0, -IOASID_EBUSY, -IOASID_ESTALE, -IOASID_ESTALE}, 0, 0, 0},
	{"abort", slot_on_abort, {-IOASID_ESTALE, 0, -IOASID_EBUSY, -IOASID_ESTALE, -IOASID_ESTALE}, 0, 0, 0},
	{"get", slot_on_get, {-IOASID_ESTALE, -IOASID_ENOENT, 0, -IOASID_ESTALE, -IOASID_ESTALE}, 1, 0, 0},
	{"put", slot_on_put, {-IOASID_ESTALE, -IOASID_EINVAL, 0, 0, 0}, -1, 0, 0},
	{"bind", slot_on_bind, {-IOASID_ESTALE, -IOASID_ENOENT, 0, -IOASID_ESTALE, -IOASID_ESTALE}, 0, 1, 0},
	{"unbind", slot_on_unbind, {-IOASID_ESTALE, -IOASID_EINVAL, 0, 0, 0}, 0, -1, 0},
	{"pin", slot_on_pin, {-IOASID_ENOENT, -IOASID_ENOENT, 0, -IOASID_ESTALE, -IOASID_ESTALE}, 0, 0, 1},
	{"unpin", slot_on_unpin, {-IOASID_ESTALE, -IOASID_EINVAL, 0, 0, 0}, 0, 0, -1},
	{"park", slot_on_park, {-IOASID_ESTALE, 0, 0, -IOASID_ESTALE, -IOASID_ESTALE}, 0, 0, 0},
	{"seal", slot_on_seal, {-IOASID_EINVAL, -IOASID_EINVAL, -IOASID_EINVAL, 0, -IOASID_EINVAL}, 0, 0, 0},
	{"cure", slot_on_cure, {-IOASID_ESTALE, -IOASID_EINVAL, -IOASID_EINVAL, -IOASID_EINVAL, 0}, 0, 0, 0},
};
#define EDGES (sizeof(edges) / sizeof(edges[0]))

static bool same(const struct slot_life *a, const struct slot_life *b)
{
	return a->generation == b->generation && a->pins == b->pins && a->binds == b->binds && a->refs == b->refs &&
	       a->hot == b->hot && a->shared == b->shared && a->claim == b->claim && a->state == b->state;
}

/* The @index-th of all lives but for their generations; the last of them is LIVES - 1. */
#define LIVES (5u * 8 * (SLOT_REF_MAX + 1) * (SLOT_BIND_MAX + 1) * (SLOT_PIN_MAX + 1))

static struct slot_life life_number(uint32_t index)
{
	uint32_t counts = index / (5 * 8);
	struct slot_life life = {
		.state = states[index % STATES],
		.hot = index / 5 & 1,
		.shared = index / 10 & 1,
		.claim = index / 20 & 1,
		.refs = counts % (SLOT_REF_MAX + 1),
		.binds = counts / (SLOT_REF_MAX + 1) % (SLOT_BIND_MAX + 1),
		.pins = counts / (SLOT_REF_MAX + 1) / (SLOT_BIND_MAX + 1),
	};

	return life;
}

START_TEST(fields_come_back)
{
	static const uint32_t generations[] = {0, 1, SLOT_GEN_MAX / 2, SLOT_GEN_MAX};

	for (uint32_t i = 0; i < LIVES; i++) {
		struct slot_life in = life_number(i);

		for (uint32_t g = 0; g < 4; g++) {
			struct slot_life out;

			in.generation = generations[g];
			out = slot_unpack(slot_pack(&in));
			if (!same(&in, &out))
				ck_abort_msg("life %u, generation %u does not come back", i, in.generation);
		}
	}
}
END_TEST

/* Each bit of the word belongs to one field at most: it comes back alone. */
START_TEST(fields_do_not_overlap)
{
	const unsigned used = SLOT_GEN_SHIFT + PORT_GEN_BITS;

	for (unsigned bit = 0; bit < used; bit++) {
		struct slot_life life = slot_unpack(UINT64_C(1) << bit);
		unsigned fields = 0u + (life.generation != 0) + (life.pins != 0) + (life.binds != 0) +
		                  (life.refs != 0) + life.hot + life.shared + life.claim + (life.state != SLOT_IDLE);

		ck_assert_uint_eq(fields, 1);
		ck_assert_uint_eq(slot_pack(&life), UINT64_C(1) << bit);
	}
}
END_TEST

/* A life with one reference, one binding, one pin and a claim, in which nothing but the state decides. */
static struct slot_life life_in(enum slot_state state)
{
	struct slot_life life = {.generation = GENERATION, .state = state};

	if (state == SLOT_IDLE)
		return life;
	life.claim = true;
	if (state != SLOT_RESERVED) {
		life.refs = 1;
		life.binds = 1;
		life.pins = 1;
	}
	return life;
}

/* What is asked of a word by one bit is what its state says. */
START_TEST(active_is_a_bit)
{
	for (size_t s = 0; s < STATES; s++) {
		struct slot_life life = life_in(states[s]);

		ck_assert_int_eq(slot_is_active(slot_pack(&life)), states[s] == SLOT_ACTIVE);
	}
}
END_TEST

START_TEST(every_edge_in_every_state)
{
	for (size_t e = 0; e < EDGES; e++) {
		for (size_t s = 0; s < STATES; s++) {
			struct slot_life before = life_in(states[s]);
			struct slot_life after = before;
			int answer = edge_on(edges[e].fn, &after, 0);

			ck_assert_msg(answer == edges[e].answer[s], "%s in state %d answers %d", edges[e].name,
			              states[s], answer);
			if (answer != 0)
				ck_assert_msg(same(&before, &after), "%s refused in %d has changed the life",
				              edges[e].name, states[s]);
		}
	}
}
END_TEST

/* NULL, or what is wrong with the life that an edge has left behind. */
static const char *broken_after(const struct edge *edge, const struct slot_life *before, const struct slot_life *after)
{
	bool grows = edge->refs > 0 || edge->binds > 0 || edge->pins > 0;
	bool begins = edge->fn == on_birth;
	bool undone = before->state == SLOT_RESERVED && after->state == SLOT_IDLE;

	if (after->generation != before->generation + begins)
		return "the generation";
	if (after->refs > SLOT_REF_MAX || after->binds > SLOT_BIND_MAX || after->pins > SLOT_PIN_MAX ||
	    after->generation > SLOT_GEN_MAX)
		return "a count that spills into its neighbour";
	/* I2 */
	if (after->state == SLOT_IDLE &&
	    (after->refs != 0 || after->binds != 0 || after->pins != 0 || after->claim || after->shared || after->hot))
		return "an end that leaves something";
	/* I4: with this and the counts below, a life ends by the edge that takes the last of the four. */
	if (after->state == SLOT_PARKED && after->refs == 0 && after->binds == 0 && after->pins == 0 && !after->claim)
		return "parked without end";
	if (begins || undone)
		return NULL;
	/* I3 */
	if (grows && before->state != SLOT_ACTIVE)
		return "grows what is not ACTIVE";
	/* No call takes what is another's. */
	if (after->refs != before->refs + (uint32_t)edge->refs)
		return "references";
	if (after->binds != before->binds + (uint32_t)edge->binds)
		return "binds";
	if (after->pins != before->pins + (uint32_t)edge->pins)
		return "pins";
	return NULL;
}

/* The claim goes with a park or with the quiesce; whoever drops a count leaves it, and so the id, alone. */
static const char *broken_claim(const struct edge *edge, const struct slot_life *before, const struct slot_life *after)
{
	bool kept = after->refs != 0 || after->binds != 0 || before->claim;
	bool drops = edge->fn == slot_on_put || edge->fn == slot_on_unbind;

	if (edge->refs == 0 && edge->binds == 0 && edge->pins == 0)
		return NULL;
	if (before->claim && !after->claim)
		return "has taken the claim";
	if (before->state == SLOT_ACTIVE && (after->state == SLOT_ACTIVE) != (kept || !drops))
		return "parks what is kept, or keeps what nobody keeps";
	if (before->state == SLOT_POISONED && after->state != SLOT_POISONED)
		return "has lifted the poison";
	return NULL;
}

static void check_edge(const struct edge *edge, const struct slot_life *before, uint32_t arg)
{
	struct slot_life after = *before;
	const char *broken = NULL;
	int answer = edge_on(edge->fn, &after, arg);

	if (answer != 0 && !same(before, &after))
		broken = "was refused and has changed the life";
	/* What is not there cannot be dropped, whatever else is. */
	if (answer == 0 && (before->refs < (uint32_t)(edge->refs < 0) || before->binds < (uint32_t)(edge->binds < 0) ||
	                    before->pins < (uint32_t)(edge->pins < 0)))
		broken = "has dropped what is not there";
	if (answer == 0 && broken == NULL)
		broken = broken_after(edge, before, &after);
	if (answer == 0 && broken == NULL)
		broken = broken_claim(edge, before, &after);
	if (broken != NULL)
		ck_abort_msg("%s(%u) in state %d, refs %u, binds %u, pins %u, claim %d: %s", edge->name, arg,
		             before->state, before->refs, before->binds, before->pins, before->claim, broken);
}

/* I1 to I4 of slot.h, of every edge on every life that can be. */
START_TEST(every_edge_on_every_life)
{
	static const uint32_t generations[] = {1, SLOT_GEN_MAX - 1, SLOT_GEN_MAX};
	uint32_t checked = 0;

	for (uint32_t i = 0; i < LIVES; i++) {
		struct slot_life life = life_number(i);

		/* I2 */
		if (life.state == SLOT_IDLE && i / 5 != 0)
			continue;
		/* Nobody can get or pin what is not ACTIVE yet; a birth is for one bind at most. */
		if (life.state == SLOT_RESERVED && (life.refs != 0 || life.pins != 0 || life.binds > 1))
			continue;
		for (uint32_t g = 0; g < 3; g++) {
			/* Births and ends apart, an edge does not look at the generation: one of them will do. */
			if (life.state > SLOT_RESERVED && g != i % 3)
				continue;
			life.generation = generations[g];
			for (size_t e = 0; e < EDGES; e++) {
				check_edge(&edges[e], &life, 0);
				check_edge(&edges[e], &life, 1);
			}
			checked++;
		}
	}
	ck_assert_uint_gt(checked, LIVES / 2);
}
END_TEST

START_TEST(apply_stores_both_sides)
{
	struct slot slot = {0};
	uint64_t before;
	uint64_t after;

	after = slot_birth(&slot, SLOT_BIRTH_CLAIM);
	ck_assert(after == slot_word(&slot));
	ck_assert(slot_state(after) == SLOT_RESERVED && slot_generation(after) == 1);
	ck_assert_ok(slot_apply(&slot, 1, slot_on_publish, 0, &before, &after));
	ck_assert(!slot_parked(before, after) && !slot_ended(before, after));
	ck_assert_ok(slot_apply(&slot, 1, slot_on_bind, 0, &before, &after));
	ck_assert_ok(slot_apply(&slot, 1, slot_on_park, 0, &before, &after));
	ck_assert(slot_parked(before, after) && !slot_ended(before, after));
	ck_assert_ok(slot_apply(&slot, 1, slot_on_seal, 0, &before, &after));
	ck_assert(!slot_parked(before, after) && !slot_ended(before, after));
	ck_assert_ok(slot_apply(&slot, 1, slot_on_unbind, 0, &before, &after));
	ck_assert(!slot_parked(before, after) && slot_ended(before, after));
}
END_TEST

/* Which life: an older one is stale, a later one never was, whatever the state. */
START_TEST(apply_knows_the_generation)
{
	for (size_t e = 0; e < EDGES; e++) {
		for (size_t s = 0; s < STATES; s++) {
			struct slot_life life = life_in(states[s]);
			uint64_t before;
			uint64_t after;
			struct slot slot = {0};

			port_u64_init(&slot.word, slot_pack(&life));
			ck_assert_int_eq(slot_apply(&slot, GENERATION - 1, edges[e].fn, 0, &before, &after),
			                 -IOASID_ESTALE);
			ck_assert_uint_eq(before, slot_pack(&life));
			ck_assert_int_eq(slot_apply(&slot, GENERATION + 1, edges[e].fn, 0, &before, &after),
			                 -IOASID_ENOENT);
			ck_assert_uint_eq(port_u64_load_relaxed(&slot.word), slot_pack(&life));
			ck_assert_int_eq(slot_apply(&slot, GENERATION, edges[e].fn, 0, &before, &after),
			                 edges[e].answer[s]);
		}
	}
}
END_TEST

/* It does what the edge does where the id stays ACTIVE, and nothing at all elsewhere. */
START_TEST(stay_leaves_the_rest_alone)
{
	static slot_edge *const drops[] = {slot_on_put, slot_on_unbind, slot_on_unpin};
	uint32_t stayed = 0;

	for (uint32_t i = 0; i < LIVES; i++) {
		struct slot_life life = life_number(i);

		life.generation = GENERATION;
		for (size_t d = 0; d < 3; d++) {
			uint64_t before = slot_pack(&life);
			uint64_t after = before;
			struct slot slot = {0};
			bool stays = life.state == SLOT_ACTIVE && drops[d](&after, 0) == 0 &&
			             slot_state(after) == SLOT_ACTIVE;

			port_u64_init(&slot.word, before);
			ck_assert(!slot_stay(&slot, GENERATION + 1, drops[d]));
			ck_assert(!slot_stay(&slot, GENERATION - 1, drops[d]));
			ck_assert_int_eq(slot_stay(&slot, GENERATION, drops[d]), stays);
			ck_assert_uint_eq(port_u64_load_relaxed(&slot.word), stays ? after : before);
			stayed += stays;
		}
	}
	ck_assert_uint_gt(stayed, 0);
}
END_TEST

/* A swap that fails for no reason is tried again, and counts once. */
START_TEST(apply_survives_weak_swaps)
{
	struct slot_life life = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};
	uint64_t before;
	uint64_t after;
	struct slot slot = {0};

	port_u64_init(&slot.word, slot_pack(&life));
	sim_cas_fail_random(7, 2);
	for (uint32_t i = 0; i < SLOT_REF_MAX; i++) {
		ck_assert_ok(slot_apply(&slot, 1, slot_on_get, 0, &before, &after));
		ck_assert_uint_eq(slot_unpack(after).refs, i + 1);
	}
	ck_assert_uint_gt(sim_cas_failed(), 0);
	ck_assert_uint_eq(slot_read(&slot).refs, SLOT_REF_MAX);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, fields_come_back);
	tcase_add_test(tests, fields_do_not_overlap);
	tcase_add_test(tests, active_is_a_bit);
	tcase_add_test(tests, every_edge_in_every_state);
	tcase_add_test(tests, every_edge_on_every_life);
	tcase_add_test(tests, apply_stores_both_sides);
	tcase_add_test(tests, apply_knows_the_generation);
	tcase_add_test(tests, apply_survives_weak_swaps);
	tcase_add_test(tests, stay_leaves_the_rest_alone);
}

UNIT_MAIN("slot", add_tests)
