/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * reclaim.c - the one loop that does what everybody else deferred.
 *
 * A round: drive a grace period if one is wanted, move what has rested, then
 * read the inbox, begin the quiesces of what has parked, let those go on that
 * waited for the grace period, and give up on callbacks that are late. What is
 * in limbo is freed last, after the inbox was read: whoever posted a letter did
 * so in a read section, which the grace period waited for, so no letter can
 * name what is freed.
 */
#include "reclaim.h"

#include "lifecycle.h"
#include "participant.h"
#include "quiesce.h"

/* How long the background thread lets ids pile up between two grace periods. */
#define PACE_NS UINT64_C(50000)
/* Rounds of one run, beyond the reuse distance: what is there needs fewer, and others may add for ever. */
#define RUN_ROUNDS 16u
/* Stamps are looked after once in so many grace periods: leaf.h. */
#define REFRESH_EVERY (UINT32_C(1) << 28)

/* space->running: 0, or somebody runs; and perhaps somebody waits for him to leave. */
#define RUNNING 1u
#define RUNNING_WANTED 2u

int reclaim_enter(struct ioasid_space *space)
{
	uint64_t me = ioasid_port_thread_id();
	uint32_t idle = 0;

	if (space->epoch != ioasid_port_epoch())
		return -IOASID_ESTALE;
	/* relaxed: equal to me only if I wrote it. */
	if (port_u64_load_relaxed(&space->reclaimer.thread) == me || ioasid_port_read_held())
		return -IOASID_EDEADLK;
	/* ACQ_REL [R1, from R2]: what the last one left. */
	while (!port_u32_cas_acq_rel(&space->running, &idle, RUNNING))
		if (idle != 0)
			return -IOASID_EBUSY;
	port_u64_store_relaxed(&space->reclaimer.thread, me); /* relaxed: only I ask whether it is me */
	return 0;
}

void reclaim_leave(struct ioasid_space *space)
{
	port_u64_store_relaxed(&space->reclaimer.thread, 0); /* relaxed: as above */
	/*
	 * SEQ_CST [R2 -> R1; E1]. An event only for who waits to come in: polling
	 * waiters come and go, and would wake themselves and one another for ever.
	 */
	if (port_u32_xchg_seq_cst(&space->running, 0) == RUNNING_WANTED)
		space_wake(space);
}

/* Sleep until whoever runs has left, or anything else happens since @seen was read. */
static void sleep_while_running(struct ioasid_space *space, uint32_t seen, uint64_t limit_ns)
{
	uint32_t running = RUNNING;

	/* SEQ_CST [R1]: he sees our wish when he leaves, or we see that he has left. */
	if (port_u32_cas_seq_cst(&space->running, &running, RUNNING_WANTED) || running == RUNNING_WANTED)
		reclaim_sleep(space, seen, limit_ns);
}

int reclaim_enter_wait(struct ioasid_space *space)
{
	int error;

	for (;;) {
		uint32_t seen = port_u32_load_seq_cst(&space->events); /* SEQ_CST [E2]: before the attempt */

		error = reclaim_enter(space);
		if (error != -IOASID_EBUSY)
			return error;
		sleep_while_running(space, seen, UINT64_C(1000000));
	}
}

bool reclaim_wanted(const struct ioasid_space *space)
{
	/* SEQ_CST [W2, from W1]: a freer stamps, then looks whether we sleep. */
	uint32_t wanted = port_u32_load_seq_cst(&space->clock.wanted);

	return !clock_passed(&space->clock, wanted, space->map.distance);
}

static void drive_grace_period(struct ioasid_space *space)
{
	uint32_t n = clock_drive(&space->clock);
	uint32_t moved = freemap_sweep(&space->map);

	count_up(&space->count.grace_periods, 1);
	space->reclaimer.steps++;
	/* Not "every so many numbers": ticks take numbers, too. */
	if (n - space->reclaimer.refreshed >= REFRESH_EVERY) {
		space->reclaimer.refreshed = n;
		freemap_refresh(&space->map);
	}
	if (moved != 0)
		space_wake(space);
}

static void end_set(struct ioasid_space *space, struct ioasid_owner_set *set, uint32_t bits)
{
	struct reclaimer *reclaimer = &space->reclaimer;

	if (bits & OWNER_DONE) {
		reclaimer->steps++;
		if (set->done != NULL)
			set->done(set->context, set->owner);
		port_u32_store_release(&set->finished, 1); /* RELEASE [D1 -> D2]: done() is before the waiter */
		(void)port_u32_add_relaxed(&space->nr_ending, UINT32_MAX); /* relaxed: as in ending.c */
		space_wake(space);
	}
	set->asked |= bits;
	if (set->asked != (OWNER_DONE | OWNER_RELEASED))
		return;
	/* Ended, it is not found any more; until here the table keeps it for a forked child, which forgets all. */
	chain_remove(owner_bucket(&space->owners, set->owner), &set->node);
	set->stamp = clock_stamp(&space->clock);
	(void)clock_want(&space->clock, set->stamp);
	set->limbo = reclaimer->sets;
	reclaimer->sets = set;
}

static void read_inbox(struct ioasid_space *space)
{
	struct letter *letter = inbox_take(&space->inbox);
	struct letter *next;

	for (; letter != NULL; letter = next) {
		uint32_t bits = letter_open(letter, &next);
		char *base = (char *)letter;

		switch (letter->kind) {
		case LETTER_BINDING:
			quiesce_letter(space, (void *)(base - offsetof(struct binding, letter)), bits);
			break;
		case LETTER_SET:
			end_set(space, (void *)(base - offsetof(struct ioasid_owner_set, letter)), bits);
			break;
		case LETTER_DEVICE:
			quiesce_device((void *)(base - offsetof(struct ioasid_device, letter)), bits);
			break;
		case LETTER_PARTICIPANT:
			(void)participant_tell((void *)(base - offsetof(struct ioasid_participant, letter)));
			break;
		}
		space->reclaimer.steps++;
	}
}

static uint32_t slot_link(const struct ioasid_space *space, uint32_t id)
{
	return port_u32_load_relaxed(&table_more(&space->table, id)->link); /* relaxed: acquired with the list */
}

/* Begin with everything in a list of parked slots; what finds no memory goes to the delayed ones. */
static void begin_parked(struct ioasid_space *space, uint32_t first)
{
	struct reclaimer *reclaimer = &space->reclaimer;

	while (first != 0) {
		uint32_t id = first - 1;

		first = slot_link(space, id);
		if (quiesce_slot(space, id)) {
			reclaimer->steps++;
			continue;
		}
		port_u32_store_relaxed(&table_more(&space->table, id)->link, reclaimer->delayed); /* relaxed: ours */
		reclaimer->delayed = id + 1;
	}
}

static void read_parked(struct ioasid_space *space)
{
	struct reclaimer *reclaimer = &space->reclaimer;
	uint32_t delayed = reclaimer->delayed;

	reclaimer->delayed = 0;
	begin_parked(space, delayed);
	if (port_u32_load_relaxed(&space->parked) != 0)                        /* relaxed: a look before the exchange */
		begin_parked(space, port_u32_xchg_seq_cst(&space->parked, 0)); /* SEQ_CST [K2, from K1] */
}

void reclaim_free_set(struct ioasid_space *space, struct ioasid_owner_set *set)
{
	if (set->quota != IOASID_UNLIMITED)
		freemap_leave(&space->map);
	label_give(&space->labels, set->label);
	memory_give(&space->memory, set, sizeof(*set) + set->map_words * sizeof(port_u64));
	(void)port_u32_add_seq_cst(&space->nr_sets, UINT32_MAX);
}

static void empty_limbo(struct ioasid_space *space)
{
	struct reclaimer *reclaimer = &space->reclaimer;
	struct ioasid_owner_set **link = &reclaimer->sets;

	while (reclaimer->limbo != NULL && clock_passed(&space->clock, reclaimer->limbo->stamp, 0)) {
		struct binding *binding = reclaimer->limbo;

		reclaimer->limbo = binding->active_next;
		if (reclaimer->limbo == NULL)
			reclaimer->limbo_end = &reclaimer->limbo;
		if (binding->tally.block != NULL)
			tally_give(&space->tally, &binding->tally);
		pool_give(&space->pool, binding);
		reclaimer->steps++;
	}
	while (*link != NULL) {
		struct ioasid_owner_set *set = *link;

		if (!clock_passed(&space->clock, set->stamp, 0)) {
			link = &set->limbo;
			continue;
		}
		*link = set->limbo;
		reclaim_free_set(space, set);
		reclaimer->steps++;
	}
}

static uint64_t when(struct ioasid_space *space)
{
	/* The clock is read only if somebody has a deadline. */
	return space->reclaimer.deadline == UINT64_MAX ? 0 : ioasid_port_now_ns();
}

uint32_t reclaim_run(struct ioasid_space *space, uint32_t budget, uint32_t graces)
{
	struct reclaimer *reclaimer = &space->reclaimer;
	uint32_t before;

	reclaimer->steps = 0;
	do {
		before = reclaimer->steps;
		if (graces != 0 && reclaim_wanted(space)) {
			graces--;
			drive_grace_period(space);
		}
		read_inbox(space);
		read_parked(space);
		reclaimer->steps += quiesce_grace(space);
		reclaimer->steps += quiesce_deadlines(space, when(space));
		empty_limbo(space);
	} while (reclaimer->steps != before && (budget == 0 || reclaimer->steps < budget));
	if (reclaimer->steps != 0)
		space_wake(space);
	return reclaimer->steps;
}

/* Round after round, with a grace period in each that needs one. */
static uint32_t run_rounds(struct ioasid_space *space, uint32_t budget)
{
	uint32_t rounds = space->map.distance + RUN_ROUNDS;
	uint32_t steps = 0;
	uint32_t more;

	do {
		more = reclaim_run(space, 1, 1);
		steps += more;
	} while (more != 0 && --rounds != 0 && (budget == 0 || steps < budget));
	return steps;
}

int ioasid_space_run(struct ioasid_space *space, uint32_t budget, uint32_t *done)
{
	uint32_t steps = 0;
	int error;

	if (space == NULL)
		return -IOASID_EINVAL;
	error = reclaim_enter(space);
	if (error == 0) {
		steps = run_rounds(space, budget);
		reclaim_leave(space);
	} else if (error != -IOASID_EBUSY) {
		return error;
	}
	if (done != NULL)
		*done = steps;
	return 0;
}

void reclaim_thread(void *context)
{
	struct ioasid_space *space = context;
	port_u32 pace;

	port_u32_init(&pace, 0);
	for (;;) {
		uint32_t seen = port_u32_load_seq_cst(&space->events); /* SEQ_CST [E2]: before the looks below */
		uint64_t limit = UINT64_MAX;
		uint64_t now;

		if (port_u32_load_acquire(&space->stop) != 0) /* ACQUIRE: with the destroyer's store */
			return;
		if (reclaim_enter(space) != 0) {
			sleep_while_running(space, seen, UINT64_C(10000000));
			continue;
		}
		(void)reclaim_run(space, 0, 1);
		if (space->reclaimer.delayed != 0) {
			limit = PACE_NS;
		} else if (space->reclaimer.deadline != UINT64_MAX) {
			now = ioasid_port_now_ns();
			limit = space->reclaimer.deadline > now ? space->reclaimer.deadline - now : 0;
		}
		reclaim_leave(space);
		if (reclaim_wanted(space))
			ioasid_port_wait(&pace, 0, PACE_NS);
		else if (limit != 0)
			reclaim_sleep(space, seen, limit);
	}
}
