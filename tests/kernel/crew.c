/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* crew.c - what tests/stress/crew.c is elsewhere: threads at the same work, for a time. */
#include "crew.h"

static unsigned int milliseconds = 250;
module_param(milliseconds, uint, 0444);
MODULE_PARM_DESC(milliseconds, "how long each crew works");

struct member {
	struct crew *crew;
	uint32_t me;
	pthread_t thread;
	struct task_struct *task;
	bool has_come;
};

/* One crew at a time. */
static struct member members[CREW_MAX];

void crew_fail(struct crew *crew, const char *format, ...)
{
	va_list arguments;

	if (atomic_exchange(&crew->failed, true))
		return;
	va_start(arguments, format);
	(void)vsnprintf(crew->message, sizeof(crew->message), format, arguments);
	va_end(arguments);
}

/* One round of what ends by itself is enough here. */
bool crew_again(uint64_t *until)
{
	(void)until;
	return false;
}

/* Who comes late has his work to do: a thread's first answer is yes. */
static bool is_late(void)
{
	uint32_t i = 0;
	bool late;

	while (i < CREW_MAX - 1 && members[i].task != current)
		i++;
	late = !members[i].has_come;
	members[i].has_come = true;
	return late;
}

bool crew_goes_on(struct crew *crew)
{
	bool late = is_late();

	cond_resched();
	return (ktime_get_ns() < crew->until || late) && !atomic_load(&crew->failed);
}

bool crew_meet(struct crew *crew)
{
	int role = pthread_barrier_wait(&crew->barrier);

	if (role == PTHREAD_BARRIER_SERIAL_THREAD)
		crew->stop = !crew_goes_on(crew);
	(void)pthread_barrier_wait(&crew->barrier);
	return !crew->stop;
}

static void *member_main(void *argument)
{
	struct member *member = argument;
	struct crew *crew = member->crew;

	member->task = current;
	if (pthread_barrier_wait(&crew->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
		crew->started = ktime_get_ns();
		crew->until = crew->started + milliseconds * (u64)NSEC_PER_MSEC;
	}
	(void)pthread_barrier_wait(&crew->barrier);
	crew->work(crew, member->me);
	return NULL;
}

void crew_run(const char *name, uint32_t threads, crew_work *work, void *context)
{
	static struct crew crew;
	uint32_t i;

	ck_assert_uint_le(threads, CREW_MAX);
	memset(&crew, 0, sizeof(crew));
	crew.work = work;
	crew.context = context;
	crew.name = name;
	crew.threads = threads;
	ck_assert_int_eq(pthread_barrier_init(&crew.barrier, NULL, threads), 0);
	for (i = 0; i < threads; i++) {
		members[i] = (struct member){.crew = &crew, .me = i};
		ck_assert_int_eq(pthread_create(&members[i].thread, NULL, member_main, &members[i]), 0);
	}
	for (i = 0; i < threads; i++)
		ck_assert_int_eq(pthread_join(members[i].thread, NULL), 0);
	ck_assert_msg(!atomic_load(&crew.failed), "%s, %u threads: %s", name, threads, crew.message);
}

int crew_main(const char *name, TCase *const cases[], uint32_t count)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	uint32_t i;
	int failed;

	for (i = 0; i < count; i++) {
		tcase_set_timeout(cases[i], 120 + (int)(milliseconds / 20));
		suite_add_tcase(suite, cases[i]);
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
