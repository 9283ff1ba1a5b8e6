/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * urcu_stack.c - subject: liburcu's lock-free stack of free numbers.
 *
 * A push is one compare-and-exchange; those who pop exclude each other with the
 * stack's own mutex, which is what keeps a number that is pushed again at once
 * from being mistaken for the one that was there before (ABA).
 */
#include "subject.h"

#include <stdlib.h>
#include <urcu/lfstack.h>

struct stack {
	_Alignas(SUBJECT_LINE) struct cds_lfs_stack unused;
	_Alignas(SUBJECT_LINE) struct cds_lfs_node number[SUBJECT_IDS];
};

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct stack *stack = it;
	struct cds_lfs_node *node = cds_lfs_pop_blocking(&stack->unused);

	(void)thread;
	if (node == NULL)
		return false;
	*token = (subject_token)(node - stack->number) + 1;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct stack *stack = it;

	(void)thread;
	(void)cds_lfs_push(&stack->unused, &stack->number[token - 1]);
}

#include "loops.h"

static void *create(unsigned threads)
{
	struct stack *stack = subject_zalloc(sizeof(*stack));
	uint32_t id;

	(void)threads;
	if (stack == NULL)
		return NULL;
	cds_lfs_init(&stack->unused);
	for (id = SUBJECT_IDS; id-- > 0;) {
		cds_lfs_node_init(&stack->number[id]);
		(void)cds_lfs_push(&stack->unused, &stack->number[id]);
	}
	return stack;
}

static void destroy(void *it)
{
	struct stack *stack = it;

	cds_lfs_destroy(&stack->unused);
	free(stack);
}

const struct subject subject_urcu_stack = {
	.name = "liburcu lfstack",
	.lacks = "no object, no reference, no owner, no ranges, reuse at once; those who take share a mutex",
	.floor = true,
	.create = create,
	.destroy = destroy,
	LOOPS};
