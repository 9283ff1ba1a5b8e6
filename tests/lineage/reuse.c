/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* reuse.c - bugs 3, 26, 27, 29: which number is handed out next, and when. */
#include "lineage.h"

/*
 * 3. The lowest free number was handed out: the one just freed. Faults of its
 * last owner were still in the ring, and were answered for the next.
 */
static bool is_delivered_to_another(uint32_t fault_of, uint32_t now_of)
{
	return now_of != 0 && fault_of != now_of;
}

START_TEST(bug_03_naive)
{
	uint32_t owner_of[2] = {0, 7}; /* id 1 belongs to process 7 */
	uint32_t fault_on = 1;
	uint32_t fault_of = owner_of[fault_on]; /* raised, and queued */

	owner_of[1] = 0; /* 7 frees it */
	owner_of[1] = 8; /* the lowest free number, for 8 */
	ck_assert(is_delivered_to_another(fault_of, owner_of[fault_on]));
}
END_TEST

START_TEST(bug_03_ours)
{
	struct ioasid_owner_set *other;
	ioasid_handle_t handle, pinned, found;
	struct rig rig;
	int error;

	rig_make(&rig, 1, IOASID_UNLIMITED); /* one id */
	other = host_set(rig.space, 8, IOASID_UNLIMITED, 0);
	handle = rig_alloc(&rig);
	ck_assert_int_eq(ioasid_id_pin(rig.space, ioasid_handle_id(handle), &pinned), 0); /* a fault is being handled */
	ck_assert_int_eq(ioasid_id_free(rig.space, handle), 0);
	host_run(rig.space);
	ck_assert_int_eq(ioasid_id_alloc(other, NULL, IOASID_ALLOC_ACTIVE, &found), -IOASID_EAGAIN);
	/* One that is still queued is a straggler, and nobody's. */
	error = ioasid_id_pin(rig.space, ioasid_handle_id(handle), &found);
	ck_assert_int_eq(error, -IOASID_ESTALE);
	ck_assert(!is_delivered_to_another(1, error == 0 ? 8 : 0));
	ck_assert_int_eq(ioasid_id_unpin(rig.space, pinned), 0);
	/* Answered; but its number rests until nobody can still be looking it up. */
	ck_assert_int_eq(ioasid_id_alloc(other, NULL, IOASID_ALLOC_ACTIVE, &found), -IOASID_EAGAIN);
	host_run(rig.space);
	ck_assert_int_eq(ioasid_id_alloc(other, NULL, IOASID_ALLOC_ACTIVE, &found), 0);
	ck_assert_int_eq(ioasid_id_free(rig.space, found), 0);
	host_set_end(other);
	rig_end(&rig);
}
END_TEST

/* 26. "No number left" was told as number 0, which is a number. */
static bool is_usable(bool failed, bool valid)
{
	return failed && valid;
}

START_TEST(bug_26_naive)
{
	uint32_t left = 0;
	uint32_t pasid = left != 0 ? 1 : 0; /* the error becomes 0 */

	ck_assert(is_usable(left == 0, pasid < IOASID_COUNT_MAX));
}
END_TEST

START_TEST(bug_26_ours)
{
	ioasid_handle_t handle = {0};
	struct rig rig;
	int error;

	rig_make_flat(&rig, 1, IOASID_UNLIMITED);
	(void)rig_alloc(&rig);
	(void)rig_alloc(&rig);
	error = ioasid_id_alloc(rig.set, NULL, 0, &handle);
	ck_assert_int_eq(error, -IOASID_ENOSPC);
	ck_assert(!is_usable(true, ioasid_is_valid(ioasid_handle_id(handle))));
	ck_assert(!is_usable(true, ioasid_is_valid(ioasid_make((uint32_t)error))));
	rig_end(&rig);
}
END_TEST

/* 27. The IOMMU driver used a number of its own, and the allocator handed it out. */
static bool collides(uint32_t reserved, uint32_t handed_out)
{
	return reserved == handed_out;
}

START_TEST(bug_27_naive)
{
	const uint32_t rid_pasid = 1; /* chosen by the driver, unknown to the allocator */
	uint32_t next = 1;

	ck_assert(collides(rid_pasid, next));
}
END_TEST

START_TEST(bug_27_ours)
{
	struct ioasid_range reserved = host_range(1, 2);
	struct ioasid_space *space = host_space(2, 0, IOASID_ORDER_LOWEST, &reserved);
	struct ioasid_owner_set *set = host_set(space, 1, IOASID_UNLIMITED, 0);
	struct ioasid_range told;
	ioasid_handle_t handle;
	uint32_t n;

	ck_assert_int_eq(ioasid_space_reserved(space, 0, &told), 0);
	ck_assert_uint_eq(ioasid_value(told.first), 1);
	ck_assert_uint_eq(ioasid_value(told.last), 2);
	for (n = 0; ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle) == 0; n++) {
		ck_assert(!collides(1, host_id(handle)));
		ck_assert(!collides(2, host_id(handle)));
	}
	ck_assert_uint_eq(n, 2);
	/* Nor by its name. */
	ck_assert_int_eq(ioasid_id_alloc(set, &reserved, 0, &handle), -IOASID_ENOSPC);
	host_set_end(set);
	host_space_end(space);
}
END_TEST

/* 29. What a closed file had used was kept until its process exited. */
static bool is_kept_too_long(bool any_reference, uint32_t in_use)
{
	return !any_reference && in_use != 0;
}

START_TEST(bug_29_naive)
{
	uint32_t in_use = 1;
	bool process_lives = true;
	bool file_open = true;

	file_open = false;
	if (!process_lives)
		in_use = 0;
	ck_assert(is_kept_too_long(file_open, in_use));
}
END_TEST

START_TEST(bug_29_ours)
{
	struct ioasid_bind_args args;
	ioasid_binding_t binding;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	args = rig_args(&rig, 0);
	ck_assert_int_eq(ioasid_set_bind_private(rig.set, &args, 1, 0, &binding), 0);
	ck_assert_uint_eq(host_charged(rig.set), 1);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, binding), 0); /* the file is closed; the owner lives */
	host_run(rig.space);
	ck_assert(!is_kept_too_long(false, host_charged(rig.set)));
	rig_end(&rig);
}
END_TEST

TCase *lineage_reuse(void)
{
	TCase *tcase = tcase_create("reuse");

	tcase_add_test(tcase, bug_03_naive);
	tcase_add_test(tcase, bug_03_ours);
	tcase_add_test(tcase, bug_26_naive);
	tcase_add_test(tcase, bug_26_ours);
	tcase_add_test(tcase, bug_27_naive);
	tcase_add_test(tcase, bug_27_ours);
	tcase_add_test(tcase, bug_29_naive);
	tcase_add_test(tcase, bug_29_ours);
	return tcase;
}
