/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * undone.c - what a call takes, and will have to give back, is not missed.
 *
 * A space has two ids. A crowd may have one of them and keep it: it has a quota
 * of one, or it races to make one shared id. Whoever of the crowd comes too late
 * has an id in his hands for a moment. So one is always there for the lone
 * thread, who takes one and gives it back: he may be told to try again, and never
 * that there is none. To make the moments long, a timer stops the crowd, one by
 * one, wherever in the library they are.
 */
#include <errno.h>
#include <ioasid/ioasid.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "crew.h"
#include "exact.h"
#include "host.h"

#define CROWD 3u
#define BURST 64u
#define ENOUGH 8

struct row {
	uint32_t stages; /* one, for allocations; or for as many races for a shared id */
	uint32_t quota;
	uint32_t set_flags;
	int pace_us; /* of the timer */
};

static const struct row rows[] = {
	{1, 1, 0, 100},
	{256, IOASID_UNLIMITED, 0, 20},
	{256, 1, IOASID_SET_HOT, 20},
};

/* Two ids, and those who want one. */
struct stage {
	struct ioasid_space *space;
	struct ioasid_owner_set *lone;
	struct ioasid_owner_set *crowd;
	struct ioasid_device *device;
};

struct undone {
	const struct row *row;
	struct stage *stage;
	atomic_uint racing; /* how many of the crowd */
	atomic_ullong had;  /* by the lone thread */
	atomic_ullong crowd_had;
};

static _Thread_local volatile sig_atomic_t calls; /* since this thread was stopped */

/* In the thread that is stopped, for long enough to be seen from outside; but it must get on, too. */
static void be_stopped(int signal_number)
{
	const struct timespec moment = {.tv_nsec = 20000};
	int error = errno;

	(void)signal_number;
	if (calls < ENOUGH)
		return;
	(void)nanosleep(&moment, NULL);
	calls = 0;
	errno = error;
}

static void may_be_stopped(bool may)
{
	sigset_t alarm;

	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	(void)pthread_sigmask(may ? SIG_UNBLOCK : SIG_BLOCK, &alarm, NULL);
}

/* @pace_us: 0: no more. */
static void start_stopping(int pace_us)
{
	struct sigaction action = {.sa_handler = pace_us != 0 ? be_stopped : SIG_IGN, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, pace_us}, {0, pace_us}};

	may_be_stopped(false);
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void stage_set(struct stage *stage, const struct row *row)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 1};

	stage->space = host_space(1, 0, IOASID_ORDER_OLDEST, NULL);
	stage->lone = host_set(stage->space, 1, IOASID_UNLIMITED, 0);
	stage->crowd = host_set(stage->space, 2, row->quota, row->set_flags);
	ck_assert_int_eq(ioasid_device_register(stage->space, &config, &stage->device), 0);
}

static void stage_clear(const struct stage *stage)
{
	host_set_end(stage->crowd);
	host_set_end(stage->lone);
	ck_assert_int_eq(ioasid_device_unregister(stage->device), 0);
	host_space_end(stage->space);
}

/* In each space; there is an id, or will be in a moment. */
static unsigned long long look_around(struct crew *crew, const struct undone *u)
{
	unsigned long long had = 0;
	ioasid_handle_t handle;
	uint32_t stage = 0;
	uint32_t i;

	for (i = 0; i < u->row->stages || i < BURST; i++) {
		const struct stage *s = &u->stage[stage];
		int error = ioasid_id_alloc(s->lone, NULL, 0, &handle);

		crew_check(crew, error == 0 || error == -IOASID_EAGAIN, "one of two is mine, and yet: %s",
		           ioasid_strerror(error));
		had += error == 0;
		if (error == 0)
			crew_check(crew, ioasid_id_abort(s->space, handle) == 0, "abort");
		stage = stage + 1 < u->row->stages ? stage + 1 : 0;
	}
	crew_count(crew, i);
	return had;
}

static unsigned long long allocate(struct crew *crew, const struct stage *stage)
{
	unsigned long long had = 0;
	ioasid_handle_t handle;

	while (crew_goes_on(crew)) {
		for (uint32_t i = 0; i < BURST; i++) {
			int error = ioasid_id_alloc(stage->crowd, NULL, 0, &handle);

			calls++;
			/* The set is full, or both ids are taken. */
			crew_check(crew,
			           error == 0 || error == -IOASID_EDQUOT || error == -IOASID_EAGAIN ||
			                   error == -IOASID_ENOSPC,
			           "alloc: %s", ioasid_strerror(error));
			if (error != 0)
				continue;
			had++;
			crew_check(crew, ioasid_id_abort(stage->space, handle) == 0, "abort");
		}
		crew_count(crew, BURST);
	}
	return had;
}

/*
 * The first binds of each set: all get its one id, however often they are told
 * that it is not there yet. To make it takes longer than to find it made, so those
 * who are behind catch up with the first.
 */
static unsigned long long bind_everywhere(struct crew *crew, const struct undone *u)
{
	unsigned long long had = 0;

	for (uint32_t i = 0; i < u->row->stages; i++) {
		const struct stage *stage = &u->stage[i];
		struct ioasid_bind_args args = {.size = sizeof(args), .device = stage->device};
		ioasid_binding_t binding;
		int error;

		do
			error = ioasid_set_bind(stage->crowd, &args, 1, 0, &binding);
		while (error == -IOASID_EAGAIN);
		calls++;
		crew_check(crew, error == 0, "a first bind: %s", ioasid_strerror(error));
		had += error == 0;
	}
	crew_count(crew, u->row->stages);
	return had;
}

static void undone_work(struct crew *crew, uint32_t me)
{
	struct undone *u = crew->context;
	unsigned long long had = 0;

	do {
		if (me == 0) {
			for (uint32_t i = 0; i < u->row->stages; i++)
				stage_set(&u->stage[i], u->row);
			atomic_store(&u->racing, CROWD);
		}
		(void)crew_meet(crew);
		if (me == CROWD) {
			do
				had += look_around(crew, u);
			while (atomic_load(&u->racing) != 0);
		} else {
			may_be_stopped(true);
			had += u->row->stages == 1 ? allocate(crew, u->stage) : bind_everywhere(crew, u);
			may_be_stopped(false);
			(void)atomic_fetch_sub(&u->racing, 1);
		}
		(void)crew_meet(crew);
		for (uint32_t i = 0; me == 0 && i < u->row->stages; i++)
			stage_clear(&u->stage[i]);
	} while (crew_meet(crew));
	(void)atomic_fetch_add(me == CROWD ? &u->had : &u->crowd_had, had);
}

START_TEST(undone)
{
	struct undone u = {.row = &rows[_i]};

	u.stage = calloc(u.row->stages, sizeof(*u.stage));
	ck_assert_ptr_nonnull(u.stage);
	start_stopping(u.row->pace_us);
	crew_run("undone", CROWD + 1, undone_work, &u);
	start_stopping(0);
	free(u.stage);
	/* If one of the two never got anything, they were not in each other's way. */
	ck_assert_uint_gt(atomic_load(&u.had), 0);
	ck_assert_uint_gt(atomic_load(&u.crowd_had), 0);
}
END_TEST

TCase *exact_undone(void)
{
	TCase *tcase = tcase_create("undone");

	tcase_add_loop_test(tcase, undone, 0, sizeof(rows) / sizeof(rows[0]));
	return tcase;
}
