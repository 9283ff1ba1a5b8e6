/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The slot word and the edges of the state machine, as pure functions and as applied. */
#include "unit.h"

#include "edge.h"

#define GENERATION 5u

static const struct edge {
	const char *name;
	slot_edge *fn;
	/* What it answers in IDLE, RESERVED, ACTIVE, PARKED, POISONED, where nothing else stands in its way. */
	int answer[5];
} edges[] = {
	{"birth", slot_on_birth, {0, -IOASID_EBUSY, -IOASID_EBUSY, -IOASID_EBUSY, -IOASID_EBUSY}},
	{"publish", slot_on_publish, {-IOASID_ESTALE, 0, -IOASID_EBUSY, -IOASID_ESTALE, -IOASID_ESTALE}},
	{"abort", slot_on_abort, {-IOASID_ESTALE, 0, -IOASID_EBUSY, -IOASID_ESTALE, -IOASID_ESTALE}},
	{"get", slot_on_get, {-IOASID_ESTALE, -IOASID_ENOENT, 0, -IOASID_ESTALE, -IOASID_ESTALE}},
	{"put", slot_on_put, {-IOASID_ESTALE, -IOASID_EINVAL, 0, 0, 0}},
	{"pin", slot_on_pin, {-IOASID_ENOENT, -IOASID_ENOENT, 0, -IOASID_ESTALE, -IOASID_ESTALE}},
	{"unpin", slot_on_unpin, {-IOASID_ESTALE, -IOASID_EINVAL, 0, 0, 0}},
	{"park", slot_on_park, {-IOASID_ESTALE, 0, 0, -IOASID_ESTALE, -IOASID_ESTALE}},
	{"seal", slot_on_seal, {-IOASID_EINVAL, -IOASID_EINVAL, -IOASID_EINVAL, 0, -IOASID_EINVAL}},
	{"cure", slot_on_cure, {-IOASID_ESTALE, -IOASID_EINVAL, -IOASID_EINVAL, -IOASID_EINVAL, 0}},
};
#define EDGES (sizeof(edges) / sizeof(edges[0]))

static bool same(const struct slot_life *a, const struct slot_life *b)
{
	return slot_pack(a) == slot_pack(b);
}

START_TEST(fields_come_back)
{
	static const uint32_t generations[] = {0, 1, SLOT_GEN_MAX / 2, SLOT_GEN_MAX};

	for (uint32_t pins = 0; pins <= SLOT_PIN_MAX; pins++) {
		for (uint32_t refs = 0; refs <= SLOT_REF_MAX; refs++) {
			for (uint32_t i = 0; i < 4 * 8 * 5; i++) {
				struct slot_life in = {generations[i % 4], pins,       refs,  i / 4 & 1,
				                       i / 8 & 1,          i / 16 & 1, i / 32};
				struct slot_life out = slot_unpack(slot_pack(&in));

				ck_assert_uint_eq(out.generation, in.generation);
				ck_assert_uint_eq(out.pins, in.pins);
				ck_assert_uint_eq(out.refs, in.refs);
				ck_assert_int_eq(out.hot, in.hot);
				ck_assert_int_eq(out.shared, in.shared);
				ck_assert_int_eq(out.claim, in.claim);
				ck_assert_int_eq(out.state, in.state);
			}
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
		unsigned fields = 0u + (life.generation != 0) + (life.pins != 0) + (life.refs != 0) + life.hot +
		                  life.shared + life.claim + (life.state != SLOT_IDLE);

		ck_assert_uint_eq(fields, 1);
		ck_assert_uint_eq(slot_pack(&life), UINT64_C(1) << bit);
	}
}
END_TEST

/* A life with one reference, one pin and a claim, in which nothing but the state decides. */
static struct slot_life life_in(enum slot_state state)
{
	struct slot_life life = {.generation = GENERATION, .state = state};

	if (state == SLOT_IDLE)
		return life;
	life.claim = true;
	if (state != SLOT_RESERVED) {
		life.refs = 1;
		life.pins = 1;
	}
	return life;
}

START_TEST(every_edge_in_every_state)
{
	for (size_t e = 0; e < EDGES; e++) {
		for (int state = SLOT_IDLE; state <= SLOT_POISONED; state++) {
			struct slot_life before = life_in((enum slot_state)state);
			struct slot_life after = before;
			int answer = edges[e].fn(&after, 0);

			ck_assert_msg(answer == edges[e].answer[state], "%s in state %d answers %d", edges[e].name,
			              state, answer);
			if (answer != 0)
				ck_assert_msg(same(&before, &after), "%s refused in %d has changed the life",
				              edges[e].name, state);
		}
	}
}
END_TEST

static bool grew(uint32_t before, uint32_t after)
{
	return after > before;
}

/* What holds of every edge on every life that can be (I1 to I4 of slot.h). */
static void check_edge(const struct edge *edge, struct slot_life before, uint32_t arg)
{
	struct slot_life after = before;
	int answer = edge->fn(&after, arg);

	if (answer != 0) {
		ck_assert_msg(same(&before, &after), "%s was refused and has changed the life", edge->name);
		return;
	}
	ck_assert_uint_eq(after.generation, before.generation + (edge->fn == slot_on_birth));
	if (edge->fn != slot_on_birth) {
		ck_assert(!grew(before.refs, after.refs) || before.state == SLOT_ACTIVE);
		ck_assert(!grew(before.pins, after.pins) || before.state == SLOT_ACTIVE);
	}
	if (after.state == SLOT_IDLE)
		ck_assert(after.refs == 0 && after.pins == 0 && !after.claim && !after.shared && !after.hot);
	if (after.state == SLOT_PARKED)
		ck_assert_msg(after.refs != 0 || after.pins != 0 || after.claim, "%s has left a life without end",
		              edge->name);
	if (after.state == SLOT_ACTIVE && before.state == SLOT_ACTIVE)
		ck_assert(after.refs != 0 || after.claim || (before.refs == 0 && !before.claim));
	/* refs, pins and generation never spill into a neighbour */
	ck_assert(after.refs <= SLOT_REF_MAX && after.pins <= SLOT_PIN_MAX && after.generation <= SLOT_GEN_MAX);
}

START_TEST(every_edge_on_every_life)
{
	static const uint32_t generations[] = {1, SLOT_GEN_MAX - 1, SLOT_GEN_MAX};
	uint32_t checked = 0;

	for (uint32_t i = 0; i < 3 * 8 * 5 * (SLOT_REF_MAX + 1) * (SLOT_PIN_MAX + 1); i++) {
		uint32_t counts = i / (3 * 8 * 5);
		struct slot_life life = {
			.generation = generations[i % 3],
			.hot = i / 3 & 1,
			.shared = i / 6 & 1,
			.claim = i / 12 & 1,
			.state = (enum slot_state)(i / 24 % 5),
			.refs = counts % (SLOT_REF_MAX + 1),
			.pins = counts / (SLOT_REF_MAX + 1),
		};

		/* I2 */
		if (life.state == SLOT_IDLE && (counts != 0 || life.hot || life.shared || life.claim))
			continue;
		/* Nobody can pin what is not ACTIVE yet; a birth gives one reference at most. */
		if (life.state == SLOT_RESERVED && (life.pins != 0 || life.refs > 1))
			continue;
		for (size_t e = 0; e < EDGES; e++) {
			check_edge(&edges[e], life, 0);
			check_edge(&edges[e], life, 1);
			checked++;
		}
	}
	ck_assert_uint_gt(checked, 10000);
}
END_TEST

START_TEST(birth_does_as_it_is_told)
{
	for (uint32_t how = 0; how < 32; how++) {
		struct slot_life life = {.generation = GENERATION};

		ck_assert_ok(slot_on_birth(&life, how));
		ck_assert_uint_eq(life.generation, GENERATION + 1);
		ck_assert_int_eq(life.state, how & SLOT_BIRTH_ACTIVE ? SLOT_ACTIVE : SLOT_RESERVED);
		ck_assert_int_eq(life.shared, (how & SLOT_BIRTH_SHARED) != 0);
		ck_assert_int_eq(life.hot, (how & SLOT_BIRTH_HOT) != 0);
		ck_assert_int_eq(life.claim, (how & SLOT_BIRTH_CLAIM) != 0);
		ck_assert_uint_eq(life.refs, how & SLOT_BIRTH_REF ? 1 : 0);
		ck_assert_uint_eq(life.pins, 0);
	}
}
END_TEST

START_TEST(no_birth_after_the_last_generation)
{
	struct slot_life life = {.generation = SLOT_GEN_MAX - 1};

	ck_assert_ok(slot_on_birth(&life, 0));
	ck_assert_uint_eq(life.generation, SLOT_GEN_MAX);
	ck_assert_ok(slot_on_abort(&life, 0));
	ck_assert_int_eq(slot_on_birth(&life, 0), -IOASID_EOVERFLOW);
}
END_TEST

START_TEST(counts_have_an_end)
{
	struct slot_life life = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};

	for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
		ck_assert_ok(slot_on_get(&life, 0));
	ck_assert_int_eq(slot_on_get(&life, 0), -IOASID_EOVERFLOW);
	ck_assert_uint_eq(life.refs, SLOT_REF_MAX);
	for (uint32_t i = 0; i < SLOT_PIN_MAX; i++)
		ck_assert_ok(slot_on_pin(&life, 0));
	ck_assert_int_eq(slot_on_pin(&life, 0), -IOASID_EOVERFLOW);
	ck_assert_uint_eq(life.pins, SLOT_PIN_MAX);
	ck_assert_uint_eq(life.refs, SLOT_REF_MAX);
}
END_TEST

/* The last put of a private id takes the claim; of a shared id it is one too many. */
START_TEST(last_put)
{
	struct slot_life private = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};
	struct slot_life shared = {.generation = 1, .state = SLOT_ACTIVE, .claim = true, .shared = true};
	struct slot_life eager = {.generation = 1, .state = SLOT_ACTIVE, .refs = 1, .shared = true};

	ck_assert_ok(slot_on_put(&private, 0));
	ck_assert_int_eq(private.state, SLOT_IDLE);
	ck_assert_int_eq(slot_on_put(&private, 0), -IOASID_ESTALE);
	ck_assert_int_eq(slot_on_put(&shared, 0), -IOASID_EINVAL);
	ck_assert_int_eq(shared.state, SLOT_ACTIVE);
	ck_assert_ok(slot_on_put(&eager, 0));
	ck_assert_int_eq(eager.state, SLOT_IDLE);
}
END_TEST

/* A participant, a reference or a tally makes a park wait for the quiesce; a pin alone does not. */
START_TEST(park_waits_for_whoever_must_be_asked)
{
	struct slot_life life = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};
	struct slot_life asked = life;
	struct slot_life held = life;
	struct slot_life hot = life;
	struct slot_life pinned = life;

	held.refs = 1;
	hot.hot = true;
	pinned.pins = 1;
	ck_assert_ok(slot_on_park(&life, 0));
	ck_assert_int_eq(life.state, SLOT_IDLE);
	ck_assert_ok(slot_on_park(&asked, 1));
	ck_assert(asked.state == SLOT_PARKED && asked.claim);
	ck_assert_ok(slot_on_park(&held, 0));
	ck_assert(held.state == SLOT_PARKED && held.claim);
	ck_assert_ok(slot_on_park(&hot, 0));
	ck_assert(hot.state == SLOT_PARKED && hot.claim);
	ck_assert_ok(slot_on_park(&pinned, 0));
	ck_assert(pinned.state == SLOT_PARKED && !pinned.claim);
	ck_assert_ok(slot_on_unpin(&pinned, 0));
	ck_assert_int_eq(pinned.state, SLOT_IDLE);
}
END_TEST

/* A put with participants parks for them, too. */
START_TEST(last_put_asks_participants)
{
	struct slot_life life = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};

	ck_assert_ok(slot_on_put(&life, 1));
	ck_assert(life.state == SLOT_PARKED && life.claim && life.refs == 0);
	ck_assert_int_eq(slot_on_put(&life, 1), -IOASID_EINVAL);
	ck_assert_ok(slot_on_seal(&life, 0));
	ck_assert_int_eq(life.state, SLOT_IDLE);
}
END_TEST

/* The life ends with whatever comes last of seal, put and unpin, in any order. */
START_TEST(ends_with_the_last_of_three)
{
	static const char *const orders[] = {"spu", "sup", "psu", "pus", "usp", "ups"};
	struct slot_life life = {
		.generation = 1, .state = SLOT_PARKED, .claim = true, .refs = 1, .pins = 1, .hot = true};

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(life.state, SLOT_PARKED);
		switch (orders[_i][i]) {
		case 's':
			ck_assert_ok(slot_on_seal(&life, 0));
			break;
		case 'p':
			ck_assert_ok(slot_on_put(&life, 0));
			break;
		default:
			ck_assert_ok(slot_on_unpin(&life, 0));
		}
	}
	ck_assert_int_eq(life.state, SLOT_IDLE);
	ck_assert(!life.hot);
}
END_TEST

START_TEST(poison_stays_until_cured)
{
	struct slot_life life = {.generation = 1, .state = SLOT_PARKED, .claim = true, .refs = 1, .pins = 1};

	ck_assert_ok(slot_on_seal(&life, 1));
	ck_assert_ok(slot_on_put(&life, 0));
	ck_assert_ok(slot_on_unpin(&life, 0));
	ck_assert_int_eq(life.state, SLOT_POISONED);
	ck_assert_ok(slot_on_cure(&life, 0));
	ck_assert_int_eq(life.state, SLOT_IDLE);

	life = (struct slot_life){.generation = 1, .state = SLOT_POISONED, .claim = true, .refs = 1};
	ck_assert_ok(slot_on_cure(&life, 0));
	ck_assert_int_eq(life.state, SLOT_PARKED);
	ck_assert_ok(slot_on_put(&life, 0));
	ck_assert_int_eq(life.state, SLOT_IDLE);
}
END_TEST

START_TEST(apply_stores_both_sides)
{
	struct slot slot = {0};
	struct slot_life before;
	struct slot_life after;

	ck_assert_ok(slot_apply(&slot, SLOT_ANY, slot_on_birth, SLOT_BIRTH_CLAIM, &before, &after));
	ck_assert(before.state == SLOT_IDLE && before.generation == 0);
	ck_assert(after.state == SLOT_RESERVED && after.generation == 1);
	ck_assert_ok(slot_apply(&slot, 1, slot_on_publish, 0, &before, &after));
	ck_assert(!slot_parked(&before, &after) && !slot_ended(&before, &after));
	ck_assert_ok(slot_apply(&slot, 1, slot_on_get, 0, &before, &after));
	ck_assert_ok(slot_apply(&slot, 1, slot_on_park, 0, &before, &after));
	ck_assert(slot_parked(&before, &after) && !slot_ended(&before, &after));
	ck_assert_ok(slot_apply(&slot, 1, slot_on_seal, 0, &before, &after));
	ck_assert(!slot_parked(&before, &after) && !slot_ended(&before, &after));
	ck_assert_ok(slot_apply(&slot, 1, slot_on_put, 0, &before, &after));
	ck_assert(!slot_parked(&before, &after) && slot_ended(&before, &after));
}
END_TEST

/* Which life: an older one is stale, a later one never was, whatever the state. */
START_TEST(apply_knows_the_generation)
{
	for (size_t e = 0; e < EDGES; e++) {
		for (int state = SLOT_IDLE; state <= SLOT_POISONED; state++) {
			struct slot_life life = life_in((enum slot_state)state);
			struct slot_life before;
			struct slot_life after;
			struct slot slot = {0};

			port_u64_init(&slot.word, slot_pack(&life));
			ck_assert_int_eq(slot_apply(&slot, GENERATION - 1, edges[e].fn, 0, &before, &after),
			                 -IOASID_ESTALE);
			ck_assert(same(&before, &life));
			ck_assert_int_eq(slot_apply(&slot, GENERATION + 1, edges[e].fn, 0, &before, &after),
			                 -IOASID_ENOENT);
			ck_assert_uint_eq(port_u64_load_relaxed(&slot.word), slot_pack(&life));
			ck_assert_int_eq(slot_apply(&slot, GENERATION, edges[e].fn, 0, &before, &after),
			                 edges[e].answer[state]);
		}
	}
}
END_TEST

/* A swap that fails for no reason is tried again, and counts once. */
START_TEST(apply_survives_weak_swaps)
{
	struct slot_life life = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};
	struct slot_life before;
	struct slot_life after;
	struct slot slot = {0};

	port_u64_init(&slot.word, slot_pack(&life));
	sim_cas_fail_random(7, 2);
	for (uint32_t i = 0; i < SLOT_REF_MAX; i++) {
		ck_assert_ok(slot_apply(&slot, 1, slot_on_get, 0, &before, &after));
		ck_assert_uint_eq(after.refs, i + 1);
	}
	ck_assert_uint_gt(sim_cas_failed(), 0);
	ck_assert_uint_eq(slot_read(&slot).refs, SLOT_REF_MAX);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, fields_come_back);
	tcase_add_test(tests, fields_do_not_overlap);
	tcase_add_test(tests, every_edge_in_every_state);
	tcase_add_test(tests, every_edge_on_every_life);
	tcase_add_test(tests, birth_does_as_it_is_told);
	tcase_add_test(tests, no_birth_after_the_last_generation);
	tcase_add_test(tests, counts_have_an_end);
	tcase_add_test(tests, last_put);
	tcase_add_test(tests, park_waits_for_whoever_must_be_asked);
	tcase_add_test(tests, last_put_asks_participants);
	tcase_add_loop_test(tests, ends_with_the_last_of_three, 0, 6);
	tcase_add_test(tests, poison_stays_until_cured);
	tcase_add_test(tests, apply_stores_both_sides);
	tcase_add_test(tests, apply_knows_the_generation);
	tcase_add_test(tests, apply_survives_weak_swaps);
}

UNIT_MAIN("slot", add_tests)
