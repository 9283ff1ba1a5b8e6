/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The link-time functions that a mutant breaks; all others are the sim port's. */
#define MUTANT_SOURCE 1
#include "port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#undef port_read_lock
#undef port_read_unlock

void *mutant_zalloc(size_t size, size_t align);
void mutant_free(void *memory, size_t size);
void mutant_synchronize(void);
bool mutant_read_held(void);
void mutant_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns);
void mutant_wake(port_u32 *word);
uint64_t mutant_now_ns(void);
uint32_t mutant_epoch(void);
uint32_t mutant_unique(void);
uint64_t mutant_thread_id(void);
int mutant_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg);
void mutant_worker_join(struct port_worker *worker);

static enum mutant chosen;
static _Thread_local unsigned flat;

__attribute__((constructor)) static void choose(void)
{
	const char *number = getenv("CONFORM_MUTANT");

	chosen = number == NULL ? MUTANT_NONE : (enum mutant)atoi(number);
	if (chosen >= MUTANT_COUNT)
		exit(EXIT_SUCCESS); /* which ctest takes for the failure that it is */
}

enum mutant mutant(void)
{
	return chosen;
}

void ioasid_port_fence_heavy(void)
{
	port_fence_seq_cst();
}

void *mutant_zalloc(size_t size, size_t align)
{
	unsigned char *memory = ioasid_port_zalloc(size, align);

	if (memory == NULL)
		return NULL;
	if (chosen == MUTANT_ZALLOC_DIRTY)
		memory[size - 1] = 0xff;
	/* One byte less of the block is used than there is, and nobody frees it. */
	if (chosen == MUTANT_ZALLOC_ODD && align > 8)
		return memory + 8;
	return memory;
}

void mutant_free(void *memory, size_t size)
{
	if (chosen != MUTANT_FREE_FORGETS)
		ioasid_port_free(memory, size);
}

void mutant_synchronize(void)
{
	if (chosen != MUTANT_SYNCHRONIZE_AT_ONCE)
		ioasid_port_synchronize();
}

/* Flat: the first end of nested sections ends them all. */
void mutant_read_lock(void)
{
	if (chosen != MUTANT_SECTIONS_FLAT || flat++ == 0)
		ioasid_port_read_begin();
}

void mutant_read_unlock(void)
{
	if (chosen != MUTANT_SECTIONS_FLAT || ioasid_port_read_held())
		ioasid_port_read_end();
	flat = 0;
}

bool mutant_read_held(void)
{
	return chosen != MUTANT_READ_HELD_NEVER && ioasid_port_read_held();
}

void mutant_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	if (chosen == MUTANT_WAIT_BLIND)
		seen = port_u32_load_relaxed(word);
	ioasid_port_wait(word, seen, chosen == MUTANT_WAIT_WITHOUT_LIMIT ? UINT64_MAX : timeout_ns);
}

void mutant_wake(port_u32 *word)
{
	if (chosen != MUTANT_WAKE_NOBODY)
		ioasid_port_wake(word);
	if (chosen == MUTANT_WAKE_SETS_ERRNO)
		errno = ETIMEDOUT;
}

uint64_t mutant_now_ns(void)
{
	static _Atomic uint64_t calls;

	return ioasid_port_now_ns() - (chosen == MUTANT_CLOCK_GOES_BACK ? calls++ % 2 : 0);
}

uint32_t mutant_epoch(void)
{
	return chosen == MUTANT_EPOCH_STAYS ? 1 : ioasid_port_epoch();
}

uint32_t mutant_unique(void)
{
	return chosen == MUTANT_UNIQUE_REPEATS ? ioasid_port_unique() / 2 + 1 : ioasid_port_unique();
}

uint64_t mutant_thread_id(void)
{
	return chosen == MUTANT_THREAD_ID_REPEATS ? 1 : ioasid_port_thread_id();
}

int mutant_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg)
{
	if (chosen != MUTANT_WORKER_ON_CALLER)
		return ioasid_port_worker_start(worker, fn, arg);
	fn(arg);
	return 0;
}

void mutant_worker_join(struct port_worker *worker)
{
	if (chosen != MUTANT_WORKER_ON_CALLER)
		ioasid_port_worker_join(worker);
}
