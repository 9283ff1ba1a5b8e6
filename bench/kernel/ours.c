/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ours.c - alloc and free with the whole life: a set that is charged, a generation,
 * rest for a grace period, and the reclaim, all of it within what is measured.
 */
#include <linux/delay.h>

#include "ours.h"

#define NUMBER ioasid_handle_t

struct ioasid_space *ours_space;
struct ioasid_owner_set *ours_set;
static u32 every; /* 0: a thread of the space's own does the deferred work */
static u32 left;

int ours_open(u32 space_flags)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = 20, .flags = space_flags, .name = "bench"};
	struct ioasid_set_config owner = {.size = sizeof(owner), .owner = ioasid_owner_of(&ours_space, 1)};
	int error = ioasid_space_create(&config, &ours_space);

	if (error)
		return error;
	owner.quota = IOASID_UNLIMITED;
	error = ioasid_set_create(ours_space, &owner, &ours_set);
	every = space_flags & IOASID_SPACE_BACKGROUND ? 0 : BENCH_EVERY;
	left = every;
	return error;
}

void ours_settle(u32 holds)
{
	struct ioasid_set_info info = {};

	if (every)
		bench_must(ioasid_space_run(ours_space, 0, NULL) == 0);
	for (;;) {
		bench_must(ioasid_set_query(ours_set, &info) == 0);
		if (info.charged == holds || every)
			break;
		msleep(1);
	}
	bench_must(info.charged == holds);
}

void ours_close(void)
{
	(void)ioasid_set_end(ours_set);
	bench_must(ioasid_set_wait(ours_set, IOASID_FOREVER) == 0);
	(void)ioasid_set_release(ours_set);
	bench_must(ioasid_space_flush(ours_space, IOASID_FOREVER) == 0);
	bench_must(ioasid_space_destroy(ours_space, ioasid_tell, "ioasid_bench") == 0);
}

static noinline void do_deferred(void)
{
	left = every;
	if (every)
		bench_must(ioasid_space_run(ours_space, 0, NULL) == 0);
}

static inline bool take(ioasid_handle_t *number)
{
	return ioasid_id_alloc(ours_set, NULL, IOASID_ALLOC_ACTIVE, number) == 0;
}

static inline void give(ioasid_handle_t number)
{
	bench_must(ioasid_id_free(ours_space, number) == 0);
	if (unlikely(--left == 0))
		do_deferred();
}

#include "loops.h"

static int polled(void)
{
	return ours_open(0);
}

static int background(void)
{
	return ours_open(IOASID_SPACE_BACKGROUND);
}

static int polled_64(void)
{
	int error = ours_open(0);

	if (!error)
		hold();
	return error;
}

static int background_64(void)
{
	int error = ours_open(IOASID_SPACE_BACKGROUND);

	if (!error)
		hold();
	return error;
}

static void settle_pair(void)
{
	ours_settle(0);
}

static void settle_64(void)
{
	ours_settle(BENCH_HELD);
}

static void close_64(void)
{
	let_go();
	ours_close();
}

#define ROW(kind, name, start, what, settle, stop)                                                              \
	{                                                                                                       \
		.workload = kind, .subject = name, .begin = start, .loop = what, .finish = settle, .end = stop, \
	}

const struct bench_row bench_ours[] = {
	ROW("pair", "libioasid", polled, pair, settle_pair, ours_close),
	ROW("pair", "libioasid, background", background, pair, settle_pair, ours_close),
	ROW("replace-64", "libioasid", polled_64, replace, settle_64, close_64),
	ROW("replace-64", "libioasid, background", background_64, replace, settle_64, close_64),
	{},
};
