/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* chain.c - a list that any thread adds to and one thread removes from. */
#include "chain.h"

/* The newest node that matches, not looking at @end and beyond. */
static struct chain_node *find_until(struct chain_node *node, const struct chain_node *end, chain_match *match,
                                     const void *key)
{
	for (; node != NULL && node != end; node = chain_next(node))
		if (match(node, key))
			return node;
	return NULL;
}

struct chain_node *chain_find(const port_ptr *head, chain_match *match, const void *key)
{
	return find_until(chain_first(head), NULL, match, key);
}

struct chain_node *chain_add(port_ptr *head, struct chain_node *node, chain_match *match, const void *key)
{
	struct chain_node *first = chain_first(head);
	struct chain_node *there;
	void *seen;

	node->prev = NULL;
	do {
		/* The whole chain each time: its old part may have lost a node and a match may have joined. */
		there = match == NULL ? NULL : find_until(first, NULL, match, key);
		if (there != NULL)
			return there;
		port_ptr_store_relaxed(&node->next, first); /* relaxed: published by the swap */
		seen = first;
		/* SEQ_CST [C1 -> C2]: the node's contents are before the node; then look at what may end it. */
		if (port_ptr_cas_seq_cst(head, &seen, node))
			return NULL;
		first = chain_first(head);
	} while (true);
}

/* Give a back link to every node that was added since we last looked. */
static void absorb(const port_ptr *head)
{
	struct chain_node *node = chain_first(head);

	while (node != NULL) {
		struct chain_node *next = chain_next(node);

		if (next == NULL || next->prev == node)
			return;
		next->prev = node;
		node = next;
	}
}

void chain_remove(port_ptr *head, struct chain_node *node)
{
	struct chain_node *next = chain_next(node);
	void *seen = node;

	absorb(head);
	/* ACQ_REL [C1 -> C2]: what is behind the node stays reachable; fails if others were added before it. */
	while (node->prev == NULL && !port_ptr_cas_acq_rel(head, &seen, next)) {
		absorb(head);
		seen = node;
	}
	if (node->prev != NULL)
		port_ptr_store_release(&node->prev->next, next); /* RELEASE [C1 -> C2]: as above */
	if (next != NULL)
		next->prev = node->prev;
	node->prev = NULL;
}
