/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The word of a set: its charge against the quota, its one shared id, its end. */
#include "unit.h"

#include <pthread.h>

#include "owner.h"

/* A set as owner.c sees it; no space is behind it. */
static struct ioasid_owner_set *owner_new(uint32_t quota)
{
	static struct ioasid_owner_set set;

	memset(&set, 0, sizeof(set));
	set.quota = quota;
	return &set;
}

static uint32_t charge_of(const struct ioasid_owner_set *set)
{
	return owner_charge(owner_word(set));
}

START_TEST(quota_is_exact)
{
	struct ioasid_owner_set *set = owner_new((uint32_t)_i);

	for (uint32_t i = 0; i < (uint32_t)_i; i++) {
		ck_assert_ok(owner_room(set));
		ck_assert_ok(owner_charge_one(set, set->quota));
		ck_assert_uint_eq(charge_of(set), i + 1);
	}
	ck_assert_int_eq(owner_room(set), -IOASID_EDQUOT);
	ck_assert_int_eq(owner_charge_one(set, set->quota), -IOASID_EDQUOT);
	ck_assert_uint_eq(charge_of(set), (uint32_t)_i);
	if (_i == 0)
		return;
	ck_assert(!owner_uncharge(set, 1));
	ck_assert_ok(owner_charge_one(set, set->quota));
	ck_assert_int_eq(owner_charge_one(set, set->quota), -IOASID_EDQUOT);
}
END_TEST

/* A charge of all the ids that there are does not touch the fields above it. */
START_TEST(unlimited)
{
	struct ioasid_owner_set *set = owner_new(IOASID_UNLIMITED);
	uint32_t refused = 0;
	uint64_t word;

	ck_assert_ok(owner_install(set, 0xfffff, 0xfffff, &word));
	for (uint32_t i = 1; i < IOASID_COUNT_MAX; i++)
		refused += owner_charge_one(set, set->quota) != 0;
	ck_assert_uint_eq(refused, 0);
	word = owner_word(set);
	ck_assert_uint_eq(owner_charge(word), IOASID_COUNT_MAX);
	ck_assert_uint_eq(owner_shared_id(word), 0xfffff);
	ck_assert_uint_eq(owner_shared_generation(word), 0xfffff);
	ck_assert(word & OWNER_SHARED);
	ck_assert(!(word & OWNER_ENDED));
	ck_assert(!owner_uncharge(set, IOASID_COUNT_MAX));
	ck_assert_uint_eq(charge_of(set), 0);
	ck_assert_uint_eq(owner_shared_id(owner_word(set)), 0xfffff);
}
END_TEST

START_TEST(one_shared_id)
{
	struct ioasid_owner_set *set = owner_new(2);
	uint64_t word = 0;

	ck_assert_ok(owner_install(set, 7, 3, &word));
	ck_assert_uint_eq(charge_of(set), 1);
	ck_assert_int_eq(owner_install(set, 8, 4, &word), -IOASID_EBUSY);
	ck_assert_uint_eq(owner_shared_id(word), 7);
	ck_assert_uint_eq(owner_shared_generation(word), 3);
	ck_assert_uint_eq(charge_of(set), 1);
}
END_TEST

START_TEST(install_obeys_the_quota)
{
	struct ioasid_owner_set *none = owner_new(0);
	struct ioasid_owner_set *set;
	uint64_t word = 0;

	ck_assert_int_eq(owner_install(none, 7, 3, &word), -IOASID_EDQUOT);
	ck_assert_uint_eq(owner_word(none), 0);
	set = owner_new(1);
	ck_assert_ok(owner_charge_one(set, set->quota));
	ck_assert_int_eq(owner_install(set, 7, 3, &word), -IOASID_EDQUOT);
	ck_assert_uint_eq(charge_of(set), 1);
}
END_TEST

/* Only the very life that is installed is forgotten; the charge stays until reclaim. */
START_TEST(forget_is_exact)
{
	struct ioasid_owner_set *set = owner_new(5);
	uint64_t word = 0;

	ck_assert_ok(owner_install(set, 7, 3, &word));
	owner_forget(set, 7, 4);
	owner_forget(set, 8, 3);
	ck_assert(owner_word(set) & OWNER_SHARED);
	owner_forget(set, 7, 3);
	ck_assert(!(owner_word(set) & OWNER_SHARED));
	ck_assert_uint_eq(charge_of(set), 1);
	owner_forget(set, 7, 3);
	/* Id 0 in generation 0 of 20 bits looks like nothing, and is something. */
	ck_assert_ok(owner_install(set, 0, 0x100000, &word));
	ck_assert(owner_word(set) & OWNER_SHARED);
	ck_assert_int_eq(owner_install(set, 1, 1, &word), -IOASID_EBUSY);
	owner_forget(set, 0, 0x100000);
	ck_assert(!(owner_word(set) & OWNER_SHARED));
	ck_assert_uint_eq(charge_of(set), 2);
}
END_TEST

START_TEST(end_refuses_everything)
{
	struct ioasid_owner_set *set = owner_new(5);
	uint64_t word = 0;
	bool done = true;

	ck_assert_ok(owner_install(set, 7, 3, &word));
	ck_assert_ok(owner_charge_one(set, set->quota));
	ck_assert_ok(owner_end(set, &word, &done));
	ck_assert(!done);
	ck_assert_uint_eq(owner_shared_id(word), 7);
	ck_assert(word & OWNER_SHARED);
	ck_assert_int_eq(owner_end(set, &word, &done), -IOASID_ESTALE);
	ck_assert(!done);
	ck_assert_int_eq(owner_room(set), -IOASID_ESTALE);
	ck_assert_int_eq(owner_charge_one(set, set->quota), -IOASID_ESTALE);
	ck_assert_int_eq(owner_install(set, 9, 1, &word), -IOASID_ESTALE);
	/* Done with the last of them, once. */
	ck_assert(!owner_uncharge(set, 1));
	ck_assert(owner_uncharge(set, 1));
}
END_TEST

/*
 * What is read before a search: shut by a charge that the quota refused, until one is
 * given back, and by the end for good. Whoever went by it has not been charged.
 */
START_TEST(open_until_refused)
{
	struct ioasid_owner_set *set = owner_new(1);
	uint64_t word;
	bool done;

	ck_assert(owner_is_open(set));
	ck_assert_ok(owner_charge_one(set, set->quota));
	ck_assert_int_eq(owner_charge_one(set, set->quota), -IOASID_EDQUOT);
	owner_refused(set);
	ck_assert(!owner_is_open(set));
	ck_assert(!owner_uncharge(set, 1));
	ck_assert(owner_is_open(set));
	/* Told too late: the next one mends it, and meanwhile there is room. */
	owner_refused(set);
	ck_assert_ok(owner_room(set));
	ck_assert_ok(owner_charge_one(set, set->quota));
	ck_assert(!owner_uncharge(set, 1));
	ck_assert(owner_is_open(set));
	ck_assert(!owner_has_ended(set));
	ck_assert_ok(owner_end(set, &word, &done));
	ck_assert(owner_has_ended(set));
	ck_assert(!owner_is_open(set));
	ck_assert_int_eq(owner_room(set), -IOASID_ESTALE);
}
END_TEST

START_TEST(end_of_an_empty_set_is_done)
{
	struct ioasid_owner_set *set = owner_new(5);
	uint64_t word = 0;
	bool done = false;

	ck_assert_ok(owner_charge_one(set, set->quota));
	ck_assert(!owner_uncharge(set, 1));
	ck_assert_ok(owner_end(set, &word, &done));
	ck_assert(done);
}
END_TEST

#define THREADS 4
#define QUOTA 1001

static struct ioasid_owner_set *contested;
static _Atomic uint32_t charged;
static _Atomic uint32_t finished;

static void *charge_all(void *unused)
{
	uint64_t word;

	(void)unused;
	while (owner_charge_one(contested, contested->quota) == 0) {
		charged++;
		/* Churn: one back, one again; nobody may be refused for it. */
		finished += owner_uncharge(contested, 1);
		if (owner_charge_one(contested, contested->quota) != 0)
			charged--;
	}
	if (owner_install(contested, 1, 1, &word) == 0)
		charged++;
	return NULL;
}

START_TEST(quota_under_contention)
{
	pthread_t threads[THREADS];
	uint64_t word;
	bool done;

	contested = owner_new(QUOTA);
	charged = 0;
	finished = 0;
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, charge_all, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(charged, charge_of(contested));
	ck_assert_uint_ge(charged, QUOTA - THREADS);
	ck_assert_uint_le(charged, QUOTA);
	ck_assert_uint_eq(finished, 0);
	ck_assert_ok(owner_end(contested, &word, &done));
	ck_assert(owner_uncharge(contested, charged));
}
END_TEST

START_TEST(table_grows_with_what_is_expected)
{
	struct memory memory = {0};
	struct owner_table table = {.memory = &memory};

	ck_assert_ok(owner_table_init(&table, 0));
	ck_assert_uint_eq(table.buckets, 16);
	owner_table_fini(&table);
	ck_assert_ok(owner_table_init(&table, 1000));
	ck_assert_uint_eq(table.buckets, 1024);
	owner_table_fini(&table);
	sim_alloc_fail_at(1);
	ck_assert_int_eq(owner_table_init(&table, 5), -IOASID_ENOMEM);
	ck_assert_uint_eq(port_u64_load_relaxed(&memory.used), 0);
}
END_TEST

/* Addresses that differ in high or low bits only, and generations, do not meet in a few buckets. */
START_TEST(buckets_are_spread)
{
	static const struct {
		uint64_t key;
		uint64_t generation;
	} steps[] = {{1, 0}, {4096, 0}, {UINT64_C(1) << 40, 0}, {0, 1}, {0, UINT64_C(1) << 32}};
	struct memory memory = {0};
	struct owner_table table = {.memory = &memory};

	ck_assert_ok(owner_table_init(&table, 256));
	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		uint32_t used[256] = {0};
		uint32_t longest = 0;

		for (uint64_t i = 0; i < 256; i++) {
			struct ioasid_owner owner = {i * steps[s].key, i * steps[s].generation};
			ptrdiff_t bucket = owner_bucket(&table, owner) - table.bucket;

			ck_assert(bucket >= 0 && bucket < 256);
			used[bucket]++;
			if (used[bucket] > longest)
				longest = used[bucket];
		}
		ck_assert_uint_lt(longest, 12);
	}
	owner_table_fini(&table);
}
END_TEST

START_TEST(match_is_by_key_generation_and_life)
{
	struct ioasid_owner_set *set = owner_new(1);
	struct ioasid_owner same = {10, 20};
	struct ioasid_owner other_key = {11, 20};
	struct ioasid_owner other_generation = {10, 21};
	uint64_t word;
	bool done;

	set->owner = same;
	/* Whoever had the last hold is about to end it. */
	ck_assert(!owner_matches(&set->node, &same));
	port_u32_init(&set->holds, 1);
	ck_assert(owner_matches(&set->node, &same));
	ck_assert(!owner_matches(&set->node, &other_key));
	ck_assert(!owner_matches(&set->node, &other_generation));
	ck_assert_ok(owner_end(set, &word, &done));
	ck_assert(!owner_matches(&set->node, &same));
	ck_assert_ptr_eq(owner_of_node(&set->node), set);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, quota_is_exact, 0, 4);
	tcase_add_test(tests, unlimited);
	tcase_add_test(tests, one_shared_id);
	tcase_add_test(tests, install_obeys_the_quota);
	tcase_add_test(tests, forget_is_exact);
	tcase_add_test(tests, end_refuses_everything);
	tcase_add_test(tests, open_until_refused);
	tcase_add_test(tests, end_of_an_empty_set_is_done);
	tcase_add_test(tests, quota_under_contention);
	tcase_add_test(tests, table_grows_with_what_is_expected);
	tcase_add_test(tests, buckets_are_spread);
	tcase_add_test(tests, match_is_by_key_generation_and_life);
}

UNIT_MAIN("owner", add_tests)
