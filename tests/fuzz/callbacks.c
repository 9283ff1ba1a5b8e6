/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* callbacks.c - what the library calls: each call is judged, then plays the part that the input gave it. */
#include "world.h"

/* Operations of the input, made from within a callback. */
static void play_nested(struct space *space, unsigned count)
{
	struct world *world = space->world;

	if (world->depth != 0)
		return;
	world->depth = 1;
	world->calling = space;
	while (count-- > 0 && sequence_step(world))
		;
	world->depth = 0;
	world->calling = NULL;
}

static void check_called(struct space *space)
{
	oracle_check(space, space->running && space->world->depth == 0, "a callback is called where none may be");
	oracle_check(space, sim_read_depth() == 0, "a callback is called within a read section");
	oracle_finish_releases(space);
	oracle_sync(space);
	space->grace_seen = oracle_grace_periods(space);
}

static struct binding *binding_of_view(struct space *space, const struct ioasid_view *view)
{
	for (uint32_t i = 0; i < NR_BINDINGS; i++)
		if (space->binding[i].place != PLACE_UNUSED && space->binding[i].place != PLACE_GONE &&
		    space->binding[i].handle.binding_ == view->binding.binding_)
			return &space->binding[i];
	oracle_fail(space->world, "a callback for a binding of id %u that nobody has made", ioasid_value(view->id));
}

/* Everything that the view says; the binding that it speaks of, or NULL. */
static struct binding *check_view(struct space *space, const struct ioasid_view *view)
{
	uint32_t id = ioasid_value(view->id);
	struct binding *binding = NULL;
	const struct life *life;

	oracle_check(space, view->size == sizeof(*view) && id < space->ids, "a view that is none");
	life = &space->life[id];
	oracle_check(space, ioasid_handle_equal(view->handle, life->handle), "a callback for another life of id %u",
	             id);
	oracle_check(space, view->shared == life->shared, "the view of id %u is wrong about who shares it", id);
	oracle_check(space,
	             life->set != NULL && view->owner.key == life->set->owner.key &&
	                     view->owner.generation == life->set->owner.generation,
	             "the view of id %u names another owner", id);
	if (view->device == NULL) {
		oracle_check(space, view->data == NULL && view->binding.binding_ == 0,
		             "the view of id %u has too much in it", id);
		return NULL;
	}
	binding = binding_of_view(space, view);
	oracle_check(space, view->device == binding->device->device && view->data == binding->data && binding->id == id,
	             "the view of a binding of id %u is wrong", id);
	return binding;
}

/* An old one makes room, but not one that somebody waits for. */
static void keep_token(struct space *space, const struct token *token)
{
	for (unsigned i = 0; i < NR_TOKENS && space->token[space->nr_tokens % NR_TOKENS].open; i++)
		space->nr_tokens++;
	space->token[space->nr_tokens++ % NR_TOKENS] = *token;
}

/* The answer that the input wants of this actor; what is done with the token on the way. */
static int answer(struct space *space, struct actor *actor, ioasid_token_t token, uint8_t behaviour, int *status)
{
	int error = behaviour == ANSWER_AT_ONCE_BAD ? -IOASID_EBUSY : 0;

	(void)actor;
	*status = 0;
	switch (behaviour) {
	case ANSWER_PENDING:
		return IOASID_PENDING;
	case ANSWER_ERROR:
		*status = -IOASID_EACCES;
		return -IOASID_EACCES;
	case ANSWER_AT_ONCE:
	case ANSWER_AT_ONCE_BAD:
		oracle_expect_one(space, "ioasid_token_complete", ioasid_token_complete(space->space, token, error), 0);
		*status = error;
		return IOASID_PENDING;
	case ANSWER_TWICE:
		oracle_expect_one(space, "ioasid_token_complete", ioasid_token_complete(space->space, token, 0), 0);
		return IOASID_DONE;
	default:
		return IOASID_DONE;
	}
}

static int on_quiesce(void *context, const struct ioasid_view *view, ioasid_token_t token, enum ioasid_phase phase)
{
	struct actor *actor = context;
	struct space *space = actor->space;
	uint32_t bit = actor_bit(actor);
	uint8_t behaviour = actor->behaviour[phase];
	struct binding *binding;
	struct life *life;
	struct task *task;
	struct token kept = {.token = token,
	                     .open = true,
	                     .actor = (uint32_t)(actor - space->actor),
	                     .binding = NR_BINDINGS,
	                     .id = ioasid_value(view->id),
	                     .handle = view->handle,
	                     .phase = phase};
	int status;
	int said;

	check_called(space);
	binding = check_view(space, view);
	life = &space->life[ioasid_value(view->id)];
	task = binding != NULL ? &binding->task : &life->task;
	oracle_check(space, view->phase == phase && actor->kind != ACTOR_NONE, "a callback of phase %d in another",
	             (int)view->phase);
	quiesce_check_start(space, binding, life, actor, view);
	if (binding != NULL) {
		kept.binding = (uint32_t)(binding - space->binding);
		kept.of = binding->handle;
		binding_settle(space, binding);
	}
	task->asked[phase] |= bit;
	task->waiting[phase] |= bit;
	task->deadline[kept.actor] = UINT64_MAX;
	space->expected.callbacks++;
	/* The token that is out during the callback is answered below only. */
	play_nested(space, actor->nested[phase]);
	said = answer(space, actor, token, behaviour, &status);
	if (said == IOASID_PENDING && behaviour == ANSWER_PENDING) {
		task->deadline[kept.actor] = oracle_deadline(space);
	} else {
		kept.open = false;
		quiesce_answered(space, task, kept.actor, phase, status);
	}
	keep_token(space, &kept);
	return said;
}

static int on_submit(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	return on_quiesce(context, view, token, IOASID_PHASE_SUBMIT);
}

static int on_device(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	return on_quiesce(context, view, token, IOASID_PHASE_DEVICE);
}

static int on_iommu(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	return on_quiesce(context, view, token, IOASID_PHASE_IOMMU);
}

static int on_last(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	return on_quiesce(context, view, token, IOASID_PHASE_LAST);
}

static void on_enroll(void *context, const struct ioasid_view *view)
{
	struct actor *actor = context;
	struct space *space = actor->space;
	uint64_t id = UINT64_C(1) << (ioasid_value(view->id) & 63);
	struct binding *binding;
	uint64_t place;

	check_called(space);
	binding = check_view(space, view);
	oracle_check(space, view->reason == IOASID_REASON_ENROLL && actor->enroll_due, "told of id %u for no reason",
	             ioasid_value(view->id));
	oracle_check(space, actor->kind == ACTOR_OF_SPACE || actor->set == space->life[ioasid_value(view->id)].set,
	             "told of id %u, which is another set's", ioasid_value(view->id));
	oracle_check(space, space->life[ioasid_value(view->id)].state == IOASID_STATE_ACTIVE,
	             "told of id %u, which is %s", ioasid_value(view->id),
	             ioasid_state_name(space->life[ioasid_value(view->id)].state));
	if (binding == NULL) {
		oracle_check(space, (actor->ids_told & id) == 0, "told twice of id %u", ioasid_value(view->id));
		actor->ids_told |= id;
		actor->ids_due &= ~id;
		return;
	}
	place = UINT64_C(1) << (binding - space->binding);
	oracle_check(space, (actor->bindings_told & place) == 0, "told twice of a binding of id %u", binding->id);
	actor->bindings_told |= place;
	actor->bindings_due &= ~place;
}

static void on_released(void *context, const struct ioasid_view *view)
{
	struct actor *actor = context;
	struct space *space = actor->space;
	struct binding *binding;

	check_called(space);
	binding = check_view(space, view);
	oracle_check(space, binding != NULL && binding->device == actor, "another device is told of a release");
	oracle_check(space, binding_may_go(space, binding), "a binding of id %u is released before its time",
	             binding->id);
	binding->releasing = true;
	play_nested(space, actor->nested[PHASES]);
}

/* Which of the callbacks this actor has: two in three inputs, all of them. */
void actor_fill(struct actor *actor, uint8_t which)
{
	static ioasid_quiesce_fn *const quiesce[PHASES] = {on_submit, on_device, on_iommu, on_last};

	actor->ops = (struct ioasid_quiesce_ops){.size = sizeof(actor->ops)};
	actor->callbacks = which % 3 != 0 ? (1u << PHASES) - 1 : which >> 2 & ((1u << PHASES) - 1);
	actor->tells_released = which % 5 != 4;
	actor->tells_enroll = which % 7 != 6;
	for (unsigned phase = 0; phase < PHASES; phase++)
		if (actor->callbacks >> phase & 1u)
			actor->ops.quiesce[phase] = quiesce[phase];
	if (actor->tells_released)
		actor->ops.released = on_released;
	if (actor->tells_enroll)
		actor->ops.enroll = on_enroll;
}

void world_done(void *context, struct ioasid_owner owner)
{
	struct set *set = context;
	struct space *space = set->space;

	check_called(space);
	oracle_check(space, set->serial != 0 && set->ended && !set->done, "done() is called for a set that %s",
	             set->done ? "was done before" : "has not ended");
	oracle_check(space, owner.key == set->owner.key && owner.generation == set->owner.generation,
	             "done() names another owner");
	oracle_check(space, life_charged(space, set) == 0, "done() is called while the set is charged for %u ids",
	             life_charged(space, set));
	set->done = true;
}
