/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* calls.c - bugs 4 to 7, 11, 15, 21: what a call may need, do and say. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "lineage.h"

/*
 * 4, 5. Freeing took a lock and slept, and was called in an interrupt that came
 * while the lock was held. A signal on the same thread is such an interrupt.
 */
#define INTERRUPTS 100u

static atomic_bool locked;
static atomic_uint handled;
static atomic_uint hung;
static struct rig *interrupted;
static atomic_ullong to_free;

static void naive_handler(int signal_number)
{
	(void)signal_number;
	if (atomic_exchange(&locked, true))
		(void)atomic_fetch_add(&hung, 1); /* it would wait for what it has interrupted */
	else
		atomic_store(&locked, false);
	(void)atomic_fetch_add(&handled, 1);
}

/* All that a fault handler and the end of a device do, on whatever id there is. */
static void our_handler(int signal_number)
{
	ioasid_handle_t freed = {atomic_exchange(&to_free, 0)};
	ioasid_handle_t handle;
	uint32_t id;

	(void)signal_number;
	if (ioasid_handle_is_set(freed) && ioasid_id_free(interrupted->space, freed) != 0)
		(void)atomic_fetch_add(&hung, 1);
	for (id = 0; id < 16; id++) {
		if (ioasid_id_pin(interrupted->space, ioasid_make(id), &handle) == 0 &&
		    ioasid_id_unpin(interrupted->space, handle) != 0)
			(void)atomic_fetch_add(&hung, 1);
		if (ioasid_id_find_get(interrupted->space, ioasid_make(id), &handle) == 0 &&
		    ioasid_id_put(interrupted->space, handle) != 0)
			(void)atomic_fetch_add(&hung, 1);
	}
	(void)atomic_fetch_add(&handled, 1);
}

static void *interrupt_it(void *thread)
{
	while (atomic_load(&handled) < INTERRUPTS) {
		(void)pthread_kill(*(pthread_t *)thread, SIGUSR1);
		(void)sched_yield(); /* on one CPU, all the signals of a time slice are one */
	}
	return NULL;
}

static void with_interrupts(void (*handler)(int), void (*work)(void))
{
	struct sigaction action = {.sa_handler = handler};
	pthread_t self = pthread_self();
	pthread_t other;

	atomic_store(&handled, 0);
	atomic_store(&hung, 0);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(pthread_create(&other, NULL, interrupt_it, &self), 0);
	while (atomic_load(&handled) < INTERRUPTS)
		work();
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	action.sa_handler = SIG_IGN;
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
}

static void naive_work(void)
{
	uint32_t i;

	atomic_store(&locked, true);
	for (i = 0; i < 1000 && atomic_load(&hung) == 0; i++)
		;
	atomic_store(&locked, false);
}

static void our_work(void)
{
	ioasid_handle_t handle;

	if (ioasid_id_alloc(interrupted->set, NULL, IOASID_ALLOC_ACTIVE, &handle) == 0) {
		uint64_t was = atomic_exchange(&to_free, handle.handle_);

		if (was != 0)
			ck_assert_int_eq(ioasid_id_free(interrupted->space, (ioasid_handle_t){was}), 0);
	}
	host_run(interrupted->space);
}

START_TEST(bug_04_05_naive)
{
	unsigned tries;

	/* On a busy machine all the signals of a round may come between two holds of the lock. */
	for (tries = 0; tries == 0 || (tries < 100 && atomic_load(&hung) == 0); tries++)
		with_interrupts(naive_handler, naive_work);
	ck_assert_uint_ne(atomic_load(&hung), 0);
}
END_TEST

START_TEST(bug_04_05_ours)
{
	struct ioasid_snapshot before = {.size = sizeof(before)};
	struct ioasid_snapshot after = {.size = sizeof(after)};
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	interrupted = &rig;
	our_work();
	ck_assert_int_eq(ioasid_space_snapshot(rig.space, &before), 0);
	with_interrupts(our_handler, our_work);
	ck_assert_uint_eq(atomic_load(&hung), 0);
	/* And none of it needed memory. */
	ck_assert_int_eq(ioasid_space_snapshot(rig.space, &after), 0);
	ck_assert_uint_eq(before.memory, after.memory);
	rig_end(&rig);
}
END_TEST

/* 6. The owner's note of its number was cleared before it was read to free the number. */
START_TEST(bug_06_naive)
{
	uint32_t in_use = 1;
	uint32_t mm_pasid = 5;

	mm_pasid = 0;
	if (mm_pasid != 0)
		in_use--;
	ck_assert_uint_ne(in_use, 0);
}
END_TEST

START_TEST(bug_06_ours)
{
	ioasid_handle_t handle;
	struct rig rig;
	uint32_t i;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	for (i = 0; i < 100; i++) {
		handle = rig_alloc(&rig); /* all that is needed to give it back */
		ck_assert_int_eq(ioasid_id_free(rig.space, handle), 0);
		host_run(rig.space);
	}
	ck_assert_uint_eq(host_charged(rig.set), 0);
	rig_end(&rig);
}
END_TEST

/* 7. Down to zero and below, and from zero up again. */
static bool falls_through(int64_t count, bool came_back)
{
	return count < 0 || came_back;
}

START_TEST(bug_07_naive)
{
	int64_t count = 1; /* of the bind; and each fault takes one, and drops one */

	count--; /* unbind */
	count--; /* of a fault that came in between: its increment was on 0 */
	ck_assert(falls_through(count, false));
}
END_TEST

START_TEST(bug_07_ours)
{
	ioasid_handle_t handle;
	struct rig rig;
	int64_t count = 1;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	handle = rig_alloc(&rig);
	ck_assert_int_eq(ioasid_id_get(rig.space, handle), 0);
	ck_assert_int_eq(ioasid_id_free(rig.space, handle), 0); /* one reference keeps it parked */
	count -= ioasid_id_put(rig.space, handle) == 0;
	count -= ioasid_id_put(rig.space, handle) == 0;
	ck_assert(!falls_through(count, ioasid_id_get(rig.space, handle) == 0));
	/* Nor is what somebody else holds taken: the allocation's part, and a binding's. */
	ck_assert_int_eq(ioasid_binding_handle(rig.space, rig_bind(&rig, 0), &handle), 0);
	ck_assert_int_eq(ioasid_id_put(rig.space, handle), -IOASID_EINVAL);
	handle = rig_alloc(&rig);
	ck_assert_int_eq(ioasid_id_put(rig.space, handle), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_unpin(rig.space, handle), -IOASID_EINVAL);
	ck_assert_uint_eq(host_counters(rig.space).surplus_puts, 2);
	ck_assert_uint_eq(host_counters(rig.space).surplus_unpins, 1);
	rig_end(&rig);
}
END_TEST

/* 11. The last put freed the structure; then it was read. */
struct counted {
	uint32_t count;
	bool freed;
};

static bool counted_put(struct counted *counted)
{
	if (--counted->count == 0)
		counted->freed = true;
	return counted->freed;
}

START_TEST(bug_11_naive)
{
	struct counted mm = {1, false};
	bool read_after_free;

	(void)counted_put(&mm);
	read_after_free = mm.freed; /* if (list_empty(&mm->list)) ... */
	ck_assert(read_after_free);
}
END_TEST

START_TEST(bug_11_ours)
{
	ioasid_binding_t binding;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	binding = rig_bind(&rig, 0);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, binding), 0);
	/* Whatever is asked of it afterwards is answered, not read: also when it is in another life. */
	host_run(rig.space);
	(void)rig_bind(&rig, 0);
	ck_assert_int_eq(ioasid_binding_unbind(rig.space, binding), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_request_begin(rig.space, binding), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_binding_data(rig.space, binding, &(void *){NULL}), -IOASID_ESTALE);
	rig_end(&rig);
}
END_TEST

/* 15. The failure path of an open undid what the release had undone. */
START_TEST(bug_15_naive)
{
	uint32_t undone = 0;

	undone++; /* put_device() runs the release */
	undone++; /* and the error path falls through into freeing */
	ck_assert_uint_ne(undone, 1);
}
END_TEST

START_TEST(bug_15_ours)
{
	ioasid_handle_t handle;
	struct rig rig;
	uint32_t stage;

	rig_make_flat(&rig, 1, IOASID_UNLIMITED);
	for (stage = 0; stage < 3; stage++) {
		uint32_t undone = 0;

		ck_assert_int_eq(ioasid_id_alloc(rig.set, NULL, 0, &handle), 0);
		if (stage > 0)
			ck_assert_int_eq(ioasid_id_publish(rig.space, handle), 0);
		if (stage > 1)
			ck_assert_int_eq(ioasid_id_get(rig.space, handle), 0);
		undone += ioasid_id_free(rig.space, handle) == 0;
		undone += ioasid_id_free(rig.space, handle) == 0;
		undone += ioasid_id_abort(rig.space, handle) == 0;
		ck_assert_uint_eq(undone, 1);
		if (stage > 1)
			ck_assert_int_eq(ioasid_id_put(rig.space, handle), 0);
		host_run(rig.space);
		ck_assert_uint_eq(host_charged(rig.set), 0);
	}
	rig_end(&rig);
}
END_TEST

/* 21. The error was undone, and 0 returned: the caller used what was not there. */
static bool is_believed(int error, bool there)
{
	return error == 0 && !there;
}

START_TEST(bug_21_naive)
{
	int error = -IOASID_ENOSPC;
	bool there = false; /* detached again on the error path */

	error = 0; /* "return 0;" at the end of it */
	ck_assert(is_believed(error, there));
}
END_TEST

START_TEST(bug_21_ours)
{
	const uint64_t untouched = UINT64_C(0x5a5a5a5a5a5a5a5a);
	ioasid_handle_t handle = {untouched};
	ioasid_binding_t binding = {untouched};
	struct ioasid_owner_set *none;
	struct ioasid_bind_args args;
	struct rig rig;

	rig_make(&rig, 4, IOASID_UNLIMITED);
	none = host_set(rig.space, 2, 0, 0);
	args = rig_args(&rig, 0);
	ck_assert(!is_believed(ioasid_set_bind(none, &args, 1, 0, &binding), binding.binding_ != untouched));
	ck_assert(!is_believed(ioasid_id_alloc(none, NULL, 0, &handle), handle.handle_ != untouched));
	ck_assert(!is_believed(ioasid_set_shared(none, &handle), handle.handle_ != untouched));
	ck_assert(!is_believed(ioasid_id_find(rig.space, ioasid_make(3), &handle), handle.handle_ != untouched));
	/* What failed wrote nothing. */
	ck_assert_uint_eq(handle.handle_, untouched);
	ck_assert_uint_eq(binding.binding_, untouched);
	host_set_end(none);
	rig_end(&rig);
}
END_TEST

TCase *lineage_calls(void)
{
	TCase *tcase = tcase_create("calls");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, bug_04_05_naive);
	tcase_add_test(tcase, bug_04_05_ours);
	tcase_add_test(tcase, bug_06_naive);
	tcase_add_test(tcase, bug_06_ours);
	tcase_add_test(tcase, bug_07_naive);
	tcase_add_test(tcase, bug_07_ours);
	tcase_add_test(tcase, bug_11_naive);
	tcase_add_test(tcase, bug_11_ours);
	tcase_add_test(tcase, bug_15_naive);
	tcase_add_test(tcase, bug_15_ours);
	tcase_add_test(tcase, bug_21_naive);
	tcase_add_test(tcase, bug_21_ours);
	return tcase;
}
