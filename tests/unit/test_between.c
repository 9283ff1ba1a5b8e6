/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What another thread may do in the middle of a call, made to happen there: the
 * core's tracepoints are where the other thread gets in.
 */
#include "unit.h"

#include "owner.h"
#include "table.h"

static struct ioasid_owner_set *victim;
static const char *where;
static uint32_t times;

static void end_the_set(const char *event, uint32_t id, uint32_t generation, uint64_t value)
{
	(void)id;
	(void)generation;
	(void)value;
	if (strcmp(event, where) != 0 || times++ != 0)
		return;
	ck_assert_ok(ioasid_set_end(victim));
}

static void end_within(struct ioasid_owner_set *set, const char *event)
{
	victim = set;
	where = event;
	times = 0;
	sim_trace_hook(end_the_set);
}

/* The set has ended in the middle of a call that was refused for it: nothing of it may stay. */
static void nothing_stays(struct ioasid_space *space, struct ioasid_owner_set *set)
{
	struct ioasid_snapshot snapshot;

	ck_assert_uint_eq(times, 1);
	sim_trace_hook(NULL);
	(void)unit_run(space);
	ck_assert_uint_eq(unit_charged(set), 0);
	ck_assert_ok(ioasid_set_wait(set, 0));
	ck_assert_ok(ioasid_set_release(set));
	(void)unit_run(space);
	snapshot = unit_snapshot(space);
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_FREE] + snapshot.withheld, snapshot.capacity);
}

START_TEST(set_ends_while_an_id_is_born)
{
	struct ioasid_space *space = unit_space(6);
	struct ioasid_owner_set *set = unit_set(space);
	ioasid_handle_t handle = {0};

	end_within(set, "birth");
	ck_assert_int_eq(ioasid_id_alloc(set, NULL, _i ? IOASID_ALLOC_ACTIVE : 0, &handle), -IOASID_ESTALE);
	ck_assert(!ioasid_handle_is_set(handle));
	nothing_stays(space, set);
	unit_destroy(space);
}
END_TEST

/* Shared and private, one device and two. */
START_TEST(set_ends_while_its_id_is_born_for_a_bind)
{
	struct ioasid_space *space = unit_space(6);
	struct ioasid_owner_set *set = unit_set_with(space, 1, IOASID_UNLIMITED, _i & 4 ? IOASID_SET_HOT : 0);
	struct ioasid_device *disk = unit_device(space, "disk");
	struct ioasid_device *net = unit_device(space, "net");
	struct ioasid_bind_args args[] = {unit_args(disk, NULL), unit_args(net, NULL)};
	ioasid_binding_t bindings[2] = {{0}, {0}};
	int error;

	end_within(set, "birth");
	if (_i & 1)
		error = ioasid_set_bind_private(set, args, _i & 2 ? 2 : 1, 0, bindings);
	else
		error = ioasid_set_bind(set, args, _i & 2 ? 2 : 1, 0, bindings);
	ck_assert_int_eq(error, -IOASID_ESTALE);
	ck_assert_uint_eq(bindings[0].binding_, 0);
	nothing_stays(space, set);
	ck_assert_ok(ioasid_device_unregister(disk));
	ck_assert_ok(ioasid_device_unregister(net));
	unit_destroy(space);
}
END_TEST

/* Whoever parks the shared id says so to its set: the next bind need not find out. */
START_TEST(parked_shared_id_is_forgotten_at_once)
{
	struct ioasid_space *space = unit_space(6);
	struct ioasid_owner_set *set = unit_set_with(space, 1, IOASID_UNLIMITED, _i ? IOASID_SET_EAGER : 0);
	struct ioasid_device *disk = unit_device(space, "disk");
	struct ioasid_bind_args args = unit_args(disk, NULL);
	ioasid_binding_t binding = {0};
	ioasid_handle_t shared = {0};

	ck_assert_ok(ioasid_set_bind(set, &args, 1, 0, &binding));
	ck_assert_ok(ioasid_set_shared(set, &shared));
	ck_assert(owner_word(set) & OWNER_SHARED);
	/* By a free, or by the last unbind of an eager one. */
	if (_i == 0)
		ck_assert_ok(ioasid_id_free(space, shared));
	ck_assert_ok(ioasid_binding_unbind(space, binding));
	if (_i != 0)
		(void)unit_run(space);
	ck_assert(!(owner_word(set) & OWNER_SHARED));
	unit_set_gone(space, set);
	ck_assert_ok(ioasid_device_unregister(disk));
	unit_destroy(space);
}
END_TEST

/*
 * An allocation is such a place, too (the linker puts this function in between):
 * the first bind of a space allocates after it has looked for a binding of the
 * pair, and before it adds its own.
 */
void *__real_ioasid_port_zalloc(size_t size, size_t align);
void *__wrap_ioasid_port_zalloc(size_t size, size_t align);

static struct {
	void (*other)(void); /* what the other thread does, once */
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *disk;
	ioasid_handle_t id;
	ioasid_binding_t binding;
	void *data;
} rival;

void *__wrap_ioasid_port_zalloc(size_t size, size_t align)
{
	void (*other)(void) = rival.other;

	rival.other = NULL;
	if (other != NULL)
		other();
	return __real_ioasid_port_zalloc(size, align);
}

static void binds_the_pair(void)
{
	struct ioasid_bind_args args = unit_args(rival.disk, rival.data);

	ck_assert_ok(ioasid_id_bind(rival.space, rival.id, &args, 1, 0, &rival.binding));
}

static void frees_the_id(void)
{
	ck_assert_ok(ioasid_id_free(rival.space, rival.id));
}

static void removes_the_device(void)
{
	ck_assert_ok(ioasid_device_remove(rival.disk));
}

static void ends_its_set(void)
{
	ck_assert_ok(ioasid_set_end(rival.set));
}

static void rival_open(void (*other)(void))
{
	memset(&rival, 0, sizeof(rival));
	rival.space = unit_space(4);
	rival.set = unit_set(rival.space);
	rival.disk = unit_device(rival.space, "disk");
	rival.id = unit_alloc(rival.set);
	rival.other = other;
}

static void rival_close(void)
{
	ck_assert_msg(rival.other == NULL, "nothing was allocated");
	unit_set_gone(rival.space, rival.set);
	ck_assert_uint_eq(unit_snapshot(rival.space).in_state[IOASID_STATE_FREE], 15);
	ck_assert_ok(ioasid_device_unregister(rival.disk));
	unit_destroy(rival.space);
}

/* Two bind one pair at once: one binding with two users, and no reference too many. */
START_TEST(another_binds_the_pair)
{
	ioasid_binding_t binding = {0};
	struct ioasid_bind_args args;
	int data;

	rival_open(binds_the_pair);
	rival.data = &data;
	args = unit_args(rival.disk, _i ? NULL : &data);
	ck_assert_ok(ioasid_id_bind(rival.space, rival.id, &args, 1, 0, &binding));
	ck_assert_uint_eq(binding.binding_, rival.binding.binding_);
	ck_assert_uint_eq(unit_snapshot(rival.space).references, 2);
	ck_assert_ok(ioasid_binding_unbind(rival.space, binding));
	(void)unit_run(rival.space);
	ck_assert_ok(ioasid_request_begin(rival.space, binding));
	ck_assert_ok(ioasid_request_end(rival.space, binding));
	ck_assert_ok(ioasid_binding_unbind(rival.space, binding));
	ck_assert_int_eq(ioasid_binding_unbind(rival.space, binding), -IOASID_ESTALE);
	(void)unit_run(rival.space);
	ck_assert_uint_eq(unit_snapshot(rival.space).references, 1);
	rival_close();
}
END_TEST

START_TEST(another_binds_the_pair_with_other_data)
{
	ioasid_binding_t binding = {0};
	struct ioasid_bind_args args;
	int mine;
	int others;

	rival_open(binds_the_pair);
	rival.data = &others;
	args = unit_args(rival.disk, &mine);
	ck_assert_int_eq(ioasid_id_bind(rival.space, rival.id, &args, 1, 0, &binding), -IOASID_EBUSY);
	ck_assert_uint_eq(binding.binding_, 0);
	ck_assert_uint_eq(unit_snapshot(rival.space).references, 2);
	ck_assert_ok(ioasid_request_begin(rival.space, rival.binding));
	ck_assert_ok(ioasid_request_end(rival.space, rival.binding));
	rival_close();
}
END_TEST

/* What is to be bound goes while it is being bound: the bind is refused, and nothing of it stays. */
START_TEST(what_is_bound_goes)
{
	static void (*const ends[])(void) = {frees_the_id, removes_the_device, ends_its_set};
	ioasid_binding_t binding = {0};
	struct ioasid_bind_args args;

	rival_open(ends[_i]);
	args = unit_args(rival.disk, NULL);
	ck_assert_int_eq(ioasid_id_bind(rival.space, rival.id, &args, 1, 0, &binding), -IOASID_ESTALE);
	ck_assert_uint_eq(binding.binding_, 0);
	(void)unit_run(rival.space);
	ck_assert_uint_eq(unit_snapshot(rival.space).references, _i == 1);
	rival_close();
}
END_TEST

/*
 * A snapshot asks of every id that has no life whether it is reserved: of id 0,
 * once in each of its collections. There, the other thread takes a reference.
 */
bool __real_table_is_reserved(const struct table *table, uint32_t id);
bool __wrap_table_is_reserved(const struct table *table, uint32_t id);

static uint32_t moves; /* how many are to come */

bool __wrap_table_is_reserved(const struct table *table, uint32_t id)
{
	if (moves != 0) {
		moves--;
		ck_assert_ok(ioasid_id_get(rival.space, rival.id));
	}
	return __real_table_is_reserved(table, id);
}

/* Two collections that agree, of eight at most: one more than the moves are needed. */
START_TEST(snapshot_says_when_it_is_not_exact)
{
	const uint32_t seen = _i < 8 ? (uint32_t)_i : 8;
	struct ioasid_snapshot snapshot;

	rival_open(NULL);
	moves = (uint32_t)_i;
	snapshot = unit_snapshot(rival.space);
	ck_assert_uint_eq(moves, (uint32_t)_i - seen);
	moves = 0;
	ck_assert_int_eq(snapshot.exact, _i < 8);
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_ACTIVE], 1);
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_FREE], 14);
	ck_assert_uint_eq(snapshot.references, 1 + seen);
	for (uint32_t i = 0; i < seen; i++)
		ck_assert_ok(ioasid_id_put(rival.space, rival.id));
	snapshot = unit_snapshot(rival.space);
	ck_assert(snapshot.exact);
	ck_assert_uint_eq(snapshot.references, 1);
	rival_close();
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, set_ends_while_an_id_is_born, 0, 2);
	tcase_add_loop_test(tests, set_ends_while_its_id_is_born_for_a_bind, 0, 8);
	tcase_add_loop_test(tests, parked_shared_id_is_forgotten_at_once, 0, 2);
	tcase_add_loop_test(tests, another_binds_the_pair, 0, 2);
	tcase_add_test(tests, another_binds_the_pair_with_other_data);
	tcase_add_loop_test(tests, what_is_bound_goes, 0, 3);
	tcase_add_loop_test(tests, snapshot_says_when_it_is_not_exact, 0, 10);
}

UNIT_MAIN("between", add_tests)
