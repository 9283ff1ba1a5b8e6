/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* due_heap.c - a binary heap; see due_heap.h. */
#include "due_heap.h"

#include <stdlib.h>

#include "must.h"

void due_heap_init(struct due_heap *heap, size_t capacity)
{
	*heap = (struct due_heap){.entries = must_calloc(capacity, sizeof(*heap->entries)), .capacity = capacity};
}

void due_heap_fini(struct due_heap *heap)
{
	free(heap->entries);
	heap->entries = NULL;
}

void due_heap_push(struct due_heap *heap, uint64_t due_ns, void *what)
{
	size_t place = heap->count++;

	must_hold(place < heap->capacity, "a heap is over its capacity", 0);
	while (place > 0 && heap->entries[(place - 1) / 2].due_ns > due_ns) {
		heap->entries[place] = heap->entries[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	heap->entries[place] = (struct due_entry){due_ns, what};
}

uint64_t due_heap_next(const struct due_heap *heap)
{
	return heap->count ? heap->entries[0].due_ns : 0;
}

void *due_heap_pop(struct due_heap *heap, uint64_t now_ns)
{
	struct due_entry last;
	size_t place = 0;
	void *what;

	if (heap->count == 0 || heap->entries[0].due_ns > now_ns)
		return NULL;
	what = heap->entries[0].what;
	last = heap->entries[--heap->count];
	for (;;) {
		size_t child = 2 * place + 1;

		if (child + 1 < heap->count && heap->entries[child + 1].due_ns < heap->entries[child].due_ns)
			child++;
		if (child >= heap->count || heap->entries[child].due_ns >= last.due_ns)
			break;
		heap->entries[place] = heap->entries[child];
		place = child;
	}
	heap->entries[place] = last;
	return what;
}
