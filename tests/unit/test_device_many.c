/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Binding several devices at once is all or nothing: at every position, for
 * every reason, a failure leaves nothing behind and releases nobody's data.
 */
#include "driver.h"

#include "space.h"

#define COUNT 4u

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct driver drivers[COUNT];
static struct ioasid_device *devices[COUNT];
static struct ioasid_bind_args args[COUNT];
static ioasid_binding_t bindings[COUNT];
static ioasid_handle_t handle; /* a private id with nothing bound, of a number that narrow devices cannot take */
static bool unregistered[COUNT];

/* Device @narrow (COUNT: none) has 3 bits. */
static void begin(unsigned narrow)
{
	static const char *const names[COUNT] = {"a", "b", "c", "d"};
	struct ioasid_range range = unit_range(9, 9);

	journal_clear();
	space = unit_space(8);
	set = unit_set(space);
	for (unsigned i = 0; i < COUNT; i++) {
		driver_init(&drivers[i], names[i]);
		devices[i] = driver_register(space, &drivers[i], i == narrow ? 3 : 20);
		args[i] = unit_args(devices[i], &drivers[i]);
		bindings[i].binding_ = 77;
		unregistered[i] = false;
	}
	ck_assert_ok(ioasid_id_alloc(set, &range, IOASID_ALLOC_ACTIVE, &handle));
}

static void end(void)
{
	(void)ioasid_id_free(space, handle);
	unit_set_gone(space, set);
	for (unsigned i = 0; i < COUNT; i++)
		if (!unregistered[i])
			driver_gone(devices[i]);
	unit_destroy(space);
}

static bool copy_holder(void *context, const struct ioasid_holder *holder)
{
	*(struct ioasid_holder *)context = *holder;
	return true;
}

/* The call has failed: nothing is written; and when all is done, nobody was asked or told, and nothing is held. */
static void check_nothing_is_left(unsigned held)
{
	struct ioasid_holder holder;

	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_uint_eq(bindings[i].binding_, 77);
	(void)unit_run(space);
	ck_assert_msg(journal.length == 0, "%s", journal_text());
	ck_assert_ok(ioasid_set_for_each(set, copy_holder, &holder));
	ck_assert_uint_eq(holder.bindings, held);
	ck_assert_uint_eq(holder.references, held + 1);
	ck_assert_uint_eq(unit_charged(set), 1);
}

START_TEST(all_are_bound)
{
	begin(COUNT);
	ck_assert_ok(ioasid_id_bind(space, handle, args, COUNT, 0, bindings));
	for (unsigned i = 0; i < COUNT; i++) {
		void *data = NULL;

		ck_assert_ok(ioasid_binding_data(space, bindings[i], &data));
		ck_assert_ptr_eq(data, &drivers[i]);
	}
	ck_assert_ok(ioasid_binding_unbind(space, bindings[2]));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&drivers[2]), 1);
	ck_assert_uint_eq(journal.length, 5);
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	for (unsigned i = 0; i < COUNT; i++) {
		ck_assert_uint_eq(journal_asked(&drivers[i]), 4);
		ck_assert_uint_eq(journal_released(&drivers[i]), 1);
	}
	end();
}
END_TEST

START_TEST(one_is_too_narrow)
{
	for (unsigned i = 0; i < COUNT; i++) {
		begin(i);
		ck_assert_int_eq(ioasid_id_bind(space, handle, args, COUNT, 0, bindings), -IOASID_EOVERFLOW);
		check_nothing_is_left(0);
		end();
	}
}
END_TEST

START_TEST(one_was_removed)
{
	for (unsigned i = 0; i < COUNT; i++) {
		begin(COUNT);
		ck_assert_ok(ioasid_device_remove(devices[i]));
		ck_assert_int_eq(ioasid_id_bind(space, handle, args, COUNT, 0, bindings), -IOASID_ESTALE);
		check_nothing_is_left(0);
		ck_assert_int_eq(ioasid_id_bind(space, handle, args, COUNT, 0, bindings), -IOASID_ESTALE);
		check_nothing_is_left(0);
		end();
	}
}
END_TEST

START_TEST(one_has_other_data)
{
	for (unsigned i = 0; i < COUNT; i++) {
		struct ioasid_bind_args mine;
		ioasid_binding_t binding;

		begin(COUNT);
		mine = unit_args(devices[i], &space);
		ck_assert_ok(ioasid_id_bind(space, handle, &mine, 1, 0, &binding));
		ck_assert_int_eq(ioasid_id_bind(space, handle, args, COUNT, 0, bindings), -IOASID_EBUSY);
		check_nothing_is_left(1);
		ck_assert_ok(ioasid_request_begin(space, binding));
		ck_assert_ok(ioasid_request_end(space, binding));
		end();
	}
}
END_TEST

/* Somebody else's user of one of the pairs is there before, and still there after the failure of another. */
START_TEST(one_that_was_joined_is_left_as_it_was)
{
	struct ioasid_bind_args mine;
	ioasid_binding_t binding;

	begin(COUNT);
	mine = unit_args(devices[0], &drivers[0]);
	ck_assert_ok(ioasid_id_bind(space, handle, &mine, 1, 0, &binding));
	ck_assert_ok(ioasid_device_remove(devices[3]));
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(ioasid_id_bind(space, handle, args, COUNT, 0, bindings), -IOASID_ESTALE);
		check_nothing_is_left(1);
	}
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&drivers[0]), 1);
	ck_assert_int_eq(ioasid_binding_unbind(space, binding), -IOASID_ESTALE);
	end();
}
END_TEST

START_TEST(one_is_quiescing)
{
	for (unsigned i = 0; i < COUNT; i++) {
		ioasid_binding_t binding;

		begin(COUNT);
		ck_assert_ok(ioasid_id_bind(space, handle, &args[i], 1, 0, &binding));
		drivers[i].answer[IOASID_PHASE_SUBMIT] = IOASID_PENDING;
		ck_assert_ok(ioasid_binding_unbind(space, binding));
		(void)unit_run(space);
		journal_clear();
		ck_assert_int_eq(ioasid_id_bind(space, handle, args, COUNT, 0, bindings), -IOASID_EAGAIN);
		check_nothing_is_left(1);
		driver_complete(space, &drivers[i], IOASID_PHASE_SUBMIT, 0);
		drivers[i].answer[IOASID_PHASE_SUBMIT] = IOASID_DONE;
		ck_assert_ok(ioasid_id_bind(space, handle, args, COUNT, IOASID_BIND_WAIT, bindings));
		ck_assert_uint_eq(journal_released(&drivers[i]), 1);
		ck_assert_uint_eq(journal.length, 4);
		end();
	}
}
END_TEST

/* Every allocation on the way fails once: more than one binding's worth of them is needed from here on. */
START_TEST(memory_runs_out_on_the_way)
{
	unsigned failures = 0;

	for (uint64_t nth = 1;; nth++) {
		int error;

		begin(COUNT);
		sim_alloc_fail_at(nth);
		error = ioasid_id_bind(space, handle, args, COUNT, 0, bindings);
		if (sim_alloc_refused() == 0) {
			ck_assert_ok(error);
			end();
			break;
		}
		ck_assert_int_eq(error, -IOASID_ENOMEM);
		sim_alloc_fail_at(0);
		check_nothing_is_left(0);
		failures++;
		ck_assert_ok(ioasid_id_bind(space, handle, args, COUNT, 0, bindings));
		end();
	}
	ck_assert_uint_ge(failures, 2); /* the pool and a block of counters */
}
END_TEST

/* The pool and the counters run out in the middle: no memory for the @n-th device. */
START_TEST(memory_runs_out_for_each_of_them)
{
	unsigned failed = 0;

	for (unsigned used = 56; used <= 64; used++) {
		ioasid_binding_t binding;
		int error;

		begin(COUNT);
		/* The pool's first chunk holds 64 bindings. */
		for (unsigned i = 0; i < used; i++)
			(void)driver_bind(space, set, devices[0], NULL, &binding);
		(void)unit_run(space);
		sim_alloc_fail_after(0);
		error = ioasid_id_bind(space, handle, args, COUNT, 0, bindings);
		if (error != 0) {
			ck_assert_int_eq(error, -IOASID_ENOMEM);
			failed++;
			(void)unit_run(space);
			ck_assert_msg(journal.length == 0, "%s", journal_text());
		}
		sim_alloc_fail_after(UINT64_MAX);
		journal_clear();
		if (error != 0)
			ck_assert_ok(ioasid_id_bind(space, handle, args, COUNT, 0, bindings));
		end();
	}
	ck_assert_uint_ge(failed, COUNT);
}
END_TEST

START_TEST(a_failed_private_bind_gives_its_id_back)
{
	begin(COUNT);
	ck_assert_ok(ioasid_device_remove(devices[2]));
	ck_assert_int_eq(ioasid_set_bind_private(set, args, COUNT, 0, bindings), -IOASID_ESTALE);
	check_nothing_is_left(0);
	/* Removed while the bind is under way, as seen from it: the id was made by then. */
	sim_alloc_fail_after(0);
	ck_assert_int_eq(ioasid_set_bind_private(set, args, 2, 0, bindings), -IOASID_ENOMEM);
	sim_alloc_fail_after(UINT64_MAX);
	check_nothing_is_left(0);
	end();
}
END_TEST

START_TEST(the_arguments_are_checked)
{
	struct ioasid_bind_args too_many[IOASID_BIND_MAX + 1];
	struct ioasid_space *elsewhere;
	struct ioasid_device *foreign;
	ioasid_handle_t none = {0};

	begin(COUNT);
	elsewhere = unit_space(4);
	foreign = unit_device(elsewhere, "foreign");
	for (unsigned i = 0; i <= IOASID_BIND_MAX; i++)
		too_many[i] = args[0];
	ck_assert_int_eq(ioasid_set_bind(NULL, args, 1, 0, bindings), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_set_bind_private(NULL, args, 1, 0, bindings), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_bind(NULL, handle, args, 1, 0, bindings), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_bind(space, none, args, 1, 0, bindings), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_bind(space, handle, NULL, 1, 0, bindings), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_bind(space, handle, args, 1, 0, NULL), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_bind(space, handle, args, 0, 0, bindings), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_bind(space, handle, too_many, IOASID_BIND_MAX + 1, 0, bindings), -IOASID_EINVAL);
	ck_assert_int_eq(ioasid_id_bind(space, handle, too_many, 2, 0, bindings), -IOASID_EINVAL); /* twice the same */
	ck_assert_int_eq(ioasid_id_bind(space, handle, args, 1, 2, bindings), -IOASID_EINVAL);
	for (unsigned i = 0; i < COUNT; i++) {
		args[i].size++;
		ck_assert_int_eq(ioasid_set_bind(set, args, COUNT, 0, bindings), -IOASID_EINVAL);
		args[i].size--;
		args[i].device = NULL;
		ck_assert_int_eq(ioasid_set_bind(set, args, COUNT, 0, bindings), -IOASID_EINVAL);
		args[i].device = foreign;
		ck_assert_int_eq(ioasid_set_bind(set, args, COUNT, 0, bindings), -IOASID_EINVAL);
		args[i].device = devices[i];
	}
	check_nothing_is_left(0);
	driver_gone(foreign);
	unit_destroy(elsewhere);
	end();
}
END_TEST

/*
 * A bind that is under way, as another sees it: OPEN, and not told yet. It may
 * still fail and keep its data, so nobody takes that data from it; who brings the
 * same data answers for it himself.
 */
START_TEST(data_is_taken_only_from_a_bind_that_has_succeeded)
{
	struct ioasid_bind_args none;
	struct binding *pair;
	ioasid_binding_t joined;
	uint64_t word;

	begin(COUNT);
	none = unit_args(devices[0], NULL);
	ck_assert_ok(ioasid_id_bind(space, handle, args, 1, 0, bindings));
	pair = pool_at(&space->pool, binding_handle_index(bindings[0]));
	word = port_u64_load_relaxed(&pair->word);
	ck_assert_uint_ne(word & BINDING_TOLD, 0);
	port_u64_init(&pair->word, word & ~BINDING_TOLD);
	ck_assert_int_eq(ioasid_id_bind(space, handle, &none, 1, 0, &joined), -IOASID_EAGAIN);
	ck_assert_ok(ioasid_id_bind(space, handle, args, 1, 0, &joined));
	ck_assert_ok(ioasid_id_bind(space, handle, &none, 1, 0, &joined));
	end();
}
END_TEST

/*
 * What the library keeps among the bindings for itself, the record of a bind of
 * several for one, has no handle: every one that could be made up is refused, or
 * is that of a binding.
 */
START_TEST(made_up_handles_name_bindings_only)
{
	uint64_t tag;
	unsigned named = 0;

	begin(COUNT);
	ck_assert_ok(ioasid_id_bind(space, handle, args, COUNT, 0, bindings));
	tag = bindings[0].binding_ & ~(UINT64_MAX << BINDING_GEN_SHIFT | ((UINT64_C(1) << POOL_INDEX_BITS) - 1));
	for (uint64_t generation = 1; generation <= 4; generation++) {
		for (uint64_t index = 0; index < 64; index++) {
			ioasid_binding_t made_up = {generation << BINDING_GEN_SHIFT | tag | index};
			int error = ioasid_request_begin(space, made_up);

			ck_assert(error == 0 || error == -IOASID_ESTALE);
			named += error == 0;
			ck_assert_int_eq(ioasid_request_end(space, made_up), error);
			ck_assert_int_ne(ioasid_binding_unpin(space, made_up), 0);
			ck_assert_int_eq(ioasid_binding_unbind(space, made_up), error);
		}
	}
	ck_assert_uint_eq(named, COUNT);
	ck_assert_ok(ioasid_id_free(space, handle));
	end();
}
END_TEST

/* As many devices as one call takes. */
START_TEST(sixty_four_at_once)
{
	struct ioasid_bind_args all[IOASID_BIND_MAX];
	ioasid_binding_t bound[IOASID_BIND_MAX];
	struct ioasid_device *many[IOASID_BIND_MAX];
	struct driver driver;

	begin(COUNT);
	driver_init(&driver, "many");
	for (unsigned i = 0; i < IOASID_BIND_MAX; i++) {
		many[i] = driver_register(space, &driver, 20);
		all[i] = unit_args(many[i], &driver);
	}
	/* More references than an id can count, here: all or nothing. */
	ck_assert_int_eq(ioasid_id_bind(space, handle, all, IOASID_BIND_MAX, 0, bound), -IOASID_EOVERFLOW);
	check_nothing_is_left(0);
	ck_assert_ok(ioasid_id_bind(space, handle, all, 14, 0, bound));
	ck_assert_ok(ioasid_id_free(space, handle));
	(void)unit_run(space);
	ck_assert_uint_eq(journal_released(&driver), 14);
	for (unsigned i = 0; i < IOASID_BIND_MAX; i++)
		driver_gone(many[i]);
	end();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, all_are_bound);
	tcase_add_test(tests, one_is_too_narrow);
	tcase_add_test(tests, one_was_removed);
	tcase_add_test(tests, one_has_other_data);
	tcase_add_test(tests, one_that_was_joined_is_left_as_it_was);
	tcase_add_test(tests, one_is_quiescing);
	tcase_add_test(tests, memory_runs_out_on_the_way);
	tcase_add_test(tests, memory_runs_out_for_each_of_them);
	tcase_add_test(tests, a_failed_private_bind_gives_its_id_back);
	tcase_add_test(tests, the_arguments_are_checked);
	tcase_add_test(tests, data_is_taken_only_from_a_bind_that_has_succeeded);
	tcase_add_test(tests, made_up_handles_name_bindings_only);
	tcase_add_test(tests, sixty_four_at_once);
}

UNIT_MAIN("devices: all or nothing", add_tests)
