/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * clock.h - the grace-period clock of a space.
 *
 *  @now     read by whoever frees an id, after its life has ended: the stamp
 *  @done    every grace period with a number up to here is over
 *  @wanted  the newest stamp that somebody waits for
 *
 * A grace period is driven by one thread (reclaim.c): it takes the number
 * n = @now, advances @now, waits for all readers, publishes @done = n. An id
 * stamped s was dead before @now became s + 1, so no reader that begins after
 * that can find it, and readers that began before are gone when @done >= s.
 *
 * Numbers are 32 bits and compared by their difference; the reclaimer refreshes
 * old stamps (freemap.c) long before a difference could overflow.
 */
#ifndef IOASID_CORE_CLOCK_H
#define IOASID_CORE_CLOCK_H

#include "port.h"

struct clock {
	port_u32 now;
	port_u32 done;
	port_u32 wanted;
};

static inline void clock_init(struct clock *clock)
{
	port_u32_init(&clock->now, PORT_CLOCK_START);
	port_u32_init(&clock->done, PORT_CLOCK_START - 1);
	port_u32_init(&clock->wanted, PORT_CLOCK_START - 1);
}

/* How far @a is ahead of @b; negative if behind. */
static inline int32_t clock_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline uint32_t clock_stamp(const struct clock *clock)
{
	/* SEQ_CST [Q1 -> Q2]: after the slot's last edge, before the driver's advance or not at all. */
	return port_u32_load_seq_cst(&clock->now);
}

/* A stamp that no word has yet and that any later reader of the clock exceeds. */
static inline uint32_t clock_tick(struct clock *clock)
{
	/* SEQ_CST [Q1 -> Q2]: as clock_stamp(), and unique. */
	return port_u32_add_seq_cst(&clock->now, 1);
}

static inline uint32_t clock_done(const struct clock *clock)
{
	/* ACQUIRE [Q3, from Q4]: what readers did before the grace period ended. */
	return port_u32_load_acquire(&clock->done);
}

/*
 * Are the stamps so far ahead of the grace periods that are over that, going on
 * like that, their difference would overflow? Only ticks can bring that about.
 */
static inline bool clock_is_far(const struct clock *clock)
{
	return clock_ahead(clock_stamp(clock), clock_done(clock)) > INT32_MAX / 8;
}

/* clock_wants() - would clock_want() do anything? */
static inline bool clock_wants(const struct clock *clock, uint32_t stamp)
{
	return clock_ahead(stamp, port_u32_load_seq_cst(&clock->wanted)) > 0; /* SEQ_CST [W1 -> W2]: as below */
}

/* clock_want() - ask for the grace period @stamp. True: newly wanted, so wake the driver. */
static inline bool clock_want(struct clock *clock, uint32_t stamp)
{
	/* SEQ_CST [W1 -> W2]: before the reader's look at the driver's sleep (reclaim.c). */
	uint32_t wanted = port_u32_load_seq_cst(&clock->wanted);

	while (clock_ahead(stamp, wanted) > 0)
		if (port_u32_cas_seq_cst(&clock->wanted, &wanted, stamp))
			return true;
	return false;
}

/* Are all readers gone who could have found what was stamped @stamp? */
static inline bool clock_passed(const struct clock *clock, uint32_t stamp, uint32_t distance)
{
	return clock_ahead(clock_done(clock), stamp + distance) >= 0;
}

/* clock_drive() - one grace period; for the one driver, outside any read section. */
static inline uint32_t clock_drive(struct clock *clock)
{
	/* SEQ_CST [Q2, from Q1]: stamps read so far belong to this grace period. */
	uint32_t n = port_u32_add_seq_cst(&clock->now, 1);

	ioasid_port_synchronize();
	/* RELEASE [Q4 -> Q3]: whoever sees it may reuse what readers had. */
	port_u32_store_release(&clock->done, n);
	return n;
}

#endif
