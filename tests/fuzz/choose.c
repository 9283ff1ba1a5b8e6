/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* choose.c - from a byte of the input to what it names. */
#include "world.h"

struct set *choose_set(struct space *space, uint8_t byte)
{
	struct set *set = &space->set[byte % NR_SETS];

	return set->serial != 0 && set->holds != 0 ? set : NULL;
}

struct actor *choose_device(struct space *space, uint8_t byte)
{
	struct actor *actor = actor_at(space, byte % NR_DEVICES);

	return actor->kind == ACTOR_DEVICE ? actor : NULL;
}

struct actor *choose_participant(struct space *space, uint8_t byte)
{
	struct actor *actor = actor_at(space, NR_DEVICES + byte % (NR_ACTORS - NR_DEVICES));

	return actor->kind != ACTOR_NONE ? actor : NULL;
}

/* Also one that is gone: a stale handle. What is being released right now is neither. */
struct binding *choose_binding(struct space *space, uint8_t byte)
{
	uint32_t used = 0;
	struct binding *binding;

	while (used < NR_BINDINGS && space->binding[used].place != PLACE_UNUSED)
		used++;
	if (used == 0)
		return NULL;
	binding = &space->binding[byte % used];
	oracle_sync_id(space, binding->id);
	return binding->releasing ? NULL : binding;
}

/* One handed out lately, the newest ones for the high bytes; or the zeroed one. */
ioasid_handle_t choose_handle(struct space *space, uint8_t byte)
{
	uint32_t known = space->nr_handles < NR_HANDLES ? space->nr_handles : NR_HANDLES;
	ioasid_handle_t none = {0};

	if (known == 0 || byte == 0x7f)
		return none;
	if (byte & 0x80)
		return space->handle[(space->nr_handles - 1 - (byte & 0x7f) % known) % NR_HANDLES];
	return space->handle[byte % known];
}

/* Within the space, mostly; and just beyond it. */
ioasid_t choose_id(const struct space *space, uint8_t byte)
{
	return byte == 0xff ? ioasid_invalid() : ioasid_make(byte % (space->ids + 1));
}

/*
 * How long to wait. Where callbacks have a deadline, a wait only polls: else time
 * would pass within one call, and what it then came to would be hard to foretell.
 */
uint64_t wait_time(const struct space *space, uint8_t byte)
{
	if (space->timeout_ns != IOASID_FOREVER || byte % 3 == 0)
		return 0;
	return byte % 3 == 1 ? 700 : UINT64_C(2500000);
}

bool is_nested(const struct space *space)
{
	return space->world->calling == space;
}

/* What a waiting call answers where nothing can be waited for. True: its wait was over. */
bool expect_wait(struct space *space, const char *call, int got, bool ready, uint64_t timeout_ns)
{
	struct answers answers = {0};

	if (ready)
		oracle_allow(&answers, 0);
	else if (is_nested(space) || sim_read_depth() != 0)
		oracle_allow(&answers,
		             timeout_ns == 0 ? -IOASID_EAGAIN : -IOASID_EDEADLK); /* a poll waits for nobody */
	else
		oracle_allow(&answers, -IOASID_EAGAIN);
	oracle_expect(space, call, got, &answers);
	return got == 0;
}
