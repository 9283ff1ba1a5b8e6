/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Who runs, in which process, and on which thread of the library's own. */
#include "conform.h"

#include <ioasid/error.h>
#if CONFORM_FORK
#include <sys/wait.h>
#include <unistd.h>
#endif

#define THREADS 4
#define NUMBERS 1000

struct findings {
	uint64_t id;
	uint32_t numbers[NUMBERS];
	pthread_barrier_t *all_there;
};

static void *find_out(void *argument)
{
	struct findings *findings = argument;

	findings->id = ioasid_port_thread_id();
	for (unsigned i = 0; i < NUMBERS; i++)
		findings->numbers[i] = ioasid_port_unique();
	/* All live at once, so that none may have another's id. */
	(void)pthread_barrier_wait(findings->all_there);
	if (findings->id != ioasid_port_thread_id())
		findings->id = 0;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

START_TEST(identities_differ)
{
	static struct findings findings[THREADS];
	static uint32_t numbers[THREADS * NUMBERS];
	pthread_t threads[THREADS];
	pthread_barrier_t all_there;

	ck_assert_int_eq(pthread_barrier_init(&all_there, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		findings[i].all_there = &all_there;
		threads[i] = conform_start(find_out, &findings[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		conform_join(threads[i]);
	(void)pthread_barrier_destroy(&all_there);
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert(findings[i].id != 0);
		for (unsigned j = 0; CONFORM_THREADS && j < i; j++)
			ck_assert(findings[i].id != findings[j].id);
		memcpy(&numbers[i * NUMBERS], findings[i].numbers, sizeof(findings[i].numbers));
	}
	qsort(numbers, THREADS * NUMBERS, sizeof(numbers[0]), compare);
	ck_assert_uint_ne(numbers[0], 0);
	for (unsigned i = 1; i < THREADS * NUMBERS; i++)
		ck_assert_uint_ne(numbers[i - 1], numbers[i]);
}
END_TEST

START_TEST(shards_in_range)
{
	uint32_t shards = ioasid_port_shards();

	ck_assert(shards >= 1 && shards <= PORT_SHARDS && (shards & (shards - 1)) == 0);
}
END_TEST

struct errand {
	uint64_t id;
	unsigned done;
};

static void run_errand(void *argument)
{
	struct errand *errand = argument;

	port_read_lock();
	port_read_unlock();
	errand->id = ioasid_port_thread_id();
	errand->done++;
}

START_TEST(workers)
{
	for (unsigned i = 0; i < 20; i++) {
		struct errand errand = {0, 0};
		struct port_worker worker = {NULL};
		int error = ioasid_port_worker_start(&worker, run_errand, &errand);

#if CONFORM_THREADS
		ck_assert_int_eq(error, 0);
		ioasid_port_worker_join(&worker);
		ck_assert_uint_eq(errand.done, 1);
		ck_assert(errand.id != 0 && errand.id != ioasid_port_thread_id());
#else
		ck_assert_int_eq(error, -IOASID_EAGAIN);
		ck_assert_uint_eq(errand.done, 0);
#endif
		ck_assert_ptr_null(worker.impl);
	}
}
END_TEST

#if CONFORM_FORK
/* Run @fn in a child; its answer is the child's exit status. */
static int in_child(int (*fn)(void *), void *argument)
{
	int status = -1;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(fn(argument));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int epoch_differs(void *argument)
{
	const uint32_t *before = argument;
	uint32_t mine = ioasid_port_epoch();

	return mine != before[0] && mine != before[1];
}

static int epoch_differs_twice(void *argument)
{
	uint32_t *before = argument;

	if (!epoch_differs(before))
		return 0;
	before[1] = ioasid_port_epoch();
	return before[1] == ioasid_port_epoch() && in_child(epoch_differs, before);
}

START_TEST(epoch_tells_children)
{
	uint32_t mine = ioasid_port_epoch();

	for (unsigned i = 0; i < 3; i++) {
		uint32_t before[2] = {mine, mine};

		ck_assert_int_eq(in_child(epoch_differs_twice, before), 1);
		ck_assert_uint_eq(ioasid_port_epoch(), mine);
	}
}
END_TEST

/* A child has none of its parent's other threads, whatever they were in the middle of. */
static struct {
	_Atomic bool inside;
	_Atomic bool leave;
} reader;

static void *stay_inside(void *argument)
{
	(void)argument;
	port_read_lock();
	atomic_store(&reader.inside, true);
	while (!atomic_load(&reader.leave))
		(void)sched_yield();
	port_read_unlock();
	return NULL;
}

static int use_everything(void *argument)
{
	struct port_worker *worker = argument;
	void *memory = ioasid_port_zalloc(64, 64);

	if (memory == NULL)
		return 0;
	port_read_lock();
	port_read_unlock();
	ioasid_port_synchronize();
	ioasid_port_fence_heavy();
	ioasid_port_free(memory, 64);
	ioasid_port_worker_join(worker);
	return 1;
}

static void wait_to_leave(void *argument)
{
	(void)argument;
	while (!atomic_load(&reader.leave))
		(void)sched_yield();
}

START_TEST(child_of_a_busy_process)
{
	struct port_worker worker = {NULL};
	pthread_t other;

	atomic_store(&reader.inside, false);
	atomic_store(&reader.leave, false);
	other = conform_start(stay_inside, NULL);
	ck_assert_int_eq(ioasid_port_worker_start(&worker, wait_to_leave, NULL), 0);
	while (!atomic_load(&reader.inside))
		(void)sched_yield();
	ck_assert_int_eq(in_child(use_everything, &worker), 1);
	atomic_store(&reader.leave, true);
	conform_join(other);
	ioasid_port_worker_join(&worker);
	ioasid_port_synchronize();
}
END_TEST

/* Forks while another thread is in the midst of grace periods, whose locks a child must not inherit. */
static void *synchronize_on(void *argument)
{
	(void)argument;
	while (!atomic_load(&reader.leave))
		ioasid_port_synchronize();
	return NULL;
}

static int synchronize_here(void *argument)
{
	(void)argument;
	port_read_lock();
	port_read_unlock();
	ioasid_port_synchronize();
	return 1;
}

START_TEST(children_of_a_synchronizing_process)
{
	pthread_t other;

	atomic_store(&reader.leave, false);
	other = conform_start(synchronize_on, NULL);
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(in_child(synchronize_here, NULL), 1);
	atomic_store(&reader.leave, true);
	conform_join(other);
}
END_TEST
#endif

TCase *conform_host(void)
{
	TCase *tcase = tcase_create("host");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, identities_differ);
	tcase_add_test(tcase, shards_in_range);
	tcase_add_test(tcase, workers);
#if CONFORM_FORK
	tcase_add_test(tcase, epoch_tells_children);
	tcase_add_test(tcase, child_of_a_busy_process);
	tcase_add_test(tcase, children_of_a_synchronizing_process);
#endif
	return tcase;
}
