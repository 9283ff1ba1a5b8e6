/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The coherence port, link-time half: memory from the arena, and read sections
 * and grace periods as liburcu-bp has them: a reader's word on a line of its
 * own, which a grace period looks at, and a number that all readers look at and
 * a grace period changes.
 */
#include "coherence_port.h"

#include "directory.h"
#include "port.h"

#include <ioasid/error.h>

#define POSIX_SHARDS 64u

struct reader {
	_Alignas(PORT_CACHELINE) port_u64 word;
};

struct readers {
	_Alignas(PORT_CACHELINE) port_u64 number;
	struct reader reader[CORES_MAX + 1];
};

static struct readers *readers;
static uint32_t nr_readers;
static uint32_t nr_shards;
static uint32_t nested[CORES_MAX + 1];

const void *coherence_port_reset(uint32_t cores, uint32_t shards)
{
	directory_reset(cores);
	readers = arena_take(sizeof(*readers));
	nr_readers = cores + 1;
	nr_shards = shards;
	return readers;
}

uint32_t coherence_posix_shards(uint32_t cores)
{
	uint32_t shards = 1;

	while (shards < POSIX_SHARDS && shards < cores)
		shards *= 2;
	return shards;
}

void coherence_read_lock(void)
{
	uint32_t core = directory_core();

	if (nested[core]++ == 0)
		port_u64_store_relaxed(&readers->reader[core].word, port_u64_load_relaxed(&readers->number));
}

void coherence_read_unlock(void)
{
	uint32_t core = directory_core();

	if (--nested[core] == 0)
		port_u64_store_release(&readers->reader[core].word, 0);
}

bool ioasid_port_read_held(void)
{
	return nested[directory_core()] != 0;
}

void ioasid_port_synchronize(void)
{
	uint32_t i;

	for (i = 0; i < nr_readers; i++)
		(void)port_u64_load_acquire(&readers->reader[i].word);
	(void)port_u64_add_seq_cst(&readers->number, 1);
}

void *ioasid_port_zalloc(size_t size, size_t align)
{
	(void)align; /* a line's, which is the most that may be asked for */
	return arena_take(size);
}

void ioasid_port_free(void *memory, size_t size)
{
	if (memory != NULL)
		arena_give(memory, size);
}

/* Nobody ever sleeps: the scenarios call nothing that waits. */
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
	return directory_core() + 1;
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

uint32_t ioasid_port_shards(void)
{
	return nr_shards;
}

/* Who does the deferred work in the background is a core of the simulation, not a thread. */
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
