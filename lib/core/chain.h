/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * chain.h - a list that any thread adds to and one thread removes from.
 *
 * Adding is a compare-and-swap at the head, which also proves that no node with
 * the same key was there: a failed swap shows just the nodes that are new.
 * Removing is the reclaimer's alone; its back links make it O(1) amortised.
 * Readers walk within an RCU read section; a removed node keeps its way on
 * until a grace period has passed, and only then may be used again.
 */
#ifndef IOASID_CORE_CHAIN_H
#define IOASID_CORE_CHAIN_H

#include "port.h"

struct chain_node {
	port_ptr next;
	struct chain_node *prev; /* the reclaimer's: NULL at the head and where it has not looked */
};

/* Does @node have the key? */
typedef bool chain_match(const struct chain_node *node, const void *key);

static inline struct chain_node *chain_first(const port_ptr *head)
{
	/* SEQ_CST [C2, from C1]: the node's contents; and S: after the walker's own announcement. */
	return port_ptr_load_seq_cst(head);
}

static inline struct chain_node *chain_next(const struct chain_node *node)
{
	return port_ptr_load_acquire(&node->next); /* ACQUIRE [C2, from C1] */
}

/* chain_add() - add @node unless one matches (@match may be NULL): returns that one, or NULL if added. */
struct chain_node *chain_add(port_ptr *head, struct chain_node *node, chain_match *match, const void *key);

/* chain_find() - the newest node that matches, or NULL. */
struct chain_node *chain_find(const port_ptr *head, chain_match *match, const void *key);

/* chain_remove() - the one remover takes @node out. */
void chain_remove(port_ptr *head, struct chain_node *node);

#endif
