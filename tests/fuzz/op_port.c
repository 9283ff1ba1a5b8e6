/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_port.c - what the host does to the library: time, memory, and swaps that fail. */
#include "operations.h"

/* Not while we do not know which callbacks were given up, and when. */
void op_clock(struct world *world, struct space *space, const struct operation *operation)
{
	(void)space;
	for (unsigned i = 0; i < NR_SPACES; i++)
		if (world->space[i].fuzzy || world->space[i].held)
			return;
	sim_clock_advance((uint64_t)(operation->a + 1u) << (operation->b % 8));
}

void op_fail_alloc(struct world *world, struct space *space, const struct operation *operation)
{
	(void)space;
	world->refuses = true;
	if (operation->b & 1)
		sim_alloc_fail_after(operation->a % 4);
	else
		sim_alloc_fail_at(operation->a % 16);
}

void op_fail_swaps(struct world *world, struct space *space, const struct operation *operation)
{
	static const uint64_t every[] = {0, 2, 3, 5, 7, 11, 13};

	(void)world;
	(void)space;
	if (operation->b & 1)
		sim_cas_fail_random(operation->a, 2u + operation->c % 4);
	else
		sim_cas_fail_every(every[operation->a % (sizeof(every) / sizeof(every[0]))]);
}

void op_shard(struct world *world, struct space *space, const struct operation *operation)
{
	(void)world;
	(void)space;
	sim_shard_set(operation->a);
}
