/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_alloc.c - births: what may be handed out, and what a refusal must have been for. */
#include "operations.h"

/* How many grace periods a resting id has seen the whole of. */
static uint64_t rested(const struct space *space, const struct life *life)
{
	uint64_t now = oracle_grace_periods(space);

	return now > life->rested_at ? now - life->rested_at : 0;
}

/* The answers of looking for an id in this range. */
static void allow_search(struct space *space, uint32_t first, uint32_t last, struct answers *answers)
{
	bool coming = false;
	bool perhaps = false;
	bool rests = false;

	for (uint32_t id = first; id <= last; id++) {
		const struct life *life = &space->life[id];

		if (life_is_free(space, id)) {
			oracle_allow(answers, 0);
			return;
		}
		perhaps |= life->state == IOASID_STATE_ACTIVE && !life->claim;
		coming |= life->state == IOASID_STATE_PARKED || life->state == IOASID_STATE_QUARANTINED;
		rests |= life->state == IOASID_STATE_QUARANTINED && rested(space, life) != 0;
	}
	if (rests)
		oracle_allow(answers, 0);
	oracle_allow(answers, coming ? -IOASID_EAGAIN : -IOASID_ENOSPC);
	/* Its last binding is being quiesced, and the id goes with it: that it is on its way may be told. */
	if (perhaps && !coming)
		oracle_allow(answers, -IOASID_EAGAIN);
}

void id_allow(struct space *space, const struct set *set, uint32_t first, uint32_t last, struct answers *answers)
{
	struct answers found = {0};

	if (set->ended) {
		oracle_allow(answers, -IOASID_ESTALE);
		return;
	}
	allow_search(space, first, last, &found);
	if (life_charged(space, set) < set->quota) {
		for (unsigned i = 0; i < found.count; i++)
			oracle_allow(answers, found.code[i]);
		return;
	}
	oracle_allow(answers, -IOASID_EDQUOT);
	/* Both are true then. */
	for (unsigned i = 0; i < found.count; i++)
		if (found.code[i] != 0)
			oracle_allow(answers, found.code[i]);
	/* What has rested may be reclaimed by the very call, and the quota with it. */
	if (!oracle_allows(&found, -IOASID_ENOSPC) && found.count > 1)
		oracle_allow(answers, 0);
}

struct taken id_before(struct space *space, uint32_t first, uint32_t last)
{
	struct taken taken = {.space = space, .first = first, .last = last, .refused = sim_alloc_refused()};

	for (uint32_t id = first; id <= last && !taken.found_free; id++) {
		taken.found_free = life_is_free(space, id);
		taken.lowest = id;
	}
	return taken;
}

/* Was this one there to be taken? */
void id_check_taken(const struct taken *taken, uint32_t id)
{
	struct space *space = taken->space;
	struct life *life = &space->life[id];

	oracle_check(space, id >= taken->first && id <= taken->last && (space->reserved >> id & 1u) == 0,
	             "id %u was handed out, which is not in the range", id);
	oracle_check(space, life->state == IOASID_STATE_FREE || life->state == IOASID_STATE_QUARANTINED,
	             "id %u was handed out, which is %s", id, ioasid_state_name(life->state));
	oracle_check(space, life->state == IOASID_STATE_FREE || rested(space, life) != 0,
	             "id %u was handed out before a grace period was over", id);
	oracle_check(space,
	             life->state == IOASID_STATE_FREE || !taken->found_free ||
	                     rested(space, life) + space->aborts - life->aborts_before > space->distance,
	             "id %u was handed out before the reuse distance, while others were free", id);
	oracle_check(space,
	             space->order != IOASID_ORDER_LOWEST || !taken->found_free || id <= taken->lowest ||
	                     sim_alloc_refused() != taken->refused,
	             "id %u was handed out, and %u is free", id, taken->lowest);
	/* An allocation that would fail otherwise waives the distance, of the neighbours, too. */
	space->pressed = !taken->found_free;
}

struct allocating {
	struct set *set;
	const struct ioasid_range *range;
	uint32_t flags;
	struct taken taken;
	ioasid_handle_t handle;
};

static int allocate(struct space *space, void *context)
{
	struct allocating *a = context;
	struct life *life;
	uint32_t id;
	int got = ioasid_id_alloc(a->set->set, a->range, a->flags, &a->handle);

	if (got != 0)
		return got;
	id = life_number(space, a->handle);
	oracle_finish_releases(space);
	if (a->flags & IOASID_ALLOC_WAIT) {
		/* Whatever held it, the wait was for that. */
		uint64_t refused = a->taken.refused;

		a->taken = id_before(space, a->taken.first, a->taken.last);
		a->taken.refused = refused;
		oracle_reclaimed(space, id);
	}
	id_check_taken(&a->taken, id);
	life = life_born(space, a->handle, a->set,
	                 a->flags & IOASID_ALLOC_ACTIVE ? IOASID_STATE_ACTIVE : IOASID_STATE_RESERVED);
	life->claim = true;
	oracle_sync(space);
	space->pressed = false;
	return 0;
}

static bool pick_range(const struct space *space, const struct operation *operation, struct ioasid_range *range)
{
	uint32_t first = operation->b % space->ids;
	uint32_t last = first + (operation->c >> 2) % (space->ids - first);

	if ((operation->b & 0xc0) == 0)
		return false;
	if ((operation->b & 0xc0) == 0x40)
		last = first;
	if (operation->b == 0xff)
		last = first == 0 ? space->ids : first - 1;
	*range = ioasid_range_make(ioasid_make(first), ioasid_make(last));
	return true;
}

void op_alloc(struct world *world, struct space *space, const struct operation *operation)
{
	struct set *set = choose_set(space, operation->a);
	struct allocating a = {.set = set, .flags = operation->c & IOASID_ALLOC_ACTIVE};
	struct answers answers = {0};
	struct ioasid_range range;
	uint64_t refused = sim_alloc_refused();
	uint32_t first = 0;
	uint32_t last = space->ids - 1;
	bool waits;
	int got;

	(void)world;
	if (set == NULL)
		return;
	if (pick_range(space, operation, &range)) {
		a.range = &range;
		first = ioasid_value(range.first);
		last = ioasid_value(range.last);
	}
	oracle_sync(space);
	if (first > last || last >= space->ids)
		oracle_allow(&answers, -IOASID_EINVAL);
	else
		id_allow(space, set, first, last, &answers);
	/* A wait for ever is legal where it ends: at once, or by what the run does itself. */
	waits = (operation->c & IOASID_ALLOC_WAIT) != 0 && !space->held;
	if (waits && oracle_allows(&answers, -IOASID_EAGAIN)) {
		if (is_nested(space))
			oracle_allow(&answers, -IOASID_EDEADLK);
		else
			waits = false;
	}
	if (waits)
		a.flags |= IOASID_ALLOC_WAIT;
	a.taken = id_before(space, first, last < space->ids ? last : space->ids - 1);
	got = allocate(space, &a);
	if (sim_alloc_refused() != refused)
		oracle_allow(&answers, -IOASID_ENOMEM);
	oracle_expect(space, "ioasid_id_alloc", got, &answers);
	oracle_sync(space);
	space->pressed = false;
}

/* One number lives many short lives, until its generations are used up. */
void op_churn(struct world *world, struct space *space, const struct operation *operation)
{
	struct operation once = {0, operation->a, 0x40 | (operation->b & 0x3f), 0};

	if (space->held)
		return;
	for (unsigned i = 0; i < 4u + operation->c; i++) {
		struct life *life = &space->life[once.b % space->ids];
		uint32_t lives = life->lives;

		op_alloc(world, space, &once);
		if (life->lives == lives || life->state != IOASID_STATE_RESERVED)
			return;
		oracle_expect_one(space, "ioasid_id_abort", ioasid_id_abort(space->space, life->handle), 0);
		life_freed_at_once(space, life);
	}
}

bool id_is_over(struct space *space, ioasid_handle_t handle)
{
	int stale;
	const struct life *life = life_of(space, handle, &stale);

	return life == NULL || life->state == IOASID_STATE_FREE || life->state == IOASID_STATE_QUARANTINED;
}

struct waiting {
	ioasid_handle_t handle;
	uint64_t timeout_ns;
};

static int wait_id(struct space *space, void *context)
{
	const struct waiting *w = context;

	return ioasid_id_wait(space->space, w->handle, w->timeout_ns);
}

void op_id_wait(struct world *world, struct space *space, const struct operation *operation)
{
	struct waiting w = {choose_handle(space, operation->a), wait_time(space, operation->b)};
	int stale;
	struct life *life = life_of(space, w.handle, &stale);
	bool over;
	int got;

	(void)world;
	if (space->held)
		return;
	if (life == NULL && stale == -IOASID_EINVAL) {
		oracle_expect_one(space, "ioasid_id_wait", wait_id(space, &w), stale);
		return;
	}
	over = id_is_over(space, w.handle);
	got = world_run(space, wait_id, &w, !over && !is_nested(space));
	(void)expect_wait(space, "ioasid_id_wait", got, over || id_is_over(space, w.handle), w.timeout_ns);
}

void op_unpoison(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	int stale;
	struct life *life = life_of(space, handle, &stale);
	int got = ioasid_id_unpoison(space->space, handle);

	(void)world;
	oracle_expect_one(space, "ioasid_id_unpoison", got,
	                  life ? ioasid_state_answer(IOASID_OP_CURE, life->state) : stale);
	if (life != NULL && got == 0)
		life->cure_due = true;
}
