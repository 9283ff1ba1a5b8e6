/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * kunit.c - the same tests once more, run and told of by the kernel's own KUnit: its
 * half of check.h. A program is a test case, each of its tests a parameter, and so a
 * line of KTAP. ioasid_kunit.ko has what ioasid_test.ko has, ioasid_kunit_unit.ko
 * what ioasid_unit.ko has.
 */
#include "check.h"

#include <kunit/test.h>

#include "../tap/tap.h"

#define MAX_CASES 256
#define MAX_TESTS 1024
#define LINE 320

struct tap_case {
	const char *name;
	unsigned int seconds;
	void (*setup)(void);
	void (*teardown)(void);
};

struct tap_suite {
	const char *name;
};

struct tap_runner {
	int failed;
};

/* A test as often as it is to be run: one for each of a loop test's numbers. */
struct entry {
	unsigned int program;
	const TCase *tcase;
	const char *name;
	tap_test *test;
	int i;
	bool is_loop;
};

static struct tap_case cases[MAX_CASES];
static struct entry entries[MAX_TESTS];
static struct tap_suite suite_now;
static struct tap_runner runner_now;
static unsigned int nr_cases;
static unsigned int nr_entries;
static unsigned int program_now;
static bool stopped;
static char why[LINE];

Suite *suite_create(const char *name)
{
	suite_now.name = name;
	return &suite_now;
}

void suite_add_tcase(Suite *suite, TCase *tcase)
{
}

TCase *tcase_create(const char *name)
{
	BUG_ON(nr_cases == MAX_CASES);
	cases[nr_cases] = (struct tap_case){.name = name, .seconds = 60};
	return &cases[nr_cases++];
}

void tcase_set_timeout(TCase *tcase, int seconds)
{
	tcase->seconds = (unsigned int)seconds;
}

void tcase_set_tags(TCase *tcase, const char *tags)
{
}

void tcase_add_checked_fixture(TCase *tcase, void (*setup)(void), void (*teardown)(void))
{
	tcase->setup = setup;
	tcase->teardown = teardown;
}

void tap_add(TCase *tcase, const char *name, tap_test *test, int first, int end)
{
	int i;

	for (i = first; i < end; i++) {
		BUG_ON(nr_entries == MAX_TESTS);
		entries[nr_entries++] = (struct entry){program_now, tcase, name, test, i, end - first > 1};
	}
}

SRunner *srunner_create(Suite *suite)
{
	return &runner_now;
}

/* What is registered is run later, by KUnit. */
void srunner_run_all(SRunner *runner, enum print_output mode)
{
}

int srunner_ntests_failed(SRunner *runner)
{
	return runner->failed;
}

void srunner_free(SRunner *runner)
{
}

bool tap_failed(void)
{
	return smp_load_acquire(&stopped);
}

/* The first failure is the one that counts; others, on other threads, only stop. */
void tap_fail(const char *file, int line, const char *format, ...)
{
	static atomic_t taken = ATOMIC_INIT(0);

	if (atomic_xchg(&taken, 1) == 0) {
		int length = scnprintf(why, sizeof(why), "%s:%d: ", file, line);
		va_list arguments;

		va_start(arguments, format);
		(void)vscnprintf(why + length, sizeof(why) - (size_t)length, format, arguments);
		va_end(arguments);
		smp_store_release(&stopped, true);
	}
	tap_host_stop();
}

static void run_one(void *argument)
{
	const struct entry *entry = argument;

	if (entry->tcase->setup)
		entry->tcase->setup();
	entry->test(entry->i);
	if (entry->tcase->teardown)
		entry->tcase->teardown();
}

/*
 * A test that failed leaves its threads where they are, and the module with them;
 * what came after it would be of no worth.
 */
static void run_entry(struct kunit *test)
{
	static bool over;
	struct entry entry = *(const struct entry *)test->param_value;
	static struct entry kept; /* a test that hangs keeps it */

	if (over) {
		kunit_skip(test, "an earlier test has failed, and may still be running");
		return;
	}
	kept = entry;
	if (tap_host_run(run_one, &kept, entry.tcase->seconds) && !tap_failed())
		return;
	over = true;
	__module_get(THIS_MODULE);
	KUNIT_FAIL(test, "%s", tap_failed() ? why : "it did not end in its time");
}

/* The program's next test after @previous. */
static const void *next_of(unsigned int program, const void *previous, char *description)
{
	const struct entry *entry = previous ? (const struct entry *)previous + 1 : entries;

	while (entry < entries + nr_entries && entry->program != program)
		entry++;
	if (entry == entries + nr_entries)
		return NULL;
	if (entry->is_loop)
		(void)scnprintf(description, KUNIT_PARAM_DESC_SIZE, "%s/%s[%d]", entry->tcase->name, entry->name,
		                entry->i);
	else
		(void)scnprintf(description, KUNIT_PARAM_DESC_SIZE, "%s/%s", entry->tcase->name, entry->name);
	return entry;
}

#if defined(IOASID_TEST_CORE)

#define SUITE_NAME "ioasid_unit"
#define PROGRAMS(program) program(conform) UNIT_PROGRAMS(program)
#define UNIT_MAIN(name)                      \
	static int name##_tests(void)        \
	{                                    \
		return unit_##name##_main(); \
	}
UNIT_PROGRAMS(UNIT_MAIN)

static int conform_tests(void)
{
	return conform_main();
}

#else

#include "crew.h"
#include "exact.h"

#define SUITE_NAME "ioasid"
/* clang-format off */
#define PROGRAMS(program) \
	program(lineage) program(exact) program(reuse) program(shared) program(storm) program(doors) \
	program(histories) program(interrupt) program(module)
/* clang-format on */

static int exact_main(void)
{
	TCase *all[] = {exact_drain(), exact_tokens(), exact_quota(), exact_waiters()};

	return crew_main("exactness", all, ARRAY_SIZE(all));
}

#define PLAIN_MAIN(name)              \
	static int name##_tests(void) \
	{                             \
		return name##_main(); \
	}
PROGRAMS(PLAIN_MAIN)

#endif

#define NUMBER(name) NUMBER_##name,
enum {
	PROGRAMS(NUMBER) NR_PROGRAMS
};

/* KUnit asks a case for its parameters without saying which case it is. */
#define GENERATOR(name)                                                         \
	static const void *name##_next(const void *previous, char *description) \
	{                                                                       \
		return next_of(NUMBER_##name, previous, description);           \
	}
PROGRAMS(GENERATOR)

#define MAIN(name) name##_tests,
static int (*const programs[])(void) = {PROGRAMS(MAIN)};

#define CASE(program) \
	{.run_case = run_entry, .name = #program, .generate_params = program##_next, .module_name = KBUILD_MODNAME},
static struct kunit_case kunit_cases[] = {PROGRAMS(CASE){}};

static int collect(struct kunit_suite *suite)
{
	nr_cases = 0;
	nr_entries = 0;
	for (program_now = 0; program_now < NR_PROGRAMS; program_now++)
		if (programs[program_now]() != 0)
			return -EINVAL;
	return 0;
}

static struct kunit_suite kunit_suite = {
	.name = SUITE_NAME,
	.suite_init = collect,
	.test_cases = kunit_cases,
};
kunit_test_suites(&kunit_suite);

MODULE_DESCRIPTION("Tests of libioasid, run by KUnit");
MODULE_LICENSE("Dual BSD/GPL");
