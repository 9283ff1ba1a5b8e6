/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The template port, link-time half; memory is in memory.c. No header of libc's:
 * this is the host that has none.
 */
#include "../port.h"

#include <ioasid/error.h>

port_u32 ioasid_port_readers;
static port_u32 unique;
static port_u64 ticks;

/*
 * If the host has RCU: its synchronize. The fences are part of the contract and
 * many hosts' functions give them. On one thread nobody can be inside when this
 * is called, but for an interrupt that will be over in a moment.
 */
void ioasid_port_synchronize(void)
{
	port_fence_seq_cst();
	while (port_u32_load_acquire(&ioasid_port_readers) != 0)
		port_relax();
	port_fence_seq_cst();
}

/*
 * Is the caller himself inside? With one thread the count says so. With several
 * it would have to be counted per thread; a host that cannot know says false,
 * and a call that would wait for itself then hangs instead of saying -EDEADLK.
 */
bool ioasid_port_read_held(void)
{
	return port_u32_load_relaxed(&ioasid_port_readers) !=
	       0; /* relaxed: of interest is only what we did ourselves */
}

/*
 * Sleep while the word is what was seen: a futex, a wait queue, a condition
 * variable. To look at the word and to go to sleep must be one step as seen by
 * ioasid_port_wake(), or a wake-up is lost. Who cannot sleep may return at once,
 * as here: the core then asks again until its time is up.
 */
void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	(void)timeout_ns;
	if (port_u32_load_relaxed(word) == seen) /* relaxed: the caller looks again with the order that it needs */
		port_relax();
}

/* Wake whoever sleeps on the word, from interrupts as well: nobody does, here. */
void ioasid_port_wake(port_u32 *word)
{
	(void)word;
}

/*
 * A clock that never goes back; a timer tick is fine enough, it decides about
 * seconds. Without any clock, time is what passes between two looks at it: limits
 * are reached after a number of looks.
 */
uint64_t ioasid_port_now_ns(void)
{
	return port_u64_add_relaxed(&ticks, 1000) + 1000; /* relaxed: one variable alone never goes back */
}

/* Who runs: the address of the thread's control block, or of a thread-local variable. */
uint64_t ioasid_port_thread_id(void)
{
	return 1;
}

/* A host whose processes can fork counts the forks in the child; one that cannot has one epoch. */
uint32_t ioasid_port_epoch(void)
{
	return 0;
}

uint32_t ioasid_port_unique(void)
{
	return port_u32_add_relaxed(&unique, 1) + 1; /* relaxed: only its uniqueness matters */
}

/* About as many as there are CPUs, rounded up to a power of two, at most PORT_SHARDS. */
uint32_t ioasid_port_shards(void)
{
	return 1;
}

/* Where there are threads: one that runs fn(arg), with the host's signals blocked. */
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
