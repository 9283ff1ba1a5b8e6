/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * wait.c - waiting for the deferred work, and helping with it in a polled space.
 *
 * Everybody who sleeps on a space, waiters and the background thread alike,
 * sleeps on one word that moves with every event. A sleeper counts itself, then
 * looks at the word again; whoever makes an event moves the word, then looks at
 * the count: one of them sees the other.
 */
#include "reclaim.h"

/* How often the waiter in a polled space looks for deadlines, which nobody else does. */
#define POLL_NS UINT64_C(1000000)

void reclaim_sleep(struct ioasid_space *space, uint32_t seen, uint64_t limit_ns)
{
	/* SEQ_CST [E2, from E1]: counted before the look; who has something new looks after. */
	(void)port_u32_add_seq_cst(&space->sleepers, 1);
	if (port_u32_load_seq_cst(&space->events) == seen)
		ioasid_port_wait(&space->events, seen, limit_ns);
	(void)port_u32_add_seq_cst(&space->sleepers, UINT32_MAX);
}

struct timer {
	uint64_t timeout_ns;
	uint64_t start;
};

/* What is left; 0: time is up. The clock is read only where there is a limit. */
static uint64_t time_left(struct timer *timer)
{
	uint64_t now;

	if (timer->timeout_ns == 0 || timer->timeout_ns == IOASID_FOREVER)
		return timer->timeout_ns;
	now = ioasid_port_now_ns();
	if (timer->start == 0)
		timer->start = now;
	return now - timer->start < timer->timeout_ns ? timer->timeout_ns - (now - timer->start) : 0;
}

static int wait_until(struct ioasid_space *space, wait_ready *ready, void *context, uint64_t timeout_ns)
{
	bool polled = (space->flags & IOASID_SPACE_BACKGROUND) == 0;
	struct timer timer = {timeout_ns, 0};

	for (;;) {
		uint32_t seen = port_u32_load_seq_cst(&space->events); /* SEQ_CST [E2]: before the look */
		uint32_t steps = 0;
		uint64_t left;
		int error;

		if (ready(context))
			return 0;
		/* relaxed: equal to me only if I wrote it. */
		if (port_u64_load_relaxed(&space->reclaimer.thread) == ioasid_port_thread_id() ||
		    ioasid_port_read_held())
			return timeout_ns == 0 ? -IOASID_EAGAIN : -IOASID_EDEADLK;
		if (polled) {
			error = ioasid_space_run(space, 0, &steps);
			if (error != 0)
				return error;
			if (ready(context))
				return 0;
		}
		left = time_left(&timer);
		if (left == 0)
			return -IOASID_EAGAIN;
		if (steps == 0)
			reclaim_sleep(space, seen, polled && left > POLL_NS ? POLL_NS : left);
	}
}

int wait_for(struct ioasid_space *space, wait_ready *ready, void *context, uint64_t timeout_ns)
{
	int error;

	if (space->epoch != ioasid_port_epoch())
		return -IOASID_ESTALE;
	/* SEQ_CST [E4, from E3]: counted before the look; who gives an id back looks at the count after. */
	(void)port_u32_add_seq_cst(&space->waiters, 1);
	port_fence_seq_cst();
	error = wait_until(space, ready, context, timeout_ns);
	(void)port_u32_add_seq_cst(&space->waiters, UINT32_MAX);
	return error;
}
