/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * rule_libioasid.c - ids from the library: an owner's end parks them, and their
 * numbers and the owner's memory are free when nothing can reach them any more.
 *
 * What a driver brings to the library is here in full: the devices with their
 * quiesce operations, the IOMMU as a participant behind them, requests that
 * begin and end, faults that pin, and the callback that frees the memory.
 */
#include "rule.h"

#include <stdio.h>
#include <stdlib.h>

#include "must.h"

#define QUIESCE_TIMEOUT_NS UINT64_C(60000000000)
#define FLUSH_TIMEOUT_NS UINT64_C(60000000000)
#define POLL_NS UINT64_C(1000000)

struct state {
	struct machine *machine;
	struct ioasid_space *space;
	struct ioasid_participant *iommu;
	struct ioasid_device *devices[DEVICES_MAX];
	struct ioasid_quiesce_ops device_ops;
	struct ioasid_quiesce_ops iommu_ops;
	struct sparse used; /* one byte per number: was it ever handed out? */
	_Atomic uint64_t sets;
	_Atomic uint64_t mapped;
};

struct pending_token {
	struct ioasid_space *space;
	ioasid_token_t token;
};

/* What a set's done() is given. */
struct ending {
	struct state *state;
	struct owner *owner;
};

/* A queue has drained: the answer to a callback that returned IOASID_PENDING. */
static void complete_token(void *context)
{
	struct pending_token *pending = context;

	(void)ioasid_token_complete(pending->space, pending->token, 0);
	free(pending);
}

static struct pending_token *keep_token(const struct state *state, ioasid_token_t token)
{
	struct pending_token *pending = must_calloc(1, sizeof(*pending));

	*pending = (struct pending_token){state->space, token};
	return pending;
}

/* SUBMIT: the doorbell closes; what was submitted before is what must be drained. */
static int quiesce_doorbell(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct state *state = context;
	struct attachment *attachment = view->data;

	(void)token;
	pthread_mutex_lock(&attachment->lock);
	atomic_store_explicit(&attachment->open, false, memory_order_release);
	attachment->mapped = false;
	if (view->reason != IOASID_REASON_UNBIND)
		attachment->over = true;
	pthread_mutex_unlock(&attachment->lock);
	stat_add(&state->machine->stats.drained, atomic_load_explicit(&attachment->in_flight, memory_order_acquire));
	return IOASID_DONE;
}

/* DEVICE: the queue is asked to drain the PASID. */
static int quiesce_queue(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct state *state = context;
	struct attachment *attachment = view->data;
	struct pending_token *pending = keep_token(state, token);

	if (!workqueue_drain(&attachment->device->queue, ioasid_value(view->id), complete_token, pending))
		return IOASID_PENDING;
	free(pending);
	return IOASID_DONE;
}

/* IOMMU: the PASID stands for nothing, nobody remembers it, and no page request names it. */
static int quiesce_iommu(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct state *state = context;
	struct attachment *attachment = view->data;
	struct pending_token *pending;
	uint32_t pasid = ioasid_value(view->id);

	if (!view->device)
		return IOASID_DONE;
	device_unmap(attachment->device, pasid);
	pending = keep_token(state, token);
	if (!prq_drain(&state->machine->prq, attachment->device, pasid, complete_token, pending))
		return IOASID_PENDING;
	free(pending);
	return IOASID_DONE;
}

/* The library has let go of the attachment. */
static void released(void *context, const struct ioasid_view *view)
{
	struct state *state = context;
	struct attachment *attachment = view->data;
	bool held;

	pthread_mutex_lock(&attachment->lock);
	held = attachment->holds > 0;
	attachment->holds -= held;
	pthread_mutex_unlock(&attachment->lock);
	if (!held)
		return;
	(void)atomic_fetch_sub_explicit(&state->mapped, 1, memory_order_relaxed);
	attachment_drop(attachment);
}

static void start_devices(struct state *state)
{
	for (uint32_t i = 0; i < DEVICES_MAX; i++) {
		char name[16];
		struct ioasid_device_config config = {.size = sizeof(config),
		                                      .bits = state->machine->config.bits,
		                                      .ops = &state->device_ops,
		                                      .context = state,
		                                      .name = name};

		(void)snprintf(name, sizeof(name), "dsa%u", i);
		int error = ioasid_device_register(state->space, &config, &state->devices[i]);
		must_hold(error == 0, "ioasid_device_register", error);
	}
}

static void *start(struct machine *machine)
{
	struct state *state = must_calloc(1, sizeof(*state));
	struct ioasid_space_config space = {.size = sizeof(space),
	                                    .bits = machine->config.bits,
	                                    .flags = IOASID_SPACE_BACKGROUND,
	                                    .order = machine->config.order,
	                                    .reuse_distance = machine->config.reuse_distance,
	                                    .quiesce_timeout_ns = QUIESCE_TIMEOUT_NS,
	                                    .name = "replay"};
	struct ioasid_participant_config iommu = {.size = sizeof(iommu),
	                                          .ops = &state->iommu_ops,
	                                          .context = state,
	                                          .name = "iommu"};
	int error = ioasid_space_create(&space, &state->space);

	must_hold(error == 0, "ioasid_space_create", error);
	state->machine = machine;
	state->device_ops = (struct ioasid_quiesce_ops){
		.size = sizeof(state->device_ops),
		.quiesce = {[IOASID_PHASE_SUBMIT] = quiesce_doorbell, [IOASID_PHASE_DEVICE] = quiesce_queue},
		.released = released};
	state->iommu_ops = (struct ioasid_quiesce_ops){.size = sizeof(state->iommu_ops),
	                                               .quiesce = {[IOASID_PHASE_IOMMU] = quiesce_iommu}};
	sparse_init(&state->used, UINT32_C(1) << machine->config.bits, 1);
	error = ioasid_space_enroll(state->space, &iommu, &state->iommu);
	must_hold(error == 0, "ioasid_space_enroll", error);
	start_devices(state);
	return state;
}

/* The set has ended, and with it the last way to the owner's memory. */
static void owner_done(void *context, struct ioasid_owner key)
{
	struct ending *ending = context;
	struct machine *machine = ending->state->machine;
	struct owner *owner = ending->owner;

	(void)key;
	histogram_add(&machine->stats.reusable_ns, replay_clock_ns() - owner->ended_ns);
	if (aspace_put(&machine->pool, owner->space, owner->mark))
		stat_add(&machine->stats.corrupted, 1);
	(void)atomic_fetch_sub_explicit(&ending->state->sets, 1, memory_order_relaxed);
	free(ending);
	owner_put(owner);
}

static void owner_begin(void *context, struct owner *owner)
{
	struct state *state = context;
	struct ending *ending = must_calloc(1, sizeof(*ending));
	struct ioasid_set_config config = {.size = sizeof(config),
	                                   .owner = ioasid_owner_of(owner, owner->number),
	                                   .quota = IOASID_UNLIMITED,
	                                   .done = owner_done,
	                                   .context = ending};
	int error;

	*ending = (struct ending){state, owner};
	(void)atomic_fetch_add_explicit(&state->sets, 1, memory_order_relaxed);
	error = ioasid_set_create(state->space, &config, &owner->set);
	must_hold(error == 0, "ioasid_set_create", error);
}

static void owner_end(void *context, struct owner *owner)
{
	struct ioasid_owner_set *set = owner->set;

	(void)context;
	owner->ended_ns = replay_clock_ns();
	/* The owner may be gone when this returns: its last event is over, and done() has its reference. */
	(void)ioasid_set_end(set);
	(void)ioasid_set_release(set);
}

/* The first to bind a pair opens it; later ones find it open. */
static void open_attachment(struct state *state, struct attachment *attachment, struct binding *binding)
{
	pthread_mutex_lock(&attachment->lock);
	if (!attachment->mapped && !attachment->over) {
		attachment->mapped = true;
		attachment->pasid = binding->pasid;
		device_map(attachment->device, binding->pasid, attachment->owner->space);
		attachment->holds++;
		(void)atomic_fetch_add_explicit(&state->mapped, 1, memory_order_relaxed);
		attachment_hold(attachment);
		atomic_store_explicit(&attachment->open, true, memory_order_release);
	}
	pthread_mutex_unlock(&attachment->lock);
}

/* A shared id is counted by the first binding of its owner, a private one by its only one. */
static void count_id(struct state *state, struct binding *binding)
{
	_Atomic unsigned char *used;

	if (binding->shared && atomic_exchange_explicit(&binding->owner->has_shared, true, memory_order_relaxed))
		return;
	used = sparse_at(&state->used, binding->pasid);
	stat_add(&state->machine->stats.ids, 1);
	if (atomic_exchange_explicit(used, 1, memory_order_relaxed))
		stat_add(&state->machine->stats.reused, 1);
}

static int bind(void *context, struct binding *binding)
{
	struct state *state = context;
	struct attachment *attachment = binding->attachment;
	struct ioasid_bind_args args = {.size = sizeof(args),
	                                .device = state->devices[attachment->device->index],
	                                .data = attachment};
	struct ioasid_owner_set *set = binding->owner->set;
	ioasid_handle_t handle;
	int error;

	if (binding->shared)
		error = ioasid_set_bind(set, &args, 1, IOASID_BIND_WAIT, &binding->handle);
	else
		error = ioasid_set_bind_private(set, &args, 1, IOASID_BIND_WAIT, &binding->handle);
	if (error)
		return error;
	error = ioasid_binding_handle(state->space, binding->handle, &handle);
	if (error) {
		(void)ioasid_binding_unbind(state->space, binding->handle);
		return error;
	}
	binding->pasid = ioasid_value(ioasid_handle_id(handle));
	count_id(state, binding);
	open_attachment(state, attachment, binding);
	return 0;
}

static void unbind(void *context, struct binding *binding)
{
	struct state *state = context;

	/* -ESTALE is no news: the owner's end has been faster. */
	(void)ioasid_binding_unbind(state->space, binding->handle);
}

static int request_begin(void *context, struct binding *binding)
{
	const struct state *state = context;

	return ioasid_request_begin(state->space, binding->handle);
}

static void request_end(void *context, struct binding *binding)
{
	const struct state *state = context;
	int error = ioasid_request_end(state->space, binding->handle);

	must_hold(error == 0, "ioasid_request_end", error);
}

static bool page_request(void *context, const struct page_request *request)
{
	struct state *state = context;
	struct stats *stats = &state->machine->stats;
	struct attachment *attachment;
	ioasid_binding_t binding;
	void *data;
	int error = ioasid_device_pin(state->devices[request->device->index], ioasid_make(request->pasid), &binding);

	if (error) {
		/* A straggler of somebody who is gone is no news; a number that nobody has is. */
		stat_add(error == -IOASID_ESTALE ? &stats->late_faults : &stats->astray_faults, 1);
		return false;
	}
	error = ioasid_binding_data(state->space, binding, &data);
	must_hold(error == 0, "ioasid_binding_data of a pinned binding", error);
	attachment = data;
	if (attachment->owner->mark != request->on_behalf)
		stat_add(&stats->wrong_faults, 1);
	aspace_make_present(attachment->owner->space, request->page);
	(void)ioasid_binding_unpin(state->space, binding);
	return true;
}

static void levels(void *context, struct rule_levels *levels)
{
	const struct state *state = context;
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};

	*levels = (struct rule_levels){0};
	if (ioasid_space_snapshot(state->space, &snapshot))
		return;
	levels->live = snapshot.in_state[IOASID_STATE_ACTIVE] + (uint64_t)snapshot.in_state[IOASID_STATE_RESERVED];
	levels->parked = snapshot.in_state[IOASID_STATE_PARKED] + (uint64_t)snapshot.in_state[IOASID_STATE_POISONED];
	levels->quarantined = snapshot.in_state[IOASID_STATE_QUARANTINED];
}

static bool name_holder(void *context, const struct ioasid_holder *holder)
{
	(void)context;
	(void)fprintf(stderr, "ioasid-replay: id %u of owner %llu is %s: %u references, %u pins, %u bindings\n",
	              ioasid_value(ioasid_handle_id(holder->handle)), (unsigned long long)holder->owner_generation,
	              ioasid_state_name(holder->state), holder->references, holder->pins, holder->bindings);
	return true;
}

static bool went_well(const char *what, int error)
{
	if (error)
		(void)fprintf(stderr, "ioasid-replay: at the end: %s: %s\n", what, ioasid_strerror(error));
	return error == 0;
}

/* Whatever refuses to go is a leak, and is left behind with what it needs. */
static bool give_back(struct state *state)
{
	bool all = went_well("ioasid_participant_withdraw", ioasid_participant_withdraw(state->iommu));

	for (uint32_t i = 0; i < DEVICES_MAX; i++)
		all = went_well("ioasid_device_unregister", ioasid_device_unregister(state->devices[i])) && all;
	return went_well("ioasid_space_destroy", ioasid_space_destroy(state->space, name_holder, NULL)) && all;
}

/*
 * The flush speaks of ids; that an owner's memory is free is told by its done(),
 * which the deferred work may be just about to call.
 */
static void wait_for_owners(const struct state *state)
{
	uint64_t give_up_ns = replay_clock_ns() + FLUSH_TIMEOUT_NS;

	while (stat_get(&state->sets) + stat_get(&state->mapped) != 0 && replay_clock_ns() < give_up_ns)
		replay_clock_sleep(replay_clock_ns() + POLL_NS);
}

static void finish(void *context, struct rule_leaks *leaks)
{
	struct state *state = context;
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};
	struct ioasid_counters counters = {.size = sizeof(counters)};
	bool good = went_well("ioasid_space_flush", ioasid_space_flush(state->space, FLUSH_TIMEOUT_NS));

	wait_for_owners(state);
	good = went_well("ioasid_space_snapshot", ioasid_space_snapshot(state->space, &snapshot)) && good;
	good = went_well("ioasid_space_counters", ioasid_space_counters(state->space, &counters)) && good;
	leaks->ids = snapshot.capacity - snapshot.withheld - (uint64_t)snapshot.in_state[IOASID_STATE_FREE];
	leaks->bindings = stat_get(&state->mapped);
	leaks->sets = stat_get(&state->sets);
	leaks->quarantined = counters.reclaimed;
	/* All is free, and yet something holds the space: count it, so that it cannot pass for clean. */
	if (!give_back(state) || !good) {
		leaks->sets += leaks->ids + leaks->bindings + leaks->sets == 0;
		return;
	}
	sparse_fini(&state->used);
	free(state);
}

const struct rule rule_libioasid = {
	.name = "libioasid",
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
