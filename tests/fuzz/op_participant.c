/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* op_participant.c - whatever stands behind the devices; and the answers that come later. */
#include "operations.h"

static void expect_told(struct space *space, struct actor *actor)
{
	actor->enroll_due = actor->tells_enroll;
	actor->ids_told = 0;
	actor->bindings_told = 0;
	actor->ids_due = 0;
	actor->bindings_due = 0;
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].state == IOASID_STATE_ACTIVE &&
		    (actor->kind == ACTOR_OF_SPACE || space->life[id].set == actor->set))
			actor->ids_due |= UINT64_C(1) << id;
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].place == PLACE_OPEN && (actor->ids_due >> space->binding[i].id & 1u))
			actor->bindings_due |= UINT64_C(1) << i;
}

static int enroll(struct space *space, struct actor *actor, struct set *set, unsigned kind)
{
	struct ioasid_participant_config config = {.size = sizeof(config),
	                                           .ops = &actor->ops,
	                                           .context = actor,
	                                           .name = "participant"};

	if (kind == 0)
		return ioasid_space_enroll(space->space, &config, &actor->participant);
	if (kind == 1)
		return ioasid_set_enroll(set->set, &config, &actor->participant);
	return ioasid_binding_enroll(space->space, &config, &actor->participant);
}

void op_enroll(struct world *world, struct space *space, const struct operation *operation)
{
	static const enum actor_kind kinds[] = {ACTOR_OF_SPACE, ACTOR_OF_SET, ACTOR_OF_BINDING};
	struct actor *actor = actor_at(space, NR_DEVICES + operation->a % (NR_ACTORS - NR_DEVICES));
	struct set *set = choose_set(space, operation->b >> 2);
	unsigned kind = (operation->b & 3) % 3;
	uint64_t refused = sim_alloc_refused();
	int got;

	(void)world;
	if (actor->kind != ACTOR_NONE || space->held || (kind == 1 && set == NULL))
		return;
	oracle_sync(space);
	*actor = (struct actor){.space = space, .set = kind == 1 ? set : NULL};
	actor_fill(actor, operation->c);
	got = enroll(space, actor, set, kind);
	if (got == -IOASID_ENOMEM && sim_alloc_refused() != refused)
		return;
	oracle_expect_one(space, "ioasid_..._enroll", got, kind == 1 && set->ended ? -IOASID_ESTALE : 0);
	if (got != 0)
		return;
	actor->kind = kinds[kind];
	if (kind != 2)
		expect_told(space, actor);
}

static bool task_needs(const struct task *task, uint32_t bit, uint32_t callbacks)
{
	return task->begun && !task->passed && (task->must & bit) != 0 && callbacks != 0;
}

/* Must it be refused, because a binding names it or a quiesce has still to ask it? What is late was given up first. */
static void allow_withdraw(struct space *space, struct actor *actor, struct answers *answers)
{
	uint32_t bit = actor_bit(actor);
	bool needed = false;
	bool named = false;

	for (uint32_t i = 0; i < NR_BINDINGS; i++) {
		struct binding *binding = &space->binding[i];

		if (binding->place == PLACE_UNUSED || binding->place == PLACE_GONE)
			continue;
		named |= binding->behind == actor;
		needed |= binding->place == PLACE_CLOSING && task_needs(&binding->task, bit, actor->callbacks) &&
		          task_phase(space, &binding->task, binding, PHASES) != PHASES;
	}
	for (uint32_t id = 0; id < space->ids; id++) {
		struct life *life = &space->life[id];

		needed |= life->state == IOASID_STATE_PARKED && task_needs(&life->task, bit, actor->callbacks) &&
		          task_phase(space, &life->task, NULL, PHASES) != PHASES;
	}
	oracle_allow(answers, named || needed ? -IOASID_EBUSY : 0);
}

/* Somebody's quiesce is under way, so it may be that it waits for others, having asked this one. */
static bool any_quiesce(const struct space *space)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].place == PLACE_CLOSING)
			return true;
	for (uint32_t id = 0; id < space->ids; id++)
		if (space->life[id].state == IOASID_STATE_PARKED || space->life[id].ghosts != 0)
			return true;
	return false;
}

static int withdraw(struct space *space, void *context)
{
	const struct actor *actor = context;

	(void)space;
	return ioasid_participant_withdraw(actor->participant);
}

void op_withdraw(struct world *world, struct space *space, const struct operation *operation)
{
	struct actor *actor = choose_participant(space, operation->a);
	struct answers answers = {0};
	int got;

	(void)world;
	if (actor == NULL || space->held)
		return;
	got = world_run(space, withdraw, actor, false);
	if (is_nested(space)) {
		oracle_expect_one(space, "ioasid_participant_withdraw", got, -IOASID_EDEADLK);
		return;
	}
	allow_withdraw(space, actor, &answers);
	if (any_quiesce(space))
		oracle_allow(&answers, -IOASID_EBUSY);
	oracle_expect(space, "ioasid_participant_withdraw", got, &answers);
	if (got != 0)
		return;
	actor->enroll_due = false;
	actor_forget(space, actor);
}

static struct task *task_of_token(struct space *space, const struct token *token, const struct actor **actor)
{
	struct binding *binding;

	*actor = actor_at(space, token->actor);
	if (token->binding == NR_BINDINGS) {
		struct life *life = &space->life[token->id];

		return ioasid_handle_equal(life->handle, token->handle) ? &life->task : NULL;
	}
	binding = &space->binding[token->binding];
	return binding->handle.binding_ == token->of.binding_ && binding->place == PLACE_CLOSING ? &binding->task
	                                                                                         : NULL;
}

void op_token(struct world *world, struct space *space, const struct operation *operation)
{
	uint32_t known = space->nr_tokens < NR_TOKENS ? space->nr_tokens : NR_TOKENS;
	struct answers answers = {0};
	const struct actor *actor;
	struct token *token;
	struct task *task;
	int status = operation->b & 1 ? -IOASID_EACCES : 0;
	int got;

	(void)world;
	if (known == 0)
		return;
	oracle_sync(space);
	token = &space->token[(space->nr_tokens - 1 - operation->a % known) % NR_TOKENS];
	task = task_of_token(space, token, &actor);
	if (!token->open || task == NULL || (task->waiting[token->phase] >> token->actor & 1u) == 0) {
		oracle_allow(&answers, -IOASID_ESTALE);
	} else {
		oracle_allow(&answers, 0);
		/* Nobody has looked yet whether time is up, or whether the device is gone. */
		if (actor->removed || ioasid_port_now_ns() >= task->deadline[token->actor])
			oracle_allow(&answers, -IOASID_ESTALE);
	}
	got = ioasid_token_complete(space->space, token->token, status);
	oracle_expect(space, "ioasid_token_complete", got, &answers);
	if (got == 0) {
		token->open = false;
		space->failed_perhaps += actor->removed && status != 0;
		space->failed_answers += !actor->removed && status != 0;
		if (actor->removed)
			status = 0;
		quiesce_answered(space, task, token->actor, token->phase, status);
	} else {
		token->open = false;
		space->expected.late_tokens++;
	}
}
