/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* crew.c - starting threads, stopping them, and telling what they found. */
#include "crew.h"

#include <stdio.h>
#include <stdlib.h>

void crew_fail(struct crew *crew, const char *format, ...)
{
	va_list arguments;

	if (atomic_exchange(&crew->failed, true))
		return;
	va_start(arguments, format);
	(void)vsnprintf(crew->message, sizeof(crew->message), format, arguments);
	va_end(arguments);
}

bool crew_goes_on(struct crew *crew)
{
	/* On a machine that is busy with others, a thread may come when the time is up, and has its work to do. */
	bool *has_come = crew_host_has_come();
	uint64_t now = crew_host_now_ns();

	if ((now >= crew->until && *has_come) || atomic_load(&crew->failed))
		return false;
	*has_come = true;
	crew_host_progress(crew, now);
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
		crew->started = crew_host_now_ns();
		crew->until = crew->started + crew_host_duration_ns();
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
	crew_host_progress(&crew, 0);
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
		tcase_set_timeout(cases[i], (int)(120 + 16 * (crew_host_duration_ns() / UINT64_C(1000000000))));
		suite_add_tcase(suite, cases[i]);
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
