/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * memory.c - the port's memory, counted, and refused when a test says so: what sim.h
 * has of memory. Below it is the kernel's port, as it is.
 */
#define ioasid_port_zalloc linux_zalloc
#define ioasid_port_free linux_free
#include "../../../lib/port/linux/memory.c"
#undef ioasid_port_zalloc
#undef ioasid_port_free

/* As port.h has them; above, it was read with the other names. */
void *ioasid_port_zalloc(size_t size, size_t align);
void ioasid_port_free(void *memory, size_t size);

#include <linux/atomic.h>

#include "sim.h"

static atomic64_t blocks;
static atomic64_t bytes;
static atomic64_t calls;
static atomic64_t refused;
static u64 fail_first = U64_MAX; /* of the calls, refuse the first of these */
static u64 fail_last = U64_MAX;  /* to the last */

void *ioasid_port_zalloc(size_t size, size_t align)
{
	u64 call = (u64)atomic64_inc_return(&calls);
	void *memory;

	if (call >= READ_ONCE(fail_first) && call <= READ_ONCE(fail_last)) {
		atomic64_inc(&refused);
		return NULL;
	}
	memory = linux_zalloc(size, align);
	if (memory) {
		atomic64_inc(&blocks);
		atomic64_add((s64)size, &bytes);
	}
	return memory;
}

void ioasid_port_free(void *memory, size_t size)
{
	if (memory) {
		atomic64_dec(&blocks);
		atomic64_sub((s64)size, &bytes);
	}
	linux_free(memory, size);
}

static void refuse(u64 first, u64 last)
{
	atomic64_set(&calls, 0);
	atomic64_set(&refused, 0);
	WRITE_ONCE(fail_first, first);
	WRITE_ONCE(fail_last, last);
}

void sim_reset(void)
{
	refuse(U64_MAX, U64_MAX);
}

void sim_alloc_fail_at(uint64_t nth)
{
	refuse(nth ? nth : U64_MAX, nth ? nth : U64_MAX);
}

void sim_alloc_fail_after(uint64_t successes)
{
	refuse(successes == U64_MAX ? U64_MAX : successes + 1, U64_MAX);
}

uint64_t sim_alloc_calls(void)
{
	return (uint64_t)atomic64_read(&calls);
}

uint64_t sim_alloc_refused(void)
{
	return (uint64_t)atomic64_read(&refused);
}

uint64_t sim_memory_blocks(void)
{
	return (uint64_t)atomic64_read(&blocks);
}

uint64_t sim_memory_bytes(void)
{
	return (uint64_t)atomic64_read(&bytes);
}
