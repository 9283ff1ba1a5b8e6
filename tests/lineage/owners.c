/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* owners.c - bugs 1, 2, 10, 22, 24, 30, 32: who owns an id, and what happens when he goes. */
#include "lineage.h"

/*
 * 1. The number went back to the pool when the process exited; a device still
 * had it, and wrote into whoever got it next.
 */
static bool writes_into_another(uint32_t programmed, uint32_t handed_out, bool programmed_still)
{
	return programmed_still && programmed == handed_out;
}

START_TEST(bug_01_naive)
{
	bool used[4] = {false, true, false, false}; /* 1 belongs to a process, a device has it */
	uint32_t next = 1;

	used[1] = false; /* the process exits */
	while (used[next])
		next++;
	ck_assert(writes_into_another(1, next, true));
}
END_TEST

START_TEST(bug_01_ours)
{
	struct ioasid_owner_set *other;
	ioasid_handle_t handle;
	ioasid_t programmed;
	struct rig rig;

	rig_make(&rig, 1, IOASID_UNLIMITED); /* one id */
	rig.driver[0].answer = IOASID_PENDING;
	ck_assert_int_eq(ioasid_binding_handle(rig.space, rig_bind(&rig, 0), &handle), 0);
	programmed = ioasid_handle_id(handle);
	other = host_set(rig.space, 2, IOASID_UNLIMITED, 0);
	ck_assert_int_eq(ioasid_set_end(rig.set), 0); /* the process exits */
	host_run(rig.space);
	ck_assert_int_eq(ioasid_id_alloc(other, NULL, 0, &handle), -IOASID_EAGAIN);
	while (rig_count(&rig, RIG_RELEASED) == 0) { /* the device lets go, phase by phase */
		ck_assert_int_eq(ioasid_id_alloc(other, NULL, 0, &handle), -IOASID_EAGAIN);
		ck_assert_int_eq(ioasid_token_complete(rig.space, rig.token, 0), 0);
		host_run(rig.space);
	}
	ck_assert_int_eq(ioasid_id_alloc(other, NULL, 0, &handle), 0);
	ck_assert(!writes_into_another(ioasid_value(programmed), host_id(handle), rig_count(&rig, RIG_RELEASED) == 0));
	ck_assert_int_eq(ioasid_id_abort(rig.space, handle), 0);
	host_set_end(other);
	rig_end(&rig);
}
END_TEST

/* 2. The owner's structure was freed; a callback that was given it came later. */
static bool is_called_after_done(const struct rig_event *log, uint32_t events)
{
	bool done = false;
	uint32_t i;

	for (i = 0; i < events; i++) {
		if (done && log[i].what != RIG_DONE)
			return true;
		done |= log[i].what == RIG_DONE;
	}
	return false;
}

START_TEST(bug_02_naive)
{
	/* The owner goes by its own count, the callbacks by a notifier. */
	const struct rig_event log[] = {{.what = RIG_DONE}, {.what = RIG_QUIESCE}};

	ck_assert(is_called_after_done(log, 2));
}
END_TEST

START_TEST(bug_02_ours)
{
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	(void)rig_bind(&rig, 0);
	(void)rig_bind(&rig, 1);
	ck_assert_int_eq(ioasid_set_end(rig.set), 0);
	host_run(rig.space);
	ck_assert_uint_eq(rig_count(&rig, RIG_DONE), 1);
	ck_assert_uint_eq(rig_count(&rig, RIG_RELEASED), 2);
	ck_assert(!is_called_after_done(rig.log, rig.events));
	rig_end(&rig);
}
END_TEST

/* 10. A forked owner was a copy, its PASID included. 25's recycled address is found by the same key. */
static bool inherits(bool found)
{
	return found;
}

START_TEST(bug_10_naive)
{
	const uint64_t parent_key = 0x1000;
	const uint64_t child_key = parent_key; /* the address is the same in the copy */

	ck_assert(inherits(parent_key == child_key));
}
END_TEST

START_TEST(bug_10_ours)
{
	struct ioasid_owner parent = {0x1000, 1};
	struct ioasid_owner child = {0x1000, 2};
	struct ioasid_owner_set *found = NULL;
	struct ioasid_owner_set *set;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	ck_assert_int_eq(ioasid_set_create(rig.space,
	                                   &(struct ioasid_set_config){.size = sizeof(struct ioasid_set_config),
	                                                               .owner = parent},
	                                   &set),
	                 0);
	ck_assert(!inherits(ioasid_set_lookup(rig.space, child, &found) == 0));
	ck_assert_ptr_null(found);
	host_set_end(set);
	/* An owner that has ended is not found either, at whatever address the next one is. */
	ck_assert(!inherits(ioasid_set_lookup(rig.space, parent, &found) == 0));
	rig_end(&rig);
}
END_TEST

/* 22. The VMM died; nobody was left who knew its ids. */
static bool has_leaked(uint32_t in_use, bool owner_lives)
{
	return in_use != 0 && !owner_lives;
}

START_TEST(bug_22_naive)
{
	uint32_t in_use = 3; /* taken one by one, to be given back one by one */

	ck_assert(has_leaked(in_use, false));
}
END_TEST

START_TEST(bug_22_ours)
{
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	(void)rig_alloc(&rig);
	(void)rig_alloc(&rig);
	(void)rig_bind(&rig, 0);
	ck_assert_uint_eq(host_charged(rig.set), 3);
	ck_assert_int_eq(ioasid_set_end(rig.set), 0);
	host_run(rig.space);
	ck_assert(!has_leaked(host_charged(rig.set), false));
	rig_end(&rig);
}
END_TEST

/* 24. An allocation that failed kept its charge; a dying id could be had again. */
struct v4 {
	uint32_t charged;
	bool free_pending;
	uint32_t references;
};

static bool v4_alloc(struct v4 *set, bool space_left)
{
	set->charged++;
	return space_left; /* the error path forgets the charge */
}

static bool v4_find_by_spid(struct v4 *set)
{
	set->references++; /* without a look at the state */
	return true;
}

static bool is_transactional(uint32_t before, uint32_t after, bool had_a_dying_one)
{
	return before == after && !had_a_dying_one;
}

START_TEST(bug_24_naive)
{
	struct v4 set = {.free_pending = true};

	ck_assert(!v4_alloc(&set, false));
	ck_assert(!is_transactional(0, set.charged, v4_find_by_spid(&set)));
}
END_TEST

START_TEST(bug_24_ours)
{
	struct ioasid_owner_set *none;
	ioasid_handle_t a, b;
	struct rig rig;
	uint32_t before;

	rig_make_flat(&rig, 1, IOASID_UNLIMITED);
	a = rig_alloc(&rig);
	(void)rig_alloc(&rig);
	before = host_charged(rig.set);
	ck_assert_int_eq(ioasid_id_alloc(rig.set, NULL, 0, &b), -IOASID_ENOSPC);
	ck_assert_int_eq(ioasid_id_get(rig.space, a), 0);
	ck_assert_int_eq(ioasid_id_free(rig.space, a), 0);
	ck_assert(is_transactional(before, host_charged(rig.set), ioasid_id_get(rig.space, a) == 0));
	ck_assert_int_eq(ioasid_id_put(rig.space, a), 0);
	host_run(rig.space);
	/* (d): a quota of nothing is nothing, and takes nothing from others. */
	none = host_set(rig.space, 5, 0, 0);
	ck_assert_int_eq(ioasid_id_alloc(none, NULL, 0, &b), -IOASID_EDQUOT);
	b = rig_alloc(&rig);
	host_set_end(none);
	rig_end(&rig);
}
END_TEST

/* 30. The numbers' table was destroyed, and then a number was given back to it. */
struct minors {
	bool there;
	uint32_t in_use;
};

static bool gives_into_nothing(struct minors *ida)
{
	bool nothing = !ida->there;

	ida->in_use--;
	return nothing;
}

START_TEST(bug_30_naive)
{
	struct minors ida = {true, 1};

	ida.there = false; /* destroyed, whatever is in use */
	ck_assert(gives_into_nothing(&ida));
}
END_TEST

static bool count_holders(void *context, const struct ioasid_holder *holder)
{
	(void)holder;
	++*(uint32_t *)context;
	return true;
}

START_TEST(bug_30_ours)
{
	uint32_t named = 0;
	struct minors ids = {true, 1};
	ioasid_handle_t handle;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	handle = rig_alloc(&rig);
	ck_assert_int_eq(ioasid_id_get(rig.space, handle), 0);
	ids.there = ioasid_space_destroy(rig.space, count_holders, &named) != 0;
	ck_assert_uint_eq(named, 1);
	ck_assert(!gives_into_nothing(&ids));
	ck_assert_int_eq(ioasid_id_put(rig.space, handle), 0);
	ck_assert_int_eq(ioasid_id_free(rig.space, handle), 0);
	rig_end(&rig);
}
END_TEST

/* 32. Looking a number up without saying whose gave a pointer of somebody else's type. */
enum type {
	A_PROCESS,
	A_GUEST
};

static bool is_confused(enum type wanted, enum type got, bool found)
{
	return found && wanted != got;
}

START_TEST(bug_32_naive)
{
	enum type private_of_id[2] = {A_PROCESS, A_GUEST};

	ck_assert(is_confused(A_PROCESS, private_of_id[1], true));
}
END_TEST

START_TEST(bug_32_ours)
{
	struct ioasid_owner_set *guest;
	ioasid_handle_t handle, found;
	ioasid_binding_t binding;
	void *data = NULL;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	guest = host_set(rig.space, 2, IOASID_UNLIMITED, 0);
	ck_assert_int_eq(ioasid_id_alloc(guest, NULL, IOASID_ALLOC_ACTIVE, &handle), 0);
	ck_assert(!is_confused(A_PROCESS, A_GUEST, ioasid_set_find(rig.set, ioasid_handle_id(handle), &found) == 0));
	ck_assert_int_eq(ioasid_set_find(rig.set, ioasid_handle_id(handle), &found), -IOASID_EACCES);
	ck_assert_int_eq(ioasid_set_free(rig.set, handle), -IOASID_EACCES);
	/* Data is a binding's: its device says of what type. */
	binding = rig_bind(&rig, 2);
	ck_assert_int_eq(ioasid_binding_data(rig.space, binding, &data), 0);
	ck_assert_ptr_eq(data, &rig.driver[2]);
	host_set_end(guest);
	rig_end(&rig);
}
END_TEST

TCase *lineage_owners(void)
{
	TCase *tcase = tcase_create("owners");

	tcase_add_test(tcase, bug_01_naive);
	tcase_add_test(tcase, bug_01_ours);
	tcase_add_test(tcase, bug_02_naive);
	tcase_add_test(tcase, bug_02_ours);
	tcase_add_test(tcase, bug_10_naive);
	tcase_add_test(tcase, bug_10_ours);
	tcase_add_test(tcase, bug_22_naive);
	tcase_add_test(tcase, bug_22_ours);
	tcase_add_test(tcase, bug_24_naive);
	tcase_add_test(tcase, bug_24_ours);
	tcase_add_test(tcase, bug_30_naive);
	tcase_add_test(tcase, bug_30_ours);
	tcase_add_test(tcase, bug_32_naive);
	tcase_add_test(tcase, bug_32_ours);
	return tcase;
}
