/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_bind.c - binding one to four devices to an id: shared, private, or one that is there. */
#include "operations.h"

struct bind {
	struct space *space;
	struct set *set;
	uint32_t count;
	uint32_t devices; /* bit per actor */
	uint32_t last;    /* the largest id that all can take */
	bool removed;     /* one of them is gone */
	struct actor *device[NR_DEVICES];
	struct actor *behind;
	void *data;
	uint32_t flags;
	struct ioasid_bind_args args[NR_DEVICES];
	ioasid_binding_t bindings[NR_DEVICES];
	struct answers answers;
	struct taken taken;
	bool makes; /* an id of its own, if all goes well */
};

static unsigned char drivers_data[4];

static bool has_places(const struct space *space, uint32_t wanted)
{
	uint32_t free = 0;

	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		free += space->binding[i].place == PLACE_UNUSED || space->binding[i].place == PLACE_GONE;
	return free >= wanted;
}

static bool pick(struct space *space, const struct operation *operation, struct bind *b)
{
	*b = (struct bind){.space = space, .last = space->ids - 1};
	if (operation->c & 3)
		b->data = &drivers_data[operation->c & 3];
	if (operation->c & 4)
		b->behind = choose_participant(space, operation->c >> 4);
	if (b->behind != NULL && b->behind->kind != ACTOR_OF_BINDING)
		b->behind = NULL;
	for (uint32_t i = 0; i < NR_DEVICES; i++) {
		struct actor *device = choose_device(space, (uint8_t)i);

		if (device == NULL || (operation->b >> i & 1u) == 0)
			continue;
		b->args[b->count] = (struct ioasid_bind_args){
			.size = sizeof(b->args[0]),
			.device = device->device,
			.data = b->data,
			.behind = b->behind ? b->behind->participant : NULL,
		};
		b->device[b->count++] = device;
		b->devices |= actor_bit(device);
		b->removed |= device->removed;
		if ((UINT32_C(1) << device->bits) - 1 < b->last)
			b->last = (UINT32_C(1) << device->bits) - 1;
	}
	oracle_sync(space);
	return b->count != 0 && has_places(space, b->count);
}

/* What stands in the way of binding these devices to this id, which is ACTIVE. */
static void allow_pairs(struct bind *b, const struct life *life, uint32_t id)
{
	struct answers wrong = {0};
	uint32_t added = 0;
	bool perhaps = false;

	if (id > b->last)
		oracle_allow(&wrong, -IOASID_EOVERFLOW);
	for (uint32_t i = 0; i < b->count; i++) {
		const struct binding *there = binding_of_pair(b->space, b->device[i], id);

		if (there == NULL) {
			added++;
			perhaps |= (life->ghost_devices & actor_bit(b->device[i])) != 0;
			continue;
		}
		if (there->place != PLACE_OPEN)
			oracle_allow(&wrong, -IOASID_EAGAIN);
		else if ((b->data != NULL && b->data != there->data) ||
		         (b->behind != NULL && b->behind != there->behind))
			oracle_allow(&wrong, -IOASID_EBUSY);
	}
	if (life->binds + added > BINDS_MAX)
		oracle_allow(&wrong, -IOASID_EOVERFLOW);
	b->answers = wrong;
	if (wrong.count == 0)
		oracle_allow(&b->answers, 0);
	/* The call itself may need a reference for its time. */
	if (life->binds + added + 1 > BINDS_MAX)
		oracle_allow(&b->answers, -IOASID_EOVERFLOW);
	if (perhaps)
		oracle_allow(&b->answers, -IOASID_EAGAIN);
}

static void allow_removed(struct bind *b)
{
	if (!b->removed)
		return;
	for (uint32_t i = 0; i < b->answers.count; i++)
		if (b->answers.code[i] == 0)
			b->answers.code[i] = -IOASID_ESTALE;
	oracle_allow(&b->answers, -IOASID_ESTALE);
}

/* A wait for ever, only where it ends at once. */
static void pick_wait(struct bind *b, const struct operation *operation)
{
	if ((operation->c & 8) == 0 || b->space->held)
		return;
	if (oracle_allows(&b->answers, -IOASID_EAGAIN)) {
		if (!is_nested(b->space))
			return;
		oracle_allow(&b->answers, -IOASID_EDEADLK);
	}
	b->flags = IOASID_BIND_WAIT;
}

static struct binding *new_place(struct space *space)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].place == PLACE_UNUSED)
			return &space->binding[i];
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].place == PLACE_GONE)
			return &space->binding[i];
	oracle_fail(space->world, "there is no room for another binding");
}

static void bound(struct bind *b, struct life *life, uint32_t i)
{
	struct space *space = b->space;
	uint32_t id = ioasid_value(ioasid_handle_id(life->handle));
	struct binding *there = binding_of_pair(space, b->device[i], id);
	void *data = NULL;

	if (there != NULL) {
		oracle_check(space, there->handle.binding_ == b->bindings[i].binding_,
		             "a pair that is bound was bound anew");
		there->users++;
		return;
	}
	for (uint32_t k = 0; k < NR_BINDINGS; k++)
		oracle_check(space,
		             space->binding[k].place == PLACE_UNUSED ||
		                     space->binding[k].handle.binding_ != b->bindings[i].binding_,
		             "a binding's handle came twice");
	there = new_place(space);
	for (uint32_t k = NR_DEVICES; k < NR_ACTORS; k++) {
		actor_at(space, k)->bindings_due &= ~(UINT64_C(1) << (there - space->binding));
		actor_at(space, k)->bindings_told &= ~(UINT64_C(1) << (there - space->binding));
	}
	*there = (struct binding){.place = PLACE_OPEN,
	                          .handle = b->bindings[i],
	                          .id_handle = life->handle,
	                          .id = id,
	                          .device = b->device[i],
	                          .behind = b->behind,
	                          .data = b->data,
	                          .users = 1};
	life->binds++;
	oracle_expect_one(space, "ioasid_binding_data", ioasid_binding_data(space->space, there->handle, &data), 0);
	oracle_check(space, data == b->data, "a binding has other data than it was made with");
}

static struct life *make_life(struct bind *b, ioasid_handle_t handle, bool shared)
{
	struct life *life;

	id_check_taken(&b->taken, life_number(b->space, handle));
	life = life_born(b->space, handle, b->set, IOASID_STATE_ACTIVE);
	life->shared = shared;
	life->hot = shared && (b->set->flags & IOASID_SET_HOT) != 0;
	life->claim = shared && (b->set->flags & IOASID_SET_EAGER) == 0;
	return life;
}

static void all_bound(struct bind *b, struct life *life, bool shared)
{
	struct space *space = b->space;
	ioasid_handle_t handle = {0};

	for (uint32_t i = 0; i < b->count; i++) {
		oracle_expect_one(space, "ioasid_binding_handle",
		                  ioasid_binding_handle(space->space, b->bindings[i], &handle), 0);
		if (life == NULL)
			life = make_life(b, handle, shared);
		oracle_check(space, ioasid_handle_equal(handle, life->handle),
		             "bound to another id than was asked for");
		bound(b, life, i);
	}
	oracle_sync(space);
	space->pressed = false;
}

static bool find_holder(void *context, const struct ioasid_holder *holder)
{
	struct ioasid_holder *found = context;

	if (ioasid_value(ioasid_handle_id(holder->handle)) != ioasid_value(ioasid_handle_id(found->handle)) &&
	    ioasid_handle_is_set(found->handle))
		return true;
	*found = *holder;
	return true;
}

/* The bind failed after it had made its id: what has become of that? */
static void adopt(struct bind *b, uint32_t id, enum ioasid_state now, bool shared)
{
	struct space *space = b->space;
	struct ioasid_holder found = {.handle = {(UINT64_C(1) << IOASID_BITS_MAX) | id}};
	struct life *life = &space->life[id];
	uint32_t lives = life->lives + 1;

	(void)ioasid_set_for_each(b->set->set, find_holder, &found);
	*life = (struct life){.lives = lives,
	                      .handle = found.handle,
	                      .state = now,
	                      .set = b->set,
	                      .set_serial = b->set->serial,
	                      .shared = shared};
	life->hot = shared && (b->set->flags & IOASID_SET_HOT) != 0;
	life->claim = shared && (b->set->flags & IOASID_SET_EAGER) == 0 && now == IOASID_STATE_ACTIVE;
	if (now == IOASID_STATE_QUARANTINED || now == IOASID_STATE_RESERVED) {
		/* With the last of its generations, it is withheld. */
		life_rest(space, life);
		oracle_check(space, life->state == now, "a bind that failed left id %u %s", id, ioasid_state_name(now));
		return;
	}
	oracle_check(space, now == IOASID_STATE_ACTIVE || now == IOASID_STATE_PARKED,
	             "a bind that failed left id %u %s", id, ioasid_state_name(now));
	space->handle[space->nr_handles++ % NR_HANDLES] = life->handle;
	oracle_adopt_ghosts(space, life, b->devices);
	oracle_check(space, life->claim || life->binds != 0 || now == IOASID_STATE_PARKED, "id %u has no holder", id);
	if (now == IOASID_STATE_PARKED)
		task_begin(space, &life->task, NULL, life);
}

static void failed(struct bind *b, struct life *life, bool shared)
{
	struct space *space = b->space;

	space->pressed = true;
	if (life != NULL && life->state == IOASID_STATE_ACTIVE)
		oracle_adopt_ghosts(space, life, b->devices);
	for (uint32_t id = 0; b->makes && id < space->ids; id++) {
		enum ioasid_state now = oracle_state(space, id);

		if (life_is_free(space, id) && now != IOASID_STATE_FREE)
			adopt(b, id, now, shared);
	}
	oracle_sync(space);
	space->pressed = false;
}

static void judge(struct bind *b, const char *call, int got, uint64_t refused, struct life *life, bool shared)
{
	if (sim_alloc_refused() != refused)
		oracle_allow(&b->answers, -IOASID_ENOMEM);
	oracle_expect(b->space, call, got, &b->answers);
	if (got == 0)
		all_bound(b, life, shared);
	else
		failed(b, life, shared);
}

/*
 * An id that rests, and would be taken, and rest again when the bind fails: of
 * that nobody could tell afterwards whose it is.
 */
static bool may_be_lost(const struct space *space)
{
	for (uint32_t id = 0; space->world->refuses && id < space->ids; id++)
		if (space->life[id].state == IOASID_STATE_QUARANTINED)
			return true;
	return false;
}

static void allow_new(struct bind *b)
{
	b->makes = true;
	id_allow(b->space, b->set, 0, b->last, &b->answers);
	b->taken = id_before(b->space, 0, b->last);
}

void op_bind_shared(struct world *world, struct space *space, const struct operation *operation)
{
	uint64_t refused = sim_alloc_refused();
	struct life *life;
	struct bind b;

	(void)world;
	if (!pick(space, operation, &b) || (b.set = choose_set(space, operation->a)) == NULL || may_be_lost(space))
		return;
	life = b.set->ended ? NULL : life_shared_of(space, b.set);
	if (life != NULL)
		allow_pairs(&b, life, ioasid_value(ioasid_handle_id(life->handle)));
	else
		allow_new(&b);
	allow_removed(&b);
	pick_wait(&b, operation);
	judge(&b, "ioasid_set_bind", ioasid_set_bind(b.set->set, b.args, b.count, b.flags, b.bindings), refused, life,
	      true);
}

void op_bind_private(struct world *world, struct space *space, const struct operation *operation)
{
	uint64_t refused = sim_alloc_refused();
	struct bind b;

	(void)world;
	if (!pick(space, operation, &b) || (b.set = choose_set(space, operation->a)) == NULL || may_be_lost(space))
		return;
	allow_new(&b);
	allow_removed(&b);
	pick_wait(&b, operation);
	judge(&b, "ioasid_set_bind_private", ioasid_set_bind_private(b.set->set, b.args, b.count, b.flags, b.bindings),
	      refused, NULL, false);
}

void op_bind_id(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	uint64_t refused = sim_alloc_refused();
	struct life *life;
	struct bind b;
	int stale;

	(void)world;
	if (!pick(space, operation, &b))
		return;
	life = life_of(space, handle, &stale);
	if (life == NULL)
		oracle_allow(&b.answers, stale);
	else if (life->state != IOASID_STATE_ACTIVE)
		oracle_allow(&b.answers, ioasid_state_answer(IOASID_OP_BIND, life->state));
	else
		allow_pairs(&b, life, ioasid_value(ioasid_handle_id(handle)));
	allow_removed(&b);
	pick_wait(&b, operation);
	judge(&b, "ioasid_id_bind", ioasid_id_bind(space->space, handle, b.args, b.count, b.flags, b.bindings), refused,
	      life, false);
}
