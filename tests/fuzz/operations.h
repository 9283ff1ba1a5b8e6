/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* operations.h - what an input can ask for: each predicts, calls, compares, and follows. */
#ifndef IOASID_FUZZ_OPERATIONS_H
#define IOASID_FUZZ_OPERATIONS_H

#include "world.h"

/* op_id.c */
operation_fn op_publish, op_abort, op_free, op_set_free, op_get, op_set_get, op_put, op_unpin, op_find, op_find_get,
	op_pin;
/* op_alloc.c */
operation_fn op_alloc, op_churn, op_id_wait, op_unpoison;
/* op_set.c */
operation_fn op_set_create, op_set_end, op_set_release, op_set_lookup, op_set_wait, op_set_look;
/* op_bind.c */
operation_fn op_bind_shared, op_bind_private, op_bind_id;
/* op_binding.c */
operation_fn op_unbind, op_binding_wait, op_binding_look, op_device_pin, op_binding_unpin, op_request_begin,
	op_request_end;
/* op_device.c */
operation_fn op_register, op_unregister, op_remove, op_reset_done, op_behave;
/* op_participant.c */
operation_fn op_enroll, op_withdraw, op_token;
/* op_space.c */
operation_fn op_run, op_flush, op_compare, op_destroy, op_hold, op_read_section, op_forked;
/* op_port.c */
operation_fn op_clock, op_fail_alloc, op_fail_swaps, op_shard;
/* op_bad.c */
operation_fn op_bad, op_garbage;

void actor_forget(struct space *space, struct actor *actor);
void set_ended(struct space *space, struct set *set);
bool id_has_room(struct space *space, uint32_t first, uint32_t last);
void id_allow(struct space *space, const struct set *set, uint32_t first, uint32_t last, struct answers *answers);
struct taken {
	struct space *space;
	uint32_t first;
	uint32_t last;
	bool found_free;  /* before the call */
	uint32_t lowest;  /* of the free ones */
	uint64_t refused; /* allocations of memory */
};
struct taken id_before(struct space *space, uint32_t first, uint32_t last);
void id_check_taken(const struct taken *taken, uint32_t id);

/* The first id of a wait that is over: quarantined, free, or a later life. */
bool id_is_over(struct space *space, ioasid_handle_t handle);

#endif
