/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Sets: what they are charged, how they are found, and how they end. */
#include "driver.h"

static struct ioasid_space *space;
static unsigned done_calls;
static struct ioasid_owner done_owner;

static void count_done(void *context, struct ioasid_owner owner)
{
	ck_assert_ptr_eq(context, &space);
	done_owner = owner;
	done_calls++;
}

static struct ioasid_owner_set *make_set(uint64_t key, uint64_t generation, uint32_t quota)
{
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {key, generation},
		.quota = quota,
		.done = count_done,
		.context = &space,
	};
	struct ioasid_owner_set *set = NULL;

	ck_assert_ok(ioasid_set_create(space, &config, &set));
	return set;
}

static void begin(void)
{
	journal_clear();
	done_calls = 0;
	space = unit_space(8);
}

static int try_alloc(struct ioasid_owner_set *set, ioasid_handle_t *handle)
{
	return ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, handle);
}

START_TEST(creating_refuses_what_is_wrong)
{
	struct ioasid_set_config config = {.size = sizeof(config), .quota = 1};
	struct ioasid_owner_set *set = (void *)&space;

	begin();
	ck_assert_int_eq(ioasid_set_create(NULL, &config, &set), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_create(space, NULL, &set), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_create(space, &config, NULL), -IOASID_EINVAL);
	config.flags = 4;
	ck_assert_int_eq(ioasid_set_create(space, &config, &set), -IOASID_EINVAL);
	config.flags = IOASID_SET_EAGER | IOASID_SET_HOT; /* each makes the other impossible */
	ck_assert_int_eq(ioasid_set_create(space, &config, &set), -IOASID_EINVAL);
	config.flags = 0;
	config.size--;
	ck_assert_int_eq(ioasid_set_create(space, &config, &set), -IOASID_EINVAL);
	config.size++;
	sim_alloc_fail_at(1);
	ck_assert_int_eq(ioasid_set_create(space, &config, &set), -IOASID_ENOMEM);
	ck_assert_ptr_eq(set, (void *)&space);
	ck_assert_int_eq(ioasid_set_end(NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_release(NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_wait(NULL, 0), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_query(NULL, NULL), -IOASID_EINVAL);
	unit_destroy(space);
}
END_TEST

START_TEST(a_quota_is_exact)
{
	static const uint32_t quotas[] = {0, 1, 2, 17, 200};

	for (unsigned q = 0; q < sizeof(quotas) / sizeof(quotas[0]); q++) {
		struct ioasid_owner_set *set;
		ioasid_handle_t handle[200];
		ioasid_handle_t more = {77};

		begin();
		set = make_set(1, 1, quotas[q]);
		for (uint32_t i = 0; i < quotas[q]; i++) {
			ck_assert_uint_eq(unit_charged(set), i);
			ck_assert_ok(try_alloc(set, &handle[i]));
		}
		ck_assert_int_eq(try_alloc(set, &more), -IOASID_EDQUOT);
		ck_assert_uint_eq(more.handle_, 77);
		ck_assert_uint_eq(unit_charged(set), quotas[q]);
		/* One reclaimed, one more granted. */
		if (quotas[q] != 0) {
			ck_assert_ok(ioasid_id_free(space, handle[0]));
			(void)unit_run(space);
			ck_assert_ok(try_alloc(set, &more));
			ck_assert_int_eq(try_alloc(set, &more), -IOASID_EDQUOT);
		}
		unit_set_gone(space, set);
		unit_destroy(space);
	}
}
END_TEST

/* No quota is no charge against others, and the space is the limit. */
START_TEST(unlimited_takes_nothing_from_others)
{
	struct ioasid_owner_set *all;
	struct ioasid_owner_set *some;
	ioasid_handle_t handle;
	unsigned count = 0;

	begin();
	all = make_set(1, 1, IOASID_UNLIMITED);
	some = make_set(2, 1, 5);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_ok(try_alloc(some, &handle));
	while (try_alloc(all, &handle) == 0)
		count++;
	ck_assert_uint_eq(count, 255 - 5);
	ck_assert_int_eq(try_alloc(all, &handle), -IOASID_ENOSPC);
	ck_assert_int_eq(try_alloc(some, &handle), -IOASID_EDQUOT);
	unit_set_gone(space, some);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_ok(try_alloc(all, &handle));
	unit_set_gone(space, all);
	unit_destroy(space);
}
END_TEST

/* Freed, parked and at rest are charged still: churn is paid for by whoever churns. */
START_TEST(an_id_is_charged_until_it_is_reclaimed)
{
	struct ioasid_owner_set *set;
	ioasid_handle_t handle;
	ioasid_handle_t more;

	begin();
	set = make_set(1, 1, 1);
	ck_assert_ok(try_alloc(set, &handle));
	ck_assert_ok(ioasid_id_get(space, handle));
	ck_assert_ok(ioasid_id_free(space, handle));
	ck_assert_int_eq(try_alloc(set, &more), -IOASID_EDQUOT);
	(void)unit_run(space);
	ck_assert_int_eq(try_alloc(set, &more), -IOASID_EDQUOT);
	ck_assert_ok(ioasid_id_put(space, handle));
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_QUARANTINED);
	ck_assert_uint_eq(unit_charged(set), 1);
	ck_assert_int_eq(try_alloc(set, &more), -IOASID_EDQUOT);
	(void)unit_run(space);
	ck_assert_uint_eq(unit_charged(set), 0);
	ck_assert_ok(try_alloc(set, &more));
	/* What was never published is given back at once. */
	ck_assert_ok(ioasid_id_free(space, more));
	(void)unit_run(space);
	ck_assert_ok(ioasid_id_alloc(set, NULL, 0, &more));
	ck_assert_ok(ioasid_id_abort(space, more));
	ck_assert_uint_eq(unit_charged(set), 0);
	unit_set_gone(space, set);
	unit_destroy(space);
}
END_TEST

START_TEST(an_owner_has_one_live_set)
{
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {1, 7}, .quota = 3};
	struct ioasid_owner_set *first;
	struct ioasid_owner_set *second;
	struct ioasid_owner_set *found;
	ioasid_handle_t handle;

	begin();
	first = make_set(1, 7, 3);
	ck_assert_int_eq(ioasid_set_create(space, &config, &second), -IOASID_EBUSY);
	ck_assert_ok(ioasid_set_lookup(space, config.owner, &found));
	ck_assert_ptr_eq(found, first);
	ck_assert_ok(try_alloc(first, &handle));
	ck_assert_ok(ioasid_id_get(space, handle));
	/* Ended, though not done: the owner may come again, and what ended is not found. */
	ck_assert_ok(ioasid_set_end(first));
	(void)unit_run(space);
	ck_assert_uint_eq(done_calls, 0);
	second = make_set(1, 7, 3);
	ck_assert_ptr_ne(second, first);
	ck_assert_int_eq(ioasid_set_create(space, &config, &first), -IOASID_EBUSY);
	ck_assert_ok(ioasid_set_release(found));
	ck_assert_ok(ioasid_set_lookup(space, config.owner, &found));
	ck_assert_ptr_eq(found, second);
	ck_assert_ok(ioasid_set_release(found));
	ck_assert_ok(ioasid_id_put(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(done_calls, 1);
	ck_assert_ok(ioasid_set_release(first));
	unit_set_gone(space, second);
	ck_assert_uint_eq(done_calls, 2);
	unit_destroy(space);
}
END_TEST

/* The address is used again by somebody else: his generation is another, and nothing of the first is found. */
START_TEST(a_recycled_key_does_not_match)
{
	struct ioasid_owner same_key = {0x1000, 2};
	struct ioasid_owner same_generation = {0x1008, 1};
	struct ioasid_owner_set *set;
	struct ioasid_owner_set *other;
	struct ioasid_owner_set *found = (void *)&space;

	begin();
	set = make_set(0x1000, 1, 1);
	ck_assert_int_eq(ioasid_set_lookup(space, same_key, &found), -IOASID_ENOENT);
	ck_assert_int_eq(ioasid_set_lookup(space, same_generation, &found), -IOASID_ENOENT);
	/* Some of these are in the same place of the table. */
	for (uint64_t i = 2; i < 2000; i++) {
		ck_assert_int_eq(ioasid_set_lookup(space, (struct ioasid_owner){0x1000, i}, &found), -IOASID_ENOENT);
		ck_assert_int_eq(ioasid_set_lookup(space, (struct ioasid_owner){i, 1}, &found), -IOASID_ENOENT);
	}
	ck_assert_ptr_eq(found, (void *)&space);
	ck_assert_int_eq(ioasid_set_lookup(NULL, same_key, &found), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_lookup(space, same_key, NULL), -IOASID_EINVAL);
	other = make_set(0x1000, 2, 1);
	ck_assert_ok(ioasid_set_lookup(space, same_key, &found));
	ck_assert_ptr_eq(found, other);
	ck_assert_ok(ioasid_set_release(found));
	unit_set_gone(space, set);
	ck_assert_ok(ioasid_set_lookup(space, same_key, &found));
	ck_assert_ok(ioasid_set_release(found));
	unit_set_gone(space, other);
	unit_destroy(space);
}
END_TEST

/* More owners than the table has places. */
START_TEST(many_owners_are_told_apart)
{
	enum {
		OWNERS = 300
	};
	static struct ioasid_owner_set *sets[OWNERS];
	struct ioasid_space_config config = {.owners = 1};

	journal_clear();
	done_calls = 0;
	space = unit_space_with(8, &config);
	for (unsigned i = 0; i < OWNERS; i++)
		sets[i] = make_set(UINT64_C(0x7f0000000000) + (i / 3) * 4096, i % 3, 1);
	for (unsigned i = 0; i < OWNERS; i += 2)
		unit_set_gone(space, sets[i]);
	for (unsigned i = 0; i < OWNERS; i++) {
		struct ioasid_owner owner = {UINT64_C(0x7f0000000000) + (i / 3) * 4096, i % 3};
		struct ioasid_owner_set *found = NULL;

		ck_assert_int_eq(ioasid_set_lookup(space, owner, &found), i % 2 ? 0 : -IOASID_ENOENT);
		if (i % 2) {
			ck_assert_ptr_eq(found, sets[i]);
			ck_assert_ok(ioasid_set_release(found));
		}
	}
	ck_assert_uint_eq(done_calls, OWNERS / 2);
	for (unsigned i = 1; i < OWNERS; i += 2)
		unit_set_gone(space, sets[i]);
	unit_destroy(space);
}
END_TEST

START_TEST(the_last_hold_ends_the_set)
{
	struct ioasid_owner_set *set;
	struct ioasid_owner_set *same;
	struct ioasid_set_info info;
	ioasid_handle_t handle;

	begin();
	set = make_set(1, 1, 3);
	ck_assert_ok(try_alloc(set, &handle));
	ck_assert_ok(ioasid_set_lookup(space, (struct ioasid_owner){1, 1}, &same));
	ck_assert_ok(ioasid_set_release(set));
	(void)unit_run(space);
	ck_assert_ok(ioasid_set_query(same, &info));
	ck_assert(!info.ended && !info.done);
	ck_assert_uint_eq(info.quota, 3);
	ck_assert_uint_eq(info.charged, 1);
	ck_assert_uint_eq(info.owner.key, 1);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_ACTIVE);
	ck_assert_ok(ioasid_set_release(same));
	ck_assert_int_eq(ioasid_id_get(space, handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_lookup(space, (struct ioasid_owner){1, 1}, &same), -IOASID_ENOENT);
	ck_assert_uint_eq(done_calls, 0); /* deferred work */
	(void)unit_run(space);
	ck_assert_uint_eq(done_calls, 1);
	unit_destroy(space);
}
END_TEST

/* A space with a set in it is in use, however empty the set. */
START_TEST(a_held_set_keeps_its_space)
{
	struct ioasid_owner_set *set;

	begin();
	set = make_set(1, 1, 1);
	ck_assert_int_eq(ioasid_space_destroy(space, NULL, NULL), -IOASID_EBUSY);
	ck_assert_ok(ioasid_set_end(set));
	ck_assert_int_eq(ioasid_space_destroy(space, NULL, NULL), -IOASID_EBUSY);
	ck_assert_uint_eq(done_calls, 1);
	ck_assert_ok(ioasid_set_release(set));
	unit_destroy(space);
	ck_assert_uint_eq(done_calls, 1);
}
END_TEST

struct visited {
	unsigned times[256];
	unsigned calls;
	unsigned stop_after;
	uint64_t key;
};

static bool visit(void *context, const struct ioasid_holder *holder)
{
	struct visited *v = context;

	ck_assert_uint_eq(holder->owner_key, v->key);
	ck_assert_uint_eq(holder->owner_generation, 1);
	v->times[unit_number(holder->handle)]++;
	v->calls++;
	return v->calls != v->stop_after;
}

START_TEST(for_each_visits_exactly_the_members)
{
	struct ioasid_owner_set *sets[3];
	ioasid_handle_t handle[150];
	bool got[150] = {false};
	unsigned of[256] = {0};

	begin();
	for (unsigned i = 0; i < 3; i++)
		sets[i] = make_set(i + 1, 1, IOASID_UNLIMITED);
	/* In no order; every seventh is gone, others are reserved, active or parked. */
	for (unsigned i = 0; i < 150; i++) {
		struct ioasid_owner_set *set = sets[i % 5 % 3];

		ck_assert_ok(ioasid_id_alloc(set, NULL, i % 4 ? IOASID_ALLOC_ACTIVE : 0, &handle[i]));
		of[unit_number(handle[i])] = i % 5 % 3 + 1;
		if (i % 7 == 3 && i % 4) {
			ck_assert_ok(ioasid_id_get(space, handle[i]));
			ck_assert_ok(ioasid_id_free(space, handle[i]));
			got[i] = true;
		} else if (i % 7 == 5) {
			ck_assert_ok(ioasid_id_free(space, handle[i]));
			of[unit_number(handle[i])] = 0;
		}
	}
	for (unsigned s = 0; s < 3; s++) {
		struct visited v = {.key = s + 1};
		struct visited stopped = {.key = s + 1, .stop_after = 3};

		ck_assert_ok(ioasid_set_for_each(sets[s], visit, &v));
		for (unsigned id = 0; id < 256; id++)
			ck_assert_uint_eq(v.times[id], of[id] == s + 1);
		ck_assert_ok(ioasid_set_for_each(sets[s], visit, &stopped));
		ck_assert_uint_eq(stopped.calls, 3);
	}
	ck_assert_int_eq(ioasid_set_for_each(NULL, visit, NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_for_each(sets[0], NULL, NULL), -IOASID_EINVAL);
	for (unsigned s = 0; s < 3; s++)
		ck_assert_ok(ioasid_set_end(sets[s]));
	for (unsigned i = 0; i < 150; i++) {
		if (got[i])
			ck_assert_ok(ioasid_id_put(space, handle[i]));
		(void)ioasid_id_abort(space, handle[i]);
	}
	for (unsigned s = 0; s < 3; s++)
		ck_assert_ok(ioasid_set_release(sets[s]));
	(void)unit_run(space);
	ck_assert_uint_eq(done_calls, 3);
	unit_destroy(space);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, creating_refuses_what_is_wrong);
	tcase_add_test(tests, a_quota_is_exact);
	tcase_add_test(tests, unlimited_takes_nothing_from_others);
	tcase_add_test(tests, an_id_is_charged_until_it_is_reclaimed);
	tcase_add_test(tests, an_owner_has_one_live_set);
	tcase_add_test(tests, a_recycled_key_does_not_match);
	tcase_add_test(tests, many_owners_are_told_apart);
	tcase_add_test(tests, the_last_hold_ends_the_set);
	tcase_add_test(tests, a_held_set_keeps_its_space);
	tcase_add_test(tests, for_each_visits_exactly_the_members);
}

UNIT_MAIN("sets", add_tests)
