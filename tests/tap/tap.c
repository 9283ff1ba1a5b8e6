/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* tap.c - keeps what the tests register, runs it, and prints TAP. */
#include "tap.h"

#include "check.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_CASES 64
#define MAX_TESTS 512
#define LINE 320

struct tap_case {
	const char *name;
	unsigned seconds;
	void (*setup)(void);
	void (*teardown)(void);
};

struct tap_suite {
	const char *name;
};

struct tap_runner {
	int failed;
};

struct entry {
	const TCase *tcase;
	const char *name;
	tap_test *test;
	int first;
	int end;
};

/* One suite at a time: what is registered is forgotten when its runner is freed. */
static struct tap_case cases[MAX_CASES];
static struct entry entries[MAX_TESTS];
static struct tap_suite suite_now;
static struct tap_runner runner_now;
static unsigned nr_cases;
static unsigned nr_entries;
static unsigned nr_printed;
static bool bad;
static bool stopped;
static char why[LINE];

void tap_begin(void)
{
	tap_host_print("TAP version 13");
}

bool tap_failed(void)
{
	return __atomic_load_n(&stopped, __ATOMIC_ACQUIRE);
}

static void misuse(const char *what)
{
	tap_fail(__FILE__, __LINE__, "%s", what);
}

Suite *suite_create(const char *name)
{
	suite_now.name = name;
	return &suite_now;
}

void suite_add_tcase(Suite *suite, TCase *tcase)
{
	(void)suite;
	(void)tcase;
}

TCase *tcase_create(const char *name)
{
	if (nr_cases == MAX_CASES)
		misuse("too many cases");
	cases[nr_cases] = (struct tap_case){.name = name, .seconds = 60};
	return &cases[nr_cases++];
}

void tcase_set_timeout(TCase *tcase, int seconds)
{
	tcase->seconds = (unsigned)seconds;
}

void tcase_set_tags(TCase *tcase, const char *tags)
{
	(void)tcase;
	(void)tags;
}

void tcase_add_checked_fixture(TCase *tcase, void (*setup)(void), void (*teardown)(void))
{
	tcase->setup = setup;
	tcase->teardown = teardown;
}

void tap_add(TCase *tcase, const char *name, tap_test *test, int first, int end)
{
	if (nr_entries == MAX_TESTS)
		misuse("too many tests");
	entries[nr_entries++] = (struct entry){tcase, name, test, first, end};
}

/* The first failure is the one that counts; others, on other threads, only stop. */
void tap_fail(const char *file, int line, const char *format, ...)
{
	static bool taken;

	if (!__atomic_exchange_n(&taken, true, __ATOMIC_ACQ_REL)) {
		int length = snprintf(why, sizeof(why), "# %s:%d: ", file, line);
		va_list arguments;

		va_start(arguments, format);
		(void)vsnprintf(why + length, sizeof(why) - (size_t)length, format, arguments);
		va_end(arguments);
		__atomic_store_n(&stopped, true, __ATOMIC_RELEASE);
	}
	tap_host_stop();
}

void tap_result(bool good, const char *suite, const char *name)
{
	char line[LINE];

	bad = bad || !good;
	(void)snprintf(line, sizeof(line), "%s %u %s: %s", good ? "ok" : "not ok", ++nr_printed, suite, name);
	tap_host_print(line);
}

struct run {
	const struct entry *entry;
	int i;
};

static void run_one(void *argument)
{
	const struct run *run = argument;
	const TCase *tcase = run->entry->tcase;

	if (tcase->setup != NULL)
		tcase->setup();
	run->entry->test(run->i);
	if (tcase->teardown != NULL)
		tcase->teardown();
}

/* Static: a test that hangs keeps it. */
static bool run_entry(const struct entry *entry, int i)
{
	static struct run run;
	char name[LINE / 2];
	bool good;

	run = (struct run){entry, i};
	good = tap_host_run(run_one, &run, entry->tcase->seconds) && !tap_failed();
	if (entry->end - entry->first > 1)
		(void)snprintf(name, sizeof(name), "%s/%s[%d]", entry->tcase->name, entry->name, i);
	else
		(void)snprintf(name, sizeof(name), "%s/%s", entry->tcase->name, entry->name);
	tap_result(good, suite_now.name, name);
	if (!good)
		tap_host_print(tap_failed() ? why : "# it did not end in its time");
	return good;
}

SRunner *srunner_create(Suite *suite)
{
	(void)suite;
	runner_now.failed = 0;
	return &runner_now;
}

void srunner_run_all(SRunner *runner, enum print_output mode)
{
	unsigned k;
	int i;

	(void)mode;
	for (k = 0; k < nr_entries; k++)
		for (i = entries[k].first; i < entries[k].end && !bad; i++)
			runner->failed += !run_entry(&entries[k], i);
}

int srunner_ntests_failed(SRunner *runner)
{
	return runner->failed;
}

void srunner_free(SRunner *runner)
{
	(void)runner;
	nr_cases = 0;
	nr_entries = 0;
}

bool tap_finish(void)
{
	char line[LINE];

	if (bad) {
		tap_host_print("Bail out! What has failed may still be running; nothing more was tried.");
		return false;
	}
	(void)snprintf(line, sizeof(line), "1..%u", nr_printed);
	tap_host_print(line);
	return nr_printed != 0;
}
