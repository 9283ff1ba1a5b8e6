/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Lives told edge by edge: what keeps an id, what ends it, and what a call too many does not take. */
#include "unit.h"

#include "lives.h"

#define GENERATION 5u

static bool same(const struct slot_life *a, const struct slot_life *b)
{
	return slot_pack(a) == slot_pack(b);
}

START_TEST(birth_does_as_it_is_told)
{
	for (uint32_t i = 0; i < 32; i++) {
		uint32_t how = (i & 1 ? SLOT_BIRTH_ACTIVE : 0) | (i & 2 ? SLOT_BIRTH_SHARED : 0) |
		               (i & 4 ? SLOT_BIRTH_HOT : 0) | (i & 8 ? SLOT_BIRTH_CLAIM : 0) |
		               (i & 16 ? SLOT_BIRTH_BIND : 0);
		struct slot_life life = {.generation = GENERATION};

		ck_assert_ok(edge_on(on_birth, &life, how));
		ck_assert_uint_eq(life.generation, GENERATION + 1);
		ck_assert_int_eq(life.state, how & SLOT_BIRTH_ACTIVE ? SLOT_ACTIVE : SLOT_RESERVED);
		ck_assert_int_eq(life.shared, (how & SLOT_BIRTH_SHARED) != 0);
		ck_assert_int_eq(life.hot, (how & SLOT_BIRTH_HOT) != 0);
		ck_assert_int_eq(life.claim, (how & SLOT_BIRTH_CLAIM) != 0);
		ck_assert_uint_eq(life.binds, how & SLOT_BIRTH_BIND ? 1 : 0);
		ck_assert_uint_eq(life.refs, 0);
		ck_assert_uint_eq(life.pins, 0);
	}
}
END_TEST

START_TEST(no_birth_after_the_last_generation)
{
	struct slot_life life = {.generation = SLOT_GEN_MAX - 1};

	ck_assert_ok(edge_on(on_birth, &life, 0));
	ck_assert_uint_eq(life.generation, SLOT_GEN_MAX);
	ck_assert_ok(edge_on(slot_on_abort, &life, 0));
	ck_assert_int_eq(edge_on(on_birth, &life, 0), -IOASID_EOVERFLOW);
}
END_TEST

/* Each count is full by itself, and leaves room in the others. */
START_TEST(counts_have_an_end)
{
	struct slot_life life = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};

	for (uint32_t i = 0; i < SLOT_REF_MAX; i++)
		ck_assert_ok(edge_on(slot_on_get, &life, 0));
	ck_assert_int_eq(edge_on(slot_on_get, &life, 0), -IOASID_EOVERFLOW);
	for (uint32_t i = 0; i < SLOT_BIND_MAX; i++)
		ck_assert_ok(edge_on(slot_on_bind, &life, 0));
	ck_assert_int_eq(edge_on(slot_on_bind, &life, 0), -IOASID_EOVERFLOW);
	for (uint32_t i = 0; i < SLOT_PIN_MAX; i++)
		ck_assert_ok(edge_on(slot_on_pin, &life, 0));
	ck_assert_int_eq(edge_on(slot_on_pin, &life, 0), -IOASID_EOVERFLOW);
	ck_assert_uint_eq(life.refs, SLOT_REF_MAX);
	ck_assert_uint_eq(life.binds, SLOT_BIND_MAX);
	ck_assert_uint_eq(life.pins, SLOT_PIN_MAX);
	ck_assert_uint_eq(life.generation, 1);
}
END_TEST

/* Neither an allocation nor a set's claim is a reference: a put without a get is one too many. */
START_TEST(put_takes_no_claim)
{
	struct slot_life private = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};
	struct slot_life shared = {.generation = 1, .state = SLOT_ACTIVE, .claim = true, .shared = true};
	struct slot_life quiescing = {.generation = 1, .state = SLOT_PARKED, .claim = true};
	struct slot_life poisoned = {.generation = 1, .state = SLOT_POISONED, .claim = true};
	struct slot_life *const lives[] = {&private, &shared, &quiescing, &poisoned};

	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		struct slot_life before = *lives[i];

		for (uint32_t participants = 0; participants < 2; participants++) {
			ck_assert_int_eq(edge_on(slot_on_put, lives[i], participants), -IOASID_EINVAL);
			ck_assert_int_eq(edge_on(slot_on_unbind, lives[i], participants), -IOASID_EINVAL);
		}
		ck_assert(same(&before, lives[i]));
	}
	/* Got and put, it is as it was: whoever allocated it ends it. */
	ck_assert_ok(edge_on(slot_on_get, &private, 0));
	ck_assert_ok(edge_on(slot_on_put, &private, 0));
	ck_assert_int_eq(private.state, SLOT_ACTIVE);
	ck_assert_ok(edge_on(slot_on_park, &private, 0));
	ck_assert_int_eq(private.state, SLOT_IDLE);
	ck_assert_int_eq(edge_on(slot_on_put, &private, 0), -IOASID_ESTALE);
	ck_assert_int_eq(edge_on(slot_on_unbind, &private, 0), -IOASID_ESTALE);
}
END_TEST

/* In every state with counts: a put too many leaves the bindings alone, an unbind too many the references. */
START_TEST(counts_are_apart)
{
	static const enum slot_state states[] = {SLOT_ACTIVE, SLOT_PARKED, SLOT_POISONED};

	for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
		struct slot_life bound = {.generation = 1, .state = states[s], .claim = true, .binds = 2};
		struct slot_life got = {.generation = 1, .state = states[s], .claim = true, .refs = 2};
		struct slot_life bound_before = bound;
		struct slot_life got_before = got;

		ck_assert_int_eq(edge_on(slot_on_put, &bound, 0), -IOASID_EINVAL);
		ck_assert(same(&bound, &bound_before));
		ck_assert_ok(edge_on(slot_on_unbind, &bound, 0));
		ck_assert_uint_eq(bound.binds, 1);
		ck_assert_int_eq(edge_on(slot_on_unbind, &got, 0), -IOASID_EINVAL);
		ck_assert(same(&got, &got_before));
		ck_assert_ok(edge_on(slot_on_put, &got, 0));
		ck_assert_uint_eq(got.refs, 1);
	}
}
END_TEST

/* What nobody has claimed parks with the last of its references and binds, whichever that is. */
START_TEST(unclaimed_parks_with_the_last)
{
	for (int shared = 0; shared < 2; shared++) {
		struct slot_life bound = {
			.generation = 1, .state = SLOT_ACTIVE, .binds = 1, .refs = 1, .shared = shared};
		struct slot_life got = bound;

		ck_assert_ok(edge_on(slot_on_put, &bound, 0));
		ck_assert_int_eq(bound.state, SLOT_ACTIVE);
		ck_assert_int_eq(edge_on(slot_on_put, &bound, 0), -IOASID_EINVAL);
		ck_assert_int_eq(bound.state, SLOT_ACTIVE);
		ck_assert_ok(edge_on(slot_on_unbind, &bound, 0));
		ck_assert_int_eq(bound.state, SLOT_IDLE);
		ck_assert_ok(edge_on(slot_on_unbind, &got, 0));
		ck_assert_int_eq(got.state, SLOT_ACTIVE);
		ck_assert_ok(edge_on(slot_on_put, &got, 0));
		ck_assert_int_eq(got.state, SLOT_IDLE);
	}
}
END_TEST

/* A participant, a binding or a tally makes a park wait for the quiesce; a reference or a pin alone does not. */
START_TEST(park_waits_for_whoever_must_be_asked)
{
	struct slot_life life = {.generation = 1, .state = SLOT_ACTIVE, .claim = true};
	struct slot_life asked = life;
	struct slot_life bound = life;
	struct slot_life hot = life;
	struct slot_life held = life;
	struct slot_life pinned = life;

	bound.binds = 1;
	hot.hot = true;
	held.refs = 1;
	pinned.pins = 1;
	ck_assert_ok(edge_on(slot_on_park, &life, 0));
	ck_assert_int_eq(life.state, SLOT_IDLE);
	ck_assert_ok(edge_on(slot_on_park, &asked, 1));
	ck_assert(asked.state == SLOT_PARKED && asked.claim);
	ck_assert_ok(edge_on(slot_on_park, &bound, 0));
	ck_assert(bound.state == SLOT_PARKED && bound.claim);
	ck_assert_ok(edge_on(slot_on_park, &hot, 0));
	ck_assert(hot.state == SLOT_PARKED && hot.claim);
	ck_assert_ok(edge_on(slot_on_park, &held, 0));
	ck_assert(held.state == SLOT_PARKED && !held.claim);
	ck_assert_int_eq(edge_on(slot_on_seal, &held, 0), -IOASID_EINVAL);
	ck_assert_ok(edge_on(slot_on_put, &held, 0));
	ck_assert_int_eq(held.state, SLOT_IDLE);
	ck_assert_ok(edge_on(slot_on_park, &pinned, 0));
	ck_assert(pinned.state == SLOT_PARKED && !pinned.claim);
	ck_assert_ok(edge_on(slot_on_unpin, &pinned, 0));
	ck_assert_int_eq(pinned.state, SLOT_IDLE);
}
END_TEST

/* The last put or unbind of what nobody has claimed parks for the participants, too. */
START_TEST(last_drop_asks_participants)
{
	static slot_edge *const drops[] = {slot_on_put, slot_on_unbind};

	for (uint32_t i = 0; i < 2; i++) {
		struct slot_life life = {.generation = 1, .state = SLOT_ACTIVE, .refs = i == 0, .binds = i == 1};

		ck_assert_ok(edge_on(drops[i], &life, 1));
		ck_assert(life.state == SLOT_PARKED && life.claim && life.refs == 0 && life.binds == 0);
		ck_assert_int_eq(edge_on(drops[i], &life, 1), -IOASID_EINVAL);
		ck_assert_ok(edge_on(slot_on_seal, &life, 0));
		ck_assert_int_eq(life.state, SLOT_IDLE);
	}
}
END_TEST

/* The life ends with whatever comes last of seal, put, unbind and unpin, in any order. */
START_TEST(ends_with_the_last_of_four)
{
	static slot_edge *const drops[] = {slot_on_seal, slot_on_put, slot_on_unbind, slot_on_unpin};

	for (uint32_t order = 0; order < 4 * 4 * 4 * 4; order++) {
		const uint32_t step[] = {order % 4, order / 4 % 4, order / 16 % 4, order / 64};
		struct slot_life life = {.generation = 1,
		                         .state = SLOT_PARKED,
		                         .claim = true,
		                         .refs = 1,
		                         .binds = 1,
		                         .pins = 1,
		                         .hot = true};

		if ((1u << step[0] | 1u << step[1] | 1u << step[2] | 1u << step[3]) != 15)
			continue;
		for (int i = 0; i < 4; i++) {
			ck_assert_int_eq(life.state, SLOT_PARKED);
			ck_assert_ok(edge_on(drops[step[i]], &life, 0));
		}
		ck_assert_int_eq(life.state, SLOT_IDLE);
		ck_assert(!life.hot);
	}
}
END_TEST

START_TEST(poison_stays_until_cured)
{
	struct slot_life life = {
		.generation = 1, .state = SLOT_PARKED, .claim = true, .refs = 1, .binds = 1, .pins = 1};

	ck_assert_ok(edge_on(slot_on_seal, &life, 1));
	ck_assert_ok(edge_on(slot_on_put, &life, 0));
	ck_assert_ok(edge_on(slot_on_unbind, &life, 0));
	ck_assert_ok(edge_on(slot_on_unpin, &life, 0));
	ck_assert_int_eq(life.state, SLOT_POISONED);
	ck_assert_ok(edge_on(slot_on_cure, &life, 0));
	ck_assert_int_eq(life.state, SLOT_IDLE);

	life = (struct slot_life){.generation = 1, .state = SLOT_POISONED, .claim = true, .refs = 1, .binds = 1};
	ck_assert_ok(edge_on(slot_on_cure, &life, 0));
	ck_assert_int_eq(life.state, SLOT_PARKED);
	ck_assert_ok(edge_on(slot_on_put, &life, 0));
	ck_assert_int_eq(life.state, SLOT_PARKED);
	ck_assert_ok(edge_on(slot_on_unbind, &life, 0));
	ck_assert_int_eq(life.state, SLOT_IDLE);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, birth_does_as_it_is_told);
	tcase_add_test(tests, no_birth_after_the_last_generation);
	tcase_add_test(tests, counts_have_an_end);
	tcase_add_test(tests, put_takes_no_claim);
	tcase_add_test(tests, counts_are_apart);
	tcase_add_test(tests, unclaimed_parks_with_the_last);
	tcase_add_test(tests, park_waits_for_whoever_must_be_asked);
	tcase_add_test(tests, last_drop_asks_participants);
	tcase_add_test(tests, ends_with_the_last_of_four);
	tcase_add_test(tests, poison_stays_until_cured);
}

UNIT_MAIN("slot_life", add_tests)
