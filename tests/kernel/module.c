/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* module.c - what only a kernel has: a set for each mm, debugfs, destroying a space that is in use. */
#include "program.h"

#include <linux/debugfs.h>

#include <ioasid/linux.h>

#include "host.h"

static bool count_holders(void *context, const struct ioasid_holder *holder)
{
	(void)holder;
	++*(unsigned int *)context;
	return true;
}

/* As a driver's exit finds it when somebody has forgotten an id. */
START_TEST(a_space_in_use_stays)
{
	struct ioasid_space *space = host_space(8, 0, IOASID_ORDER_OLDEST, NULL);
	struct ioasid_owner_set *set = host_set(space, 0xca11ed, 4, 0);
	unsigned int holders = 0;
	ioasid_handle_t handle;

	ck_assert_int_eq(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle), 0);
	ck_assert_int_eq(ioasid_space_destroy(space, ioasid_tell, "ioasid_test, on purpose"), -EBUSY);
	ck_assert_int_eq(ioasid_space_destroy(space, count_holders, &holders), -EBUSY);
	ck_assert_uint_eq(holders, 1);
	ck_assert_int_eq(ioasid_id_free(space, handle), 0);
	host_set_end(set);
	host_space_end(space);
}
END_TEST

START_TEST(debugfs_comes_and_goes)
{
	struct ioasid_space *space = host_space(8, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, NULL);
	struct dentry *folder = ioasid_debugfs_add(space, "ioasid_test");

	ck_assert(!IS_ERR_OR_NULL(folder));
	ioasid_debugfs_remove(folder);
	host_space_end(space);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	struct ioasid_owner_set *set = NULL;

	ck_assert_int_eq(ioasid_mm_set(NULL, NULL, 1, &set), -EINVAL);
	ck_assert_ptr_null(set);
}
END_TEST

int module_main(void)
{
	TCase *tcase = tcase_create("module");

	tcase_add_test(tcase, a_space_in_use_stays);
	tcase_add_test(tcase, debugfs_comes_and_goes);
	tcase_add_test(tcase, nonsense_is_refused);
	return test_run_case("module", tcase);
}
