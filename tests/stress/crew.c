/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* crew.c - starting threads, stopping them, and telling what they found. */
#include "crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_NS UINT64_C(250000000)
#define PROGRESS_NS UINT64_C(200000000)

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static double crew_seconds(void)
{
	const char *text = getenv("STRESS_SECONDS");

	return text == NULL ? 0 : strtod(text, NULL);
}

static uint64_t duration_ns(void)
{
	double seconds = crew_seconds();

	return seconds > 0 ? (uint64_t)(seconds * 1e9) : DEFAULT_NS;
}

bool crew_again(uint64_t *until)
{
	uint64_t now = now_ns();

	if (*until == 0)
		*until = now + (uint64_t)(crew_seconds() * 1e9);
	return now < *until;
}

void crew_fail(struct crew *crew, const char *format, ...)
{
	va_list arguments;

	if (atomic_exchange(&crew->failed, true))
		return;
	va_start(arguments, format);
	(void)vsnprintf(crew->message, sizeof(crew->message), format, arguments);
	va_end(arguments);
}

/* At most one thread comes here at a time, or two print the same line twice: no harm. */
static void show_progress(const struct crew *crew, uint64_t now)
{
	static atomic_ullong shown;
	unsigned long long last = atomic_load(&shown);

	if (now - last < PROGRESS_NS || !isatty(STDERR_FILENO) || !atomic_compare_exchange_strong(&shown, &last, now))
		return;
	(void)fprintf(stderr, "\r\033[K%s: %.1f of %.1f s, %llu operations", crew->name,
	              (double)(now - crew->started) / 1e9, (double)(crew->until - crew->started) / 1e9,
	              (unsigned long long)atomic_load(&crew->done));
}

bool crew_goes_on(struct crew *crew)
{
	/* On a machine that is busy with others, a thread may come when the time is up, and has its work to do. */
	static _Thread_local bool has_come;
	uint64_t now = now_ns();

	if ((now >= crew->until && has_come) || atomic_load(&crew->failed))
		return false;
	has_come = true;
	show_progress(crew, now);
	return true;
}

bool crew_meet(struct crew *crew)
{
	int role = pthread_barrier_wait(&crew->barrier);

	if (role == PTHREAD_BARRIER_SERIAL_THREAD)
		crew->stop = !crew_goes_on(crew);
	(void)pthread_barrier_wait(&crew->barrier);
	return !crew->stop;
}

struct member {
	struct crew *crew;
	uint32_t me;
	pthread_t thread;
};

static void *member_main(void *argument)
{
	struct member *member = argument;
	struct crew *crew = member->crew;
	int role;

	/* Nobody begins, and no time passes, before the last is there: short work would be over otherwise. */
	role = pthread_barrier_wait(&crew->barrier);
	if (role == PTHREAD_BARRIER_SERIAL_THREAD) {
		crew->started = now_ns();
		crew->until = crew->started + duration_ns();
	}
	(void)pthread_barrier_wait(&crew->barrier);
	crew->work(crew, member->me);
	return NULL;
}

void crew_run(const char *name, uint32_t threads, crew_work *work, void *context)
{
	struct crew crew = {.work = work, .context = context, .name = name, .threads = threads};
	struct member member[CREW_MAX];
	uint32_t i;

	ck_assert_uint_le(threads, CREW_MAX);
	ck_assert_int_eq(pthread_barrier_init(&crew.barrier, NULL, threads), 0);
	for (i = 0; i < threads; i++) {
		member[i] = (struct member){.crew = &crew, .me = i};
		ck_assert_int_eq(pthread_create(&member[i].thread, NULL, member_main, &member[i]), 0);
	}
	for (i = 0; i < threads; i++)
		ck_assert_int_eq(pthread_join(member[i].thread, NULL), 0);
	(void)pthread_barrier_destroy(&crew.barrier);
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r\033[K");
	ck_assert_msg(!atomic_load(&crew.failed), "%s, %u threads: %s", name, threads, crew.message);
}

int crew_main(const char *name, TCase *const cases[], uint32_t count)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	uint32_t i;
	int failed;

	for (i = 0; i < count; i++) {
		/* A test runs a few crews; a machine that is busy with others gets its time, too. */
		tcase_set_timeout(cases[i], 120.0 + 16.0 * crew_seconds());
		suite_add_tcase(suite, cases[i]);
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
