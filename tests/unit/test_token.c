/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One-shot tokens: one answer each, and none for a call that is over. */
#include "unit.h"

#include "token.h"

struct fixture {
	struct ioasid_space *space;
	struct binding *binding;
};

static void open_call(struct fixture *f)
{
	f->space = unit_space(6);
	f->binding = pool_take(&f->space->pool);
	ck_assert_ptr_nonnull(f->binding);
}

/* The letter of a completion must not find the binding in the pool. */
static void close_call(struct fixture *f)
{
	(void)unit_run(f->space);
	pool_give(&f->space->pool, f->binding);
	unit_destroy(f->space);
}

START_TEST(answered_once)
{
	struct fixture f;
	ioasid_token_t token;
	int status = 1;

	open_call(&f);
	token = token_arm(f.space, f.binding);
	ck_assert(!token_answered(f.binding, &status));
	ck_assert_ok(ioasid_token_complete(f.space, token, -77));
	ck_assert(token_answered(f.binding, &status));
	ck_assert_int_eq(status, -77);
	ck_assert_int_eq(ioasid_token_complete(f.space, token, 0), -IOASID_ESTALE);
	ck_assert(token_answered(f.binding, &status));
	ck_assert_int_eq(status, -77);
	ck_assert_uint_eq(unit_counters(f.space).late_tokens, 1);
	close_call(&f);
}
END_TEST

START_TEST(every_status_comes_through)
{
	static const int statuses[] = {0, -1, -IOASID_EBUSY, -4095, -0xffff};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct fixture f;
		int status = 1;

		open_call(&f);
		ck_assert_ok(ioasid_token_complete(f.space, token_arm(f.space, f.binding), statuses[i]));
		ck_assert(!token_disarm(f.binding, &status));
		ck_assert_int_eq(status, statuses[i]);
		close_call(&f);
	}
}
END_TEST

/* The deadline was first. */
START_TEST(disarmed_is_too_late)
{
	struct fixture f;
	ioasid_token_t token;
	int status = 1;

	open_call(&f);
	token = token_arm(f.space, f.binding);
	ck_assert(token_disarm(f.binding, &status));
	ck_assert_int_eq(ioasid_token_complete(f.space, token, 0), -IOASID_ESTALE);
	ck_assert(!token_answered(f.binding, &status));
	ck_assert_uint_eq(unit_counters(f.space).late_tokens, 1);
	close_call(&f);
}
END_TEST

/* A token fits its own call, not the next one of the same binding. */
START_TEST(fits_one_call)
{
	struct fixture f;
	ioasid_token_t first;
	ioasid_token_t second;
	int status = 1;

	open_call(&f);
	first = token_arm(f.space, f.binding);
	ck_assert(token_disarm(f.binding, &status));
	second = token_arm(f.space, f.binding);
	ck_assert_uint_ne(first.token_, second.token_);
	ck_assert_int_eq(ioasid_token_complete(f.space, first, 0), -IOASID_ESTALE);
	ck_assert(!token_answered(f.binding, &status));
	ck_assert_ok(ioasid_token_complete(f.space, second, 0));
	close_call(&f);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	struct fixture f;
	struct fixture other;
	ioasid_token_t token;
	ioasid_token_t wrong;
	int status = 1;

	open_call(&f);
	open_call(&other);
	token = token_arm(f.space, f.binding);
	(void)token_arm(other.space, other.binding);
	ck_assert_int_eq(ioasid_token_complete(NULL, token, 0), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_token_complete(f.space, (ioasid_token_t){0}, 0), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_token_complete(f.space, token, 1), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_token_complete(f.space, token, -0x10000), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_token_complete(f.space, token, INT32_MIN), -IOASID_EINVAL);
	/* Of another space; of a binding that never was. */
	ck_assert_int_eq(ioasid_token_complete(other.space, token, 0), -IOASID_EINVAL);
	wrong.token_ = token.token_ | ((1u << POOL_INDEX_BITS) - 1);
	ck_assert_int_eq(ioasid_token_complete(f.space, wrong, 0), -IOASID_EINVAL);
	/* Of a call that is yet to come. */
	wrong.token_ = token.token_ + (UINT64_C(1) << POOL_INDEX_BITS);
	ck_assert_int_eq(ioasid_token_complete(f.space, wrong, 0), -IOASID_ESTALE);
	ck_assert(!token_answered(f.binding, &status));
	ck_assert(!token_answered(other.binding, &status));
	ck_assert_ok(ioasid_token_complete(f.space, token, 0));
	close_call(&f);
	close_call(&other);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, answered_once);
	tcase_add_test(tests, every_status_comes_through);
	tcase_add_test(tests, disarmed_is_too_late);
	tcase_add_test(tests, fits_one_call);
	tcase_add_test(tests, nonsense_is_refused);
}

UNIT_MAIN("token", add_tests)
