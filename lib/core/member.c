/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* member.c - one binding, or the id itself, going through its phases. The reclaimer's alone. */
#include "lifecycle.h"
#include "quiesce.h"
#include "token.h"

static bool has_tally(const struct binding *member)
{
	return member->tally.block != NULL;
}

/* Its gate is closed; the grace period from now on finds everybody who got in. */
void member_begin(struct ioasid_space *space, struct binding *member, struct binding *leader, enum ioasid_reason reason)
{
	member->leader = leader;
	member->reason = reason;
	member->stage = STAGE_GRACE;
	if (has_tally(member))
		tally_close(&member->tally);
	member->stamp = clock_stamp(&space->clock);
	(void)clock_want(&space->clock, member->stamp);
}

static void set_deadline(struct ioasid_space *space, struct binding *member)
{
	if (space->timeout_ns == IOASID_FOREVER) {
		member->deadline = UINT64_MAX;
		return;
	}
	member->deadline = ioasid_port_now_ns() + space->timeout_ns;
	if (member->deadline < space->reclaimer.deadline)
		space->reclaimer.deadline = member->deadline;
}

static void took_status(struct ioasid_space *space, struct binding *member, int status)
{
	if (status == 0)
		return;
	member->failed = true;
	count_up(&space->count.failed, 1);
}

/* Ask one participant. True: it has answered. */
static bool ask(struct ioasid_space *space, struct binding *member, const struct asked *asked)
{
	struct ioasid_view view = participant_view(space, member, member->reason);
	ioasid_token_t token = token_arm(space, member);
	int answer;
	int status = 0;

	space->reclaimer.steps++;
	count_up(&space->count.callbacks, 1);
	answer = asked->ops->quiesce[member->phase](asked->context, &view, token);
	if (answer == IOASID_PENDING) {
		if (token_answered(member, &status)) {
			took_status(space, member, status);
			return true;
		}
		member->pending = true;
		set_deadline(space, member);
		return false;
	}
	/* The token dies with the answer; if it was completed all the same, an error counts. */
	(void)token_disarm(member, &status);
	took_status(space, member, answer < 0 ? answer : status);
	return true;
}

void member_start(struct ioasid_space *space, struct binding *member, enum ioasid_phase phase)
{
	member->phase = phase;
	member->cursor = 0;
	member->deadline = 0;
	member->stage = STAGE_PHASE;
	member_advance(space, member);
}

/* At the end of DEVICE, the requests that were begun must have ended. */
static bool requests_are_out(struct ioasid_space *space, struct binding *member)
{
	if (member->phase != IOASID_PHASE_DEVICE || member->device == NULL || !has_tally(member) ||
	    tally_is_drained(&member->tally))
		return false;
	if (member->reason == IOASID_REASON_REMOVE) {
		count_up(&space->count.forgiven, tally_forgive(&member->tally));
		return false;
	}
	if (member->deadline == 0)
		set_deadline(space, member);
	return true;
}

/* The next place with somebody to ask, in *place. Who has enrolled since it started would miss the first phases. */
static bool next_place(struct binding *member, uint32_t *place)
{
	uint32_t own = (UINT32_C(1) << PARTICIPANT_COMMON) - 1;
	uint32_t places = (member->leader->asks | own) >> member->cursor;

	if (places == 0)
		return false;
	*place = member->cursor + port_ctz64(places);
	member->cursor = *place + 1;
	return true;
}

void member_advance(struct ioasid_space *space, struct binding *member)
{
	struct asked asked;
	uint32_t place;

	while (!member->pending && next_place(member, &place)) {
		if (!participant_at(space, member, place, &asked) || member->unused)
			continue;
		/* The device itself is not asked once it is removed, also if its letter has not been read. */
		if (asked.ops->quiesce[member->phase] == NULL ||
		    (asked.is_device && port_u32_load_acquire(&member->device->gone) != 0)) /* ACQUIRE [B3] */
			continue;
		if (ask(space, member, &asked))
			member->deadline = 0;
	}
	if (member->pending || requests_are_out(space, member))
		return;
	member->stage = STAGE_WAIT;
	member->leader->waiting--;
}

/* Nobody waits any longer for what this member waits for: it has failed, or its device is @gone. */
void member_abandon(struct ioasid_space *space, struct binding *member, bool gone)
{
	int status = 0;

	if (!member->pending) {
		/* It waits for its requests: they stay counted, and it is poisoned. */
		count_up(&space->count.timeouts, 1);
		member->failed = true;
		member->stage = STAGE_WAIT;
		member->leader->waiting--;
		return;
	}
	member->pending = false;
	member->deadline = 0;
	if (!token_disarm(member, &status)) {
		/* The answer is in, though its letter is not: it counts. */
		if (!gone)
			took_status(space, member, status);
	} else if (!gone) {
		count_up(&space->count.timeouts, 1);
		member->failed = true;
	}
	member_advance(space, member);
}

/* Nobody can reach it any more: back to the pool a grace period from now. */
void member_retire(struct ioasid_space *space, struct binding *member)
{
	struct reclaimer *reclaimer = &space->reclaimer;

	member->stage = STAGE_END;
	member->stamp = clock_stamp(&space->clock);
	(void)clock_want(&space->clock, member->stamp);
	member->active_next = NULL;
	*reclaimer->limbo_end = member;
	reclaimer->limbo_end = &member->active_next;
}

static void tell_released(struct ioasid_space *space, struct binding *member)
{
	struct ioasid_device *device = member->device;
	struct ioasid_view view = participant_view(space, member, member->reason);

	if (device->ops.released != NULL && !member->unused)
		device->ops.released(device->context, &view);
}

/* All its phases are done and none failed. False: a pin is out, whose unpin will tell. */
bool member_release(struct ioasid_space *space, struct binding *member)
{
	struct binding_life before;
	struct binding_life after;

	member->stage = STAGE_DRAIN;
	/* Pins grow in OPEN only: once there is none, there will be none. */
	if (binding_read(member).pins != 0)
		return false;
	/* The driver hears of it before any waiter does, and before the pair can be bound again. */
	tell_released(space, member);
	(void)binding_apply(member, 0, binding_on_release, 0, &before, &after);
	chain_remove(&table_more(&space->table, handle_number(member->handle))->bindings, &member->by_slot);
	chain_remove(&member->device->bindings, &member->by_device);
	if (member->behind != NULL)
		(void)port_u32_add_relaxed(&member->behind->uses, UINT32_MAX); /* relaxed: read by the reclaimer */
	(void)life_unbind(space, member->slot, member->handle);
	if (member->unbinding)
		life_unbound(space, member->handle);
	member_retire(space, member);
	return true;
}
