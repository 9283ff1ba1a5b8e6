/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* drain.c - see drain.h. */
#include "drain.h"

#include <stdlib.h>

#include "must.h"

struct drain_count {
	uint32_t under_way;
	struct drain_waiter *waiters;
};

void drain_table_init(struct drain_table *table, uint32_t limit)
{
	sparse_init(&table->counts, limit, sizeof(struct drain_count));
}

void drain_table_fini(struct drain_table *table)
{
	sparse_fini(&table->counts);
}

void drain_enter(struct drain_table *table, uint32_t key)
{
	struct drain_count *count = sparse_at(&table->counts, key);

	count->under_way++;
}

struct drain_waiter *drain_leave(struct drain_table *table, uint32_t key)
{
	struct drain_count *count = sparse_at(&table->counts, key);
	struct drain_waiter *waiters = NULL;

	if (--count->under_way == 0) {
		waiters = count->waiters;
		count->waiters = NULL;
	}
	return waiters;
}

bool drain_ask(struct drain_table *table, uint32_t key, drained_fn *drained, void *context)
{
	struct drain_count *count = sparse_peek(&table->counts, key);
	struct drain_waiter *waiter;

	if (!count || count->under_way == 0)
		return true;
	waiter = must_calloc(1, sizeof(*waiter));
	*waiter = (struct drain_waiter){drained, context, count->waiters};
	count->waiters = waiter;
	return false;
}

void drain_tell(struct drain_waiter *waiters)
{
	while (waiters) {
		struct drain_waiter *next = waiters->next;

		waiters->drained(waiters->context);
		free(waiters);
		waiters = next;
	}
}
