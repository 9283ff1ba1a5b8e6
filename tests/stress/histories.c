/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * histories.c - threads want more ids than there are, and write down what they
 * were told and when; then every refusal must have been true at some moment.
 *
 * First the checker itself: a history with one thing wrong is recognised by it.
 */
#include "history.h"

#include <ioasid/ioasid.h>
#include <sched.h>

#include "crew.h"
#include "host.h"

#define LIVES 20000u /* of one thread in one round */
#define BAG 40u

struct row {
	uint32_t bits;
	uint32_t threads;
	uint32_t bag;   /* how many each thread wants to hold: together too many */
	uint32_t frees; /* of eight ids, so many are freed; the others are aborted */
	uint32_t quota[2];
	uint32_t flags;
	uint32_t order;
	bool part; /* only these ids: whoever asks for others is not in the history */
	uint32_t first;
	uint32_t last;
	bool one_set; /* for all; otherwise threads take turns at two */
};

static const struct row rows[] = {
	{.bits = 4, .threads = 2, .bag = 9, .quota = {99, 99}},
	{.bits = 4, .threads = 4, .bag = 5, .quota = {99, 99}, .order = IOASID_ORDER_LOWEST},
	{.bits = 3, .threads = 8, .bag = 2, .quota = {99, 99}},
	{.bits = 6, .threads = 4, .bag = 20, .quota = {99, 99}, .part = true, .first = 13, .last = 50},
	{.bits = 11, .threads = 3, .bag = 7, .quota = {99, 99}, .part = true, .first = 509, .last = 514},
	{.bits = 4, .threads = 2, .bag = 9, .frees = 8, .quota = {99, 99}, .flags = IOASID_SPACE_BACKGROUND},
	{.bits = 5, .threads = 4, .bag = 9, .frees = 4, .quota = {99, 99}},
	{.bits = 5, .threads = 8, .bag = 6, .frees = 2, .quota = {99, 99}, .flags = IOASID_SPACE_BACKGROUND},
	{.bits = 9, .threads = 4, .bag = 8, .quota = {7, 5}},
	{.bits = 6, .threads = 3, .bag = 2, .quota = {3, 99}, .one_set = true},
	{.bits = 6, .threads = 4, .bag = 1, .quota = {2, 99}, .one_set = true},
	{.bits = 9, .threads = 8, .bag = 4, .frees = 4, .quota = {9, 1}, .flags = IOASID_SPACE_BACKGROUND},
};

struct scene {
	const struct row *row;
	struct ioasid_space *space;
	struct ioasid_owner_set *set[2];
	struct history all;
	struct history part[CREW_MAX];
	atomic_ullong refusals;
};

static atomic_ullong now;

static uint64_t tick(void)
{
	return atomic_fetch_add(&now, 1) + 1;
}

struct held {
	ioasid_handle_t handle;
	uint32_t life;
	bool there;
};

static void take(struct crew *crew, struct scene *s, uint32_t me, struct held *held)
{
	struct history *h = &s->part[me];
	struct history_life life = {.set = s->row->one_set ? 0 : me % 2,
	                            .gone_call = HISTORY_NEVER,
	                            .gone_ret = HISTORY_NEVER};
	struct ioasid_range range = host_range(s->row->first, s->row->last);
	int error;

	life.born_call = tick();
	error = ioasid_id_alloc(s->set[life.set], &range, 0, &held->handle);
	life.born_ret = tick();
	if (error != 0) {
		if (h->refusals < h->refusals_max)
			h->refusal[h->refusals++] =
				(struct history_refusal){life.set, error, life.born_call, life.born_ret};
		return;
	}
	life.id = host_id(held->handle) - s->row->first;
	crew_check(crew, life.id < s->all.ids, "id %u is outside of what was asked for", host_id(held->handle));
	held->life = h->lives;
	held->there = true;
	h->life[h->lives++] = life;
}

static void give(struct crew *crew, struct scene *s, uint32_t me, struct held *held, bool abort)
{
	struct history_life *life = &s->part[me].life[held->life];
	int error;

	if (!held->there)
		return;
	held->there = false;
	life->aborted = abort;
	if (!abort)
		crew_check(crew, ioasid_id_publish(s->space, held->handle) == 0, "publish");
	life->gone_call = tick();
	error = abort ? ioasid_id_abort(s->space, held->handle) : ioasid_id_free(s->space, held->handle);
	life->gone_ret = tick();
	crew_check(crew, error == 0, "giving back: %d", error);
}

/* Neighbours of the range come and go, too, and move the words that it shares with them. */
static void disturb(struct scene *s)
{
	uint32_t first = s->row->first;
	struct ioasid_range outside = host_range(0, first - 1);
	ioasid_handle_t handle;

	if (s->row->part && ioasid_id_alloc(s->set[0], &outside, 0, &handle) == 0)
		(void)ioasid_id_abort(s->space, handle);
}

static void one_round(struct crew *crew, struct scene *s, uint32_t me, uint64_t *random)
{
	struct held bag[BAG] = {{.there = false}};
	struct history *h = &s->part[me];
	uint32_t i;

	h->lives = 0;
	h->refusals = 0;
	while (h->lives < h->lives_max && h->refusals < h->refusals_max && crew_goes_on(crew)) {
		struct held *held = &bag[crew_random(random, s->row->bag)];

		give(crew, s, me, held, crew_random(random, 8) >= s->row->frees);
		if (crew_random(random, 3) == 0)
			disturb(s);
		take(crew, s, me, held);
		if (s->row->frees != 0 && (s->row->flags & IOASID_SPACE_BACKGROUND) == 0 &&
		    crew_random(random, 16) == 0)
			crew_check(crew, ioasid_space_run(s->space, 1, NULL) == 0, "run");
	}
	for (i = 0; i < s->row->bag; i++)
		give(crew, s, me, &bag[i], true);
	crew_count(crew, h->lives + h->refusals);
}

static void judge_round(struct crew *crew, struct scene *s)
{
	enum history_verdict verdict;
	uint64_t at = 0;
	uint32_t i;

	s->all.lives = 0;
	s->all.refusals = 0;
	for (i = 0; i < crew->threads; i++)
		history_append(&s->all, &s->part[i]);
	verdict = history_check(&s->all, &at);
	crew_check(crew, verdict == HISTORY_RIGHT, "%s, at %llu", history_verdict_name(verdict),
	           (unsigned long long)at);
	(void)atomic_fetch_add(&s->refusals, s->all.refusals);
	/* The next round begins with all ids free. */
	crew_check(crew, ioasid_space_flush(s->space, IOASID_FOREVER) == 0, "flush");
}

static void history_work(struct crew *crew, uint32_t me)
{
	struct scene *s = crew->context;
	uint64_t random = crew_seed(me);

	do {
		one_round(crew, s, me, &random);
		(void)crew_meet(crew);
		if (me == 0)
			judge_round(crew, s);
	} while (crew_meet(crew));
}

START_TEST(what_was_said)
{
	struct row row = rows[_i];
	struct scene s = {.row = &row};
	uint32_t i;

	if (!row.part)
		row.last = (UINT32_C(1) << row.bits) - 1;
	s.space = host_space(row.bits, row.flags, row.order, NULL);
	history_init(&s.all, row.last - row.first + 1, CREW_MAX * LIVES, CREW_MAX * LIVES);
	for (i = 0; i < 2; i++) {
		s.set[i] = host_set(s.space, i + 1, row.quota[i] == 99 ? IOASID_UNLIMITED : row.quota[i], 0);
		s.all.quota[i] = row.quota[i] == 99 ? IOASID_UNLIMITED : row.quota[i];
	}
	for (i = 0; i < row.threads; i++)
		history_init(&s.part[i], s.all.ids, LIVES, LIVES);
	/* A charge that comes too early shows only when a thread is stopped just there: more often in more time. */
	for (i = 0; i < (row.quota[0] == 99 ? 1 : 5); i++)
		crew_run("history", row.threads, history_work, &s);
	/* Where one thread alone wants too much, somebody was refused, however busy the machine. */
	if (row.bag > s.all.ids || row.bag > s.all.quota[0])
		ck_assert_uint_gt(atomic_load(&s.refusals), 0);
	for (i = 0; i < row.threads; i++)
		history_fini(&s.part[i]);
	history_fini(&s.all);
	host_set_end(s.set[0]);
	host_set_end(s.set[1]);
	host_space_end(s.space);
}
END_TEST

/* Two ids: 0 lives from 10 to 20, 1 from 15 to 30; then 0 again, from 40. Quota 2. */
static void make_small(struct history *h)
{
	history_init(h, 2, 8, 8);
	h->quota[0] = 2;
	h->life[0] = (struct history_life){0, 0, false, 10, 12, 20, 22};
	h->life[1] = (struct history_life){1, 0, true, 15, 17, 30, 32};
	h->life[2] = (struct history_life){0, 0, true, 40, 42, 50, 52};
	h->lives = 3;
}

static enum history_verdict small_with(int error, uint64_t call, uint64_t ret)
{
	enum history_verdict verdict;
	struct history h;
	uint64_t at;

	make_small(&h);
	h.refusal[0] = (struct history_refusal){0, error, call, ret};
	h.refusals = 1;
	verdict = history_check(&h, &at);
	history_fini(&h);
	return verdict;
}

START_TEST(the_checker)
{
	/* While both are held, ENOSPC is right; before, after, and while only one may be held, it is not. */
	ck_assert_int_eq(small_with(-IOASID_ENOSPC, 18, 19), HISTORY_RIGHT);
	ck_assert_int_eq(small_with(-IOASID_ENOSPC, 16, 19), HISTORY_RIGHT);
	ck_assert_int_eq(small_with(-IOASID_ENOSPC, 16, 60), HISTORY_RIGHT);
	ck_assert_int_eq(small_with(-IOASID_ENOSPC, 1, 14), HISTORY_EARLY_ENOSPC);
	ck_assert_int_eq(small_with(-IOASID_ENOSPC, 23, 29), HISTORY_EARLY_ENOSPC);
	ck_assert_int_eq(small_with(-IOASID_ENOSPC, 23, 45), HISTORY_EARLY_ENOSPC);
	/* 0 may rest from 20 to 42; 1 is free for good from 32. */
	ck_assert_int_eq(small_with(-IOASID_EAGAIN, 23, 29), HISTORY_RIGHT);
	ck_assert_int_eq(small_with(-IOASID_EAGAIN, 33, 39), HISTORY_WRONG_EAGAIN);
	ck_assert_int_eq(small_with(-IOASID_EAGAIN, 18, 19), HISTORY_WRONG_EAGAIN);
	/* Two may be charged from 15, and 0 until its next life. */
	ck_assert_int_eq(small_with(-IOASID_EDQUOT, 16, 19), HISTORY_RIGHT);
	ck_assert_int_eq(small_with(-IOASID_EDQUOT, 25, 26), HISTORY_RIGHT);
	ck_assert_int_eq(small_with(-IOASID_EDQUOT, 11, 14), HISTORY_EARLY_EDQUOT);
	ck_assert_int_eq(small_with(-IOASID_EDQUOT, 43, 60), HISTORY_EARLY_EDQUOT);
	ck_assert_int_eq(small_with(-IOASID_ENOMEM, 1, 60), HISTORY_OTHER_REFUSAL);
}
END_TEST

START_TEST(the_checker_of_lives)
{
	struct history h;
	uint64_t at;

	make_small(&h);
	ck_assert_int_eq(history_check(&h, &at), HISTORY_RIGHT);
	h.life[2].born_call = 18; /* of id 1, by now: the lives are sorted */
	h.life[2].id = 0;
	h.life[2].born_ret = 19;
	h.life[2].gone_call = 21;
	ck_assert_int_eq(history_check(&h, &at), HISTORY_TWO_LIVES);
	ck_assert_uint_eq(at, 19);
	history_fini(&h);
	make_small(&h);
	h.quota[0] = 1;
	ck_assert_int_eq(history_check(&h, &at), HISTORY_OVER_QUOTA);
	history_fini(&h);
}
END_TEST

int main(void)
{
	TCase *cases[] = {tcase_create("the checker"), tcase_create("what was said")};

	tcase_add_test(cases[0], the_checker);
	tcase_add_test(cases[0], the_checker_of_lives);
	tcase_add_loop_test(cases[1], what_was_said, 0, sizeof(rows) / sizeof(rows[0]));
	return crew_main("histories", cases, 2);
}
