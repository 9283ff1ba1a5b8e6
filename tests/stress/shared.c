/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * shared.c - one shared id for a set, however many threads bind at once; and
 * holds on a set that threads take and release at once.
 */
#include <ioasid/ioasid.h>
#include <sched.h>

#include "crew.h"
#include "host.h"

enum against {
	NOBODY,
	THE_END, /* one thread ends the set */
	A_FREE,  /* one thread frees the id, again and again */
};

struct row {
	uint32_t threads;
	uint32_t quota;
	uint32_t set_flags;
	uint32_t space_flags;
	bool one_device; /* all bind the same device, or each its own */
	enum against against;
};

static const struct row rows[] = {
	{2, 1, 0, 0, false, NOBODY},
	{4, 1, 0, 0, true, NOBODY},
	{8, 1, IOASID_SET_HOT, IOASID_SPACE_BACKGROUND, false, NOBODY},
	{8, 1, IOASID_SET_EAGER, 0, true, NOBODY},
	{4, IOASID_UNLIMITED, 0, IOASID_SPACE_BACKGROUND, false, NOBODY},
	{2, IOASID_UNLIMITED, IOASID_SET_HOT, 0, false, NOBODY},
	{4, 1, 0, IOASID_SPACE_BACKGROUND, false, THE_END},
	{4, 1, IOASID_SET_HOT, 0, true, THE_END},
	{3, 1, IOASID_SET_EAGER, IOASID_SPACE_BACKGROUND, true, THE_END},
	{4, 3, 0, IOASID_SPACE_BACKGROUND, false, A_FREE},
	{4, 3, IOASID_SET_HOT, IOASID_SPACE_BACKGROUND, true, A_FREE},
	{3, 2, IOASID_SET_EAGER, IOASID_SPACE_BACKGROUND, false, A_FREE},
};

struct binds {
	const struct row *row;
	struct ioasid_space *space;
	struct ioasid_device *device[CREW_MAX];
	struct ioasid_owner_set *set;
	uint64_t round;
	atomic_ullong shared;
	atomic_ullong successes;
};

static int bind(struct binds *b, uint32_t me, ioasid_binding_t *binding)
{
	struct ioasid_bind_args args = {
		.size = sizeof(args),
		.device = b->device[b->row->one_device ? 0 : me],
		.data = b,
	};
	int error = ioasid_set_bind(b->set, &args, 1, 0, binding);

	if (error == 0)
		(void)atomic_fetch_add_explicit(&b->successes, 1, memory_order_relaxed);
	return error;
}

/* A reference beside the binding: where the set is hot, this one is counted per CPU. */
static void get_and_put(struct crew *crew, struct binds *b)
{
	ioasid_handle_t handle;

	if (ioasid_set_shared(b->set, &handle) == 0 && ioasid_id_get(b->space, handle) == 0)
		crew_check(crew, ioasid_id_put(b->space, handle) == 0, "put of a reference that I have");
}

static void all_succeed(struct crew *crew, struct binds *b, uint32_t me)
{
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	unsigned long long first = 0;
	int error = bind(b, me, &binding);

	if (crew_check(crew, error == 0, "bind: %s", ioasid_strerror(error))) {
		crew_check(crew, ioasid_binding_handle(b->space, binding, &handle) == 0, "what did I bind?");
		if (!atomic_compare_exchange_strong(&b->shared, &first, handle.handle_))
			crew_check(crew, first == handle.handle_, "two shared ids: %llx, %llx", first,
			           (unsigned long long)handle.handle_);
	}
	get_and_put(crew, b);
	(void)crew_meet(crew);
	crew_check(crew, host_charged(b->set) == 1, "charged %u", host_charged(b->set));
	(void)crew_meet(crew);
	if (error == 0)
		crew_check(crew, ioasid_binding_unbind(b->space, binding) == 0, "unbind");
}

static bool is_expected(const struct binds *b, int error)
{
	/* What has parked is charged until it is reclaimed, and its binding quiesces. */
	if ((b->row->against == A_FREE || (b->row->set_flags & IOASID_SET_EAGER)) &&
	    (error == -IOASID_EDQUOT || error == -IOASID_EAGAIN))
		return true;
	return error == 0 || error == -IOASID_ESTALE || (b->row->against == THE_END && error == -IOASID_EAGAIN);
}

static void bind_all_the_time(struct crew *crew, struct binds *b, uint32_t me)
{
	uint32_t i;

	for (i = 0; i < 20; i++) {
		ioasid_binding_t binding;
		int error = bind(b, me, &binding);

		crew_check(crew, is_expected(b, error), "bind: %s", ioasid_strerror(error));
		get_and_put(crew, b);
		if (error == 0) {
			error = ioasid_binding_unbind(b->space, binding);
			crew_check(crew, error == 0 || error == -IOASID_ESTALE, "unbind: %d", error);
		}
	}
}

static void be_against(struct crew *crew, struct binds *b)
{
	ioasid_handle_t handle;
	uint32_t i;

	/* Somebody binds in time once at least. */
	while (atomic_load(&b->successes) == 0 && !atomic_load(&crew->failed))
		(void)sched_yield();
	if (b->row->against == THE_END) {
		for (i = 0; i < b->round % 64; i++)
			get_and_put(crew, b);
		crew_check(crew, ioasid_set_end(b->set) == 0, "end");
		return;
	}
	for (i = 0; i < 40; i++)
		if (ioasid_set_shared(b->set, &handle) == 0)
			(void)ioasid_id_free(b->space, handle);
}

static void one_round(struct crew *crew, struct binds *b, uint32_t me)
{
	if (b->row->against == NOBODY)
		all_succeed(crew, b, me);
	else if (me == 0)
		be_against(crew, b);
	else
		bind_all_the_time(crew, b, me);
}

static void binds_work(struct crew *crew, uint32_t me)
{
	struct binds *b = crew->context;
	struct ioasid_set_config config = {.size = sizeof(config), .quota = b->row->quota, .flags = b->row->set_flags};

	do {
		if (me == 0) {
			config.owner.key = ++b->round;
			atomic_store(&b->shared, 0);
			crew_check(crew, ioasid_set_create(b->space, &config, &b->set) == 0, "set");
		}
		(void)crew_meet(crew);
		one_round(crew, b, me);
		(void)crew_meet(crew);
		if (me == 0) {
			(void)ioasid_set_end(b->set);
			crew_check(crew, ioasid_set_wait(b->set, IOASID_FOREVER) == 0, "wait");
			crew_check(crew, host_charged(b->set) == 0, "charged at the end: %u", host_charged(b->set));
			crew_check(crew, ioasid_set_release(b->set) == 0, "release");
		}
		crew_count(crew, 1);
	} while (crew_meet(crew));
}

START_TEST(shared_bind)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 8};
	struct binds b = {.row = &rows[_i]};
	struct ioasid_counters counters;
	uint32_t i;

	b.space = host_space(8, b.row->space_flags, IOASID_ORDER_OLDEST, NULL);
	for (i = 0; i < b.row->threads; i++)
		ck_assert_int_eq(ioasid_device_register(b.space, &config, &b.device[i]), 0);
	crew_run("shared bind", b.row->threads, binds_work, &b);
	ck_assert_uint_gt(atomic_load(&b.successes), 0);
	for (i = 0; i < b.row->threads; i++)
		ck_assert_int_eq(ioasid_device_unregister(b.device[i]), 0);
	counters = host_counters(b.space);
	ck_assert_uint_eq(counters.surplus_puts, 0);
	host_space_end(b.space);
}
END_TEST

/*
 * Whoever has a hold has a set that lives: nobody ends it here, so it ends with
 * its last hold and not before.
 */
static void holds_work(struct crew *crew, uint32_t me)
{
	struct binds *b = crew->context;
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {.key = 7, .generation = 7}};
	struct ioasid_owner_set *set;
	struct ioasid_set_info info;
	uint32_t looks;
	uint32_t i;
	int error;

	(void)me;
	while (crew_goes_on(crew)) {
		for (i = 0; i < 64; i++) {
			error = ioasid_set_lookup(b->space, config.owner, &set);
			if (error == -IOASID_ENOENT)
				error = ioasid_set_create(b->space, &config, &set);
			if (error == -IOASID_EBUSY)
				continue;
			if (!crew_check(crew, error == 0, "lookup or create: %d", error))
				return;
			for (looks = 0; looks < 20; looks++)
				crew_check(crew, ioasid_set_query(set, &info) == 0 && !info.ended,
				           "I have a hold, and the set has ended");
			crew_check(crew, ioasid_set_release(set) == 0, "release");
		}
		crew_count(crew, i);
		crew_check(crew, ioasid_space_run(b->space, 16, NULL) == 0, "run");
	}
}

START_TEST(holds)
{
	static const uint32_t threads[] = {2, 4, 8};
	struct binds b = {.space = host_space(4, 0, IOASID_ORDER_OLDEST, NULL)};

	crew_run("holds", threads[_i], holds_work, &b);
	host_run(b.space);
	host_space_end(b.space);
}
END_TEST

int main(void)
{
	TCase *cases[] = {tcase_create("shared bind"), tcase_create("holds")};

	tcase_add_loop_test(cases[0], shared_bind, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(cases[1], holds, 0, 3);
	return crew_main("shared ids and holds", cases, 2);
}
