/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Counters that count what has happened and nothing else; a snapshot that adds up, and says whether it is exact. */
#include "unit.h"

#include <pthread.h>

#include "table.h"

struct fixture {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	int answer[IOASID_PHASE_COUNT];
	ioasid_token_t token;
};

static int answer(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct fixture *f = context;

	f->token = token;
	return f->answer[view->phase];
}

static const struct ioasid_quiesce_ops ops = {.size = sizeof(ops), .quiesce = {answer, answer, answer, answer}};

static void open_space(struct fixture *f, const struct ioasid_space_config *config)
{
	*f = (struct fixture){.space = unit_space_with(PORT_CHUNK_SHIFT + 2, config)};
	f->set = unit_set(f->space);
	f->device = unit_device_with(f->space, "device", 20, &ops, f);
}

static void close_space(struct fixture *f)
{
	unit_set_gone(f->space, f->set);
	ck_assert_ok(ioasid_device_unregister(f->device));
	unit_destroy(f->space);
}

/* All counters but grace_periods, which has a test of its own, in the order of the struct. */
#define expect(f, ...)                                                                                                \
	do {                                                                                                          \
		const uint64_t expected_[12] = {__VA_ARGS__};                                                         \
		struct ioasid_counters c_ = unit_counters((f)->space);                                                \
		const uint64_t counted_[12] = {c_.reclaimed,   c_.surplus_puts,    c_.surplus_unpins, c_.stale_calls, \
		                               c_.callbacks,   c_.failed,          c_.timeouts,       c_.poisoned,    \
		                               c_.late_tokens, c_.distance_waived, c_.retired,        c_.forgiven};   \
		for (int i_ = 0; i_ < 12; i_++)                                                                       \
			ck_assert_msg(counted_[i_] == expected_[i_], "counter %d: %llu and not %llu", i_,             \
			              (unsigned long long)counted_[i_], (unsigned long long)expected_[i_]);           \
	} while (0)

START_TEST(grace_periods_and_reclaimed)
{
	struct fixture f;

	open_space(&f, NULL);
	expect(&f, 0);
	ck_assert_uint_eq(unit_counters(f.space).grace_periods, 0);
	for (uint32_t i = 1; i <= 5; i++) {
		ioasid_handle_t handles[3];

		for (int j = 0; j < 3; j++)
			handles[j] = unit_alloc(f.set);
		for (int j = 0; j < 3; j++)
			ck_assert_ok(ioasid_id_free(f.space, handles[j]));
		(void)unit_run(f.space);
		expect(&f, 3 * i);
		ck_assert_uint_eq(unit_counters(f.space).grace_periods, sim_grace_ended());
	}
	/* Given back at once: nothing was reclaimed. */
	ck_assert_ok(ioasid_id_abort(f.space, unit_alloc_with(f.set, 0)));
	(void)unit_run(f.space);
	expect(&f, 15);
	close_space(&f);
}
END_TEST

START_TEST(surplus_and_stale)
{
	struct fixture f;
	ioasid_handle_t id;
	ioasid_handle_t shared;
	ioasid_binding_t binding;
	ioasid_binding_t live;
	struct ioasid_bind_args args;

	open_space(&f, NULL);
	args = unit_args(f.device, NULL);
	ck_assert_ok(ioasid_set_bind(f.set, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_set_shared(f.set, &shared));
	ck_assert_ok(ioasid_binding_unbind(f.space, binding));
	(void)unit_run(f.space);
	/* The device is asked once in each phase. */
	expect(&f, 0, 0, 0, 0, 4);
	ck_assert_int_eq(ioasid_id_put(f.space, shared), -IOASID_EINVAL);
	expect(&f, 0, 1, 0, 0, 4);
	ck_assert_int_eq(ioasid_id_unpin(f.space, shared), -IOASID_EINVAL);
	expect(&f, 0, 1, 1, 0, 4);
	/* What alloc has given, and what a bind holds, is no reference that a put could drop. */
	id = unit_alloc(f.set);
	ck_assert_int_eq(ioasid_id_put(f.space, id), -IOASID_EINVAL);
	expect(&f, 0, 2, 1, 0, 4);
	live = unit_bind(f.space, id, f.device);
	ck_assert_int_eq(ioasid_id_put(f.space, id), -IOASID_EINVAL);
	expect(&f, 0, 3, 1, 0, 4);
	ck_assert_ok(ioasid_binding_unbind(f.space, live));
	(void)unit_run(f.space);
	expect(&f, 0, 3, 1, 0, 8);
	/* On a life, and a binding, that are past: put, unpin, unbind, end. */
	ck_assert_int_eq(ioasid_binding_unbind(f.space, binding), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_request_end(f.space, binding), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_binding_unpin(f.space, binding), -IOASID_ESTALE);
	expect(&f, 0, 3, 1, 3, 8);
	ck_assert_ok(ioasid_id_free(f.space, id));
	(void)unit_run(f.space);
	ck_assert_int_eq(ioasid_id_put(f.space, id), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_unpin(f.space, id), -IOASID_ESTALE);
	expect(&f, 1, 3, 1, 5, 8);
	/* A call that was no mistake of this kind does not count. */
	ck_assert_int_eq(ioasid_id_get(f.space, id), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_free(f.space, id), -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_id_put(f.space, (ioasid_handle_t){0}), -IOASID_EINVAL);
	expect(&f, 1, 3, 1, 5, 8);
	close_space(&f);
}
END_TEST

/* Ends too many are found when the counts are folded, and after. */
START_TEST(surplus_of_requests)
{
	struct fixture f;
	ioasid_handle_t id;
	ioasid_binding_t binding;

	open_space(&f, NULL);
	id = unit_alloc(f.set);
	binding = unit_bind(f.space, id, f.device);
	ck_assert_ok(ioasid_request_begin(f.space, binding));
	for (int i = 0; i < 4; i++)
		ck_assert_ok(ioasid_request_end(f.space, binding));
	ck_assert_uint_eq(unit_counters(f.space).surplus_puts, 0);
	f.answer[IOASID_PHASE_LAST] = IOASID_PENDING;
	ck_assert_ok(ioasid_binding_unbind(f.space, binding));
	(void)unit_run(f.space);
	ck_assert_uint_eq(unit_counters(f.space).surplus_puts, 3);
	ck_assert_int_eq(ioasid_request_end(f.space, binding), -IOASID_EINVAL);
	ck_assert_uint_eq(unit_counters(f.space).surplus_puts, 4);
	ck_assert_ok(ioasid_token_complete(f.space, f.token, 0));
	f.answer[IOASID_PHASE_LAST] = IOASID_DONE;
	close_space(&f);
}
END_TEST

START_TEST(failures)
{
	struct fixture f;
	ioasid_handle_t id;
	ioasid_binding_t binding;
	ioasid_token_t late;

	open_space(&f, &(struct ioasid_space_config){.quiesce_timeout_ns = 1000});
	/* A callback fails: the binding is poisoned, the id lives on. */
	id = unit_alloc(f.set);
	binding = unit_bind(f.space, id, f.device);
	f.answer[IOASID_PHASE_DEVICE] = -IOASID_EBUSY;
	ck_assert_ok(ioasid_binding_unbind(f.space, binding));
	(void)unit_run(f.space);
	expect(&f, 0, 0, 0, 0, 4, 1, 0, 1);
	ck_assert_ok(ioasid_device_reset_done(f.device));
	(void)unit_run(f.space);
	/* One is late: a timeout, a poisoned binding, and a poisoned id, as it is parked. */
	f.answer[IOASID_PHASE_DEVICE] = IOASID_PENDING;
	(void)unit_bind(f.space, id, f.device);
	ck_assert_ok(ioasid_id_free(f.space, id));
	(void)unit_run(f.space);
	late = f.token;
	expect(&f, 0, 0, 0, 0, 6, 1, 0, 1);
	sim_clock_advance(1001);
	(void)unit_run(f.space);
	expect(&f, 0, 0, 0, 0, 8, 1, 1, 3);
	ck_assert_int_eq(ioasid_token_complete(f.space, late, 0), -IOASID_ESTALE);
	expect(&f, 0, 0, 0, 0, 8, 1, 1, 3, 1);
	f.answer[IOASID_PHASE_DEVICE] = IOASID_DONE;
	ck_assert_ok(ioasid_id_unpoison(f.space, id));
	(void)unit_run(f.space);
	expect(&f, 1, 0, 0, 0, 8, 1, 1, 3, 1);
	close_space(&f);
}
END_TEST

START_TEST(forgiven)
{
	struct fixture f;
	ioasid_handle_t id;
	ioasid_binding_t binding;

	open_space(&f, NULL);
	id = unit_alloc(f.set);
	binding = unit_bind(f.space, id, f.device);
	for (int i = 0; i < 3; i++)
		ck_assert_ok(ioasid_request_begin(f.space, binding));
	for (int i = 0; i < 2; i++)
		ck_assert_ok(ioasid_device_pin(f.device, ioasid_handle_id(id), &binding));
	ck_assert_ok(ioasid_device_remove(f.device));
	(void)unit_run(f.space);
	expect(&f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5);
	close_space(&f);
}
END_TEST

/* Every id in one state; @sum is the capacity. */
static void adds_up(const struct ioasid_snapshot *s)
{
	uint64_t sum = s->withheld;

	for (int i = 0; i < IOASID_STATE_COUNT; i++)
		sum += s->in_state[i];
	ck_assert_uint_eq(sum, s->capacity);
}

START_TEST(snapshot_knows_every_state)
{
	struct ioasid_range reserved[] = {unit_range(3, 5), unit_range(4, 6)};
	struct ioasid_space_config config = {.reserved = reserved, .nr_reserved = 2};
	struct ioasid_snapshot s;
	struct fixture f;
	ioasid_handle_t parked;
	ioasid_handle_t active;
	ioasid_handle_t reserved_id;

	open_space(&f, &config);
	s = unit_snapshot(f.space);
	adds_up(&s);
	ck_assert(s.exact);
	ck_assert_uint_eq(s.populated, 0);
	ck_assert_uint_eq(s.withheld, 5);
	ck_assert_uint_eq(s.in_state[IOASID_STATE_FREE], s.capacity - 5);
	f.answer[IOASID_PHASE_DEVICE] = -IOASID_EBUSY;
	parked = unit_alloc(f.set);
	(void)unit_bind(f.space, parked, f.device);
	ck_assert_ok(ioasid_id_free(f.space, parked)); /* becomes POISONED */
	(void)unit_run(f.space);
	parked = unit_alloc(f.set);
	ck_assert_ok(ioasid_id_pin(f.space, ioasid_handle_id(parked), &parked));
	ck_assert_ok(ioasid_id_free(f.space, parked)); /* PARKED */
	reserved_id = unit_alloc_with(f.set, 0);       /* RESERVED */
	active = unit_alloc(f.set);
	ck_assert_ok(ioasid_id_get(f.space, active));
	ck_assert_ok(ioasid_id_get(f.space, active));
	(void)unit_alloc(f.set);
	ck_assert_ok(ioasid_id_free(f.space, unit_alloc(f.set))); /* QUARANTINED */
	s = unit_snapshot(f.space);
	adds_up(&s);
	ck_assert(s.exact);
	ck_assert_uint_eq(s.in_state[IOASID_STATE_POISONED], 1);
	ck_assert_uint_eq(s.in_state[IOASID_STATE_PARKED], 1);
	ck_assert_uint_eq(s.in_state[IOASID_STATE_RESERVED], 1);
	ck_assert_uint_eq(s.in_state[IOASID_STATE_ACTIVE], 2);
	ck_assert_uint_eq(s.in_state[IOASID_STATE_QUARANTINED], 1);
	ck_assert_uint_eq(s.withheld, 5);
	ck_assert_uint_eq(s.populated, CHUNK_IDS);
	ck_assert_uint_eq(s.pins, 1);
	ck_assert_uint_eq(s.memory, sim_memory_bytes());
	ck_assert_ok(ioasid_id_unpin(f.space, parked));
	ck_assert_ok(ioasid_id_put(f.space, active));
	ck_assert_ok(ioasid_id_put(f.space, active));
	ck_assert_ok(ioasid_id_abort(f.space, reserved_id));
	ck_assert_ok(ioasid_device_reset_done(f.device));
	close_space(&f);
}
END_TEST

static bool add_references(void *context, const struct ioasid_holder *holder)
{
	*(uint64_t *)context += holder->references;
	return true;
}

/* What the snapshot counts is what its holders hold, one by one. */
START_TEST(references_are_counted_alike)
{
	uint64_t references = 0;
	struct fixture f;
	ioasid_handle_t id;
	struct ioasid_bind_args args;
	ioasid_binding_t binding;

	open_space(&f, NULL);
	(void)unit_alloc(f.set);
	id = unit_alloc(f.set);
	ck_assert_ok(ioasid_id_get(f.space, id));
	(void)unit_bind(f.space, id, f.device);
	args = unit_args(f.device, NULL);
	ck_assert_ok(ioasid_set_bind(f.set, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_set_for_each(f.set, add_references, &references));
	/* The holder's of each of the two, one that was taken, and the two bindings'. */
	ck_assert_uint_eq(references, 5);
	ck_assert_uint_eq(unit_snapshot(f.space).references, references);
	ck_assert_ok(ioasid_id_put(f.space, id));
	close_space(&f);
}
END_TEST

START_TEST(snapshot_of_every_width)
{
	for (uint32_t bits = 1; bits <= 12; bits++) {
		struct ioasid_space *space = unit_space(bits);
		struct ioasid_owner_set *set = unit_set(space);
		struct ioasid_snapshot s;

		(void)unit_alloc(set);
		s = unit_snapshot(space);
		adds_up(&s);
		ck_assert_uint_eq(s.capacity, 1u << bits);
		ck_assert_uint_eq(s.populated, s.capacity < CHUNK_IDS ? s.capacity : CHUNK_IDS);
		ck_assert_uint_eq(s.in_state[IOASID_STATE_ACTIVE], 1);
		unit_set_gone(space, set);
		unit_destroy(space);
	}
}
END_TEST

#define MOVING 1000

static ioasid_handle_t moving[MOVING];
static _Atomic bool stop;

/* One reference more on each id, one after the other, and then one less. */
static void *move(void *fixture)
{
	const struct fixture *f = fixture;

	while (!stop) {
		for (uint32_t i = 0; i < MOVING; i++)
			if (ioasid_id_get(f->space, moving[i]) != 0)
				return (void *)"a get was refused";
		for (uint32_t i = 0; i < MOVING; i++)
			if (ioasid_id_put(f->space, moving[i]) != 0)
				return (void *)"a put was refused";
	}
	return NULL;
}

/* Whether it is exact or not, it adds up. */
START_TEST(snapshot_while_references_move)
{
	struct fixture f;
	struct ioasid_snapshot s;
	pthread_t thread;
	void *complaint;

	f = (struct fixture){.space = unit_space(10)};
	f.set = unit_set(f.space);
	f.device = unit_device(f.space, "device");
	for (uint32_t i = 0; i < MOVING; i++)
		moving[i] = unit_alloc(f.set);
	stop = false;
	ck_assert_int_eq(pthread_create(&thread, NULL, move, &f), 0);
	for (int i = 0; i < 50; i++) {
		s = unit_snapshot(f.space);
		adds_up(&s);
		ck_assert_uint_eq(s.in_state[IOASID_STATE_ACTIVE], MOVING);
		ck_assert_uint_ge(s.references, MOVING);
		ck_assert_uint_le(s.references, 2 * MOVING);
	}
	stop = true;
	ck_assert_int_eq(pthread_join(thread, &complaint), 0);
	ck_assert_msg(complaint == NULL, "%s", (const char *)complaint);
	s = unit_snapshot(f.space);
	adds_up(&s);
	ck_assert(s.exact);
	ck_assert_uint_eq(s.references, MOVING);
	close_space(&f);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, grace_periods_and_reclaimed);
	tcase_add_test(tests, surplus_and_stale);
	tcase_add_test(tests, surplus_of_requests);
	tcase_add_test(tests, failures);
	tcase_add_test(tests, forgiven);
	tcase_add_test(tests, snapshot_knows_every_state);
	tcase_add_test(tests, references_are_counted_alike);
	tcase_add_test(tests, snapshot_of_every_width);
	tcase_add_test(tests, snapshot_while_references_move);
}

UNIT_MAIN("counters", add_tests)
