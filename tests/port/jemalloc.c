/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The posix port and jemalloc: where the process has it, our memory is in an arena
 * of its own, whoever asks first; where it has not, we do not bring it along.
 */
#include <check.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "port.h"

typedef int mallctl_fn(const char *name, void *old, size_t *old_size, void *new, size_t new_size);

static mallctl_fn *find_mallctl(void)
{
	void *symbol = dlsym(RTLD_DEFAULT, "mallctl");
	mallctl_fn *fn;

	/* C has no conversion from an object pointer to a function pointer; POSIX has dlsym(). */
	__builtin_memcpy(&fn, &symbol, sizeof(fn));
	return fn;
}

static void *early;

/* As a static object's constructor in the host would. */
__attribute__((constructor(101))) static void before_main(void)
{
	early = ioasid_port_zalloc(100, 64);
}

#if WITH_JEMALLOC
static unsigned arena_of(void *memory)
{
	unsigned arena = 0;
	size_t size = sizeof(arena);

	ck_assert_int_eq(find_mallctl()("arenas.lookup", &arena, &size, &memory, sizeof(memory)), 0);
	return arena;
}

static void *allocate(void *argument)
{
	(void)argument;
	return ioasid_port_zalloc(100, 64);
}

START_TEST(memory_is_in_one_arena_of_our_own)
{
	static void *volatile others;
	pthread_t thread;
	void *memory = NULL;

	others = malloc(100);
	ck_assert_int_eq(pthread_create(&thread, NULL, allocate, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, &memory), 0);
	ck_assert_ptr_nonnull(memory);
	ck_assert_uint_ne(arena_of(memory), arena_of(others));
	ck_assert_uint_eq(arena_of(memory), arena_of(early));
	ioasid_port_free(memory, 100);
	ioasid_port_free(early, 100);
	free(others);
}
END_TEST
#else
START_TEST(jemalloc_is_not_brought_along)
{
	ck_assert(find_mallctl() == NULL);
	ck_assert_ptr_nonnull(early);
	ioasid_port_free(early, 100);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("jemalloc");
	TCase *tcase = tcase_create("jemalloc");
	SRunner *runner;
	int failed;

#if WITH_JEMALLOC
	tcase_add_test(tcase, memory_is_in_one_arena_of_our_own);
#else
	tcase_add_test(tcase, jemalloc_is_not_brought_along);
#endif
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
