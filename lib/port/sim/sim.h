/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * sim.h - how a test steers the sim port.
 *
 * All of it may be called from any thread at any time. sim_reset() undoes all
 * that was set here; memory that is still allocated stays counted. What the core
 * does wrong towards its host (a surplus unlock, a wrong size, a write past the
 * end, a grace period awaited from within a section) ends the program with a
 * sentence on stderr.
 */
#ifndef IOASID_PORT_SIM_H
#define IOASID_PORT_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Back to the defaults: nothing fails, real grace periods, clock at 1 s, counts at 0. */
void sim_reset(void);

/*
 * Memory. Every block lies between guards, is filled with 0xdd when it is freed,
 * and is given back to libc late (at once under a sanitizer, which does better).
 */

/* Of the allocations from now on, fail the nth (1: the next) and no other; 0: none. */
void sim_alloc_fail_at(uint64_t nth);
/* Let this many succeed and fail all after them; UINT64_MAX: none. */
void sim_alloc_fail_after(uint64_t successes);
/* Since the last sim_alloc_fail_*() or reset: how many were asked for, and how many refused. */
uint64_t sim_alloc_calls(void);
uint64_t sim_alloc_refused(void);
/* What is allocated now; both are 0 when nothing leaks. */
uint64_t sim_memory_blocks(void);
uint64_t sim_memory_bytes(void);
/* Look at all guards, of live and freed blocks, and give the freed ones back; a broken one ends the program. */
void sim_memory_check(void);
/* No thread can be started (-IOASID_EAGAIN) until it is taken back. */
void sim_worker_refuse(bool refuse);

/*
 * Compare-and-swap that fails for no reason. Of all of the process, every kth
 * (0: none; at least 2), or at random one in @one_in (at least 2), by @seed. A
 * loop of exactly k swaps would never end: take a k that is prime.
 */
void sim_cas_fail_every(uint64_t k);
void sim_cas_fail_random(uint64_t seed, uint32_t one_in);
uint64_t sim_cas_failed(void);

/* What ioasid_port_synchronize() does. */
enum sim_grace {
	SIM_GRACE_REAL,    /* waits for the readers that had begun (default) */
	SIM_GRACE_INSTANT, /* returns at once: as if every reader were quick */
	SIM_GRACE_HELD,    /* waits until another mode is set, and then as that mode does */
	SIM_GRACE_VERIFY   /* returns at once, and ends the program if a reader that had begun is inside */
};
void sim_grace_mode(enum sim_grace mode);
/* How many grace periods were asked for, have ended, and how many callers SIM_GRACE_HELD holds now. */
uint64_t sim_grace_begun(void);
uint64_t sim_grace_ended(void);
uint32_t sim_grace_held(void);
/* How many read sections the calling thread is in; how many threads are in one. */
uint32_t sim_read_depth(void);
uint32_t sim_readers(void);

/*
 * The clock stands still but for these, and for ioasid_port_wait() with a limit:
 * it moves the clock to its limit instead of sleeping if no other thread is
 * known to the port (a thread is known from its first call on), or if nothing
 * happens for a moment. With sim_clock_manual(true), only the test moves it.
 */
void sim_clock_set(uint64_t ns);
void sim_clock_advance(uint64_t ns);
void sim_clock_manual(bool manual);
/* Let every kth wait return early for no reason; 0: none. */
void sim_wait_early_every(uint64_t k);
/* How many threads sleep in ioasid_port_wait() now. */
uint32_t sim_wait_sleepers(void);

/*
 * As if the process had been forked: the epoch from now on. A real fork counts,
 * too. Not while a worker runs: unlike in a child, it would still be there.
 */
void sim_epoch_set(uint32_t epoch);

/* The calling thread's shard hint; by default its number, 0 for the first thread. */
void sim_shard_set(uint32_t hint);

/* Called in every port_relax(), and for every port_trace(); NULL: nothing is called. */
typedef void sim_relax_fn(void);
typedef void sim_trace_fn(const char *event, uint32_t id, uint32_t generation, uint64_t value);
void sim_relax_hook(sim_relax_fn *hook);
void sim_trace_hook(sim_trace_fn *hook);

#endif
