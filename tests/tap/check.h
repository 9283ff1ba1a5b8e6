/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * check.h - as much of libcheck's interface as the tests use, for hosts that have
 * no libcheck: kernels and machines without an operating system. The bodies of
 * the tests are the same there as elsewhere; what is printed is TAP.
 *
 * A test cannot be killed here, and its threads may have what is on its stack: so
 * the first failure is told, ends the run (tap.h), and leaves all as it is.
 */
#ifndef IOASID_TESTS_TAP_CHECK_H
#define IOASID_TESTS_TAP_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void tap_test(int _i);
typedef struct tap_case TCase;
typedef struct tap_suite Suite;
typedef struct tap_runner SRunner;

enum print_output {
	CK_ENV
};

Suite *suite_create(const char *name);
void suite_add_tcase(Suite *suite, TCase *tcase);
TCase *tcase_create(const char *name);
void tcase_set_timeout(TCase *tcase, int seconds);
void tcase_set_tags(TCase *tcase, const char *tags);
void tcase_add_checked_fixture(TCase *tcase, void (*setup)(void), void (*teardown)(void));
void tap_add(TCase *tcase, const char *name, tap_test *test, int first, int end);
#define tcase_add_test(tcase, test) tap_add((tcase), #test, (test), 0, 1)
#define tcase_add_loop_test(tcase, test, first, end) tap_add((tcase), #test, (test), (first), (end))
SRunner *srunner_create(Suite *suite);
void srunner_run_all(SRunner *runner, enum print_output mode);
int srunner_ntests_failed(SRunner *runner);
void srunner_free(SRunner *runner);

#define START_TEST(name)         \
	static void name(int _i) \
	{                        \
		(void)_i;
#define END_TEST }

/* tap_fail() - tell of the first failure; does not return. A kernel's tools want to see that in the code. */
__attribute__((format(printf, 3, 4))) void tap_fail(const char *file, int line, const char *format, ...);

#ifndef TAP_NEVER
#define TAP_NEVER() __builtin_unreachable()
#endif

#define ck_abort_msg(...)                                  \
	do {                                               \
		tap_fail(__FILE__, __LINE__, __VA_ARGS__); \
		TAP_NEVER();                               \
	} while (0)
#define ck_assert_msg(cond, ...)                   \
	do {                                       \
		if (!(cond))                       \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)
#define ck_assert(cond) ck_assert_msg(cond, "not so: %s", #cond)

#define TAP_COMPARE_(T, format, a, op, b)                                                                   \
	do {                                                                                                \
		T a_ = (T)(a);                                                                              \
		T b_ = (T)(b);                                                                              \
		ck_assert_msg(a_ op b_, "not so: %s (" format ") %s %s (" format ")", #a, a_, #op, #b, b_); \
	} while (0)
#define TAP_INT_(a, op, b) TAP_COMPARE_(long long, "%lld", a, op, b)
#define TAP_UINT_(a, op, b) TAP_COMPARE_(unsigned long long, "%llu", a, op, b)
#define TAP_PTR_(a, op, b) TAP_COMPARE_(const void *, "%p", a, op, b)
#define ck_assert_int_eq(a, b) TAP_INT_(a, ==, b)
#define ck_assert_int_ne(a, b) TAP_INT_(a, !=, b)
#define ck_assert_int_lt(a, b) TAP_INT_(a, <, b)
#define ck_assert_int_gt(a, b) TAP_INT_(a, >, b)
#define ck_assert_int_ge(a, b) TAP_INT_(a, >=, b)
#define ck_assert_uint_eq(a, b) TAP_UINT_(a, ==, b)
#define ck_assert_uint_ne(a, b) TAP_UINT_(a, !=, b)
#define ck_assert_uint_lt(a, b) TAP_UINT_(a, <, b)
#define ck_assert_uint_le(a, b) TAP_UINT_(a, <=, b)
#define ck_assert_uint_gt(a, b) TAP_UINT_(a, >, b)
#define ck_assert_uint_ge(a, b) TAP_UINT_(a, >=, b)
#define ck_assert_ptr_eq(a, b) TAP_PTR_(a, ==, b)
#define ck_assert_ptr_ne(a, b) TAP_PTR_(a, !=, b)
#define ck_assert_ptr_null(a) TAP_PTR_(a, ==, NULL)
#define ck_assert_ptr_nonnull(a) TAP_PTR_(a, !=, NULL)
#define TAP_STR_(a, op, b)                                                                             \
	do {                                                                                           \
		const char *a_ = (a);                                                                  \
		const char *b_ = (b);                                                                  \
		ck_assert_msg(strcmp(a_, b_) op 0, "not so: %s (%s) %s %s (%s)", #a, a_, #op, #b, b_); \
	} while (0)
#define ck_assert_str_eq(a, b) TAP_STR_(a, ==, b)
#define ck_assert_str_ne(a, b) TAP_STR_(a, !=, b)

#endif
