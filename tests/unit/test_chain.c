/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The list that any thread adds to and one removes from. */
#include "unit.h"

#include <pthread.h>

#include "chain.h"

#define NODES 64

struct item {
	struct chain_node node;
	uint32_t key;
};

static struct item *item_of(struct chain_node *node)
{
	return (struct item *)(void *)node;
}

static bool has_key(const struct chain_node *node, const void *key)
{
	return ((const struct item *)(const void *)node)->key == *(const uint32_t *)key;
}

static struct chain_node *find(const port_ptr *head, uint32_t key)
{
	return chain_find(head, has_key, &key);
}

/* The keys, newest first, as a number in base ten. */
static uint64_t keys(const port_ptr *head)
{
	uint64_t all = 0;

	for (struct chain_node *node = chain_first(head); node != NULL; node = chain_next(node))
		all = all * 10 + item_of(node)->key;
	return all;
}

START_TEST(newest_first)
{
	struct item items[3] = {{.key = 1}, {.key = 2}, {.key = 3}};
	port_ptr head = {NULL};

	ck_assert_ptr_null(chain_first(&head));
	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_null(chain_add(&head, &items[i].node, NULL, NULL));
	ck_assert_uint_eq(keys(&head), 321);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_ptr_eq(find(&head, i + 1), &items[i].node);
	ck_assert_ptr_null(find(&head, 4));
}
END_TEST

/* One of each key, wherever in the chain it stands. */
START_TEST(match_keeps_a_second_out)
{
	struct item items[3] = {{.key = 1}, {.key = 2}, {.key = 3}};
	struct item second = {.key = 1};
	port_ptr head = {NULL};

	for (uint32_t i = 0; i < 3; i++)
		ck_assert_ptr_null(chain_add(&head, &items[i].node, has_key, &items[i].key));
	for (uint32_t i = 0; i < 3; i++) {
		second.key = i + 1;
		ck_assert_ptr_eq(chain_add(&head, &second.node, has_key, &second.key), &items[i].node);
	}
	ck_assert_uint_eq(keys(&head), 321);
	/* Without a match, twice is allowed, and the newest is found. */
	ck_assert_ptr_null(chain_add(&head, &second.node, NULL, NULL));
	ck_assert_ptr_eq(find(&head, 3), &second.node);
}
END_TEST

/* Each of four removed first, second, third, last: 4! orders. */
START_TEST(remove_in_any_order)
{
	struct item items[4] = {{.key = 1}, {.key = 2}, {.key = 3}, {.key = 4}};
	uint32_t left[4] = {0, 1, 2, 3};
	uint32_t code = (uint32_t)_i;
	port_ptr head = {NULL};

	for (size_t i = 0; i < 4; i++)
		(void)chain_add(&head, &items[i].node, NULL, NULL);
	for (uint32_t count = 4; count != 0; count--) {
		uint32_t pick = code % count;
		uint32_t index = left[pick];

		code /= count;
		memmove(&left[pick], &left[pick + 1], (count - pick - 1) * sizeof(left[0]));
		chain_remove(&head, &items[index].node);
		ck_assert_ptr_null(find(&head, index + 1));
		for (uint32_t i = 0; i + 1 < count; i++)
			ck_assert_ptr_eq(find(&head, left[i] + 1), &items[left[i]].node);
	}
	ck_assert_ptr_null(chain_first(&head));
}
END_TEST

/* Who stands on a removed node finds his way on. */
START_TEST(removed_node_leads_on)
{
	struct item items[3] = {{.key = 1}, {.key = 2}, {.key = 3}};
	port_ptr head = {NULL};

	for (size_t i = 0; i < 3; i++)
		(void)chain_add(&head, &items[i].node, NULL, NULL);
	chain_remove(&head, &items[1].node);
	ck_assert_ptr_eq(chain_next(&items[1].node), &items[0].node);
	chain_remove(&head, &items[2].node);
	ck_assert_ptr_eq(chain_next(&items[2].node), &items[0].node);
	ck_assert_uint_eq(keys(&head), 1);
}
END_TEST

START_TEST(adding_between_removals)
{
	struct item items[NODES];
	port_ptr head = {NULL};

	for (uint32_t i = 0; i < NODES; i++) {
		items[i] = (struct item){.key = i};
		ck_assert_ptr_null(chain_add(&head, &items[i].node, has_key, &i));
		/* Every third goes at once, every other third three later: from the head and from within. */
		if (i % 3 == 0)
			chain_remove(&head, &items[i].node);
		if (i % 3 == 1 && i >= 4)
			chain_remove(&head, &items[i - 3].node);
	}
	for (uint32_t i = 0; i < NODES; i++) {
		bool there = i % 3 == 2 || (i % 3 == 1 && i + 3 >= NODES);

		ck_assert_int_eq(find(&head, i) != NULL, there);
	}
}
END_TEST

#define ADDERS 3
#define ROUNDS 400

static port_ptr busy_head;
static struct item busy[ADDERS * ROUNDS];

static void *add_many(void *argument)
{
	const uint32_t me = (uint32_t)(uintptr_t)argument;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct item *item = &busy[me * ROUNDS + i];
		struct item rival = {.key = item->key};

		if (chain_add(&busy_head, &item->node, has_key, &item->key) != NULL)
			return (void *)"a new key was there already";
		if (i % 2 == 0 && chain_add(&busy_head, &rival.node, has_key, &rival.key) != &item->node)
			return (void *)"a second of one key got in";
	}
	return NULL;
}

/* Odd keys are removed while they are being added, even ones stay. */
START_TEST(adders_and_one_remover)
{
	pthread_t threads[ADDERS];
	uint32_t removed = 0;

	memset(&busy_head, 0, sizeof(busy_head));
	for (uint32_t i = 0; i < ADDERS * ROUNDS; i++)
		busy[i] = (struct item){.key = i};
	for (uintptr_t i = 0; i < ADDERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, (void *)i), 0);
	while (removed < ADDERS * ROUNDS / 2) {
		struct chain_node *next;

		for (struct chain_node *node = chain_first(&busy_head); node != NULL; node = next) {
			next = chain_next(node);
			if (item_of(node)->key % 2 == 0)
				continue;
			chain_remove(&busy_head, node);
			removed++;
		}
	}
	for (size_t i = 0; i < ADDERS; i++) {
		void *complaint;

		ck_assert_int_eq(pthread_join(threads[i], &complaint), 0);
		ck_assert_msg(complaint == NULL, "%s", (const char *)complaint);
	}
	for (uint32_t i = 0; i < ADDERS * ROUNDS; i++)
		ck_assert_int_eq(find(&busy_head, i) != NULL, i % 2 == 0);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, newest_first);
	tcase_add_test(tests, match_keeps_a_second_out);
	tcase_add_loop_test(tests, remove_in_any_order, 0, 24);
	tcase_add_test(tests, removed_node_leads_on);
	tcase_add_test(tests, adding_between_removals);
	tcase_add_test(tests, adders_and_one_remover);
}

UNIT_MAIN("chain", add_tests)
