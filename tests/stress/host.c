/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* host.c - spaces and sets for tests. */
#include "host.h"

struct ioasid_space *host_space(uint32_t bits, uint32_t flags, uint32_t order, const struct ioasid_range *reserved)
{
	struct ioasid_space_config config = {
		.size = sizeof(config),
		.bits = bits,
		.flags = flags | IOASID_SPACE_ZERO,
		.order = order,
		.reserved = reserved,
		.nr_reserved = reserved != NULL,
		.quiesce_timeout_ns = IOASID_FOREVER,
	};
	struct ioasid_space *space = NULL;

	ck_assert_int_eq(ioasid_space_create(&config, &space), 0);
	return space;
}

static bool tell_nobody(void *context, const struct ioasid_holder *holder)
{
	(void)context;
	ck_abort_msg("id %u is left in state %s: %u references, %u pins, %u bindings, owner %llu",
	             host_id(holder->handle), ioasid_state_name(holder->state), holder->references, holder->pins,
	             holder->bindings, (unsigned long long)holder->owner_key);
	return false;
}

void host_space_end(struct ioasid_space *space)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};
	uint32_t state;

	host_flush(space);
	ck_assert_int_eq(ioasid_space_snapshot(space, &snapshot), 0);
	ck_assert(snapshot.exact);
	for (state = IOASID_STATE_RESERVED; state < IOASID_STATE_COUNT; state++)
		ck_assert_uint_eq(snapshot.in_state[state], 0);
	ck_assert_uint_eq(snapshot.in_state[IOASID_STATE_FREE] + snapshot.withheld, snapshot.capacity);
	ck_assert_uint_eq(snapshot.references, 0);
	ck_assert_uint_eq(snapshot.pins, 0);
	ck_assert_int_eq(ioasid_space_destroy(space, tell_nobody, NULL), 0);
}

struct ioasid_owner_set *host_set(struct ioasid_space *space, uint64_t key, uint32_t quota, uint32_t flags)
{
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {.key = key, .generation = 1},
		.quota = quota,
		.flags = flags,
	};
	struct ioasid_owner_set *set = NULL;

	ck_assert_int_eq(ioasid_set_create(space, &config, &set), 0);
	return set;
}

void host_set_end(struct ioasid_owner_set *set)
{
	int error = ioasid_set_end(set);

	ck_assert(error == 0 || error == -IOASID_ESTALE);
	ck_assert_int_eq(ioasid_set_wait(set, IOASID_FOREVER), 0);
	ck_assert_uint_eq(host_charged(set), 0);
	ck_assert_int_eq(ioasid_set_release(set), 0);
}

void host_run(struct ioasid_space *space)
{
	ck_assert_int_eq(ioasid_space_run(space, 0, NULL), 0);
}

void host_flush(struct ioasid_space *space)
{
	ck_assert_int_eq(ioasid_space_flush(space, IOASID_FOREVER), 0);
}

struct ioasid_counters host_counters(const struct ioasid_space *space)
{
	struct ioasid_counters counters = {.size = sizeof(counters)};

	ck_assert_int_eq(ioasid_space_counters(space, &counters), 0);
	return counters;
}

uint32_t host_charged(const struct ioasid_owner_set *set)
{
	struct ioasid_set_info info;

	ck_assert_int_eq(ioasid_set_query(set, &info), 0);
	return info.charged;
}
