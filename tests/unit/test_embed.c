/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The library within somebody else's process, on the posix port: many spaces,
 * threads that come and go unannounced, forks, signals, and the host's malloc.
 * (A host that loads it at run time and closes it: tests/build/consumer.)
 */
#include <check.h>
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ioasid/ioasid.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* ThreadSanitizer refuses threads in the child of a process that had some. */
#if defined(__SANITIZE_THREAD__)
#define CHILD_FLAGS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CHILD_FLAGS 0
#endif
#endif
#ifndef CHILD_FLAGS
#define CHILD_FLAGS IOASID_SPACE_BACKGROUND
#endif

#define ck_assert_ok(call) ck_assert_int_eq((call), 0)

static struct ioasid_space *make_space(uint32_t bits, uint32_t flags)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = bits, .flags = flags};
	struct ioasid_space *space = NULL;

	ck_assert_ok(ioasid_space_create(&config, &space));
	return space;
}

static struct ioasid_owner_set *make_set(struct ioasid_space *space, uint64_t key)
{
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {key, 1}, .quota = IOASID_UNLIMITED};
	struct ioasid_owner_set *set = NULL;

	ck_assert_ok(ioasid_set_create(space, &config, &set));
	return set;
}

/* Everything that a small host does, once. 0, or the error that it met. */
static int use(struct ioasid_space *space, uint64_t key)
{
	struct ioasid_set_config set_config = {.size = sizeof(set_config), .owner = {key, 1}, .quota = 8};
	struct ioasid_device_config device_config = {.size = sizeof(device_config), .bits = 20};
	struct ioasid_bind_args args = {.size = sizeof(args)};
	struct ioasid_owner_set *set;
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	int error;

	if ((error = ioasid_set_create(space, &set_config, &set)) != 0 ||
	    (error = ioasid_device_register(space, &device_config, &args.device)) != 0 ||
	    (error = ioasid_set_bind(set, &args, 1, 0, &binding)) != 0 ||
	    (error = ioasid_request_begin(space, binding)) != 0 || (error = ioasid_request_end(space, binding)) != 0 ||
	    (error = ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle)) != 0 ||
	    (error = ioasid_id_free(space, handle)) != 0 || (error = ioasid_set_end(set)) != 0 ||
	    (error = ioasid_set_wait(set, IOASID_FOREVER)) != 0 || (error = ioasid_set_release(set)) != 0 ||
	    (error = ioasid_device_unregister(args.device)) != 0)
		return error;
	return ioasid_space_flush(space, IOASID_FOREVER);
}

#define IDLE_LIMIT (UINT64_C(128) * 1024)
enum {
	SPACES = 400
};

/* Wide spaces side by side: each costs little while it is idle, and knows the others' handles from its own. */
START_TEST(hundreds_of_spaces_side_by_side)
{
	static struct ioasid_space *spaces[SPACES];
	static struct ioasid_owner_set *sets[SPACES];
	static ioasid_handle_t handles[SPACES];
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};

	for (unsigned i = 0; i < SPACES; i++) {
		spaces[i] = make_space(20, 0);
		ck_assert_ok(ioasid_space_snapshot(spaces[i], &snapshot));
		ck_assert_uint_gt(snapshot.memory, 0);
		ck_assert_uint_lt(snapshot.memory, IDLE_LIMIT);
	}
	printf("an idle space of 20 bits has %lu bytes\n", (unsigned long)snapshot.memory);
	for (unsigned i = 0; i < SPACES; i++) {
		sets[i] = make_set(spaces[i], 1);
		ck_assert_ok(ioasid_id_alloc(sets[i], NULL, IOASID_ALLOC_ACTIVE, &handles[i]));
	}
	for (unsigned i = 0; i < SPACES; i++) {
		unsigned other = (i * 7 + 1) % SPACES;

		ck_assert_ok(ioasid_id_get(spaces[i], handles[i]));
		ck_assert_ok(ioasid_id_put(spaces[i], handles[i]));
		if (other != i)
			ck_assert_int_eq(ioasid_id_get(spaces[other], handles[i]), -IOASID_EINVAL);
	}
	for (unsigned i = 0; i < SPACES; i++) {
		ck_assert_ok(ioasid_set_release(sets[i]));
		ck_assert_ok(ioasid_space_destroy(spaces[i], NULL, NULL));
	}
}
END_TEST

static size_t heap_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void make_use_destroy(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		struct ioasid_space *space = make_space(1 + i % 20, i % 64 == 0 ? IOASID_SPACE_BACKGROUND : 0);

		if (i % 20 >= 2)
			ck_assert_ok(use(space, i));
		ck_assert_ok(ioasid_space_destroy(space, NULL, NULL));
	}
}

START_TEST(thousands_of_spaces_come_and_go)
{
	size_t before;

	/* On each CPU, for what the heap keeps of them at hand depends on that. */
	make_use_destroy(2000);
	before = heap_in_use();
	make_use_destroy(4000);
	/* Sanitizers have an allocator, and a leak check, of their own. */
	if (!SANITIZED)
		ck_assert_uint_le(heap_in_use(), before + 4096);
}
END_TEST

static struct ioasid_space *common;
static _Atomic unsigned failed;

static void *come_and_go(void *argument)
{
	struct ioasid_owner_set *set = argument;
	ioasid_handle_t handle;

	for (unsigned i = 0; i < 200; i++) {
		if (ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE | IOASID_ALLOC_WAIT, &handle) != 0 ||
		    ioasid_id_get(common, handle) != 0 || ioasid_id_put(common, handle) != 0 ||
		    ioasid_id_free(common, handle) != 0)
			(void)atomic_fetch_add(&failed, 1);
	}
	return NULL;
}

/* Threads that nobody announced; each is gone before the next round. */
START_TEST(threads_need_no_registration)
{
	struct ioasid_owner_set *set;
	pthread_t threads[4];

	for (uint32_t flags = 0; flags <= IOASID_SPACE_BACKGROUND; flags += IOASID_SPACE_BACKGROUND) {
		common = make_space(10, flags);
		set = make_set(common, 1);
		for (unsigned round = 0; round < 25; round++) {
			for (unsigned i = 0; i < 4; i++)
				ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, set), 0);
			for (unsigned i = 0; i < 4; i++)
				ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		}
		ck_assert_uint_eq(atomic_load(&failed), 0);
		ck_assert_ok(ioasid_set_release(set));
		ck_assert_ok(ioasid_space_flush(common, IOASID_FOREVER));
		ck_assert_ok(ioasid_space_destroy(common, NULL, NULL));
	}
}
END_TEST

/* What the child of a fork finds; its answer is an exit status, 0 for all is well. */
static int in_child(struct ioasid_space *inherited, struct ioasid_owner_set *set, ioasid_handle_t handle)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = 12};
	struct ioasid_space *space;

	if (ioasid_id_wait(inherited, handle, IOASID_FOREVER) != -IOASID_ESTALE ||
	    ioasid_id_wait(inherited, handle, 0) != -IOASID_ESTALE)
		return 1;
	if (ioasid_space_flush(inherited, IOASID_FOREVER) != -IOASID_ESTALE ||
	    ioasid_space_run(inherited, 0, NULL) != -IOASID_ESTALE)
		return 2;
	(void)ioasid_set_end(set);
	if (ioasid_set_wait(set, IOASID_FOREVER) != -IOASID_ESTALE)
		return 3;
	if (ioasid_space_destroy(inherited, NULL, NULL) != 0)
		return 4;
	for (unsigned i = 0; i < 2; i++) {
		config.flags = i ? CHILD_FLAGS : 0;
		if (ioasid_space_create(&config, &space) != 0)
			return 5;
		if (use(space, 1) != 0)
			return 6;
		if (ioasid_space_destroy(space, NULL, NULL) != 0)
			return 7;
	}
	return 0;
}

static void check_child(pid_t child)
{
	int status = -1;

	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

START_TEST(a_child_inherits_nothing_and_the_parent_notices_nothing)
{
	for (uint32_t flags = 0; flags <= IOASID_SPACE_BACKGROUND; flags += IOASID_SPACE_BACKGROUND) {
		struct ioasid_space *space = make_space(12, flags);
		struct ioasid_owner_set *set = make_set(space, 1);
		ioasid_handle_t handle;
		pid_t child;

		ck_assert_ok(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle));
		/* A thread that is just starting has a sanitizer's allocator locked, and so it stays in the child. */
		if (SANITIZED)
			ck_assert_ok(use(space, 2));
		child = fork();
		if (child == 0)
			_exit(in_child(space, set, handle));
		check_child(child);
		ck_assert_ok(ioasid_id_get(space, handle));
		ck_assert_ok(ioasid_id_put(space, handle));
		ck_assert_ok(ioasid_set_end(set));
		ck_assert_ok(ioasid_id_wait(space, handle, IOASID_FOREVER));
		ck_assert_ok(ioasid_set_wait(set, IOASID_FOREVER));
		ck_assert_ok(ioasid_set_release(set));
		ck_assert_ok(ioasid_space_destroy(space, NULL, NULL));
	}
}
END_TEST

static _Atomic bool stop;

static void *churn(void *argument)
{
	struct ioasid_owner_set *set = argument;
	ioasid_handle_t handle;

	while (!atomic_load(&stop)) {
		if (ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle) == 0)
			(void)ioasid_id_free(common, handle);
	}
	return NULL;
}

/* Forks while other threads, and the space's own, are in the middle of anything. */
START_TEST(forks_at_any_moment)
{
	struct ioasid_owner_set *set;
	ioasid_handle_t handle;
	pthread_t threads[2];

	common = make_space(12, IOASID_SPACE_BACKGROUND);
	set = make_set(common, 1);
	ck_assert_ok(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle));
	atomic_store(&stop, false);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, set), 0);
	for (unsigned i = 0; i < 30; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(in_child(common, set, handle));
		check_child(child);
	}
	atomic_store(&stop, true);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_ok(ioasid_set_release(set));
	ck_assert_ok(ioasid_space_flush(common, IOASID_FOREVER));
	ck_assert_ok(ioasid_space_destroy(common, NULL, NULL));
}
END_TEST

/* A signal handler may free, put, pin and find, whatever it interrupts; on the same ids, too. */
static struct {
	struct ioasid_space *space;
	_Atomic uint64_t handle; /* the main program's latest, or 0 */
	_Atomic unsigned calls;
	_Atomic unsigned freed;
	_Atomic unsigned failed; /* to give back what it had taken */
} interrupted;

static void interrupt(int number)
{
	ioasid_handle_t handle = {atomic_exchange(&interrupted.handle, 0)};
	ioasid_handle_t pinned;

	(void)number;
	(void)atomic_fetch_add(&interrupted.calls, 1);
	if (handle.handle_ == 0)
		return;
	if (ioasid_id_find(interrupted.space, ioasid_handle_id(handle), &pinned) == 0 &&
	    ioasid_id_pin(interrupted.space, ioasid_handle_id(handle), &pinned) == 0)
		(void)atomic_fetch_add(&interrupted.failed, ioasid_id_unpin(interrupted.space, pinned) != 0);
	if (ioasid_id_get(interrupted.space, handle) == 0)
		(void)atomic_fetch_add(&interrupted.failed, ioasid_id_put(interrupted.space, handle) != 0);
	if (ioasid_id_free(interrupted.space, handle) == 0)
		(void)atomic_fetch_add(&interrupted.freed, 1);
}

START_TEST(a_signal_handler_may_free)
{
	struct itimerval soon = {{0, 200}, {0, 200}};
	struct itimerval never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
	struct ioasid_owner_set *set;
	unsigned allocated = 0;
	unsigned freed = 0;

	interrupted.space = make_space(8, 0);
	set = make_set(interrupted.space, 1);
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
	while (atomic_load(&interrupted.freed) < 50 || atomic_load(&interrupted.calls) < 300) {
		ioasid_handle_t handle;

		ck_assert_ok(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE | IOASID_ALLOC_WAIT, &handle));
		allocated++;
		atomic_store(&interrupted.handle, handle.handle_);
		/* Both may end it; exactly one is told that it did. */
		if (ioasid_id_free(interrupted.space, handle) == 0)
			freed++;
		(void)atomic_exchange(&interrupted.handle, 0);
	}
	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
	ck_assert_uint_eq(allocated, freed + atomic_load(&interrupted.freed));
	ck_assert_uint_eq(atomic_load(&interrupted.failed), 0);
	ck_assert_ok(ioasid_set_end(set));
	ck_assert_ok(ioasid_set_wait(set, IOASID_FOREVER));
	ck_assert_ok(ioasid_set_release(set));
	ck_assert_ok(ioasid_space_destroy(interrupted.space, NULL, NULL));
}
END_TEST

/* Linked with the library alone, the process has the malloc that it had. */
START_TEST(the_hosts_malloc_is_its_own)
{
	Dl_info library;
	Dl_info owner;

	ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, "ioasid_space_create"), &library), 0);
	ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, "malloc"), &owner), 0);
	ck_assert_ptr_ne(library.dli_fbase, owner.dli_fbase);
	ck_assert_ptr_null(dlsym(RTLD_DEFAULT, "mallocx"));
	if (!SANITIZED)
		ck_assert_ptr_nonnull(strstr(owner.dli_fname, "libc"));
}
END_TEST

/* What is free lies far behind the end of the range, in the same chunk: UBSan is to see what is computed of it. */
START_TEST(a_range_ends_before_what_is_free)
{
	static ioasid_handle_t handle[512];
	struct ioasid_range range = ioasid_range_make(ioasid_make(1), ioasid_make(20));
	struct ioasid_space *space = make_space(9, 0);
	struct ioasid_owner_set *set = make_set(space, 1);

	for (uint32_t i = 1; i < 512; i++)
		ck_assert_ok(ioasid_id_alloc(set, NULL, 0, &handle[i]));
	/* Who finds nothing takes the leaves' hints away; then one is set again, far behind. */
	ck_assert_int_eq(ioasid_id_alloc(set, NULL, 0, &handle[0]), -IOASID_ENOSPC);
	ck_assert_ok(ioasid_id_abort(space, handle[511]));
	ck_assert_int_eq(ioasid_id_alloc(set, &range, 0, &handle[0]), -IOASID_ENOSPC);
	ck_assert_ok(ioasid_id_alloc(set, NULL, 0, &handle[511]));
	for (uint32_t i = 1; i < 512; i++)
		ck_assert_ok(ioasid_id_abort(space, handle[i]));
	ck_assert_ok(ioasid_set_release(set));
	ck_assert_ok(ioasid_space_destroy(space, NULL, NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("embedding");
	TCase *tests = tcase_create("embedding");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tests, 120);
	/* The forks first, while there is little to copy. */
	tcase_add_test(tests, a_child_inherits_nothing_and_the_parent_notices_nothing);
	/* A sanitizer's allocator is not made for it: what another thread has locked stays locked in the child. */
	if (!SANITIZED)
		tcase_add_test(tests, forks_at_any_moment);
	tcase_add_test(tests, hundreds_of_spaces_side_by_side);
	tcase_add_test(tests, thousands_of_spaces_come_and_go);
	tcase_add_test(tests, threads_need_no_registration);
	tcase_add_test(tests, a_signal_handler_may_free);
	tcase_add_test(tests, the_hosts_malloc_is_its_own);
	tcase_add_test(tests, a_range_ends_before_what_is_free);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
