/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The bare-metal port, link-time half; memory is in memory.c, the lending of CPUs in cpus.c. */
#include "../port.h"

#include <ioasid/error.h>

#include "board.h"
#include "cpus.h"

#define SECOND UINT64_C(1000000000)

struct ioasid_port_sections ioasid_port_sections[IOASID_PORT_CPUS];
static port_u32 sleepers; /* a bit for each CPU that is about to sleep */
static port_u32 unique;

_Noreturn void ioasid_port_die(const char *file, int line, const char *what)
{
	board_die(file, line, what);
}

/* A CPU that is not there is outside for ever. */
void ioasid_port_synchronize(void)
{
	port_assert(!ioasid_port_read_held());
	port_fence_seq_cst(); /* SEQ_CST, with the fence of port_read_lock() */
	for (uint32_t i = 0; i < IOASID_PORT_CPUS; i++) {
		const port_u64 *word = &ioasid_port_sections[i].word;
		const uint64_t seen = port_u64_load_acquire(word); /* ACQUIRE, with port_read_unlock(): its reads */
		uint64_t now = seen;

		while ((now & IOASID_PORT_DEPTH) != 0 && (now | IOASID_PORT_DEPTH) == (seen | IOASID_PORT_DEPTH)) {
			port_relax();
			now = port_u64_load_acquire(word); /* ACQUIRE: as above */
		}
	}
	port_fence_seq_cst(); /* the contract's: what follows comes after all that was waited for */
}

bool ioasid_port_read_held(void)
{
	/* relaxed: our own CPU's, who alone writes it */
	return (port_u64_load_relaxed(&ioasid_port_sections[ioasid_port_cpu()].word) & IOASID_PORT_DEPTH) != 0;
}

/* The isb keeps the counter from being read before what comes before it. */
static uint64_t counter(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
	return ticks;
}

static uint64_t frequency(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

/* In two parts: the product of all ticks and 10^9 would be too large after minutes. */
uint64_t ioasid_port_now_ns(void)
{
	const uint64_t ticks = counter();
	const uint64_t hz = frequency();

	return ticks / hz * SECOND + ticks % hz * SECOND / hz;
}

/* The counter's value after @ns, rounded up; beyond 500 years: never. */
static uint64_t counter_after(uint64_t ns)
{
	const uint64_t hz = frequency();

	if (ns / SECOND > UINT64_MAX / 2 / hz)
		return UINT64_MAX;
	return counter() + ns / SECOND * hz + (ns % SECOND * hz + SECOND - 1) / SECOND;
}

/*
 * SEQ_CST: we say that we sleep, then look at the word; ioasid_port_wake() comes
 * after the word was written, and looks who sleeps. One of the two sees the other.
 * What it then says is not lost: board_sleep() ends at once if it came before.
 */
void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	const uint32_t me = UINT32_C(1) << ioasid_port_cpu();
	const uint64_t until = timeout_ns == UINT64_MAX ? UINT64_MAX : counter_after(timeout_ns);

	(void)port_u32_or_seq_cst(&sleepers, me);
	while (port_u32_load_seq_cst(word) == seen && counter() < until) /* SEQ_CST: as above */
		board_sleep(until);
	(void)port_u32_and_seq_cst(&sleepers, ~me); /* nothing depends on it: a wake too many is harmless */
}

/* Everybody who sleeps looks at his own word again; there are not many. */
void ioasid_port_wake(port_u32 *word)
{
	uint32_t cpus;

	(void)word;
	port_fence_seq_cst();                    /* SEQ_CST, with ioasid_port_wait() */
	cpus = port_u32_load_relaxed(&sleepers); /* relaxed: after the fence */
	if (cpus != 0)
		board_wake(cpus);
}

/* An interrupt handler is known by the number of what it interrupts: it runs no callbacks and waits for nothing. */
uint64_t ioasid_port_thread_id(void)
{
	return ioasid_port_cpu() + UINT64_C(1);
}

uint32_t ioasid_port_epoch(void)
{
	return 0;
}

uint32_t ioasid_port_unique(void)
{
	return port_u32_add_relaxed(&unique, 1) + 1; /* relaxed: only its uniqueness matters */
}

uint32_t ioasid_port_shards(void)
{
	return PORT_SHARDS;
}

int ioasid_port_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg)
{
	uint32_t cpu = ioasid_port_cpu_start(fn, arg);

	if (cpu == 0)
		return -IOASID_EAGAIN;
	worker->impl = (void *)(uintptr_t)cpu;
	return 0;
}

void ioasid_port_worker_join(struct port_worker *worker)
{
	(void)ioasid_port_cpu_join((uint32_t)(uintptr_t)worker->impl, UINT64_MAX);
	worker->impl = NULL;
}
