/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* due_heap.h - things that are due at a time; the earliest comes out first. No lock of its own. */
#ifndef REPLAY_DUE_HEAP_H
#define REPLAY_DUE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct due_entry {
	uint64_t due_ns;
	void *what;
};

struct due_heap {
	struct due_entry *entries;
	size_t count;
	size_t capacity;
};

void due_heap_init(struct due_heap *heap, size_t capacity);
void due_heap_fini(struct due_heap *heap);

/** due_heap_push() - @heap must not be full. */
void due_heap_push(struct due_heap *heap, uint64_t due_ns, void *what);

/** due_heap_pop() - the earliest, if it is due; NULL otherwise. */
void *due_heap_pop(struct due_heap *heap, uint64_t now_ns);

/** due_heap_next() - when the earliest is due; 0 if there is none. */
uint64_t due_heap_next(const struct due_heap *heap);

#endif
