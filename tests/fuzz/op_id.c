/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_id.c - operations on an id, by handle and by number. */
#include "operations.h"

/* What the table of <ioasid/state.h> says of the newest life. */
static int table_says(enum ioasid_operation row, const struct life *life)
{
	return ioasid_state_answer(row, life->state);
}

/* The same for a handle, which may be of a past life, or of none. */
static int says(enum ioasid_operation row, const struct life *life, int stale)
{
	return life == NULL ? stale : table_says(row, life);
}

void op_publish(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	int stale;
	struct life *life = life_of(space, handle, &stale);
	bool ended = life != NULL && life->state == IOASID_STATE_RESERVED && life->set->ended;
	int got = ioasid_id_publish(space->space, handle);

	(void)world;
	oracle_expect_one(space, "ioasid_id_publish", got,
	                  ended ? -IOASID_ESTALE : says(IOASID_OP_PUBLISH, life, stale));
	if (ended)
		life_freed_at_once(space, life);
	else if (life != NULL && got == 0)
		life->state = IOASID_STATE_ACTIVE;
}

void op_abort(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	int stale;
	struct life *life = life_of(space, handle, &stale);
	int got = ioasid_id_abort(space->space, handle);

	(void)world;
	oracle_expect_one(space, "ioasid_id_abort", got, says(IOASID_OP_ABORT, life, stale));
	if (life != NULL && got == 0)
		life_freed_at_once(space, life);
}

static void freed(struct space *space, struct life *life)
{
	if (life->state == IOASID_STATE_RESERVED)
		life_freed_at_once(space, life);
	else
		life_parks(space, life);
}

void op_free(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	int stale;
	struct life *life = life_of(space, handle, &stale);
	int got = ioasid_id_free(space->space, handle);

	(void)world;
	oracle_expect_one(space, "ioasid_id_free", got, says(IOASID_OP_FREE, life, stale));
	if (life != NULL && got == 0)
		freed(space, life);
}

/* The calls that name another set's ids must refuse, and say no more. What rests is charged to its set still. */
static bool is_of(const struct set *set, const struct life *life)
{
	return life->set == set && life->state != IOASID_STATE_FREE;
}

/* Must it be refused for that? Of an id that has no life now, it is not said whose it was. */
static bool is_anothers(const struct space *space, const struct set *set, ioasid_handle_t handle, int stale)
{
	return stale != -IOASID_EINVAL && !is_of(set, &space->life[ioasid_value(ioasid_handle_id(handle))]);
}

void op_set_free(struct world *world, struct space *space, const struct operation *operation)
{
	struct set *set = choose_set(space, operation->b);
	ioasid_handle_t handle = choose_handle(space, operation->a);
	struct life *life;
	int wanted;
	int stale;
	int got;

	(void)world;
	if (set == NULL)
		return;
	life = life_of(space, handle, &stale);
	wanted = is_anothers(space, set, handle, stale) ? -IOASID_EACCES : says(IOASID_OP_FREE, life, stale);
	got = ioasid_set_free(set->set, handle);
	oracle_expect_one(space, "ioasid_set_free", got, wanted);
	if (life != NULL && got == 0)
		freed(space, life);
}

static int get_says(const struct life *life, int stale)
{
	int wanted = says(IOASID_OP_GET, life, stale);

	return wanted == 0 && !life->hot && life->refs == REFS_MAX ? -IOASID_EOVERFLOW : wanted;
}

static void got_reference(struct life *life)
{
	if (life->hot)
		life->hot_refs++;
	else
		life->refs++;
}

void op_get(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	unsigned times = 1 + operation->c % 8;
	int stale;
	struct life *life = life_of(space, handle, &stale);

	(void)world;
	while (times-- > 0) {
		int wanted = get_says(life, stale);
		int got = ioasid_id_get(space->space, handle);

		oracle_expect_one(space, "ioasid_id_get", got, wanted);
		if (life != NULL && got == 0)
			got_reference(life);
	}
}

void op_set_get(struct world *world, struct space *space, const struct operation *operation)
{
	struct set *set = choose_set(space, operation->b);
	ioasid_handle_t handle = choose_handle(space, operation->a);
	struct life *life;
	int wanted;
	int stale;
	int got;

	(void)world;
	if (set == NULL)
		return;
	life = life_of(space, handle, &stale);
	wanted = is_anothers(space, set, handle, stale) ? -IOASID_EACCES : get_says(life, stale);
	got = ioasid_set_get(set->set, handle);
	oracle_expect_one(space, "ioasid_set_get", got, wanted);
	if (life != NULL && got == 0)
		got_reference(life);
}

/* Of a HOT id: kept per CPU while it lives, so a put too many is refused only when the counts have been folded. */
static void put_hot(struct space *space, struct life *life, int got)
{
	struct answers answers = {0};

	if (life->state == IOASID_STATE_ACTIVE || life->hot_refs > 0 || !life->task.passed)
		oracle_allow(&answers, 0);
	if (life->state != IOASID_STATE_ACTIVE && life->hot_refs <= 0)
		oracle_allow(&answers, -IOASID_EINVAL);
	oracle_expect(space, "ioasid_id_put", got, &answers);
	if (got == 0)
		life->hot_refs--;
	else
		space->expected.surplus_puts++;
}

static bool is_live(const struct life *life)
{
	return life->state == IOASID_STATE_ACTIVE || life->state == IOASID_STATE_PARKED ||
	       life->state == IOASID_STATE_POISONED;
}

static void put_one(struct space *space, struct life *life, ioasid_handle_t handle)
{
	int got = ioasid_id_put(space->space, handle);

	if (life->hot && is_live(life)) {
		put_hot(space, life, got);
		return;
	}
	if (life->refs != 0) {
		oracle_expect_one(space, "ioasid_id_put", got, 0);
		life_drop_ref(space, life);
		oracle_sync_id(space, ioasid_value(ioasid_handle_id(handle)));
		return;
	}
	oracle_expect_one(space, "ioasid_id_put", got, table_says(IOASID_OP_SURPLUS, life));
	space->expected.surplus_puts += got == -IOASID_EINVAL;
	space->expected.stale_calls += got != -IOASID_EINVAL;
}

void op_put(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	unsigned times = 1 + operation->c % 4;

	(void)world;
	while (times-- > 0) {
		int stale;
		struct life *life = life_of(space, handle, &stale);

		if (life != NULL) {
			put_one(space, life, handle);
			continue;
		}
		oracle_expect_one(space, "ioasid_id_put", ioasid_id_put(space->space, handle), stale);
		space->expected.stale_calls += stale != -IOASID_EINVAL;
	}
}

void op_unpin(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	int stale;
	struct life *life = life_of(space, handle, &stale);
	bool held = life != NULL && life->pins != 0;
	int got = ioasid_id_unpin(space->space, handle);

	(void)world;
	oracle_expect_one(space, "ioasid_id_unpin", got, held ? 0 : says(IOASID_OP_OVERPIN, life, stale));
	if (held) {
		life_drop_pin(space, life);
		oracle_sync_id(space, ioasid_value(ioasid_handle_id(handle)));
		return;
	}
	space->expected.surplus_unpins += life != NULL && got == -IOASID_EINVAL;
	space->expected.stale_calls += got != -IOASID_EINVAL;
}

/* A number without a life: does it rest still? */
static int find_says(const struct space *space, uint32_t id, enum ioasid_operation row)
{
	const struct life *life = &space->life[id];

	if ((space->reserved >> id & 1u) || life->retired)
		return -IOASID_ENOENT;
	return table_says(row, life);
}

static int by_number_says(struct space *space, ioasid_t id, enum ioasid_operation row)
{
	if (!ioasid_is_valid(id) || ioasid_value(id) >= space->ids)
		return -IOASID_EINVAL;
	oracle_sync_id(space, ioasid_value(id));
	return find_says(space, ioasid_value(id), row);
}

static void check_found(struct space *space, const char *call, ioasid_t id, ioasid_handle_t handle)
{
	oracle_check(space, ioasid_handle_equal(space->life[ioasid_value(id)].handle, handle),
	             "%s gave another life of id %u", call, ioasid_value(id));
}

void op_find(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_t id = choose_id(space, operation->a);
	int wanted = by_number_says(space, id, IOASID_OP_FIND);
	struct set *set = choose_set(space, operation->b);
	ioasid_handle_t handle = {0};
	int got = ioasid_id_find(space->space, id, &handle);

	(void)world;
	oracle_expect_one(space, "ioasid_id_find", got, wanted);
	if (got == 0)
		check_found(space, "ioasid_id_find", id, handle);
	if (set == NULL)
		return;
	if (wanted != -IOASID_EINVAL && !is_of(set, &space->life[ioasid_value(id)]))
		wanted = -IOASID_EACCES;
	got = ioasid_set_find(set->set, id, &handle);
	oracle_expect_one(space, "ioasid_set_find", got, wanted);
	if (got == 0)
		check_found(space, "ioasid_set_find", id, handle);
}

void op_find_get(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_t id = choose_id(space, operation->a);
	int wanted = by_number_says(space, id, IOASID_OP_FIND);
	ioasid_handle_t handle = {0};
	int got;

	(void)world;
	if (wanted == 0)
		wanted = get_says(&space->life[ioasid_value(id)], 0);
	got = ioasid_id_find_get(space->space, id, &handle);
	oracle_expect_one(space, "ioasid_id_find_get", got, wanted);
	if (got != 0)
		return;
	check_found(space, "ioasid_id_find_get", id, handle);
	got_reference(&space->life[ioasid_value(id)]);
}

void op_pin(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_t id = choose_id(space, operation->a);
	int wanted = by_number_says(space, id, IOASID_OP_PIN);
	unsigned times = 1 + operation->c % 4;

	(void)world;
	while (times-- > 0) {
		ioasid_handle_t handle = {0};
		int got = ioasid_id_pin(space->space, id, &handle);
		struct life *life = &space->life[ioasid_value(id) % space->ids];

		oracle_expect_one(space, "ioasid_id_pin", got,
		                  wanted == 0 && life->pins == PINS_MAX ? -IOASID_EOVERFLOW : wanted);
		if (got != 0)
			continue;
		check_found(space, "ioasid_id_pin", id, handle);
		life->pins++;
	}
}
