/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The binding's word: its fields and each of its edges in each state. */
#include "unit.h"

#include "binding.h"

#define GENERATION 5u

static const struct edge {
	const char *name;
	binding_edge *fn;
	/* In FREE, OPEN, CLOSING, POISONED; with one user and no pin, but FREE, which has none. */
	int answer[4];
} edges[] = {
	{"tell", binding_on_tell, {-IOASID_ESTALE, 0, -IOASID_ESTALE, -IOASID_ESTALE}},
	{"told", binding_on_told, {0, 0, 0, 0}},
	{"join", binding_on_join, {-IOASID_EAGAIN, 0, -IOASID_EAGAIN, -IOASID_EAGAIN}},
	{"unbind", binding_on_unbind, {-IOASID_ESTALE, 0, 0, 0}},
	{"pin", binding_on_pin, {-IOASID_ESTALE, 0, -IOASID_ESTALE, -IOASID_ESTALE}},
	{"unpin", binding_on_unpin, {-IOASID_ESTALE, -IOASID_EINVAL, -IOASID_EINVAL, -IOASID_EINVAL}},
	{"close", binding_on_close, {-IOASID_ESTALE, 0, 0, 0}},
	{"poison", binding_on_poison, {-IOASID_EINVAL, -IOASID_EINVAL, 0, -IOASID_EINVAL}},
};

static struct binding_life life_in(enum binding_state state)
{
	struct binding_life life = {.generation = GENERATION, .users = state != BINDING_FREE, .state = state};

	return life;
}

START_TEST(fields_come_back)
{
	static const uint32_t generations[] = {0, 1, UINT32_MAX};
	static const uint32_t users[] = {0, 1, BINDING_USER_MAX};
	static const uint32_t pins[] = {0, 1, BINDING_PIN_MAX};

	for (uint32_t i = 0; i < 27 * 8; i++) {
		struct binding_life in = {generations[i % 3], users[i / 3 % 3], pins[i / 9 % 3], i / 27 & 1, i / 54};
		struct binding_life out = binding_unpack(binding_pack(&in));

		ck_assert_uint_eq(out.generation, in.generation);
		ck_assert_uint_eq(out.users, in.users);
		ck_assert_uint_eq(out.pins, in.pins);
		ck_assert_int_eq(out.told, in.told);
		ck_assert_int_eq(out.state, in.state);
	}
}
END_TEST

START_TEST(every_edge_in_every_state)
{
	for (size_t e = 0; e < sizeof(edges) / sizeof(edges[0]); e++) {
		for (int state = BINDING_FREE; state <= BINDING_POISONED; state++) {
			struct binding_life before = life_in((enum binding_state)state);
			struct binding_life after = before;
			int answer = edges[e].fn(&after, 0);

			ck_assert_msg(answer == edges[e].answer[state], "%s in state %d answers %d", edges[e].name,
			              state, answer);
			ck_assert(answer == 0 || binding_pack(&before) == binding_pack(&after));
			ck_assert_uint_eq(after.generation, GENERATION);
		}
	}
}
END_TEST

START_TEST(users_come_and_go)
{
	struct binding_life life = life_in(BINDING_FREE);

	ck_assert_ok(binding_on_open(&life, 0));
	ck_assert(life.state == BINDING_OPEN && life.users == 1 && !life.told);
	ck_assert_ok(binding_on_join(&life, 0));
	ck_assert(life.users == 2 && life.told);
	ck_assert_ok(binding_on_unbind(&life, 0));
	ck_assert_int_eq(life.state, BINDING_OPEN);
	ck_assert_ok(binding_on_unbind(&life, 0));
	ck_assert(life.state == BINDING_CLOSING && life.users == 0);
	ck_assert_int_eq(binding_on_unbind(&life, 0), -IOASID_ESTALE);
	life.state = BINDING_OPEN;
	life.users = BINDING_USER_MAX;
	ck_assert_int_eq(binding_on_join(&life, 0), -IOASID_EOVERFLOW);
}
END_TEST

START_TEST(pins_hold_the_release)
{
	struct binding_life life = life_in(BINDING_OPEN);

	for (uint32_t i = 0; i < BINDING_PIN_MAX; i++)
		ck_assert_ok(binding_on_pin(&life, 0));
	ck_assert_int_eq(binding_on_pin(&life, 0), -IOASID_EOVERFLOW);
	ck_assert_ok(binding_on_close(&life, 0));
	ck_assert(life.state == BINDING_CLOSING && life.users == 1 && life.pins == BINDING_PIN_MAX);
	ck_assert_int_eq(binding_on_release(&life, 0), -IOASID_EBUSY);
	while (life.pins != 0)
		ck_assert_ok(binding_on_unpin(&life, 0));
	ck_assert_int_eq(binding_on_unpin(&life, 0), -IOASID_EINVAL);
	ck_assert_ok(binding_on_release(&life, 0));
	ck_assert(life.state == BINDING_FREE && life.users == 0);
}
END_TEST

START_TEST(removal_forgives)
{
	struct binding_life life = {.generation = 1, .users = 4, .pins = 3, .told = true, .state = BINDING_OPEN};

	ck_assert_ok(binding_on_close(&life, 1));
	ck_assert(life.state == BINDING_CLOSING && life.users == 0 && life.pins == 0 && life.told);
	ck_assert_ok(binding_on_poison(&life, 0));
	ck_assert_ok(binding_on_close(&life, 1));
	ck_assert_int_eq(life.state, BINDING_POISONED);
}
END_TEST

START_TEST(apply_knows_the_generation)
{
	struct binding_life life = life_in(BINDING_OPEN);
	struct binding_life before;
	struct binding_life after;
	struct binding binding;

	memset(&binding, 0, sizeof(binding));
	port_u64_init(&binding.word, binding_pack(&life));
	ck_assert_int_eq(binding_apply(&binding, GENERATION - 1, binding_on_pin, 0, &before, &after), -IOASID_ESTALE);
	ck_assert_int_eq(binding_apply(&binding, GENERATION + 1, binding_on_pin, 0, &before, &after), -IOASID_ESTALE);
	ck_assert_uint_eq(binding_read(&binding).pins, 0);
	ck_assert_ok(binding_apply(&binding, GENERATION, binding_on_pin, 0, &before, &after));
	ck_assert_ok(binding_apply(&binding, 0, binding_on_pin, 0, &before, &after));
	ck_assert(before.pins == 1 && after.pins == 2);
	ck_assert_uint_eq(binding_read(&binding).pins, 2);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, fields_come_back);
	tcase_add_test(tests, every_edge_in_every_state);
	tcase_add_test(tests, users_come_and_go);
	tcase_add_test(tests, pins_hold_the_release);
	tcase_add_test(tests, removal_forgives);
	tcase_add_test(tests, apply_knows_the_generation);
}

UNIT_MAIN("binding", add_tests)
