/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* quiesce.c - leaders: starting phases together, and what comes after the last. */
#include "quiesce.h"

#include "lifecycle.h"
#include "token.h"

static void activate(struct ioasid_space *space, struct binding *leader)
{
	struct reclaimer *reclaimer = &space->reclaimer;

	leader->active_prev = NULL;
	leader->active_next = reclaimer->active;
	if (reclaimer->active != NULL)
		reclaimer->active->active_prev = leader;
	reclaimer->active = leader;
}

static void deactivate(struct ioasid_space *space, struct binding *leader)
{
	struct reclaimer *reclaimer = &space->reclaimer;

	if (leader->active_prev != NULL)
		leader->active_prev->active_next = leader->active_next;
	else
		reclaimer->active = leader->active_next;
	if (leader->active_next != NULL)
		leader->active_next->active_prev = leader->active_prev;
	leader->active_next = NULL;
	leader->active_prev = NULL;
}

static bool any_poisoned(const struct slot_more *more)
{
	struct chain_node *node;

	for (node = chain_first(&more->bindings); node != NULL; node = chain_next(node))
		if (binding_read(binding_by_slot(node)).state == BINDING_POISONED)
			return true;
	return false;
}

/* The leader of a park has nothing left to wait for but, perhaps, the tally of a hot id. */
static void conclude(struct ioasid_space *space, struct binding *leader)
{
	struct slot *slot = leader->slot;
	ioasid_handle_t handle = leader->handle;
	struct slot_more *more = table_more(&space->table, handle_number(handle));
	bool poisoned = slot_read(slot).state == SLOT_POISONED;

	if (leader->failed || any_poisoned(more)) {
		leader->stage = STAGE_END;
		if (!poisoned) {
			count_up(&space->count.poisoned, 1);
			(void)life_seal(space, slot, handle, true);
		}
		return;
	}
	leader->stage = STAGE_DRAIN;
	if (leader->tally.block != NULL && !tally_is_drained(&leader->tally))
		return;
	/* The slot forgets its leader before its life can end and another begin. */
	port_u32_store_relaxed(&more->tally, 0); /* relaxed: released by the seal */
	member_retire(space, leader);
	if (poisoned)
		(void)life_cure(space, slot, handle);
	else
		(void)life_seal(space, slot, handle, false);
}

/* An unbind of an id that is waiting to park has finished. */
static void unblock(struct ioasid_space *space, struct binding *member)
{
	struct binding *leader = space_leader(space, handle_number(member->handle));

	if (!member->blocks)
		return;
	member->blocks = false;
	/* Its leader is still in GRACE, and looks again in the reclaimer's next round. */
	leader->unbinds--;
	space->reclaimer.steps++;
}

static void poison(struct ioasid_space *space, struct binding *member)
{
	struct binding_life before;
	struct binding_life after;

	member->stage = STAGE_END;
	/* Nobody knows when it comes back. */
	if (member->unbinding)
		life_unbound(space, member->handle);
	member->unbinding = false;
	count_up(&space->count.poisoned, 1);
	(void)binding_apply(member, 0, binding_on_poison, 0, &before, &after);
}

/* All phases are done. */
static void finish(struct ioasid_space *space, struct binding *leader)
{
	struct binding *member = leader->device != NULL ? leader : leader->member;
	struct binding *next;

	deactivate(space, leader);
	for (; member != NULL; member = next) {
		next = member->member;
		member->member = NULL;
		/* First the waiting park, while its slot is sure to be in this life. */
		unblock(space, member);
		if (member->failed)
			poison(space, member);
		else
			(void)member_release(space, member);
	}
	if (leader->device == NULL) {
		leader->member = NULL;
		conclude(space, leader);
	}
}

/* Nobody of the phase is left: the next one, until somebody has to wait. */
static void proceed(struct ioasid_space *space, struct binding *leader)
{
	while (leader->waiting == 0) {
		enum ioasid_phase phase = leader->phase + 1;
		struct binding *member;

		if (phase == IOASID_PHASE_COUNT) {
			finish(space, leader);
			return;
		}
		for (member = leader; member != NULL; member = member->member)
			leader->waiting++;
		for (member = leader; member != NULL; member = member->member)
			member_start(space, member, phase);
	}
}

static void fold(struct ioasid_space *space, struct binding *member)
{
	uint64_t surplus = 0;

	if (member->tally.block == NULL || member->folded)
		return;
	member->folded = true;
	(void)tally_fold(&space->tally, &member->tally, &surplus);
	if (surplus != 0)
		count_up(&space->count.surplus_puts, surplus);
	if (member->device != NULL && member->reason == IOASID_REASON_REMOVE)
		count_up(&space->count.forgiven, tally_forgive(&member->tally));
}

/* Out of GRACE: everybody who got in has been counted, and no unbind of the id is under way. */
static void try_start(struct ioasid_space *space, struct binding *leader)
{
	struct binding *member;

	if (leader->stage != STAGE_GRACE || leader->unbinds != 0 || !clock_passed(&space->clock, leader->stamp, 0))
		return;
	leader->asks = participants_now(space, leader);
	for (member = leader; member != NULL; member = member->member) {
		fold(space, member);
		member_start(space, member, IOASID_PHASE_SUBMIT);
		/* A member may have answered at once: the leader's count says so after all have begun. */
	}
	proceed(space, leader);
}

/*
 * Has its bind told of it? It is closed: what its word says now is final, unless
 * a commit record decides; that we cancel, unless it is decided.
 */
static bool was_told(struct binding *binding)
{
	struct binding_life before;
	struct binding_life after;

	if (binding_read(binding).told)
		return true;
	if (binding->commit == NULL)
		return false;
	(void)binding_apply(binding->commit, 0, binding_on_cancel, 0, &before, &after);
	return binding_read(binding->commit).told;
}

/* Close an open binding, and let it follow the leader. */
static void adopt(struct ioasid_space *space, struct binding *leader, struct binding *member)
{
	struct binding_life before;
	struct binding_life after;

	if (member->stage == STAGE_NONE) {
		if (binding_apply(member, 0, binding_on_close, 0, &before, &after) != 0)
			return;
		member->unused = !was_told(member);
		member_begin(space, member, leader, IOASID_REASON_PARK);
		member->member = leader->member;
		leader->member = member;
	} else if (member->stage != STAGE_DRAIN && member->stage != STAGE_END) {
		member->blocks = true;
		leader->unbinds++;
	}
}

bool quiesce_slot(struct ioasid_space *space, uint32_t id)
{
	struct slot_more *more = table_more(&space->table, id);
	struct binding *leader = space_leader(space, id);
	struct chain_node *node;
	struct binding *member;

	if (leader == NULL) {
		leader = pool_take(&space->pool);
		if (leader == NULL)
			return false;
		leader->slot = table_slot(&space->table, id);
		port_u32_store_relaxed(&more->tally, leader->index + 1); /* relaxed: ours until the life ends */
	}
	leader->handle = handle_make(space, id, slot_read(leader->slot).generation);
	for (node = chain_first(&more->bindings); node != NULL; node = chain_next(node))
		adopt(space, leader, binding_by_slot(node));
	member_begin(space, leader, leader, IOASID_REASON_PARK);
	for (member = leader; member != NULL; member = member->member)
		leader->waiting++;
	activate(space, leader);
	return true;
}

/* The last user of a binding has gone, or its device: a quiesce of its own. */
static void begin_alone(struct ioasid_space *space, struct binding *binding, enum ioasid_reason reason)
{
	member_begin(space, binding, binding, reason);
	binding->waiting = 1;
	activate(space, binding);
}

/* The poison of a binding is lifted: whatever it held is forgiven, and it goes. */
static void cure(struct ioasid_space *space, struct binding *binding)
{
	struct slot *slot = binding->slot;
	struct binding *leader = space_leader(space, handle_number(binding->handle));
	struct binding_life before;
	struct binding_life after;

	if (binding->tally.block != NULL)
		count_up(&space->count.forgiven, tally_forgive(&binding->tally));
	if (binding_apply(binding, 0, binding_on_close, 1, &before, &after) == 0)
		count_up(&space->count.forgiven, before.pins);
	(void)member_release(space, binding);
	if (leader != NULL && slot_read(slot).state == SLOT_POISONED && !leader->failed)
		conclude(space, leader);
}

/* The host says that whatever failed this id was reset. */
static void cure_id(struct ioasid_space *space, struct binding *leader)
{
	struct slot_more *more = table_more(&space->table, handle_number(leader->handle));
	struct chain_node *node;
	struct chain_node *next;

	if (leader->stage != STAGE_END || slot_read(leader->slot).state != SLOT_POISONED)
		return;
	leader->failed = true; /* so that curing the last binding does not conclude before we are through */
	for (node = chain_first(&more->bindings); node != NULL; node = next) {
		next = chain_next(node);
		if (binding_read(binding_by_slot(node)).state == BINDING_POISONED)
			cure(space, binding_by_slot(node));
	}
	leader->failed = false;
	conclude(space, leader);
}

static void go_on(struct ioasid_space *space, struct binding *binding)
{
	if (binding->stage == STAGE_PHASE && !binding->pending) {
		member_advance(space, binding);
		proceed(space, binding->leader);
	} else if (binding->stage == STAGE_DRAIN && binding->device != NULL) {
		(void)member_release(space, binding);
	} else if (binding->stage == STAGE_DRAIN) {
		conclude(space, binding);
	}
}

/* Has its id parked, and is the leader yet to come who takes all of its bindings through the phases together? */
static bool will_be_adopted(const struct ioasid_space *space, const struct binding *binding)
{
	struct slot_life life = slot_read(binding->slot);
	const struct binding *leader = space_leader(space, handle_number(binding->handle));

	return life.state == SLOT_PARKED && life.claim && (leader == NULL || leader->stage == STAGE_NONE);
}

void quiesce_letter(struct ioasid_space *space, struct binding *binding, uint32_t bits)
{
	int status;

	/* Posted before the grace period that any quiesce of it begins with, so seen before its end. */
	if (bits & BINDING_CLOSED)
		binding->unbinding = true;
	if ((bits & BINDING_CLOSED) && binding->stage == STAGE_NONE && !will_be_adopted(space, binding)) {
		binding->unused = !was_told(binding);
		begin_alone(space, binding, IOASID_REASON_UNBIND);
	}
	if ((bits & BINDING_ANSWERED) && binding->pending && token_answered(binding, &status)) {
		binding->pending = false;
		binding->deadline = 0;
		if (status != 0) {
			binding->failed = true;
			count_up(&space->count.failed, 1);
		}
		go_on(space, binding);
	}
	if (bits & BINDING_DRAINED)
		go_on(space, binding);
	if (bits & BINDING_SPENT)
		member_retire(space, binding);
	if ((bits & BINDING_CURED) && binding->device == NULL)
		cure_id(space, binding);
}

static void remove_binding(struct ioasid_space *space, struct binding *binding)
{
	struct binding_life before;
	struct binding_life after;

	if (binding_apply(binding, 0, binding_on_close, 1, &before, &after) != 0)
		return;
	count_up(&space->count.forgiven, before.pins);
	binding->reason = IOASID_REASON_REMOVE;
	binding->failed = false; /* as good as a reset */
	if (binding->folded)
		count_up(&space->count.forgiven, tally_forgive(&binding->tally));
	if (before.state == BINDING_POISONED) {
		cure(space, binding);
	} else if (binding->stage == STAGE_NONE) {
		binding->unused = !was_told(binding);
		begin_alone(space, binding, IOASID_REASON_REMOVE);
	} else if (binding->stage == STAGE_PHASE && binding->pending && binding->cursor == 1) {
		/* It waits for an answer of the very device that is gone. */
		member_abandon(space, binding, true);
		proceed(space, binding->leader);
	} else {
		go_on(space, binding);
	}
}

void quiesce_device(struct ioasid_device *device, uint32_t bits)
{
	struct chain_node *node;
	struct chain_node *next;

	for (node = chain_first(&device->bindings); node != NULL; node = next) {
		struct binding *binding = binding_by_device(node);

		next = chain_next(node);
		if (bits & DEVICE_REMOVED)
			remove_binding(device->space, binding);
		else if (binding_read(binding).state == BINDING_POISONED)
			cure(device->space, binding);
	}
}

uint32_t quiesce_grace(struct ioasid_space *space)
{
	struct binding *leader = space->reclaimer.active;
	uint32_t started = 0;

	while (leader != NULL) {
		struct binding *next = leader->active_next;

		if (leader->stage == STAGE_GRACE) {
			try_start(space, leader);
			started += leader->stage != STAGE_GRACE;
		}
		leader = next;
	}
	return started;
}

static bool give_up_if_late(struct ioasid_space *space, struct binding *member, uint64_t now)
{
	if (member->stage != STAGE_PHASE || member->deadline == 0)
		return false;
	if (member->deadline > now) {
		if (member->deadline < space->reclaimer.deadline)
			space->reclaimer.deadline = member->deadline;
		return false;
	}
	member_abandon(space, member, false);
	return true;
}

uint32_t quiesce_deadlines(struct ioasid_space *space, uint64_t now)
{
	struct binding *leader = space->reclaimer.active;
	uint32_t late = 0;

	if (now < space->reclaimer.deadline)
		return 0;
	space->reclaimer.deadline = UINT64_MAX;
	while (leader != NULL) {
		struct binding *next = leader->active_next;
		struct binding *member;
		uint32_t before = late;

		for (member = leader; member != NULL; member = member->member)
			late += give_up_if_late(space, member, now);
		if (late != before)
			proceed(space, leader);
		leader = next;
	}
	return late;
}

/* Is the participant with that code one of those who are asked for this member? */
static bool is_asked(const struct ioasid_space *space, const struct binding *member,
                     const struct ioasid_quiesce_ops *ops)
{
	struct asked asked;
	uint32_t place;

	for (place = 0; place < PARTICIPANT_PLACES && !member->unused; place++)
		if (participant_at(space, member, place, &asked) && asked.ops == ops)
			return true;
	return false;
}

bool quiesce_asks(const struct ioasid_space *space, const struct ioasid_quiesce_ops *ops)
{
	const struct binding *leader;
	const struct binding *member;

	/* What has found no memory to begin with asks everybody later. */
	if (space->reclaimer.delayed != 0)
		return true;
	for (leader = space->reclaimer.active; leader != NULL; leader = leader->active_next)
		for (member = leader; member != NULL; member = member->member)
			if (is_asked(space, member, ops))
				return true;
	return false;
}
