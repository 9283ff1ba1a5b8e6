/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_binding.c - what a driver does with a binding that it has. */
#include "operations.h"

static bool is_gone(const struct binding *binding)
{
	return binding->place == PLACE_GONE;
}

/* Its device was torn out by a call; when the library gets round to it, nobody is told. */
static bool is_being_removed(const struct binding *binding)
{
	return !is_gone(binding) && binding->device->removed && !binding->device->removal_known;
}

void op_unbind(struct world *world, struct space *space, const struct operation *operation)
{
	struct binding *binding = choose_binding(space, operation->a);
	struct answers answers = {0};
	int got;

	(void)world;
	if (binding == NULL)
		return;
	if (!is_gone(binding) && binding->users != 0)
		oracle_allow(&answers, 0);
	if (is_gone(binding) || binding->users == 0 || is_being_removed(binding))
		oracle_allow(&answers, -IOASID_ESTALE);
	got = ioasid_binding_unbind(space->space, binding->handle);
	oracle_expect(space, "ioasid_binding_unbind", got, &answers);
	space->expected.stale_calls += got != 0;
	if (got != 0 || --binding->users != 0)
		return;
	binding->unbound = true;
	binding_close(space, binding);
}

struct waiting {
	struct binding *binding;
	uint64_t timeout_ns;
};

static int wait_binding(struct space *space, void *context)
{
	const struct waiting *w = context;

	return ioasid_binding_wait(space->space, w->binding->handle, w->timeout_ns);
}

void op_binding_wait(struct world *world, struct space *space, const struct operation *operation)
{
	struct waiting w = {choose_binding(space, operation->a), wait_time(space, operation->b)};
	bool gone;
	int got;

	(void)world;
	if (w.binding == NULL || space->held)
		return;
	gone = is_gone(w.binding);
	got = world_run(space, wait_binding, &w, !gone && !is_nested(space));
	(void)expect_wait(space, "ioasid_binding_wait", got, gone || is_gone(w.binding), w.timeout_ns);
}

void op_binding_look(struct world *world, struct space *space, const struct operation *operation)
{
	struct binding *binding = choose_binding(space, operation->a);
	ioasid_handle_t handle = {0};
	void *data = NULL;
	int wanted;

	(void)world;
	if (binding == NULL)
		return;
	wanted = is_gone(binding) ? -IOASID_ESTALE : 0;
	oracle_expect_one(space, "ioasid_binding_handle", ioasid_binding_handle(space->space, binding->handle, &handle),
	                  wanted);
	oracle_expect_one(space, "ioasid_binding_data", ioasid_binding_data(space->space, binding->handle, &data),
	                  wanted);
	oracle_check(space, wanted != 0 || (ioasid_handle_equal(handle, binding->id_handle) && data == binding->data),
	             "a binding of id %u is not what it was made", binding->id);
}

void op_device_pin(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *device = choose_device(space, operation->a);
	ioasid_t id = choose_id(space, operation->b);
	struct answers answers = {0};
	struct binding *binding;
	ioasid_binding_t handle = {0};
	int got;

	(void)world;
	if (device == NULL)
		return;
	if (!ioasid_is_valid(id) || ioasid_value(id) >= space->ids) {
		oracle_expect_one(space, "ioasid_device_pin", ioasid_device_pin(device->device, id, &handle),
		                  -IOASID_EINVAL);
		return;
	}
	oracle_sync_id(space, ioasid_value(id));
	binding = binding_of_pair(space, device, ioasid_value(id));
	if ((space->reserved >> ioasid_value(id) & 1u) || space->life[ioasid_value(id)].retired)
		oracle_allow(&answers, -IOASID_ENOENT);
	else if (space->life[ioasid_value(id)].state != IOASID_STATE_ACTIVE)
		oracle_allow(&answers, ioasid_state_answer(IOASID_OP_FIND, space->life[ioasid_value(id)].state));
	else if (binding == NULL)
		oracle_allow(&answers, space->life[ioasid_value(id)].ghosts ? -IOASID_ESTALE : -IOASID_ENOENT);
	else
		oracle_allow(&answers, binding->place == PLACE_OPEN ? 0 : -IOASID_ESTALE);
	if (space->life[ioasid_value(id)].ghosts != 0)
		oracle_allow(&answers, -IOASID_ENOENT);
	/* Of an id that is bound nowhere, it is not said which of the two is told first. */
	if (device->removed && oracle_allows(&answers, 0))
		answers = (struct answers){1, {-IOASID_ESTALE}};
	else if (device->removed)
		oracle_allow(&answers, -IOASID_ESTALE);
	got = ioasid_device_pin(device->device, id, &handle);
	oracle_expect(space, "ioasid_device_pin", got, &answers);
	if (got != 0)
		return;
	oracle_check(space, binding != NULL && handle.binding_ == binding->handle.binding_,
	             "another binding was pinned");
	binding->pins++;
}

void op_binding_unpin(struct world *world, struct space *space, const struct operation *operation)
{
	struct binding *binding = choose_binding(space, operation->a);
	struct answers answers = {0};
	int got;

	(void)world;
	if (binding == NULL)
		return;
	if (is_gone(binding)) {
		oracle_allow(&answers, -IOASID_ESTALE);
	} else {
		if (binding->pins != 0)
			oracle_allow(&answers, 0);
		if (binding->pins == 0 && !binding->device->removed)
			oracle_allow(&answers, -IOASID_EINVAL);
		if (binding->device->removed)
			oracle_allow(&answers, -IOASID_ESTALE);
	}
	got = ioasid_binding_unpin(space->space, binding->handle);
	oracle_expect(space, "ioasid_binding_unpin", got, &answers);
	if (got == 0)
		binding->pins--;
	space->expected.surplus_unpins += got == -IOASID_EINVAL;
	space->expected.stale_calls += got == -IOASID_ESTALE;
}

void op_request_begin(struct world *world, struct space *space, const struct operation *operation)
{
	struct binding *binding = choose_binding(space, operation->a);
	unsigned times = 1 + operation->b % 4;

	(void)world;
	while (binding != NULL && times-- > 0) {
		struct answers answers = {0};
		int got;

		oracle_allow(&answers, binding->place == PLACE_OPEN ? 0 : -IOASID_ESTALE);
		got = ioasid_request_begin(space->space, binding->handle);
		oracle_expect(space, "ioasid_request_begin", got, &answers);
		binding->requests += got == 0;
	}
}

/*
 * An end too many is refused when the counts have been folded, which the quiesce
 * does at a moment that is its own; until then it is taken, and counted later.
 */
void op_request_end(struct world *world, struct space *space, const struct operation *operation)
{
	struct binding *binding = choose_binding(space, operation->a);
	struct answers answers = {0};
	int got;

	(void)world;
	if (binding == NULL || oracle_is_undecided(space))
		return;
	if (is_gone(binding)) {
		oracle_allow(&answers, -IOASID_ESTALE);
	} else {
		if (binding->requests > 0 || !binding->task.passed)
			oracle_allow(&answers, 0);
		if (binding->requests <= 0 && binding->place != PLACE_OPEN && !binding->device->removed)
			oracle_allow(&answers, -IOASID_EINVAL);
		if (binding->device->removed)
			oracle_allow(&answers, -IOASID_ESTALE);
	}
	got = ioasid_request_end(space->space, binding->handle);
	oracle_expect(space, "ioasid_request_end", got, &answers);
	/* What removal forgives, and when, is the library's: an end too many may be counted, or may not. */
	if (got == 0 && binding->requests <= 0 && binding->device->removed)
		space->surplus_perhaps++;
	else if (got == 0)
		binding->requests--;
	space->expected.surplus_puts += got == -IOASID_EINVAL;
	space->expected.stale_calls += got == -IOASID_ESTALE;
}
