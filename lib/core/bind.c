/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * bind.c - binding devices to ids, all or nothing.
 *
 * A binding is made OPEN, with a reference of its own on the id, and added to
 * the id's chain unless the device has one there: then that one gets one more
 * user. Then its maker looks at the slot and the device again (seq_cst on both
 * sides): either the park finds the binding, or the maker finds the park.
 *
 * Interleavings considered
 *  - two binds of one pair: chain_add() lets one in, the other joins it.
 *  - a park or removal between add and tell: it closes the binding in silence
 *    (told is false), and the bind fails; its data was never the library's.
 *  - a bind of several devices tells of all by one swap on a commit record:
 *    closing any of them first closes the record.
 *  - undo gives up the one user that this call added: others may have joined,
 *    with the same data, which they answer for; without data only once told.
 *  - a bind of several that joins what another bind has not told of yet, and then
 *    fails: it would have told of what nobody may ever be given. So it does not.
 */
#include "lifecycle.h"
#include "participant.h"
#include "reclaim.h"

struct bind {
	struct ioasid_space *space;
	struct slot *slot;
	ioasid_handle_t handle;
	const struct ioasid_bind_args *args;
	uint32_t count;
	struct binding *commit;
	struct binding *binding[IOASID_BIND_MAX];
	uint32_t generation[IOASID_BIND_MAX];
	bool made[IOASID_BIND_MAX];
};

/* The device has a binding here already: be one more user of it. Within a read section. */
static int join(struct bind *b, uint32_t i, struct binding *binding)
{
	const struct ioasid_bind_args *args = &b->args[i];
	struct binding_life before = binding_read(binding);
	void *data = port_plain_get(binding->data);
	struct binding_life after;
	int error;

	/* What is quiescing is bound no more: when it is gone, other data may be bound. */
	if (before.state != BINDING_OPEN)
		return -IOASID_EAGAIN;
	/*
	 * Data is not taken from a bind that may fail yet, and then keeps it; nor is
	 * such a binding told of by a bind that may fail itself.
	 */
	if (!before.told && (b->count > 1 || (args->data == NULL && data != NULL)))
		return -IOASID_EAGAIN;
	if ((args->data != NULL && args->data != data) || (args->behind != NULL && args->behind != binding->behind))
		return -IOASID_EBUSY;
	error = binding_apply(binding, 0, binding_on_join, 0, &before, &after);
	if (error != 0)
		return error;
	b->binding[i] = binding;
	b->generation[i] = after.generation;
	b->made[i] = false;
	return 0;
}

/* A binding that was never on a chain: nobody has seen it. */
static void discard(struct bind *b, struct binding *binding)
{
	if (binding->tally.block != NULL)
		tally_give(&b->space->tally, &binding->tally);
	if (binding->behind != NULL)
		(void)port_u32_add_relaxed(&binding->behind->uses, UINT32_MAX); /* relaxed: read by the reclaimer */
	pool_give(&b->space->pool, binding);
}

static int prepare(struct bind *b, uint32_t i, struct binding **out)
{
	const struct ioasid_bind_args *args = &b->args[i];
	struct binding *binding = pool_take(&b->space->pool);

	if (binding == NULL)
		return -IOASID_ENOMEM;
	if (tally_take(&b->space->tally, &binding->tally) != 0) {
		discard(b, binding);
		return -IOASID_ENOMEM;
	}
	binding->slot = b->slot;
	binding->handle = b->handle;
	binding->device = args->device;
	port_plain_set(binding->data, args->data);
	binding->behind = args->behind;
	binding->commit = b->commit;
	if (binding->behind != NULL)
		(void)port_u32_add_relaxed(&binding->behind->uses, 1); /* relaxed: read by the reclaimer */
	*out = binding;
	return 0;
}

/* Did the id park, or the device go, before our binding could be found? */
static int look_again(const struct bind *b, uint32_t i)
{
	/* SEQ_CST [B3]: after the binding was added. */
	struct slot_life life = slot_unpack(port_u64_load_seq_cst(&b->slot->word));

	if (life.state != SLOT_ACTIVE || life.generation != handle_generation(b->handle) ||
	    port_u32_load_seq_cst(&b->args[i].device->gone) != 0)
		return -IOASID_ESTALE;
	return 0;
}

static port_ptr *bindings_of(const struct bind *b)
{
	return &table_more(&b->space->table, handle_number(b->handle))->bindings;
}

/* A binding of our own onto both chains, or into the one that is there by now. */
static int add(struct bind *b, uint32_t i, struct binding *binding)
{
	struct ioasid_device *device = b->args[i].device;
	struct chain_node *there;
	struct binding_life before;
	struct binding_life after;
	int error;

	(void)binding_apply(binding, 0, binding_on_open, 0, &before, &after);
	port_read_lock();
	there = chain_add(bindings_of(b), &binding->by_slot, binding_is_of, device);
	if (there != NULL) {
		error = join(b, i, binding_by_slot(there));
	} else {
		(void)chain_add(&device->bindings, &binding->by_device, NULL, NULL);
		b->binding[i] = binding;
		b->generation[i] = after.generation;
		b->made[i] = true;
		error = look_again(b, i);
	}
	port_read_unlock();
	if (there == NULL)
		return error;
	(void)binding_apply(binding, 0, binding_on_release, 0, &before, &after);
	discard(b, binding);
	(void)life_unbind(b->space, b->slot, b->handle);
	return error;
}

static int bind_one(struct bind *b, uint32_t i)
{
	struct chain_node *there;
	struct binding *binding;
	uint64_t before;
	uint64_t after;
	int error = 0;

	b->binding[i] = NULL;
	port_read_lock();
	there = chain_find(bindings_of(b), binding_is_of, b->args[i].device);
	if (there != NULL)
		error = join(b, i, binding_by_slot(there));
	port_read_unlock();
	if (there != NULL)
		return error;
	error = prepare(b, i, &binding);
	if (error != 0)
		return error;
	error = slot_apply(b->slot, handle_generation(b->handle), slot_on_bind, 0, &before, &after);
	if (error != 0) {
		discard(b, binding);
		return error;
	}
	return add(b, i, binding);
}

static void give_up(struct bind *b, uint32_t i)
{
	struct binding_life before;
	struct binding_life after;

	port_read_lock();
	if (binding_apply(b->binding[i], b->generation[i], binding_on_unbind, 0, &before, &after) == 0 &&
	    before.state == BINDING_OPEN && after.state == BINDING_CLOSING) {
		life_unbinding(b->space, b->handle);
		space_post(b->space, &b->binding[i]->letter, BINDING_CLOSED);
	}
	port_read_unlock();
}

/* Tell of all that we made, by one swap. -ESTALE: one of them was closed before. */
static int tell(struct bind *b)
{
	struct binding_life before;
	struct binding_life after;
	uint32_t i;

	if (b->commit != NULL && binding_apply(b->commit, 0, binding_on_commit, 0, &before, &after) != 0)
		return -IOASID_ESTALE;
	for (i = 0; i < b->count; i++) {
		binding_edge *edge = b->commit != NULL ? binding_on_told : binding_on_tell;

		if (b->made[i] && binding_apply(b->binding[i], b->generation[i], edge, 0, &before, &after) != 0 &&
		    b->commit == NULL)
			return -IOASID_ESTALE;
	}
	return 0;
}

static int bind_each(struct bind *b)
{
	uint32_t i;
	int error = 0;

	for (i = 0; i < b->count && error == 0; i++)
		error = bind_one(b, i);
	if (error == 0)
		error = tell(b);
	if (error == 0)
		return 0;
	while (i-- > 0)
		if (b->binding[i] != NULL)
			give_up(b, i);
	return error;
}

/* What we have made, told of or closed, is news to whoever waits to join. If nothing was: the waiter may be us. */
static void finish(struct bind *b)
{
	struct binding_life before;
	struct binding_life after;
	bool made = false;
	uint32_t i;

	for (i = 0; i < b->count; i++)
		made = made || b->made[i];
	if (made && b->commit != NULL) {
		space_post(b->space, &b->commit->letter, BINDING_SPENT);
	} else if (b->commit != NULL) {
		/* No binding names it. */
		(void)binding_apply(b->commit, 0, binding_on_cancel, 0, &before, &after);
		pool_give(&b->space->pool, b->commit);
	} else if (made && port_u32_load_seq_cst(&b->space->waiters) != 0) {
		space_wake(b->space); /* SEQ_CST [E3 -> E4] */
	}
}

/* Bind to a life that the caller keeps alive by a reference. */
static int bind_life(struct bind *b, ioasid_binding_t *bindings)
{
	struct binding_life before;
	struct binding_life after;
	uint32_t i;
	int error;

	if (b->count > 1) {
		b->commit = pool_take(&b->space->pool);
		if (b->commit == NULL)
			return -IOASID_ENOMEM;
		(void)binding_apply(b->commit, 0, binding_on_record, 0, &before, &after);
	}
	error = bind_each(b);
	finish(b);
	for (i = 0; error == 0 && i < b->count; i++)
		bindings[i] = binding_handle(b->space, b->binding[i], b->generation[i]);
	return error;
}

static bool args_are_good(const struct ioasid_space *space, const struct ioasid_bind_args *args, uint32_t count,
                          uint32_t flags, const ioasid_binding_t *bindings)
{
	uint32_t i;
	uint32_t j;

	if (space == NULL || args == NULL || bindings == NULL || count == 0 || count > IOASID_BIND_MAX ||
	    (flags & ~IOASID_BIND_WAIT) != 0)
		return false;
	for (i = 0; i < count; i++) {
		if (args[i].size != sizeof(args[i]) || args[i].device == NULL || args[i].device->space != space ||
		    (args[i].behind != NULL && (args[i].behind->space != space || args[i].behind->place != NULL)))
			return false;
		for (j = 0; j < i; j++)
			if (args[j].device == args[i].device)
				return false;
	}
	return true;
}

/* The largest id that all of the devices can take; -ESTALE if one is gone. */
static int narrowest(const struct ioasid_space *space, const struct ioasid_bind_args *args, uint32_t count,
                     uint32_t *last)
{
	uint32_t i;

	*last = space->table.nr_ids - 1;
	for (i = 0; i < count; i++) {
		uint32_t mine = (UINT32_C(1) << args[i].device->bits) - 1;

		if (port_u32_load_acquire(&args[i].device->gone) != 0) /* ACQUIRE: early; look_again() decides */
			return -IOASID_ESTALE;
		if (mine < *last)
			*last = mine;
	}
	return 0;
}

enum bind_what {
	BIND_SHARED,
	BIND_PRIVATE,
	BIND_ID
};

struct attempt {
	enum bind_what what;
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	ioasid_handle_t handle;
	const struct ioasid_bind_args *args;
	uint32_t count;
	ioasid_binding_t *bindings;
	int error;
};

/* A reference on the id to bind to: the set's shared one, a new private one, or the caller's. */
static int reference(struct attempt *a, uint32_t last)
{
	struct slot *slot;
	uint64_t before;
	uint64_t after;
	int error;

	if (a->what == BIND_SHARED)
		return life_share(a->set, last, &a->handle);
	if (a->what == BIND_PRIVATE)
		return life_create(a->set, 0, last, SLOT_BIRTH_ACTIVE | SLOT_BIRTH_BIND, false, &a->handle);
	error = space_resolve(a->space, a->handle, &slot);
	if (error != 0)
		return error;
	if (handle_number(a->handle) > last) {
		struct slot_life life = slot_read(slot);

		/* What is wrong with the life comes before what is wrong with its width. */
		if (life.state == SLOT_ACTIVE && life.generation == handle_generation(a->handle))
			return -IOASID_EOVERFLOW;
	}
	return slot_apply(slot, handle_generation(a->handle), slot_on_bind, 0, &before, &after);
}

static void try_once(struct attempt *a)
{
	struct bind b = {.space = a->space, .args = a->args, .count = a->count};
	uint32_t last;

	a->error = narrowest(a->space, a->args, a->count, &last);
	if (a->error == 0)
		a->error = reference(a, last);
	if (a->error != 0)
		return;
	b.handle = a->handle;
	b.slot = table_slot(&a->space->table, handle_number(a->handle));
	a->error = bind_life(&b, a->bindings);
	(void)life_unbind(a->space, b.slot, a->handle);
}

static bool attempt_is_over(void *context)
{
	struct attempt *a = context;

	try_once(a);
	return a->error != -IOASID_EAGAIN;
}

static int attempt(struct attempt *a, uint32_t flags)
{
	int error;

	if (flags & IOASID_BIND_WAIT) {
		error = wait_for(a->space, attempt_is_over, a, IOASID_FOREVER);
		return error != 0 ? error : a->error;
	}
	try_once(a);
	return a->error;
}

int ioasid_set_bind(struct ioasid_owner_set *set, const struct ioasid_bind_args *args, uint32_t count, uint32_t flags,
                    ioasid_binding_t *bindings)
{
	struct attempt a = {BIND_SHARED, set ? set->space : NULL, set, {0}, args, count, bindings, 0};

	return args_are_good(a.space, args, count, flags, bindings) ? attempt(&a, flags) : -IOASID_EINVAL;
}

int ioasid_set_bind_private(struct ioasid_owner_set *set, const struct ioasid_bind_args *args, uint32_t count,
                            uint32_t flags, ioasid_binding_t *bindings)
{
	struct attempt a = {BIND_PRIVATE, set ? set->space : NULL, set, {0}, args, count, bindings, 0};

	return args_are_good(a.space, args, count, flags, bindings) ? attempt(&a, flags) : -IOASID_EINVAL;
}

int ioasid_id_bind(struct ioasid_space *space, ioasid_handle_t handle, const struct ioasid_bind_args *args,
                   uint32_t count, uint32_t flags, ioasid_binding_t *bindings)
{
	struct attempt a = {BIND_ID, space, NULL, handle, args, count, bindings, 0};

	return args_are_good(space, args, count, flags, bindings) ? attempt(&a, flags) : -IOASID_EINVAL;
}
