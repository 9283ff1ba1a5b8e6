/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The counting port, link-time half: one thread, so nothing ever has to wait. */
#include "count.h"

#include "port.h"

#include <ioasid/error.h>
#include <stdlib.h>
#include <string.h>

void *ioasid_port_zalloc(size_t size, size_t align)
{
	size_t whole = (size + align - 1) / align * align;
	void *memory = aligned_alloc(align, whole);

	return memory == NULL ? NULL : memset(memory, 0, whole);
}

void ioasid_port_free(void *memory, size_t size)
{
	(void)size;
	free(memory);
}

void ioasid_port_fence_heavy(void)
{
	count_barrier();
}

void ioasid_port_synchronize(void)
{
	count_grace_period();
}

bool ioasid_port_read_held(void)
{
	return false;
}

void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	(void)word;
	(void)seen;
	(void)timeout_ns;
}

void ioasid_port_wake(port_u32 *word)
{
	(void)word;
}

uint64_t ioasid_port_now_ns(void)
{
	static uint64_t now;

	return now += 1000;
}

uint64_t ioasid_port_thread_id(void)
{
	return 1;
}

uint32_t ioasid_port_epoch(void)
{
	return 0;
}

uint32_t ioasid_port_unique(void)
{
	static uint32_t last;

	return ++last;
}

/* More than one, so that what is one part per CPU is laid out as it is elsewhere. */
uint32_t ioasid_port_shards(void)
{
	return 4;
}

int ioasid_port_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg)
{
	(void)worker;
	(void)fn;
	(void)arg;
	return -IOASID_EAGAIN;
}

void ioasid_port_worker_join(struct port_worker *worker)
{
	worker->impl = NULL;
}
