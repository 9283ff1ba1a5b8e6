/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * run.c - runs of the deferred work, with the model around them; and a grace
 * period that does not end, for which another thread sits in the run. The two
 * threads never run at once: each waits for the other to stand still.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "world.h"

int world_run(struct space *space, run_fn *run, void *context, bool full)
{
	uint64_t refused = sim_alloc_refused();
	bool outermost = !space->running;
	int got;

	if (outermost)
		space->grace_seen = oracle_grace_periods(space);
	space->running = true;
	space->in_run = true;
	got = run(space, context);
	if (!outermost)
		return got;
	space->running = false;
	/* What found no memory to begin with is begun in another run. */
	full = full && sim_alloc_refused() == refused;
	oracle_run_ends(space, full);
	space->in_run = false;
	space->fuzzy = !full;
	return got;
}

static int run_fully(struct space *space, void *context)
{
	(void)context;
	return ioasid_space_run(space->space, 0, NULL);
}

int world_run_fully(struct space *space)
{
	return world_run(space, run_fully, NULL, true);
}

static struct {
	pthread_t thread;
	_Atomic bool over;
	int got;
} other;

static void *other_main(void *argument)
{
	struct space *space = argument;

	other.got = ioasid_space_run(space->space, 0, NULL);
	atomic_store(&other.over, true);
	return NULL;
}

/* From now on the other thread is in a run, which goes as far as the first grace period that it needs. */
void world_hold(struct space *space)
{
	sim_grace_mode(SIM_GRACE_HELD);
	atomic_store(&other.over, false);
	space->grace_seen = oracle_grace_periods(space);
	space->running = true;
	space->in_run = true;
	space->held = true;
	if (pthread_create(&other.thread, NULL, other_main, space) != 0)
		abort();
	while (sim_grace_held() == 0 && !atomic_load(&other.over))
		(void)sched_yield();
	space->running = false;
	oracle_finish_releases(space);
	space->fuzzy = true;
	oracle_sync(space);
	oracle_give_up_late(space);
	space->in_run = false;
	if (sim_grace_held() == 0)
		world_let_go(space);
}

void world_let_go(struct space *space)
{
	if (!space->held)
		return;
	space->grace_seen = oracle_grace_periods(space);
	space->running = true;
	space->in_run = true;
	sim_grace_mode(SIM_GRACE_VERIFY);
	if (pthread_join(other.thread, NULL) != 0)
		abort();
	space->running = false;
	space->held = false;
	oracle_expect_one(space, "ioasid_space_run", other.got, 0);
	oracle_run_ends(space, false);
	space->in_run = false;
	oracle_expect_one(space, "ioasid_space_run", world_run_fully(space), 0);
}
