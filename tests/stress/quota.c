/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * quota.c - a quota of Q is Q: no more, and no refusal while there is room.
 *
 * As drain.c and tokens.c, with the set's charge in the place of the free ids.
 */
#include <ioasid/ioasid.h>
#include <stdlib.h>

#include "crew.h"
#include "exact.h"
#include "host.h"

struct row {
	uint32_t threads;
	uint32_t quota;
	bool abort;
};

static const struct row rows[] = {
	{2, 0, true}, {2, 1, true}, {4, 1, false}, {8, 5, true}, {4, 64, false}, {8, 1000, true}, {2, 20000, false},
};

#define QUOTA_MAX 20000u

struct race {
	const struct row *row;
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	atomic_uint taken;
	ioasid_handle_t *held[CREW_MAX];
};

static uint32_t take_all(struct crew *crew, struct race *r, uint32_t me)
{
	uint32_t flags = r->row->abort ? 0 : IOASID_ALLOC_ACTIVE;
	uint32_t n = 0;
	int error = 0;

	while (n <= r->row->quota) {
		error = ioasid_id_alloc(r->set, NULL, flags, &r->held[me][n]);
		if (error != 0)
			break;
		n++;
		(void)atomic_fetch_add(&r->taken, 1);
	}
	crew_check(crew, error == -IOASID_EDQUOT, "the last answer is %d", error);
	crew_check(crew, atomic_load(&r->taken) + crew->threads - 1 >= r->row->quota, "EDQUOT after %u of %u",
	           atomic_load(&r->taken), r->row->quota);
	crew_count(crew, n);
	return n;
}

static void race_work(struct crew *crew, uint32_t me)
{
	struct race *r = crew->context;

	do {
		uint32_t n = take_all(crew, r, me);
		uint32_t i;

		(void)crew_meet(crew);
		crew_check(crew, atomic_load(&r->taken) == r->row->quota, "%u ids, quota %u", atomic_load(&r->taken),
		           r->row->quota);
		crew_check(crew, host_charged(r->set) == r->row->quota, "charged %u", host_charged(r->set));
		(void)crew_meet(crew);
		for (i = 0; i < n; i++)
			crew_check(crew, ioasid_id_free(r->space, r->held[me][i]) == 0, "free");
		(void)crew_meet(crew);
		if (me == 0) {
			crew_check(crew, ioasid_space_flush(r->space, IOASID_FOREVER) == 0, "flush");
			/* What was freed is charged until it is reclaimed: now it is. */
			crew_check(crew, host_charged(r->set) == 0, "still charged %u", host_charged(r->set));
			atomic_store(&r->taken, 0);
		}
	} while (crew_meet(crew));
}

START_TEST(quota_race)
{
	struct race r = {.row = &rows[_i]};
	uint32_t i;

	r.space = host_space(16, _i % 2 ? IOASID_SPACE_BACKGROUND : 0, IOASID_ORDER_OLDEST, NULL);
	r.set = host_set(r.space, 1, r.row->quota, 0);
	for (i = 0; i < r.row->threads; i++) {
		r.held[i] = calloc(QUOTA_MAX + 1, sizeof(*r.held[i]));
		ck_assert_ptr_nonnull(r.held[i]);
	}
	crew_run("quota race", r.row->threads, race_work, &r);
	for (i = 0; i < r.row->threads; i++)
		free(r.held[i]);
	host_set_end(r.set);
	host_space_end(r.space);
}
END_TEST

/* Everybody has a share of the quota; an abort gives the charge back at once. */
static void share_work(struct crew *crew, uint32_t me)
{
	struct race *r = crew->context;
	ioasid_handle_t handle;

	(void)me;
	while (crew_goes_on(crew)) {
		uint32_t burst = 64;

		while (burst-- > 0) {
			int error = ioasid_id_alloc(r->set, NULL, 0, &handle);

			if (!crew_check(crew, error == 0, "there is room for everybody, and yet: %d", error))
				return;
			error = ioasid_id_abort(r->space, handle);
			crew_check(crew, error == 0, "abort: %d", error);
		}
		crew_count(crew, 64);
	}
}

START_TEST(quota_share)
{
	static const struct row shares[] = {{2, 2, true}, {4, 4, true}, {8, 8, true}};
	struct race r = {.row = &shares[_i]};

	r.space = host_space(8, 0, IOASID_ORDER_OLDEST, NULL);
	r.set = host_set(r.space, 1, r.row->quota, 0);
	crew_run("quota share", r.row->threads, share_work, &r);
	ck_assert_uint_eq(host_charged(r.set), 0);
	host_set_end(r.set);
	host_space_end(r.space);
}
END_TEST

TCase *exact_quota(void)
{
	TCase *tcase = tcase_create("quota");

	tcase_add_loop_test(tcase, quota_race, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tcase, quota_share, 0, 3);
	return tcase;
}
