/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* sequence.c - playing an input, operation by operation; the same every time. */
#include <string.h>

#include "operations.h"

/* The order is the input's alphabet: append only, or the corpus means something else. */
const struct operation_kind operation_kinds[] = {
	{"run", op_run, true},
	{"alloc", op_alloc, true},
	{"publish", op_publish, true},
	{"abort", op_abort, true},
	{"free", op_free, true},
	{"set_free", op_set_free, true},
	{"find", op_find, true},
	{"get", op_get, true},
	{"set_get", op_set_get, true},
	{"find_get", op_find_get, true},
	{"put", op_put, true},
	{"pin", op_pin, true},
	{"unpin", op_unpin, true},
	{"id_wait", op_id_wait, true},
	{"unpoison", op_unpoison, true},
	{"set_create", op_set_create, true},
	{"set_end", op_set_end, true},
	{"set_release", op_set_release, true},
	{"set_lookup", op_set_lookup, true},
	{"set_wait", op_set_wait, true},
	{"set_look", op_set_look, true},
	{"register", op_register, true},
	{"unregister", op_unregister, true},
	{"remove", op_remove, true},
	{"reset_done", op_reset_done, true},
	{"behave", op_behave, true},
	{"bind_shared", op_bind_shared, true},
	{"bind_private", op_bind_private, true},
	{"bind_id", op_bind_id, true},
	{"unbind", op_unbind, true},
	{"binding_wait", op_binding_wait, true},
	{"binding_look", op_binding_look, true},
	{"device_pin", op_device_pin, true},
	{"binding_unpin", op_binding_unpin, true},
	{"request_begin", op_request_begin, true},
	{"request_end", op_request_end, true},
	{"enroll", op_enroll, true},
	{"withdraw", op_withdraw, true},
	{"token", op_token, true},
	{"flush", op_flush, true},
	{"compare", op_compare, true},
	{"destroy", op_destroy, true},
	{"hold", op_hold, false},
	{"read_section", op_read_section, false},
	{"forked", op_forked, false},
	{"clock", op_clock, false},
	{"fail_alloc", op_fail_alloc, false},
	{"fail_swaps", op_fail_swaps, true},
	{"shard", op_shard, true},
	{"churn", op_churn, false},
	{"bad", op_bad, true},
	{"garbage", op_garbage, true},
};
const unsigned nr_operation_kinds = sizeof(operation_kinds) / sizeof(operation_kinds[0]);

/* One operation of the input; false: there is none left. The high bit of its first byte: on the second space. */
bool sequence_step(struct world *world)
{
	const uint8_t *bytes = world->input + world->next;
	struct space *space = &world->space[world->next + OPERATION_BYTES <= world->size && (bytes[0] & 0x80)];
	const struct operation_kind *kind;
	struct operation operation;

	if (world->next + OPERATION_BYTES > world->size)
		return false;
	operation = (struct operation){(uint8_t)((bytes[0] & 0x7f) % nr_operation_kinds), bytes[1], bytes[2], bytes[3]};
	world->next += OPERATION_BYTES;
	kind = &operation_kinds[operation.code];
	/* While a grace period is held up, a run of the other space would wait for it, too. */
	for (unsigned i = 0; i < NR_SPACES; i++)
		if (world->space[i].held || world->calling == &world->space[i])
			space = &world->space[i];
	if (world->depth == 0 || kind->nested)
		kind->play(world, space, &operation);
	return true;
}

void sequence_play(const uint8_t *input, size_t size)
{
	static struct world world;
	static const uint8_t nothing[HEADER_BYTES];
	size_t most = HEADER_BYTES + OPERATIONS_MAX * OPERATION_BYTES;

	memset(&world, 0, sizeof(world));
	world.input = size < HEADER_BYTES ? nothing : input;
	world.size = size < HEADER_BYTES ? HEADER_BYTES : size > most ? most : size;
	world.next = HEADER_BYTES;
	world_begin(&world, world.input);
	while (sequence_step(&world))
		;
	world_end(&world);
}
