/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* xarray.c - a number and an object for it. The object is there already, and is nobody's to free: in its favour. */
#include <linux/refcount.h>
#include <linux/xarray.h>

#define NUMBER u32
#include "bench.h"

struct object {
	refcount_t users;
};

static DEFINE_XARRAY_ALLOC(map);
static struct object object;

static inline bool take(u32 *number)
{
	return xa_alloc(&map, number, &object, XA_LIMIT(BENCH_FIRST, BENCH_LAST), GFP_KERNEL) == 0;
}

static inline void give(u32 number)
{
	bench_must(xa_erase(&map, number) == &object);
}

#include "loops.h"

static struct object objects[BENCH_LIVE];
static u32 live[BENCH_LIVE];
static u32 next;

static int begin_replace(void)
{
	hold();
	return 0;
}

static int begin_find(void)
{
	u32 i;

	for (i = 0; i < BENCH_LIVE; i++) {
		refcount_set(&objects[i].users, 1);
		bench_must(xa_alloc(&map, &live[i], &objects[i], XA_LIMIT(BENCH_FIRST, BENCH_LAST), GFP_KERNEL) == 0);
	}
	next = 0;
	return 0;
}

static void end_replace(void)
{
	let_go();
	xa_destroy(&map);
}

static void end(void)
{
	xa_destroy(&map);
}

static void find(u32 operations)
{
	while (operations--) {
		u32 number = live[next];

		next = next + 1 < BENCH_LIVE ? next + 1 : 0;
		bench_must(xa_load(&map, number));
	}
}

/* What a driver writes that has no pins: look up and count within a read section. */
static inline struct object *get(u32 number)
{
	struct object *found;

	rcu_read_lock();
	found = xa_load(&map, number);
	if (found && !refcount_inc_not_zero(&found->users))
		found = NULL;
	rcu_read_unlock();
	return found;
}

static void find_get_put(u32 operations)
{
	while (operations--) {
		struct object *found = get(live[next]);

		next = next + 1 < BENCH_LIVE ? next + 1 : 0;
		bench_must(found && !refcount_dec_and_test(&found->users));
	}
}

const struct bench_row bench_xarray[] = {
	{.workload = "pair", .subject = "xarray", .loop = pair, .end = end},
	{.workload = "replace-64", .subject = "xarray", .begin = begin_replace, .loop = replace, .end = end_replace},
	{.workload = "find", .subject = "xarray", .begin = begin_find, .loop = find, .end = end},
	{.workload = "pin+unpin", .subject = "xarray, refcount", .begin = begin_find, .loop = find_get_put, .end = end},
	{},
};
