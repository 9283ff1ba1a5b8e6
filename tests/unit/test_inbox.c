/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Letters to the reclaimer: none is lost, none comes twice, and an opened one may be posted again. */
#include "unit.h"

#include <pthread.h>
#include <sched.h>

#include "inbox.h"

START_TEST(empty)
{
	struct inbox inbox = {{NULL}};

	ck_assert_ptr_null(inbox_take(&inbox));
}
END_TEST

START_TEST(oldest_first_with_their_bits)
{
	struct inbox inbox = {{NULL}};
	struct letter letters[3] = {{.bits = {0}}};
	struct letter *letter;
	struct letter *next;

	for (uint32_t i = 0; i < 3; i++)
		inbox_post(&inbox, &letters[i], 1u << i);
	letter = inbox_take(&inbox);
	ck_assert_ptr_null(inbox_take(&inbox));
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_ptr_eq(letter, &letters[i]);
		ck_assert_uint_eq(letter_open(letter, &next), 1u << i);
		letter = next;
	}
	ck_assert_ptr_null(letter);
}
END_TEST

/* What is asked for twice comes once, with the bits of both. */
START_TEST(bits_gather)
{
	struct inbox inbox = {{NULL}};
	struct letter letter = {.bits = {0}};
	struct letter *next;

	inbox_post(&inbox, &letter, 1);
	inbox_post(&inbox, &letter, 4);
	inbox_post(&inbox, &letter, 4);
	ck_assert_ptr_eq(inbox_take(&inbox), &letter);
	/* Taken and not yet opened: still the same letter. */
	inbox_post(&inbox, &letter, 8);
	ck_assert_ptr_null(inbox_take(&inbox));
	ck_assert_uint_eq(letter_open(&letter, &next), 13);
	ck_assert_ptr_null(next);
}
END_TEST

START_TEST(opened_letter_comes_again)
{
	struct inbox inbox = {{NULL}};
	struct letter letters[2] = {{.bits = {0}}};
	struct letter *next;

	inbox_post(&inbox, &letters[0], 1);
	inbox_post(&inbox, &letters[1], 1);
	ck_assert_ptr_eq(inbox_take(&inbox), &letters[0]);
	ck_assert_uint_eq(letter_open(&letters[0], &next), 1);
	/* Posted while the list that it came with is being read. */
	inbox_post(&inbox, &letters[0], 2);
	ck_assert_ptr_eq(next, &letters[1]);
	ck_assert_uint_eq(letter_open(&letters[1], &next), 1);
	ck_assert_ptr_null(next);
	ck_assert_ptr_eq(inbox_take(&inbox), &letters[0]);
	ck_assert_uint_eq(letter_open(&letters[0], &next), 2);
}
END_TEST

#define POSTERS 3
#define LETTERS 2
#define ROUNDS 2000

static struct inbox busy;
static struct letter busy_letters[LETTERS];
static _Atomic uint32_t answers[POSTERS];

/* Each poster has a bit of its own, and waits for the answer to each letter: a lost one is a hang. */
static void *post_many(void *argument)
{
	const uint32_t me = (uint32_t)(uintptr_t)argument;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		inbox_post(&busy, &busy_letters[i % LETTERS], 1u << me);
		while (answers[me] <= i)
			(void)sched_yield();
	}
	return NULL;
}

/* Returns how many it has answered. */
static uint32_t answer_all(void)
{
	struct letter *letter = inbox_take(&busy);
	struct letter *next;
	uint32_t answered = 0;

	for (; letter != NULL; letter = next) {
		uint32_t bits = letter_open(letter, &next);

		if (bits == 0)
			ck_abort_msg("a letter without bits");
		for (uint32_t me = 0; me < POSTERS; me++) {
			answered += bits >> me & 1u;
			answers[me] += bits >> me & 1u;
		}
	}
	return answered;
}

START_TEST(many_posters)
{
	pthread_t threads[POSTERS];
	uint32_t answered = 0;

	memset(&busy, 0, sizeof(busy));
	memset(busy_letters, 0, sizeof(busy_letters));
	memset(answers, 0, sizeof(answers));
	for (uintptr_t i = 0; i < POSTERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, post_many, (void *)i), 0);
	while (answered < POSTERS * ROUNDS) {
		uint32_t now = answer_all();

		answered += now;
		if (now == 0)
			(void)sched_yield();
	}
	for (size_t i = 0; i < POSTERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(answer_all(), 0);
	for (size_t i = 0; i < POSTERS; i++)
		ck_assert_uint_eq(answers[i], ROUNDS);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, empty);
	tcase_add_test(tests, oldest_first_with_their_bits);
	tcase_add_test(tests, bits_gather);
	tcase_add_test(tests, opened_letter_comes_again);
	tcase_add_test(tests, many_posters);
}

UNIT_MAIN("inbox", add_tests)
