/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * stats.h - what a replay counts. Every number of the table and of the JSON is
 * one of these, or is asked of the library.
 */
#ifndef REPLAY_STATS_H
#define REPLAY_STATS_H

#include <stdatomic.h>
#include <stdint.h>

/* Times are kept in buckets: 16 to each doubling, so a quantile is at most 6 % too high. */
#define HISTOGRAM_SHIFT 4
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_SHIFT + 1) << HISTOGRAM_SHIFT)

struct histogram {
	_Atomic uint64_t bucket[HISTOGRAM_BUCKETS];
	_Atomic uint64_t count;
};

struct stats {
	_Atomic uint64_t owners;
	_Atomic uint64_t ids;    /* handed out: lives, not numbers */
	_Atomic uint64_t reused; /* of them, how many had a number that was in use before */
	_Atomic uint64_t bindings;
	_Atomic uint64_t bind_failed;
	_Atomic int bind_error;        /* the last one of these */
	_Atomic uint64_t requests;     /* asked for by the trace */
	_Atomic uint64_t completed;    /* with success */
	_Atomic uint64_t failed;       /* aborted by the device, on a page request that was answered "invalid" */
	_Atomic uint64_t refused;      /* never submitted: owner or binding were gone */
	_Atomic uint64_t in_flight;    /* submitted, not yet reaped */
	_Atomic uint64_t drained;      /* waited for before their id went on */
	_Atomic uint64_t strays;       /* DMAs that landed in somebody else's memory */
	_Atomic uint64_t stray_writes; /* of them, how many wrote */
	_Atomic uint64_t corrupted;    /* address spaces found overwritten when they ended */
	_Atomic uint64_t dmas;
	_Atomic uint64_t faults;        /* page requests */
	_Atomic uint64_t late_faults;   /* answered "invalid": the owner or binding was gone */
	_Atomic uint64_t astray_faults; /* that named a number which nobody had */
	_Atomic uint64_t wrong_faults;  /* answered from somebody else's address space */
	struct histogram bind_ns;
	struct histogram unbind_ns;
	struct histogram reusable_ns; /* from the end of an owner to its ids and memory being free */
};

/** stat_add() - count; stat_get() - read. Counters order nothing. */
static inline void stat_add(_Atomic uint64_t *counter, uint64_t amount)
{
	(void)atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static inline uint64_t stat_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/** histogram_add() - one time, in ns. */
void histogram_add(struct histogram *histogram, uint64_t ns);

/** histogram_quantile() - the time that @share (0 to 1) of all were not above; 0 of none. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
