/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * tokens.c - never more ids wanted than there are: then nobody may be refused.
 *
 * All ids but a few are in use for good. Each thread holds its share of the few,
 * gives some of them back, and takes as many again. An abort makes an id free at
 * once, so an allocation must succeed; a freed id rests, so it may be told
 * EAGAIN, but with WAIT it must succeed. ENOSPC is never true.
 *
 * The ids in use lie between the few, or all around them: a search has far to
 * go, and ids come and go behind its back.
 */
#include <ioasid/ioasid.h>
#include <sched.h>
#include <stdlib.h>

#include "crew.h"
#include "exact.h"
#include "host.h"

#define SHARE_MAX 4u

enum mode {
	BY_ABORT,
	BY_FREE,
	BY_FREE_AND_WAIT
};

struct row {
	uint32_t bits;
	uint32_t threads;
	uint32_t share; /* ids of each thread */
	uint32_t left;  /* ids beyond all shares */
	enum mode mode;
	uint32_t flags;
	uint32_t order;
	bool window; /* ask for a range whose ends share their leaves with ids outside */
};

static const struct row rows[] = {
	{4, 2, 4, 0, BY_ABORT, 0, IOASID_ORDER_OLDEST, false},
	{4, 8, 2, 0, BY_ABORT, 0, IOASID_ORDER_LOWEST, false},
	{4, 8, 1, 1, BY_FREE, 0, IOASID_ORDER_OLDEST, false},
	{4, 4, 2, 5, BY_FREE_AND_WAIT, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, false},
	{10, 4, 2, 0, BY_ABORT, 0, IOASID_ORDER_OLDEST, false},
	{10, 4, 1, 1, BY_ABORT, 0, IOASID_ORDER_LOWEST, true},
	{12, 2, 1, 0, BY_ABORT, 0, IOASID_ORDER_OLDEST, true},
	{12, 4, 1, 0, BY_FREE, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, true},
	{12, 8, 4, 1, BY_FREE, 0, IOASID_ORDER_OLDEST, false},
	{12, 4, 4, 0, BY_FREE_AND_WAIT, 0, IOASID_ORDER_LOWEST, false},
	{12, 3, 2, 0, BY_FREE_AND_WAIT, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, true},
	{13, 2, 2, 0, BY_ABORT, 0, IOASID_ORDER_OLDEST, false},
	{16, 4, 1, 5, BY_ABORT, 0, IOASID_ORDER_OLDEST, false},
	{16, 4, 4, 0, BY_FREE, IOASID_SPACE_BACKGROUND, IOASID_ORDER_LOWEST, false},
	{13, 8, 2, 1, BY_FREE_AND_WAIT, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, false},
};

struct tokens {
	const struct row *row;
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_range range;
	atomic_ullong waits;
};

static void take(struct crew *crew, struct tokens *t, ioasid_handle_t *handle)
{
	uint32_t flags = (t->row->mode == BY_ABORT ? 0 : IOASID_ALLOC_ACTIVE) |
	                 (t->row->mode == BY_FREE_AND_WAIT ? IOASID_ALLOC_WAIT : 0);
	int error;

	while ((error = ioasid_id_alloc(t->set, &t->range, flags, handle)) == -IOASID_EAGAIN &&
	       t->row->mode == BY_FREE) {
		(void)atomic_fetch_add_explicit(&t->waits, 1, memory_order_relaxed);
		if (t->row->flags & IOASID_SPACE_BACKGROUND)
			(void)sched_yield();
		else
			crew_check(crew, ioasid_space_run(t->space, 0, NULL) == 0, "run");
	}
	if (!crew_check(crew, error == 0, "an id is there for everybody, and yet: %s", ioasid_strerror(error)))
		*handle = (ioasid_handle_t){0};
}

static void give(struct crew *crew, struct tokens *t, ioasid_handle_t handle)
{
	int error;

	if (!ioasid_handle_is_set(handle))
		return;
	error = t->row->mode == BY_ABORT ? ioasid_id_abort(t->space, handle) : ioasid_id_free(t->space, handle);
	crew_check(crew, error == 0, "giving an id back: %d", error);
}

static void tokens_work(struct crew *crew, uint32_t me)
{
	struct tokens *t = crew->context;
	ioasid_handle_t held[SHARE_MAX] = {{0}};
	uint64_t random = crew_seed(me);
	uint32_t i;

	for (i = 0; i < t->row->share; i++)
		take(crew, t, &held[i]);
	while (crew_goes_on(crew)) {
		uint32_t burst = 32;

		while (burst-- > 0) {
			uint32_t k = 1 + crew_random(&random, t->row->share);

			for (i = 0; i < k; i++)
				give(crew, t, held[i]);
			for (i = 0; i < k; i++)
				take(crew, t, &held[i]);
			crew_count(crew, k);
		}
	}
	for (i = 0; i < t->row->share; i++)
		give(crew, t, held[i]);
}

/* Half of the few at either end of the window, or all over the space. */
static bool is_token(const struct row *row, uint32_t few, uint32_t id)
{
	uint32_t n = UINT32_C(1) << row->bits;
	uint32_t step = n / few;

	if (row->window)
		return (id >= 13 && id < 13 + few / 2) || (id <= n - 14 && id > n - 14 - (few - few / 2));
	return id % step == step / 2 && id / step < few;
}

/* Everything but the few is in use; of a window's leaves, what is outside of it is free. */
static struct ioasid_owner_set *fill(struct tokens *t)
{
	struct ioasid_owner_set *filler = host_set(t->space, 2, IOASID_UNLIMITED, 0);
	uint32_t few = t->row->threads * t->row->share + t->row->left;
	uint32_t n = UINT32_C(1) << t->row->bits;
	ioasid_handle_t handle;
	uint32_t id;

	t->range = t->row->window ? host_range(13, n - 14) : host_range(0, n - 1);
	for (id = ioasid_value(t->range.first); id <= ioasid_value(t->range.last); id++) {
		struct ioasid_range one = host_range(id, id);

		if (!is_token(t->row, few, id))
			ck_assert_int_eq(ioasid_id_alloc(filler, &one, IOASID_ALLOC_ACTIVE, &handle), 0);
	}
	return filler;
}

START_TEST(tokens)
{
	struct tokens t = {.row = &rows[_i]};
	struct ioasid_owner_set *filler;

	t.space = host_space(t.row->bits, t.row->flags, t.row->order, NULL);
	t.set = host_set(t.space, 1, IOASID_UNLIMITED, 0);
	filler = fill(&t);
	crew_run("tokens", t.row->threads, tokens_work, &t);
	/* A test of EAGAIN in which nobody ever had to wait would show nothing. */
	if (t.row->mode == BY_FREE)
		ck_assert_uint_gt(atomic_load(&t.waits), 0);
	host_set_end(t.set);
	host_set_end(filler);
	host_space_end(t.space);
}
END_TEST

/*
 * Two ids far apart, and one thread that takes and gives back now this one, now
 * the other: at every moment one of them is free. It asks for each by number, so
 * it goes round many times while the other thread's search comes by once.
 */
static void toggle_work(struct crew *crew, uint32_t me)
{
	struct tokens *t = crew->context;
	struct ioasid_range ends[2] = {ioasid_range_make(t->range.first, t->range.first),
	                               ioasid_range_make(t->range.last, t->range.last)};
	uint32_t flags = t->row->mode == BY_ABORT ? 0 : IOASID_ALLOC_ACTIVE;
	ioasid_handle_t handle;
	uint32_t i;

	while (crew_goes_on(crew)) {
		for (i = 0; me == 0 && i < 16; i++) {
			take(crew, t, &handle);
			give(crew, t, handle);
		}
		for (i = 0; me != 0 && i < 64; i++)
			if (ioasid_id_alloc(t->set, &ends[i % 2], flags, &handle) == 0)
				give(crew, t, handle);
		crew_count(crew, i);
	}
}

START_TEST(toggle)
{
	static const struct row toggles[] = {
		{10, 2, 1, 0, BY_ABORT, 0, IOASID_ORDER_OLDEST, true},
		{13, 2, 1, 0, BY_ABORT, 0, IOASID_ORDER_LOWEST, true},
		{10, 2, 1, 0, BY_FREE, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, true},
		{13, 2, 1, 0, BY_FREE, 0, IOASID_ORDER_OLDEST, true},
	};
	struct tokens t = {.row = &toggles[_i]};
	struct ioasid_owner_set *filler;

	t.space = host_space(t.row->bits, t.row->flags, t.row->order, NULL);
	t.set = host_set(t.space, 1, IOASID_UNLIMITED, 0);
	filler = fill(&t);
	crew_run("toggle", t.row->threads, toggle_work, &t);
	host_set_end(t.set);
	host_set_end(filler);
	host_space_end(t.space);
}
END_TEST

TCase *exact_tokens(void)
{
	TCase *tcase = tcase_create("tokens");

	tcase_add_loop_test(tcase, tokens, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tcase, toggle, 0, 4);
	return tcase;
}
