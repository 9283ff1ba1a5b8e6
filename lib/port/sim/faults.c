/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The sim port's faults that are none of memory's: compare-and-swaps that fail, hooks, and the end of the program. */
#include "../port.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim.h"
#include "thread.h"

static _Atomic uint64_t cas_every;
static _Atomic uint64_t cas_seed;
static _Atomic uint32_t cas_one_in;
static _Atomic uint64_t cas_count;
static _Atomic uint64_t cas_failures;
static _Atomic(sim_relax_fn *) on_relax;
static _Atomic(sim_trace_fn *) on_trace;

/* splitmix64's finaliser: neighbouring numbers have nothing in common any more. */
static uint64_t scatter(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* relaxed: which of the threads' swaps is the kth is for chance to say. */
bool ioasid_port_cas_fails(void)
{
	uint64_t every = atomic_load_explicit(&cas_every, memory_order_relaxed);
	uint32_t one_in = atomic_load_explicit(&cas_one_in, memory_order_relaxed);
	uint64_t n;

	if (every == 0 && one_in == 0)
		return false;
	n = atomic_fetch_add_explicit(&cas_count, 1, memory_order_relaxed) + 1;
	if (every != 0 ? n % every != 0 : scatter(cas_seed ^ scatter(n)) % one_in != 0)
		return false;
	(void)atomic_fetch_add_explicit(&cas_failures, 1, memory_order_relaxed);
	return true;
}

static void set_cas(uint64_t every, uint64_t seed, uint32_t one_in)
{
	if (every == 1 || one_in == 1)
		sim_die("if every compare-and-swap fails, nothing ever ends");
	atomic_store(&cas_every, 0);
	atomic_store(&cas_one_in, 0);
	atomic_store(&cas_count, 0);
	atomic_store(&cas_failures, 0);
	atomic_store(&cas_seed, seed);
	atomic_store(&cas_one_in, one_in);
	atomic_store(&cas_every, every);
}

void sim_cas_fail_every(uint64_t k)
{
	set_cas(k, 0, 0);
}

void sim_cas_fail_random(uint64_t seed, uint32_t one_in)
{
	set_cas(0, seed, one_in);
}

uint64_t sim_cas_failed(void)
{
	return atomic_load(&cas_failures);
}

void ioasid_port_relaxed(void)
{
	sim_relax_fn *hook = atomic_load(&on_relax);

	if (hook != NULL)
		hook();
}

void ioasid_port_traced(const char *event, uint32_t id, uint32_t generation, uint64_t value)
{
	sim_trace_fn *hook = atomic_load(&on_trace);

	if (hook != NULL)
		hook(event, id, generation, value);
}

void sim_relax_hook(sim_relax_fn *hook)
{
	atomic_store(&on_relax, hook);
}

void sim_trace_hook(sim_trace_fn *hook)
{
	atomic_store(&on_trace, hook);
}

void ioasid_port_die(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

void sim_die(const char *what)
{
	(void)fprintf(stderr, "sim port: %s\n", what);
	abort();
}

void sim_reset_faults(void)
{
	set_cas(0, 0, 0);
	sim_relax_hook(NULL);
	sim_trace_hook(NULL);
}

void sim_reset(void)
{
	sim_reset_memory();
	sim_reset_clock();
	sim_reset_grace();
	sim_reset_thread();
	sim_reset_faults();
}
