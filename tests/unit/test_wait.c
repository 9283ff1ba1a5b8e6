/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Waiting: by polling, for a time, for ever; where it is refused; and who does the work meanwhile. */
#include "driver.h"

#include <stdatomic.h>

#include "port.h"

#define MS UINT64_C(1000000)

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct ioasid_device *device;
static ioasid_binding_t binding;
static ioasid_handle_t bound; /* the device's, with a reference of the test's */
static bool held;             /* the reference is out */

static void begin(uint32_t flags)
{
	struct ioasid_space_config config = {.flags = flags, .quiesce_timeout_ns = IOASID_FOREVER};

	journal_clear();
	space = unit_space_with(5, &config);
	set = unit_set(space);
	driver_init(&one, "one");
	device = driver_register(space, &one, 20);
	bound = driver_bind(space, set, device, &one, &binding);
	ck_assert_ok(ioasid_id_get(space, bound));
	held = true;
}

static void drop(void)
{
	ck_assert_ok(ioasid_id_put(space, bound));
	held = false;
}

static void end(void)
{
	if (held)
		drop();
	(void)ioasid_set_end(set);
	ck_assert_ok(ioasid_set_wait(set, IOASID_FOREVER));
	ck_assert_ok(ioasid_set_release(set));
	driver_gone(device);
	unit_destroy(space);
}

/* What can be waited for. Each is ended by finish(). */
enum what {
	AN_ID,
	A_BINDING,
	A_FLUSH,
	A_SET,
	WHATS
};

static int wait_for(enum what what, uint64_t timeout_ns)
{
	switch (what) {
	case AN_ID:
		return ioasid_id_wait(space, bound, timeout_ns);
	case A_BINDING:
		return ioasid_binding_wait(space, binding, timeout_ns);
	case A_FLUSH:
		return ioasid_space_flush(space, timeout_ns);
	case A_SET:
	case WHATS:
		break;
	}
	return ioasid_set_wait(set, timeout_ns);
}

/* Everything is under way, and waits for the driver's answer. */
static void start(void)
{
	one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
	ck_assert_ok(ioasid_set_end(set));
	drop();
	if (ioasid_space_run(space, 0, NULL) != 0)
		ck_abort_msg("the driver is not asked");
}

START_TEST(polling_answers_at_once)
{
	for (enum what what = AN_ID; what < WHATS; what++) {
		uint64_t before;

		begin(0);
		start();
		before = ioasid_port_now_ns();
		for (unsigned i = 0; i < 3; i++)
			ck_assert_int_eq(wait_for(what, 0), -IOASID_EAGAIN);
		ck_assert_uint_eq(ioasid_port_now_ns(), before);
		driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
		/* To poll is to do the work: all that was left to be done is done. */
		ck_assert_ok(wait_for(what, 0));
		ck_assert_ok(wait_for(what, IOASID_FOREVER));
		end();
	}
}
END_TEST

START_TEST(time_runs_out)
{
	static const uint64_t times[] = {1, MS - 1, MS, 10 * MS + 1};

	for (enum what what = AN_ID; what < WHATS; what++) {
		for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
			uint64_t before;

			begin(0);
			start();
			before = ioasid_port_now_ns();
			ck_assert_int_eq(wait_for(what, times[i]), -IOASID_EAGAIN);
			ck_assert_uint_eq(ioasid_port_now_ns() - before, times[i]);
			driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
			ck_assert_ok(wait_for(what, 1));
			end();
		}
	}
}
END_TEST

/* An early return from sleep, for no reason, is not the end of the time. */
START_TEST(sleep_may_end_early)
{
	begin(0);
	start();
	for (unsigned every = 1; every < 4; every++) {
		uint64_t before = ioasid_port_now_ns();

		if (every > 1) {
			sim_wait_early_every(every);
			ck_assert_int_eq(wait_for(AN_ID, 5 * MS), -IOASID_EAGAIN);
			ck_assert_uint_eq(ioasid_port_now_ns() - before, 5 * MS);
		}
	}
	driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
	end();
}
END_TEST

START_TEST(what_never_was_cannot_be_waited_for)
{
	ioasid_handle_t none = {0};
	ioasid_handle_t later;

	begin(0);
	later.handle_ = bound.handle_ + (UINT64_C(1) << 20);
	ck_assert_int_eq(ioasid_id_wait(NULL, bound, 0), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_wait(space, none, 0), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_wait(space, later, IOASID_FOREVER), -IOASID_ENOENT);
	later.handle_ = (bound.handle_ & ~UINT64_C(0xfffff)) | 31;
	ck_assert_int_eq(ioasid_id_wait(space, later, IOASID_FOREVER), -IOASID_ENOENT);
	ck_assert_int_eq(ioasid_space_flush(NULL, 0), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_space_run(NULL, 0, NULL), -IOASID_EINVAL);
	end();
}
END_TEST

/* A life is over when it rests, and stays over in the next life of its number. */
START_TEST(a_life_is_over_for_good)
{
	struct ioasid_range only = unit_range(20, 20);
	ioasid_handle_t first;
	ioasid_handle_t second;

	begin(0);
	ck_assert_ok(ioasid_id_alloc(set, &only, 0, &first));
	ck_assert_int_eq(ioasid_id_wait(space, first, 0), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_id_publish(space, first));
	ck_assert_int_eq(ioasid_id_wait(space, first, 0), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_id_free(space, first));
	ck_assert_int_eq(unit_state(space, first), IOASID_STATE_QUARANTINED);
	ck_assert_ok(ioasid_id_wait(space, first, 0));
	(void)unit_run(space);
	ck_assert_ok(ioasid_id_alloc(set, &only, 0, &second));
	ck_assert_ok(ioasid_id_wait(space, first, IOASID_FOREVER));
	ck_assert_int_eq(ioasid_id_wait(space, second, 0), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_id_abort(space, second));
	end();
}
END_TEST

static _Atomic bool is_asked; /* so that the thread of the test may look */

static int pend(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)token;
	atomic_store(&is_asked, true);
	return driver->answer[view->phase];
}

/* Within a read section, whoever would have to wait is refused; whoever need not is served. */
START_TEST(a_read_section_cannot_wait)
{
	struct ioasid_participant_config config;
	struct ioasid_participant *p = NULL;
	struct ioasid_bind_args args;
	ioasid_binding_t again;
	ioasid_handle_t handle;
	uint32_t steps = 77;

	for (unsigned background = 0; background < 2; background++) {
		begin(background ? IOASID_SPACE_BACKGROUND : 0);
		config = driver_config(&one);
		args = unit_args(device, &one);
		atomic_store(&is_asked, false);
		one.hook = pend;
		one.answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
		ck_assert_ok(ioasid_binding_unbind(space, binding));
		port_read_lock();
		ck_assert_int_eq(ioasid_id_wait(space, bound, IOASID_FOREVER), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_id_wait(space, bound, 1), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_id_wait(space, bound, 0), -IOASID_EAGAIN);
		ck_assert_int_eq(ioasid_binding_wait(space, binding, IOASID_FOREVER), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_binding_wait(space, binding, 0), -IOASID_EAGAIN);
		ck_assert_int_eq(ioasid_id_bind(space, bound, &args, 1, IOASID_BIND_WAIT, &again), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_id_bind(space, bound, &args, 1, 0, &again), -IOASID_EAGAIN);
		ck_assert_int_eq(ioasid_space_run(space, 0, &steps), -IOASID_EDEADLK);
		ck_assert_uint_eq(steps, 77);
		ck_assert_int_eq(ioasid_space_destroy(space, NULL, NULL), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_device_unregister(device), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_space_enroll(space, &config, &p), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_set_enroll(set, &config, &p), -IOASID_EDEADLK);
		ck_assert_ok(ioasid_id_alloc(set, NULL, IOASID_ALLOC_WAIT | IOASID_ALLOC_ACTIVE, &handle));
		ck_assert_ok(ioasid_set_end(set));
		ck_assert_int_eq(ioasid_set_wait(set, IOASID_FOREVER), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_set_wait(set, 0), -IOASID_EAGAIN);
		port_read_unlock();
		while (!atomic_load(&is_asked))
			ck_assert_int_eq(ioasid_binding_wait(space, binding, 1), -IOASID_EAGAIN);
		drop();
		driver_complete(space, &one, IOASID_PHASE_SUBMIT, 0);
		end();
	}
}
END_TEST

/* All ids rest: who waits for one gets one; and one that does not wait is told that there will be some. */
START_TEST(an_allocation_may_wait)
{
	ioasid_handle_t handle[31];
	ioasid_handle_t more;
	unsigned count = 0;

	begin(0);
	while (ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle[count]) == 0)
		count++;
	ck_assert_uint_eq(count, 30);
	ck_assert_int_eq(ioasid_id_alloc(set, NULL, IOASID_ALLOC_WAIT, &more), -IOASID_ENOSPC);
	ck_assert_ok(ioasid_id_free(space, handle[7]));
	ck_assert_int_eq(ioasid_id_alloc(set, NULL, 0, &more), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_id_alloc(set, NULL, IOASID_ALLOC_WAIT | IOASID_ALLOC_ACTIVE, &more));
	ck_assert_uint_eq(unit_number(more), unit_number(handle[7]));
	end();
}
END_TEST

/* A child inherits nothing to wait for. */
START_TEST(a_forked_child_does_not_wait)
{
	struct ioasid_participant *p;
	struct ioasid_bind_args args;
	ioasid_binding_t again;

	begin(0);
	p = driver_join_binding(space, &one);
	args = unit_args(device, &one);
	ck_assert_ok(ioasid_set_end(set));
	sim_epoch_set(ioasid_port_epoch() + 1);
	for (enum what what = AN_ID; what < WHATS; what++) {
		ck_assert_int_eq(wait_for(what, 0), -IOASID_ESTALE);
		ck_assert_int_eq(wait_for(what, IOASID_FOREVER), -IOASID_ESTALE);
	}
	ck_assert_int_eq(ioasid_space_run(space, 0, NULL), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_device_unregister(device), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_participant_withdraw(p), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_bind(space, bound, &args, 1, IOASID_BIND_WAIT, &again), -IOASID_ESTALE);
	sim_epoch_set(ioasid_port_epoch() - 1);
	ck_assert_ok(ioasid_participant_withdraw(p));
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, polling_answers_at_once);
	tcase_add_test(tests, time_runs_out);
	tcase_add_test(tests, sleep_may_end_early);
	tcase_add_test(tests, what_never_was_cannot_be_waited_for);
	tcase_add_test(tests, a_life_is_over_for_good);
	tcase_add_test(tests, a_read_section_cannot_wait);
	tcase_add_test(tests, an_allocation_may_wait);
	tcase_add_test(tests, a_forked_child_does_not_wait);
}

UNIT_MAIN("waiting", add_tests)
