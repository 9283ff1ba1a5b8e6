/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_bad.c - arguments that can never be right, and handles that nobody has given out. */
#include "operations.h"

#define REFUSED(call) oracle_expect_one(space, #call, call, -IOASID_EINVAL)

static void bad_spaces(struct space *space)
{
	struct ioasid_range wide = ioasid_range_make(ioasid_make(0), ioasid_make(64));
	struct ioasid_space_config config = {.size = sizeof(config), .bits = 4};
	struct ioasid_space *made = NULL;
	uint32_t done;

	REFUSED(ioasid_space_create(NULL, &made));
	REFUSED(ioasid_space_create(&config, NULL));
	config.bits = 0;
	REFUSED(ioasid_space_create(&config, &made));
	config.bits = IOASID_BITS_MAX + 1;
	REFUSED(ioasid_space_create(&config, &made));
	config.bits = 4;
	config.flags = 4;
	REFUSED(ioasid_space_create(&config, &made));
	config.flags = 0;
	config.order = 2;
	REFUSED(ioasid_space_create(&config, &made));
	config.order = 0;
	config.nr_reserved = 1;
	REFUSED(ioasid_space_create(&config, &made));
	config.reserved = &wide;
	REFUSED(ioasid_space_create(&config, &made));
	wide = ioasid_range_make(ioasid_make(5), ioasid_make(4));
	REFUSED(ioasid_space_create(&config, &made));
	config.nr_reserved = 65;
	REFUSED(ioasid_space_create(&config, &made));
	config = (struct ioasid_space_config){.size = sizeof(config) - 1, .bits = 4};
	REFUSED(ioasid_space_create(&config, &made));
	oracle_check(space, made == NULL, "an output was written by a call that failed");
	REFUSED(ioasid_space_destroy(NULL, NULL, NULL));
	REFUSED(ioasid_space_run(NULL, 0, &done));
	REFUSED(ioasid_space_flush(NULL, 0));
	REFUSED(ioasid_space_reserved(space->space, 0, NULL));
}

static void bad_sets(struct space *space, struct set *set)
{
	struct ioasid_set_config config = {.size = sizeof(config), .flags = 4};
	struct ioasid_range all = ioasid_range_make(ioasid_make(0), ioasid_invalid());
	struct ioasid_owner_set *made = NULL;
	ioasid_handle_t handle = {0};

	REFUSED(ioasid_set_create(space->space, &config, &made));
	config.flags = 0;
	config.size = 0;
	REFUSED(ioasid_set_create(space->space, &config, &made));
	REFUSED(ioasid_set_create(space->space, NULL, &made));
	REFUSED(ioasid_set_create(NULL, &config, &made));
	REFUSED(ioasid_set_lookup(NULL, config.owner, &made));
	REFUSED(ioasid_set_lookup(space->space, config.owner, NULL));
	REFUSED(ioasid_set_end(NULL));
	REFUSED(ioasid_set_wait(NULL, 0));
	REFUSED(ioasid_set_release(NULL));
	REFUSED(ioasid_set_shared(NULL, &handle));
	REFUSED(ioasid_set_query(NULL, NULL));
	REFUSED(ioasid_id_alloc(NULL, NULL, 0, &handle));
	oracle_check(space, made == NULL && !ioasid_handle_is_set(handle),
	             "an output was written by a call that failed");
	if (set == NULL)
		return;
	REFUSED(ioasid_id_alloc(set->set, NULL, 4, &handle));
	REFUSED(ioasid_id_alloc(set->set, NULL, 0, NULL));
	REFUSED(ioasid_id_alloc(set->set, &all, 0, &handle));
	REFUSED(ioasid_set_shared(set->set, NULL));
	REFUSED(ioasid_set_find(set->set, ioasid_make(1), NULL));
	REFUSED(ioasid_set_for_each(set->set, NULL, NULL));
}

static void bad_binds(struct space *space, struct actor *device, struct set *set)
{
	struct ioasid_bind_args args[2] = {{.size = sizeof(args[0])}, {.size = sizeof(args[0])}};
	ioasid_binding_t bindings[2] = {{0}, {0}};
	ioasid_handle_t none = {0};

	if (device == NULL || set == NULL)
		return;
	REFUSED(ioasid_set_bind(set->set, args, 1, 0, bindings));
	args[0].device = device->device;
	args[1].device = device->device;
	REFUSED(ioasid_set_bind(set->set, args, 2, 0, bindings));
	REFUSED(ioasid_set_bind(set->set, args, 0, 0, bindings));
	REFUSED(ioasid_set_bind(set->set, args, 1, 2, bindings));
	REFUSED(ioasid_set_bind(set->set, args, 1, 0, NULL));
	REFUSED(ioasid_set_bind(set->set, args, IOASID_BIND_MAX + 1, 0, bindings));
	REFUSED(ioasid_set_bind_private(NULL, args, 1, 0, bindings));
	args[0].size--;
	REFUSED(ioasid_set_bind_private(set->set, args, 1, 0, bindings));
	args[0].size++;
	if (!device->removed)
		REFUSED(ioasid_id_bind(space->space, none, args, 1, 0, bindings));
	REFUSED(ioasid_device_pin(device->device, ioasid_invalid(), bindings));
	oracle_check(space, bindings[0].binding_ == 0, "an output was written by a call that failed");
}

/* Things of one space, given to the other. */
static void bad_neighbours(struct space *space, const struct operation *operation)
{
	struct space *other = &space->world->space[1 - space->index];
	struct actor *device = choose_device(other, operation->a);
	struct set *set = choose_set(space, operation->b);
	ioasid_handle_t handle = choose_handle(other, operation->c);
	struct ioasid_bind_args args = {.size = sizeof(args), .device = device ? device->device : NULL};
	ioasid_binding_t binding = {0};

	if (set != NULL)
		REFUSED(ioasid_set_bind(set->set, &args, 1, 0, &binding));
	if (!ioasid_handle_is_set(handle))
		return;
	REFUSED(ioasid_id_get(space->space, handle));
	REFUSED(ioasid_id_put(space->space, handle));
	REFUSED(ioasid_id_free(space->space, handle));
	REFUSED(ioasid_id_publish(space->space, handle));
	REFUSED(ioasid_id_unpoison(space->space, handle));
}

static void bad_others(struct space *space)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = IOASID_BITS_MAX + 1};
	struct ioasid_participant_config participant = {.size = sizeof(participant)};
	struct ioasid_snapshot snapshot = {.size = 1};
	struct ioasid_counters counters = {.size = 1};
	struct ioasid_participant *enrolled = NULL;
	struct ioasid_device *device = NULL;
	ioasid_binding_t none = {0};
	ioasid_token_t token = {0};

	REFUSED(ioasid_device_register(space->space, &config, &device));
	config.bits = 8;
	config.flags = 1;
	REFUSED(ioasid_device_register(space->space, &config, &device));
	REFUSED(ioasid_device_unregister(NULL));
	REFUSED(ioasid_device_remove(NULL));
	REFUSED(ioasid_device_reset_done(NULL));
	REFUSED(ioasid_space_enroll(space->space, &participant, &enrolled));
	REFUSED(ioasid_set_enroll(NULL, &participant, &enrolled));
	REFUSED(ioasid_binding_enroll(space->space, NULL, &enrolled));
	REFUSED(ioasid_participant_withdraw(NULL));
	REFUSED(ioasid_token_complete(space->space, token, 0));
	REFUSED(ioasid_binding_unbind(space->space, none));
	REFUSED(ioasid_binding_unpin(space->space, none));
	REFUSED(ioasid_request_begin(space->space, none));
	REFUSED(ioasid_request_end(NULL, none));
	REFUSED(ioasid_binding_wait(space->space, none, 0));
	REFUSED(ioasid_space_snapshot(space->space, &snapshot));
	REFUSED(ioasid_space_counters(space->space, &counters));
	REFUSED(ioasid_space_dump(space->space, NULL, NULL));
	oracle_check(space, device == NULL && enrolled == NULL, "an output was written by a call that failed");
}

void op_bad(struct world *world, struct space *space, const struct operation *operation)
{
	(void)world;
	switch (operation->a % 5) {
	case 0:
		bad_spaces(space);
		break;
	case 1:
		bad_sets(space, choose_set(space, operation->b));
		break;
	case 2:
		bad_binds(space, choose_device(space, operation->b), choose_set(space, operation->c));
		break;
	case 3:
		bad_neighbours(space, operation);
		break;
	default:
		bad_others(space);
		break;
	}
}

static void refuse_garbage(struct space *space, const char *call, int got)
{
	struct answers answers = {2, {-IOASID_EINVAL, -IOASID_ESTALE}};

	oracle_allow(&answers, -IOASID_ENOENT);
	oracle_expect(space, call, got, &answers);
}

/* A handle that differs from one that was given out in one byte, and was not given out itself. */
void op_garbage(struct world *world, struct space *space, const struct operation *operation)
{
	ioasid_handle_t handle = choose_handle(space, operation->a);
	struct binding *binding = choose_binding(space, operation->a);
	unsigned shift = operation->b % 8 * 8;
	int known;

	(void)world;
	handle.handle_ ^= (uint64_t)operation->c << shift;
	(void)life_of(space, handle, &known);
	if (known == -IOASID_EINVAL && space->nr_handles < NR_HANDLES) {
		refuse_garbage(space, "ioasid_id_get", ioasid_id_get(space->space, handle));
		refuse_garbage(space, "ioasid_id_publish", ioasid_id_publish(space->space, handle));
		refuse_garbage(space, "ioasid_id_abort", ioasid_id_abort(space->space, handle));
		refuse_garbage(space, "ioasid_id_free", ioasid_id_free(space->space, handle));
		refuse_garbage(space, "ioasid_id_unpoison", ioasid_id_unpoison(space->space, handle));
	}
	if (binding != NULL && operation->c != 0) {
		ioasid_binding_t other = {binding->handle.binding_ ^ (uint64_t)operation->c << shift};

		for (uint32_t i = 0; i < NR_BINDINGS; i++)
			if (space->binding[i].handle.binding_ == other.binding_)
				return;
		/* A binding of a bind that failed half way is somebody's, though nobody was told. */
		for (uint32_t id = 0; id < space->ids; id++)
			if (space->life[id].ghosts != 0)
				return;
		refuse_garbage(space, "ioasid_request_begin", ioasid_request_begin(space->space, other));
	}
}
