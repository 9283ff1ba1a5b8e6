/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* participant.c - enrolling, withdrawing, and who is asked in which order. */
#include "participant.h"
#include "lifecycle.h"
#include "quiesce.h"
#include "reclaim.h"

static bool fill(struct asked *asked, const port_ptr *place)
{
	const struct ioasid_participant *p = port_ptr_load_acquire(place); /* ACQUIRE [A2, from A1] */

	if (p == NULL)
		return false;
	*asked = (struct asked){&p->ops, p->context, p->name, false};
	return true;
}

bool participant_at(const struct ioasid_space *space, const struct binding *binding, uint32_t place,
                    struct asked *asked)
{
	if (place == 0) {
		if (binding->device == NULL)
			return false;
		*asked = (struct asked){&binding->device->ops, binding->device->context, binding->device->name, true};
		return true;
	}
	if (place == 1) {
		if (binding->behind == NULL)
			return false;
		*asked = (struct asked){&binding->behind->ops, binding->behind->context, binding->behind->name, false};
		return true;
	}
	place -= PARTICIPANT_COMMON;
	if (place < IOASID_PARTICIPANTS_MAX)
		return fill(asked, &space_set_of(space, handle_number(binding->handle))->participant[place]);
	return fill(asked, &space->participant[place - IOASID_PARTICIPANTS_MAX]);
}

uint32_t participants_now(const struct ioasid_space *space, const struct binding *binding)
{
	struct asked asked;
	uint32_t places = 0;
	uint32_t place;

	for (place = PARTICIPANT_COMMON; place < PARTICIPANT_PLACES; place++)
		if (participant_at(space, binding, place, &asked))
			places |= UINT32_C(1) << place;
	return places;
}

struct ioasid_view participant_view(const struct ioasid_space *space, const struct binding *binding,
                                    enum ioasid_reason reason)
{
	struct ioasid_view view = {
		.size = sizeof(view),
		.id = ioasid_handle_id(binding->handle),
		.handle = binding->handle,
		.phase = binding->phase,
		.reason = reason,
		.shared = slot_read(binding->slot).shared,
		.device = binding->device,
		.data = port_plain_get(binding->data),
		.owner = space_set_of(space, handle_number(binding->handle))->owner,
	};

	if (binding->device != NULL)
		view.binding = binding_handle(space, binding, binding_read(binding).generation);
	return view;
}

struct telling {
	struct ioasid_participant *participant;
	uint32_t told;
};

/* One live id, and its open bindings, to a late comer. The reclaimer removes nothing meanwhile. */
static bool tell(void *context, uint32_t id, struct slot *slot, struct slot_life life)
{
	struct telling *t = context;
	struct ioasid_participant *p = t->participant;
	struct chain_node *node;
	struct binding itself = {.slot = slot, .handle = handle_make(p->space, id, life.generation)};
	struct ioasid_view view;

	if (life.state != SLOT_ACTIVE || (p->set != NULL && space_set_of(p->space, id) != p->set))
		return true;
	view = participant_view(p->space, &itself, IOASID_REASON_ENROLL);
	p->ops.enroll(p->context, &view);
	t->told++;
	for (node = chain_first(&table_more(&p->space->table, id)->bindings); node != NULL; node = chain_next(node)) {
		struct binding *binding = binding_by_slot(node);

		if (binding_read(binding).state != BINDING_OPEN)
			continue;
		view = participant_view(p->space, binding, IOASID_REASON_ENROLL);
		p->ops.enroll(p->context, &view);
		t->told++;
	}
	return true;
}

uint32_t participant_tell(struct ioasid_participant *participant)
{
	struct telling t = {participant, 0};
	uint32_t index;

	for (index = 0; participant->ops.enroll != NULL && index < participant->space->table.nr_chunks; index++)
		(void)life_visit(participant->space, index, tell, &t);
	(void)port_u32_add_relaxed(&participant->uses, UINT32_MAX); /* relaxed: read by the reclaimer */
	return t.told;
}

static int make(struct ioasid_space *space, struct ioasid_owner_set *set,
                const struct ioasid_participant_config *config, struct ioasid_participant **participant)
{
	struct ioasid_participant *p;

	if (space == NULL || config == NULL || config->size != sizeof(*config) || config->ops == NULL ||
	    config->ops->size != sizeof(*config->ops))
		return -IOASID_EINVAL;
	if (ioasid_port_read_held())
		return -IOASID_EDEADLK;
	p = memory_take(&space->memory, sizeof(*p));
	if (p == NULL)
		return -IOASID_ENOMEM;
	p->space = space;
	p->set = set;
	p->ops = *config->ops;
	p->context = config->context;
	p->letter.kind = LETTER_PARTICIPANT;
	copy_name(p->name, config->name);
	*participant = p;
	return 0;
}

/* In the space's list of them, until it is withdrawn: for the dump, and so that the space stays. */
static void list(struct ioasid_participant *p)
{
	port_read_lock();
	(void)chain_add(&p->space->participants, &p->node, NULL, NULL);
	port_read_unlock();
}

/* Into a free place of the table; counted first, so that who parks from now on asks. */
static int enter(struct ioasid_participant *p, port_ptr *table, port_u32 *count)
{
	uint32_t i;

	for (i = 0; i < IOASID_PARTICIPANTS_MAX; i++) {
		void *there = NULL;

		while (there == NULL) {
			/* ACQ_REL [A1 -> A2]: the participant is filled before it is asked. */
			if (!port_ptr_cas_acq_rel(&table[i], &there, p))
				continue;
			p->place = &table[i];
			list(p);
			port_u32_init(&p->uses, 1);
			/* SEQ_CST [A1 -> A2]: then a grace period, so that who did not count it has parked. */
			(void)port_u32_add_seq_cst(count, 1);
			(void)port_u32_add_seq_cst(&p->space->nr_enrolled, 1); /* SEQ_CST [A1 -> A2]: as above */
			ioasid_port_synchronize();
			space_post(p->space, &p->letter, PARTICIPANT_ENROLLED);
			return 0;
		}
	}
	memory_give(&p->space->memory, p, sizeof(*p));
	return -IOASID_ENOSPC;
}

int ioasid_space_enroll(struct ioasid_space *space, const struct ioasid_participant_config *config,
                        struct ioasid_participant **participant)
{
	struct ioasid_participant *p;
	int error = participant == NULL ? -IOASID_EINVAL : make(space, NULL, config, &p);

	if (error == 0)
		error = enter(p, space->participant, &space->nr_participants);
	if (error == 0)
		*participant = p;
	return error;
}

int ioasid_set_enroll(struct ioasid_owner_set *set, const struct ioasid_participant_config *config,
                      struct ioasid_participant **participant)
{
	struct ioasid_participant *p;
	int error;

	if (set == NULL || participant == NULL)
		return -IOASID_EINVAL;
	if (owner_word(set) & OWNER_ENDED)
		return -IOASID_ESTALE;
	error = make(set->space, set, config, &p);
	if (error == 0)
		error = enter(p, set->participant, &set->nr_participants);
	if (error != 0)
		return error;
	(void)port_u32_add_relaxed(&set->holds, 1); /* relaxed: the caller has one; withdrawing gives it up */
	*participant = p;
	return 0;
}

int ioasid_binding_enroll(struct ioasid_space *space, const struct ioasid_participant_config *config,
                          struct ioasid_participant **participant)
{
	struct ioasid_participant *p;
	int error = participant == NULL ? -IOASID_EINVAL : make(space, NULL, config, &p);

	if (error != 0)
		return error;
	list(p);
	*participant = p;
	return 0;
}

int ioasid_participant_withdraw(struct ioasid_participant *participant)
{
	struct ioasid_space *space;
	int error;

	if (participant == NULL)
		return -IOASID_EINVAL;
	space = participant->space;
	error = reclaim_enter_wait(space);
	if (error != 0)
		return error;
	/* Two grace periods: an unbind, and the park that may follow it. */
	(void)reclaim_run(space, 0, 2);
	/* relaxed: changed by the reclaimer, which we are, and by binds, whose caller must not race with this. */
	if (port_u32_load_relaxed(&participant->uses) != 0 || quiesce_asks(space, &participant->ops)) {
		reclaim_leave(space);
		return -IOASID_EBUSY;
	}
	if (participant->place != NULL) {
		port_u32 *count = participant->set ? &participant->set->nr_participants : &space->nr_participants;

		port_ptr_store_release(participant->place, NULL); /* RELEASE: only the reclaimer, us, reads it */
		(void)port_u32_add_seq_cst(&space->nr_enrolled, UINT32_MAX);
		(void)port_u32_add_seq_cst(count, UINT32_MAX);
	}
	chain_remove(&space->participants, &participant->node);
	/* The dump reads names within a read section. */
	ioasid_port_synchronize();
	reclaim_leave(space);
	if (participant->set != NULL)
		(void)ioasid_set_release(participant->set);
	memory_give(&space->memory, participant, sizeof(*participant));
	return 0;
}
