/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a callback may call: anything; and waiting for what it holds up itself is refused, not hung. */
#include "driver.h"

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver one;
static struct ioasid_device *device;
static ioasid_binding_t binding;
static ioasid_handle_t handle; /* bound, and parked by the test */
static ioasid_handle_t other;  /* another id of the set, for the callbacks to use */
static unsigned done_calls;

static void count_done(void *context, struct ioasid_owner owner)
{
	(void)context;
	ck_assert_uint_eq(owner.key, 7);
	done_calls++;
}

static void begin(void)
{
	struct ioasid_set_config config = {.size = sizeof(config),
	                                   .owner = {7, 1},
	                                   .quota = IOASID_UNLIMITED,
	                                   .done = count_done};

	journal_clear();
	done_calls = 0;
	space = unit_space(6);
	ck_assert_ok(ioasid_set_create(space, &config, &set));
	driver_init(&one, "one");
	device = driver_register(space, &one, 20);
	handle = driver_bind(space, set, device, &one, &binding);
	other = unit_alloc(set);
}

/* Park the id, and see all callbacks called once. */
static void park(void)
{
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++)
		ck_assert_uint_eq(journal_count(&one, phase, device), 1);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
}

static void end(void)
{
	unit_set_gone(space, set);
	ck_assert_uint_eq(done_calls, 1);
	driver_gone(device);
	unit_destroy(space);
}

static int end_the_id_again(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)driver;
	(void)token;
	ck_assert_int_eq(ioasid_id_free(space, view->handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_get(space, view->handle), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_unpoison(space, view->handle), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_request_begin(space, view->binding), -IOASID_ESTALE);
	/* The user's own unbind is legal in every state, once. */
	ck_assert_int_eq(ioasid_binding_unbind(space, view->binding),
	                 view->phase == IOASID_PHASE_SUBMIT ? 0 : -IOASID_ESTALE);
	return IOASID_DONE;
}

START_TEST(it_may_end_what_is_ending)
{
	begin();
	one.hook = end_the_id_again;
	park();
	end();
}
END_TEST

static int look_around(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};
	struct ioasid_owner_set *same;
	struct ioasid_set_info info;
	enum ioasid_state state;
	ioasid_handle_t found;
	ioasid_binding_t pinned;
	void *data;

	(void)token;
	ck_assert_int_eq(ioasid_id_find(space, view->id, &found), -IOASID_ESTALE);
	ck_assert_ok(ioasid_id_state(space, view->id, &state));
	ck_assert_int_eq(state, IOASID_STATE_PARKED);
	ck_assert_int_eq(ioasid_device_pin(view->device, view->id, &pinned), -IOASID_ESTALE);
	ck_assert_ok(ioasid_binding_data(space, view->binding, &data));
	ck_assert_ptr_eq(data, driver);
	ck_assert_ok(ioasid_binding_handle(space, view->binding, &found));
	ck_assert(ioasid_handle_equal(found, view->handle));
	ck_assert_ok(ioasid_id_find_get(space, ioasid_handle_id(other), &found));
	ck_assert_ok(ioasid_id_put(space, found));
	ck_assert_ok(ioasid_space_snapshot(space, &snapshot));
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_PARKED], 1);
	ck_assert_ok(ioasid_set_lookup(space, view->owner, &same));
	ck_assert_ptr_eq(same, set);
	ck_assert_ok(ioasid_set_query(same, &info));
	ck_assert_uint_eq(info.charged, 2);
	ck_assert_ok(ioasid_set_release(same));
	return IOASID_DONE;
}

START_TEST(it_may_look_at_everything)
{
	begin();
	one.hook = look_around;
	park();
	end();
}
END_TEST

static int allocate_and_bind(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	struct ioasid_bind_args args = unit_args(view->device, view->data);
	ioasid_binding_t fresh;
	ioasid_handle_t alone;

	(void)token;
	if (ioasid_handle_equal(view->handle, handle)) {
		ck_assert_int_eq(ioasid_id_bind(space, view->handle, &args, 1, 0, &fresh), -IOASID_ESTALE);
		ck_assert_ok(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &alone));
		ck_assert_uint_ne(unit_number(alone), unit_number(handle));
		ck_assert_ok(ioasid_id_free(space, alone));
		ck_assert_ok(ioasid_set_bind_private(set, &args, 1, 0, &fresh));
		driver->hook = NULL;
		ck_assert_ok(ioasid_binding_unbind(space, fresh));
	}
	return IOASID_DONE;
}

/* What a callback begins is done after it, in the same run. */
START_TEST(it_may_allocate_and_bind)
{
	begin();
	one.hook = allocate_and_bind;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&one), 8);
	ck_assert_uint_eq(journal_released(&one), 2);
	ck_assert_uint_eq(unit_charged(set), 1);
	end();
}
END_TEST

static int end_the_set(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)driver;
	(void)token;
	ck_assert_int_eq(ioasid_set_end(set), view->phase == IOASID_PHASE_SUBMIT ? 0 : -IOASID_ESTALE);
	ck_assert_uint_eq(done_calls, 0);
	return IOASID_DONE;
}

START_TEST(it_may_end_the_set)
{
	begin();
	one.hook = end_the_set;
	park();
	ck_assert_uint_eq(done_calls, 1);
	ck_assert_int_eq(ioasid_id_get(space, other), -IOASID_ESTALE);
	end();
}
END_TEST

static int remove_the_device(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)driver;
	(void)token;
	ck_assert_ok(ioasid_device_remove(view->device));
	return IOASID_PENDING;
}

/* It removes its own device and does not answer: nobody waits for it any longer. */
START_TEST(it_may_remove_its_device)
{
	begin();
	one.hook = remove_the_device;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_asked(&one), 1);
	ck_assert_uint_eq(journal_released(&one), 1);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_int_eq(ioasid_token_complete(space, one.token[IOASID_PHASE_SUBMIT], 0), -IOASID_ESTALE);
	end();
}
END_TEST

static int rebind_when_released(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	struct ioasid_bind_args args = unit_args(view->device, view->data);
	ioasid_binding_t fresh;

	(void)driver;
	(void)token;
	ck_assert_int_eq(ioasid_id_bind(space, view->handle, &args, 1, 0, &fresh), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_binding_wait(space, view->binding, 0), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_id_bind(space, view->handle, &args, 1, IOASID_BIND_WAIT, &fresh), -IOASID_EDEADLK);
	return 0;
}

/* released() comes before the pair can be bound again: the data has one owner at a time. */
START_TEST(it_cannot_bind_the_pair_before_it_is_released)
{
	begin();
	one.on_released = rebind_when_released;
	ck_assert_ok(ioasid_id_get(space, handle));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&one), 1);
	one.on_released = NULL;
	binding = unit_bind(space, handle, device);
	ck_assert_ok(ioasid_id_put(space, handle));
	journal_clear();
	park();
	end();
}
END_TEST

/* All forms of waiting, for this id and for others, and the poll forms. */
static int wait_for_everything(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	struct ioasid_bind_args args = unit_args(device, driver);
	struct ioasid_participant_config config = driver_config(driver);
	struct ioasid_participant *participant;
	static const uint64_t timeouts[] = {IOASID_FOREVER, 1};
	ioasid_binding_t fresh;
	uint32_t steps = 77;

	(void)token;
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(ioasid_id_wait(space, view->handle, timeouts[i]), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_id_wait(space, other, timeouts[i]), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_binding_wait(space, view->binding, timeouts[i]), -IOASID_EDEADLK);
		ck_assert_int_eq(ioasid_space_flush(space, timeouts[i]), -IOASID_EDEADLK);
	}
	ck_assert_int_eq(ioasid_id_wait(space, view->handle, 0), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_binding_wait(space, view->binding, 0), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_space_flush(space, 0), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_set_wait(set, 0), -IOASID_EBUSY);
	ck_assert_int_eq(ioasid_space_run(space, 0, &steps), -IOASID_EDEADLK);
	ck_assert_uint_eq(steps, 77);
	ck_assert_int_eq(ioasid_space_destroy(space, NULL, NULL), -IOASID_EDEADLK);
	ck_assert_int_eq(ioasid_device_unregister(device), -IOASID_EDEADLK);
	/* The pair is quiescing; nothing needs waiting for on another id. */
	ck_assert_int_eq(ioasid_id_bind(space, other, &args, 1, IOASID_BIND_WAIT, &fresh), 0);
	ck_assert_ok(ioasid_binding_unbind(space, fresh));
	ck_assert_int_eq(ioasid_id_bind(space, other, &args, 1, IOASID_BIND_WAIT, &fresh), -IOASID_EDEADLK);
	ck_assert_ok(ioasid_binding_enroll(space, &config, &participant));
	ck_assert_int_eq(ioasid_participant_withdraw(participant), -IOASID_EDEADLK);
	driver->context = participant;
	driver->hook = NULL;
	return IOASID_DONE;
}

START_TEST(it_may_not_wait)
{
	begin();
	one.hook = wait_for_everything;
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_int_eq(unit_state(space, handle), IOASID_STATE_FREE);
	ck_assert_ok(ioasid_participant_withdraw(one.context));
	end();
}
END_TEST

static void wait_in_done(void *context, struct ioasid_owner owner)
{
	struct ioasid_owner_set **mine = context;
	struct ioasid_owner_set *found;
	struct ioasid_set_info info;

	ck_assert_int_eq(ioasid_set_wait(*mine, IOASID_FOREVER), -IOASID_EDEADLK);
	ck_assert_int_eq(ioasid_set_wait(*mine, 0), -IOASID_EAGAIN);
	ck_assert_int_eq(ioasid_id_wait(space, other, IOASID_FOREVER), -IOASID_EDEADLK);
	ck_assert_int_eq(ioasid_space_run(space, 0, NULL), -IOASID_EDEADLK);
	ck_assert_int_eq(ioasid_set_lookup(space, owner, &found), -IOASID_ENOENT);
	ck_assert_ok(ioasid_set_query(*mine, &info));
	ck_assert(info.ended && info.charged == 0);
	ck_assert_ok(ioasid_set_release(*mine));
	done_calls++;
}

/* done() may let go of the set itself. */
START_TEST(done_may_release_the_set_but_not_wait)
{
	static struct ioasid_owner_set *mine;
	struct ioasid_set_config config = {
		.size = sizeof(config), .owner = {8, 1}, .quota = 5, .done = wait_in_done, .context = &mine};

	begin();
	ck_assert_ok(ioasid_set_create(space, &config, &mine));
	(void)unit_alloc(mine);
	ck_assert_ok(ioasid_set_end(mine));
	ck_assert_uint_eq(done_calls, 0);
	(void)unit_run(space);
	ck_assert_uint_eq(done_calls, 1);
	done_calls = 0;
	end();
}
END_TEST

static int wait_elsewhere(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	struct ioasid_space *elsewhere = driver->context;

	(void)view;
	(void)token;
	ck_assert_ok(ioasid_space_flush(elsewhere, IOASID_FOREVER));
	ck_assert_ok(ioasid_space_run(elsewhere, 0, NULL));
	return IOASID_DONE;
}

/* Spaces share nothing: a callback of one may run another. */
START_TEST(it_may_wait_for_another_space)
{
	struct ioasid_owner_set *theirs;

	begin();
	one.context = unit_space(4);
	theirs = unit_set(one.context);
	ck_assert_ok(ioasid_id_free(one.context, unit_alloc(theirs)));
	one.hook = wait_elsewhere;
	park();
	ck_assert_uint_eq(unit_charged(theirs), 0);
	unit_set_gone(one.context, theirs);
	unit_destroy(one.context);
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, it_may_end_what_is_ending);
	tcase_add_test(tests, it_may_look_at_everything);
	tcase_add_test(tests, it_may_allocate_and_bind);
	tcase_add_test(tests, it_may_end_the_set);
	tcase_add_test(tests, it_may_remove_its_device);
	tcase_add_test(tests, it_cannot_bind_the_pair_before_it_is_released);
	tcase_add_test(tests, it_may_not_wait);
	tcase_add_test(tests, done_may_release_the_set_but_not_wait);
	tcase_add_test(tests, it_may_wait_for_another_space);
}

UNIT_MAIN("quiesce: re-entry", add_tests)
