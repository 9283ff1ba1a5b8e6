/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The pool of bindings: type-stable, its stack tagged against ABA, generations that never come again. */
#include "unit.h"

#include <pthread.h>

#include "binding.h"

#define FIRST (1u << POOL_FIRST_SHIFT)

struct fixture {
	struct memory memory;
	struct pool pool;
};

static void open_pool(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->pool.memory = &f->memory;
}

static void close_pool(struct fixture *f)
{
	pool_fini(&f->pool);
	ck_assert_uint_eq(port_u64_load_relaxed(&f->memory.used), 0);
}

static uint32_t tag(const struct fixture *f)
{
	return (uint32_t)(port_u64_load_relaxed(&f->pool.free) >> 32);
}

START_TEST(taken_once_each_and_found_by_index)
{
	static struct binding *taken[FIRST + 2 * FIRST + 1];
	const uint32_t count = FIRST + 2 * FIRST + 1;
	struct fixture f;

	open_pool(&f);
	for (uint32_t i = 0; i < count; i++) {
		taken[i] = pool_take(&f.pool);
		ck_assert_ptr_nonnull(taken[i]);
		ck_assert_int_eq(binding_read(taken[i]).state, BINDING_FREE);
		ck_assert_uint_eq(binding_read(taken[i]).generation, 1);
		ck_assert_ptr_eq(pool_at(&f.pool, taken[i]->index), taken[i]);
		for (uint32_t j = 0; j < i; j++)
			ck_assert_ptr_ne(taken[i], taken[j]);
	}
	for (uint32_t i = 0; i < count; i++)
		pool_give(&f.pool, taken[i]);
	close_pool(&f);
}
END_TEST

/* Chunks double; nothing is allocated while there are free ones. */
START_TEST(growth)
{
	struct fixture f;
	uint64_t one;

	open_pool(&f);
	ck_assert_uint_eq(sim_memory_bytes(), 0);
	(void)pool_take(&f.pool);
	one = sim_memory_bytes();
	ck_assert_uint_eq(one, FIRST * sizeof(struct binding));
	for (uint32_t i = 1; i < FIRST; i++)
		(void)pool_take(&f.pool);
	ck_assert_uint_eq(sim_memory_bytes(), one);
	(void)pool_take(&f.pool);
	ck_assert_uint_eq(sim_memory_bytes(), 3 * one);
	close_pool(&f);
}
END_TEST

START_TEST(index_out_of_reach)
{
	struct fixture f;

	open_pool(&f);
	ck_assert_ptr_null(pool_at(&f.pool, 0));
	(void)pool_take(&f.pool);
	ck_assert_ptr_nonnull(pool_at(&f.pool, FIRST - 1));
	ck_assert_ptr_null(pool_at(&f.pool, FIRST));
	ck_assert_ptr_null(pool_at(&f.pool, 1u << POOL_OFFSET_BITS));
	ck_assert_ptr_null(pool_at(&f.pool, 15u << POOL_OFFSET_BITS));
	ck_assert_ptr_null(pool_at(&f.pool, (1u << POOL_INDEX_BITS) - 1));
	ck_assert_ptr_null(pool_at(&f.pool, UINT32_MAX));
	close_pool(&f);
}
END_TEST

START_TEST(no_memory)
{
	struct binding *first;
	struct fixture f;

	open_pool(&f);
	sim_alloc_fail_at(1);
	ck_assert_ptr_null(pool_take(&f.pool));
	ck_assert_uint_eq(port_u64_load_relaxed(&f.memory.used), 0);
	first = pool_take(&f.pool);
	for (uint32_t i = 1; i < FIRST; i++)
		ck_assert_ptr_nonnull(pool_take(&f.pool));
	sim_alloc_fail_at(1);
	ck_assert_ptr_null(pool_take(&f.pool));
	pool_give(&f.pool, first);
	sim_alloc_fail_at(1);
	ck_assert_ptr_eq(pool_take(&f.pool), first);
	close_pool(&f);
}
END_TEST

/* Each life has a generation of its own; the last one is the end of the binding. */
START_TEST(generations)
{
	struct binding_life last = {.generation = UINT32_MAX - 1};
	struct binding *binding;
	struct fixture f;

	open_pool(&f);
	for (uint32_t i = 1; i < 100; i++) {
		binding = pool_take(&f.pool);
		ck_assert_uint_eq(binding->index, 0);
		ck_assert_uint_eq(binding_read(binding).generation, i);
		pool_give(&f.pool, binding);
	}
	port_u64_init(&binding->word, binding_pack(&last));
	ck_assert_ptr_eq(pool_take(&f.pool), binding);
	ck_assert_uint_eq(binding_read(binding).generation, UINT32_MAX);
	pool_give(&f.pool, binding);
	for (uint32_t i = 1; i < FIRST + 5; i++)
		ck_assert_ptr_ne(pool_take(&f.pool), binding);
	close_pool(&f);
}
END_TEST

/* Nothing of the former life is left in what is taken. */
START_TEST(taken_is_clean)
{
	struct binding_life life = {.generation = 9, .users = 3, .pins = 2, .told = true, .state = BINDING_FREE};
	struct binding *binding;
	struct fixture f;

	open_pool(&f);
	binding = pool_take(&f.pool);
	port_u64_init(&binding->word, binding_pack(&life));
	binding->stage = STAGE_END;
	binding->leader = binding;
	binding->member = binding;
	binding->device = (struct ioasid_device *)(void *)binding;
	binding->data = binding;
	binding->behind = (struct ioasid_participant *)(void *)binding;
	binding->commit = binding;
	binding->waiting = 1;
	binding->unbinds = 1;
	binding->pending = true;
	binding->failed = true;
	binding->unused = true;
	binding->folded = true;
	binding->blocks = true;
	pool_give(&f.pool, binding);
	ck_assert_ptr_eq(pool_take(&f.pool), binding);
	life = binding_read(binding);
	ck_assert(life.generation == 10 && life.users == 0 && life.pins == 0 && !life.told);
	ck_assert(binding->stage == STAGE_NONE && binding->leader == NULL && binding->member == NULL);
	ck_assert(binding->device == NULL && binding->data == NULL && binding->behind == NULL &&
	          binding->commit == NULL);
	ck_assert(binding->waiting == 0 && binding->unbinds == 0 && !binding->pending && !binding->failed);
	ck_assert(!binding->unused && !binding->folded && !binding->blocks && binding->tally.block == NULL);
	/* Its letter can be posted. */
	ck_assert_uint_eq(port_u32_load_relaxed(&binding->letter.bits), 0);
	close_pool(&f);
}
END_TEST

/* The head of the stack is the same binding again, and a different word: A-B-A is seen. */
START_TEST(tag_moves_with_every_step)
{
	struct binding *a;
	struct binding *b;
	struct fixture f;
	uint64_t head;
	uint32_t before;

	open_pool(&f);
	a = pool_take(&f.pool);
	pool_give(&f.pool, a);
	head = port_u64_load_relaxed(&f.pool.free);
	before = tag(&f);
	a = pool_take(&f.pool);
	ck_assert_uint_ne(tag(&f), before);
	b = pool_take(&f.pool);
	pool_give(&f.pool, a);
	ck_assert_uint_eq((uint32_t)port_u64_load_relaxed(&f.pool.free), (uint32_t)head);
	ck_assert_uint_ne(port_u64_load_relaxed(&f.pool.free), head);
	pool_give(&f.pool, b);
	close_pool(&f);
}
END_TEST

#define THREADS 4
#define ROUNDS 20000

static struct fixture busy;
static _Atomic uint32_t taken_by[3 * FIRST];
static _Atomic uint32_t doubles;

static uint32_t flat(const struct binding *binding)
{
	uint32_t chunk = binding->index >> POOL_OFFSET_BITS;

	return (chunk == 0 ? 0 : FIRST) + (binding->index & ((1u << POOL_OFFSET_BITS) - 1));
}

static void *take_and_give(void *argument)
{
	struct binding *mine[3];

	(void)argument;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t count = i % 3 + 1;

		for (uint32_t j = 0; j < count; j++) {
			mine[j] = pool_take(&busy.pool);
			doubles += taken_by[flat(mine[j])]++ != 0;
		}
		for (uint32_t j = 0; j < count; j++) {
			taken_by[flat(mine[j])]--;
			pool_give(&busy.pool, mine[j]);
		}
	}
	return NULL;
}

START_TEST(nobody_gets_what_another_has)
{
	pthread_t threads[THREADS];

	open_pool(&busy);
	memset(taken_by, 0, sizeof(taken_by));
	doubles = 0;
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_give, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(doubles, 0);
	/* None was lost either. */
	for (uint32_t i = 0; i < FIRST; i++)
		ck_assert_ptr_nonnull(pool_take(&busy.pool));
	ck_assert_uint_eq(sim_memory_bytes(), FIRST * sizeof(struct binding));
	close_pool(&busy);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, taken_once_each_and_found_by_index);
	tcase_add_test(tests, growth);
	tcase_add_test(tests, index_out_of_reach);
	tcase_add_test(tests, no_memory);
	tcase_add_test(tests, generations);
	tcase_add_test(tests, taken_is_clean);
	tcase_add_test(tests, tag_moves_with_every_step);
	tcase_add_test(tests, nobody_gets_what_another_has);
}

UNIT_MAIN("pool", add_tests)
