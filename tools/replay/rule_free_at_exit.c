/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * rule_free_at_exit.c - the rule of the 2020 patch "x86/mmu: Allocate/free
 * PASID": numbers from a plain allocator, lowest first, and back into it when
 * the owner ends, whatever may still be bound or under way.
 *
 * It is made as good as that rule allows. The owner's end does what an MMU
 * notifier did: the PASID table entries go and the translation caches are
 * emptied before the memory and the number are given back. An unbind drains the
 * device before it takes the entry away, and the next bind of the same pair
 * waits for that. What it cannot do is to wait at the owner's end, or to tell
 * the next owner of a number from the last one: all it has is the number.
 */
#include "rule.h"

#include <stdlib.h>

#include "must.h"

struct state {
	struct machine *machine;
	pthread_mutex_t lock;   /* guards everything below, and the lists of owners */
	struct owner **holders; /* by number: who it was given to last, or NULL if it is free */
	unsigned char *used;    /* by number: was it ever handed out? */
	uint32_t capacity;
	uint32_t live;
	uint64_t dangling;
};

/* What an unbind that drains keeps until the queue calls back. */
struct closing {
	struct state *state;
	struct attachment *attachment;
	bool late; /* the owner had ended before */
};

static void *start(struct machine *machine)
{
	struct state *state = must_calloc(1, sizeof(*state));

	state->machine = machine;
	state->capacity = UINT32_C(1) << machine->config.bits;
	state->holders = must_calloc(state->capacity, sizeof(struct owner *));
	state->used = must_calloc(state->capacity, 1);
	must_hold(pthread_mutex_init(&state->lock, NULL) == 0, "making a lock", 0);
	return state;
}

/* The lowest number that is free; 0 is reserved. */
static int allocate(struct state *state, struct owner *owner, uint32_t *pasid)
{
	for (uint32_t number = 1; number < state->capacity; number++) {
		if (state->holders[number])
			continue;
		state->holders[number] = owner;
		state->live++;
		stat_add(&state->machine->stats.ids, 1);
		if (state->used[number])
			stat_add(&state->machine->stats.reused, 1);
		state->used[number] = 1;
		*pasid = number;
		return 0;
	}
	return -IOASID_ENOSPC;
}

static void give_back(struct state *state, uint32_t pasid)
{
	state->holders[pasid] = NULL;
	state->live--;
}

static void owner_begin(void *context, struct owner *owner)
{
	(void)context;
	(void)owner;
}

static void list_private(struct attachment *attachment)
{
	attachment->next = attachment->owner->privates;
	attachment->owner->privates = attachment;
}

static void unlist_private(struct attachment *attachment)
{
	struct attachment **place = &attachment->owner->privates;

	while (*place && *place != attachment)
		place = &(*place)->next;
	if (*place)
		*place = attachment->next;
}

static int number_for(struct state *state, struct binding *binding)
{
	struct owner *owner = binding->owner;
	int error = 0;

	if (!binding->shared)
		return allocate(state, owner, &binding->pasid);
	if (owner->pasid == NO_PASID)
		error = allocate(state, owner, &owner->pasid);
	binding->pasid = owner->pasid;
	return error;
}

static int bind(void *context, struct binding *binding)
{
	struct state *state = context;
	struct attachment *attachment = binding->attachment;
	int error;

	pthread_mutex_lock(&state->lock);
	while (attachment->closing)
		pthread_cond_wait(&attachment->reopened, &state->lock);
	error = number_for(state, binding);
	if (error == 0 && attachment->users++ == 0) {
		attachment->pasid = binding->pasid;
		attachment->mapped = true;
		attachment_hold(attachment);
		if (!binding->shared)
			list_private(attachment);
		device_map(attachment->device, binding->pasid, attachment->owner->space);
		atomic_store_explicit(&attachment->open, true, memory_order_release);
	}
	pthread_mutex_unlock(&state->lock);
	return error;
}

/*
 * The pair is not used any more: its entry goes, by number. If the owner ended
 * before and the number has a new one, it is the new owner's entry that goes.
 * An unbind that was only overtaken by the end finds that its entry is gone.
 */
static void close_attachment(struct state *state, struct attachment *attachment, bool late)
{
	if (attachment->mapped || late)
		device_unmap(attachment->device, attachment->pasid);
	attachment->mapped = false;
	attachment->closing = false;
	if (attachment->private_of && !attachment->owner->gone) {
		unlist_private(attachment);
		give_back(state, attachment->pasid);
	}
	pthread_cond_broadcast(&attachment->reopened);
}

static void drained(void *context)
{
	struct closing *closing = context;
	struct attachment *attachment = closing->attachment;

	pthread_mutex_lock(&closing->state->lock);
	close_attachment(closing->state, attachment, closing->late);
	pthread_mutex_unlock(&closing->state->lock);
	free(closing);
	attachment_drop(attachment);
}

static void unbind(void *context, struct binding *binding)
{
	struct state *state = context;
	struct attachment *attachment = binding->attachment;
	struct closing *closing = must_calloc(1, sizeof(*closing));
	bool last;

	*closing = (struct closing){.state = state, .attachment = attachment};
	pthread_mutex_lock(&state->lock);
	closing->late = binding->owner->gone;
	if (closing->late)
		state->dangling--;
	last = --attachment->users == 0;
	if (last) {
		atomic_store_explicit(&attachment->open, false, memory_order_release);
		attachment->closing = true;
	}
	pthread_mutex_unlock(&state->lock);
	if (last && !workqueue_drain(&attachment->device->queue, attachment->pasid, drained, closing))
		return;
	if (last)
		drained(closing);
	else
		free(closing);
}

static int request_begin(void *context, struct binding *binding)
{
	(void)context;
	(void)binding;
	return 0;
}

static void request_end(void *context, struct binding *binding)
{
	(void)context;
	(void)binding;
}

/* The MMU notifier's part for one attachment. */
static void disable(struct state *state, struct attachment *attachment)
{
	state->dangling += attachment->users;
	if (!attachment->mapped)
		return;
	device_unmap(attachment->device, attachment->pasid);
	attachment->mapped = false;
}

static void owner_end(void *context, struct owner *owner)
{
	struct state *state = context;
	struct stats *stats = &state->machine->stats;

	owner->ended_ns = replay_clock_ns();
	pthread_mutex_lock(&state->lock);
	owner->gone = true;
	for (uint32_t i = 0; i < DEVICES_MAX; i++)
		disable(state, &owner->attachments[i]);
	for (struct attachment *each = owner->privates; each; each = each->next) {
		disable(state, each);
		give_back(state, each->pasid);
	}
	owner->privates = NULL;
	if (owner->pasid != NO_PASID)
		give_back(state, owner->pasid);
	if (aspace_put(&state->machine->pool, owner->space, owner->mark))
		stat_add(&stats->corrupted, 1);
	pthread_mutex_unlock(&state->lock);
	histogram_add(&stats->reusable_ns, replay_clock_ns() - owner->ended_ns);
	owner_put(owner);
}

static bool page_request(void *context, const struct page_request *request)
{
	struct state *state = context;
	struct stats *stats = &state->machine->stats;
	const struct owner *owner;

	pthread_mutex_lock(&state->lock);
	owner = request->pasid < state->capacity ? state->holders[request->pasid] : NULL;
	if (owner) {
		if (owner->mark != request->on_behalf)
			stat_add(&stats->wrong_faults, 1);
		aspace_make_present(owner->space, request->page);
	} else {
		stat_add(&stats->astray_faults, 1);
	}
	pthread_mutex_unlock(&state->lock);
	return owner != NULL;
}

static void levels(void *context, struct rule_levels *levels)
{
	struct state *state = context;

	pthread_mutex_lock(&state->lock);
	*levels = (struct rule_levels){.live = state->live, .dangling = state->dangling};
	pthread_mutex_unlock(&state->lock);
}

static void finish(void *context, struct rule_leaks *leaks)
{
	struct state *state = context;

	*leaks = (struct rule_leaks){.ids = state->live, .bindings = state->dangling};
	(void)pthread_mutex_destroy(&state->lock);
	free(state->holders);
	free(state->used);
	free(state);
}

const struct rule rule_free_at_exit = {
	.name = "free-at-exit",
	.start = start,
	.owner_begin = owner_begin,
	.bind = bind,
	.unbind = unbind,
	.request_begin = request_begin,
	.request_end = request_end,
	.owner_end = owner_end,
	.page_request = page_request,
	.levels = levels,
	.finish = finish,
};
