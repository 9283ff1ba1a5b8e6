/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* memory.h - the port's memory, counted per space for the snapshot and for leak tests. */
#ifndef IOASID_CORE_MEMORY_H
#define IOASID_CORE_MEMORY_H

#include "port.h"

struct memory {
	port_u64 used;
};

static inline void *memory_take(struct memory *memory, size_t size)
{
	void *p = ioasid_port_zalloc(size, PORT_CACHELINE);

	if (p != NULL)
		(void)port_u64_add_relaxed(&memory->used, size); /* relaxed: a statistic */
	return p;
}

static inline void memory_give(struct memory *memory, void *p, size_t size)
{
	if (p == NULL)
		return;
	(void)port_u64_add_relaxed(&memory->used, (uint64_t)0 - size); /* relaxed: a statistic */
	ioasid_port_free(p, size);
}

#endif
