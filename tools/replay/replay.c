/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * replay.c - see replay.h.
 *
 * Threads wait for one another only for events that are earlier in the trace,
 * and each takes its events in the order of the trace; so the earliest event
 * that has not happened yet waits for nobody, and the replay cannot get stuck.
 */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>

#include "event_queue.h"
#include "must.h"
#include "rule.h"

#define NAP_NS UINT64_C(30000)

struct actor {
	struct machine *machine;
	struct event_queue queue;
	pthread_t thread;
};

struct reader {
	struct machine *machine;
	struct trace *trace;
	struct actor *actors;
	uint32_t nr_actors;
	struct sparse owners;   /* struct owner *, while alive */
	struct sparse bindings; /* struct binding *, while bound */
	uint64_t events;
	uint32_t live_owners_top; /* the highest numbers seen, for the clean-up after an error */
	uint32_t live_bindings_top;
};

static void wait_for_zero(const _Atomic uint32_t *count)
{
	while (atomic_load_explicit(count, memory_order_acquire) != 0)
		replay_clock_sleep(replay_clock_ns() + NAP_NS);
}

static bool wait_until_bound(const struct binding *binding)
{
	uint32_t state;

	while ((state = atomic_load_explicit(&binding->state, memory_order_acquire)) == BINDING_NEW)
		replay_clock_sleep(replay_clock_ns() + NAP_NS);
	return state == BINDING_BOUND;
}

static void happened(_Atomic uint32_t *pending)
{
	(void)atomic_fetch_sub_explicit(pending, 1, memory_order_release);
}

static void begin_owner(struct machine *machine, struct owner *owner)
{
	owner->space = aspace_get(&machine->pool, owner->mark);
	machine->config.rule->owner_begin(machine->rule_state, owner);
	stat_add(&machine->stats.owners, 1);
	happened(&owner->pending);
}

static void bind(struct machine *machine, struct owner *owner, struct binding *binding)
{
	uint64_t begin_ns = replay_clock_ns();
	int error = machine->config.rule->bind(machine->rule_state, binding);

	if (error == 0) {
		histogram_add(&machine->stats.bind_ns, replay_clock_ns() - begin_ns);
		stat_add(&machine->stats.bindings, 1);
	} else {
		stat_add(&machine->stats.bind_failed, 1);
		atomic_store_explicit(&machine->stats.bind_error, error, memory_order_relaxed);
	}
	atomic_store_explicit(&binding->state, error ? BINDING_FAILED : BINDING_BOUND, memory_order_release);
	happened(&owner->pending);
}

static void request(struct machine *machine, const struct event *event)
{
	stat_add(&machine->stats.requests, 1);
	if (wait_until_bound(event->binding))
		machine_submit(machine, event->binding, event->bytes, event->number);
	else
		stat_add(&machine->stats.refused, 1);
	happened(&event->binding->pending);
	happened(&event->owner->pending);
}

static void unbind(struct machine *machine, struct binding *binding)
{
	bool bound = wait_until_bound(binding);
	uint64_t begin_ns;

	wait_for_zero(&binding->pending);
	if (bound) {
		begin_ns = replay_clock_ns();
		machine->config.rule->unbind(machine->rule_state, binding);
		histogram_add(&machine->stats.unbind_ns, replay_clock_ns() - begin_ns);
	}
	binding_put(binding);
}

static void end_owner(struct machine *machine, struct owner *owner)
{
	wait_for_zero(&owner->pending);
	machine->config.rule->owner_end(machine->rule_state, owner);
}

static void *act(void *context)
{
	struct actor *actor = context;
	struct machine *machine = actor->machine;
	struct event event;

	while (event_queue_take(&actor->queue, &event)) {
		replay_clock_sleep(replay_clock_due(&machine->clock, event.time_us));
		switch (event.kind) {
		case TRACE_MM_BEGIN:
			begin_owner(machine, event.owner);
			break;
		case TRACE_BIND:
			bind(machine, event.owner, event.binding);
			break;
		case TRACE_REQUEST:
			request(machine, &event);
			break;
		case TRACE_UNBIND:
			unbind(machine, event.binding);
			break;
		case TRACE_MM_END:
		case TRACE_KINDS:
		default:
			end_owner(machine, event.owner);
			break;
		}
	}
	return NULL;
}

/* A process acts on one thread; its end, and unbinds, come from others. */
static struct actor *actor_for(const struct reader *reader, const struct event *event)
{
	uint32_t number = event->owner ? event->owner->number : 0;

	if (event->kind == TRACE_UNBIND)
		number = event->binding->number;
	else if (event->kind == TRACE_MM_END)
		number++;
	return &reader->actors[number % reader->nr_actors];
}

static struct owner **owner_place(struct reader *reader, uint32_t number)
{
	return sparse_at(&reader->owners, number);
}

static struct binding **binding_place(struct reader *reader, uint32_t number)
{
	return sparse_at(&reader->bindings, number);
}

static void expect(_Atomic uint32_t *pending)
{
	(void)atomic_fetch_add_explicit(pending, 1, memory_order_relaxed);
}

/* The trace has been checked: what is named here is there. */
static void hand_out(struct reader *reader, const struct trace_event *read)
{
	struct owner **owner = owner_place(reader, read->owner);
	struct binding **binding = binding_place(reader, read->binding);
	struct event event = {.kind = read->kind,
	                      .time_us = read->time_us,
	                      .bytes = read->bytes,
	                      .number = ++reader->events};

	if (read->kind == TRACE_MM_BEGIN)
		*owner = owner_create(read->owner, reader->machine->devices);
	if (read->kind == TRACE_BIND)
		*binding = binding_create(read->binding, *owner, &reader->machine->devices[read->device], read->shared);
	if (read->kind != TRACE_UNBIND)
		event.owner = *owner;
	if (read->kind == TRACE_BIND || read->kind == TRACE_REQUEST || read->kind == TRACE_UNBIND)
		event.binding = *binding;
	if (read->kind == TRACE_MM_BEGIN || read->kind == TRACE_BIND || read->kind == TRACE_REQUEST)
		expect(&event.owner->pending);
	if (read->kind == TRACE_REQUEST)
		expect(&event.binding->pending);
	if (read->kind == TRACE_UNBIND)
		*binding = NULL;
	if (read->kind == TRACE_MM_END)
		*owner = NULL;
	if (read->owner > reader->live_owners_top)
		reader->live_owners_top = read->owner;
	if (read->binding > reader->live_bindings_top)
		reader->live_bindings_top = read->binding;
	event_queue_put(&actor_for(reader, &event)->queue, &event);
}

/* A trace that broke off has left some alive: end them, so that the machine can stop. */
static void end_the_rest(struct reader *reader, uint64_t time_us)
{
	struct trace_event event = {.time_us = time_us, .kind = TRACE_UNBIND};

	for (uint32_t i = 0; i <= reader->live_bindings_top; i++) {
		event.binding = i;
		if (*binding_place(reader, i))
			hand_out(reader, &event);
	}
	event = (struct trace_event){.time_us = time_us, .kind = TRACE_MM_END};
	for (uint32_t i = 0; i <= reader->live_owners_top; i++) {
		event.owner = i;
		if (*owner_place(reader, i))
			hand_out(reader, &event);
	}
}

static void start_actors(struct reader *reader)
{
	reader->actors = must_calloc(reader->nr_actors, sizeof(*reader->actors));
	for (uint32_t i = 0; i < reader->nr_actors; i++) {
		reader->actors[i].machine = reader->machine;
		event_queue_init(&reader->actors[i].queue);
		must_start(&reader->actors[i].thread, act, &reader->actors[i]);
	}
}

static void join_actors(struct reader *reader)
{
	for (uint32_t i = 0; i < reader->nr_actors; i++)
		event_queue_end(&reader->actors[i].queue);
	for (uint32_t i = 0; i < reader->nr_actors; i++) {
		(void)pthread_join(reader->actors[i].thread, NULL);
		event_queue_fini(&reader->actors[i].queue);
	}
	free(reader->actors);
}

bool replay_run(struct machine *machine, const char *path, uint32_t threads, _Atomic uint64_t *now_us, char *error)
{
	struct reader reader = {.machine = machine, .nr_actors = threads};
	struct trace_event event = {0};
	int more;

	reader.trace = trace_open(path, NULL, error);
	if (!reader.trace)
		return false;
	sparse_init(&reader.owners, TRACE_OWNER_MAX + 1, sizeof(struct owner *));
	sparse_init(&reader.bindings, TRACE_BINDING_MAX + 1, sizeof(struct binding *));
	start_actors(&reader);
	while ((more = trace_next(reader.trace, &event)) > 0) {
		hand_out(&reader, &event);
		atomic_store_explicit(now_us, event.time_us, memory_order_relaxed);
	}
	if (more < 0) {
		(void)snprintf(error, TRACE_ERROR_MAX, "%s", trace_error(reader.trace));
		end_the_rest(&reader, 0);
	}
	join_actors(&reader);
	sparse_fini(&reader.owners);
	sparse_fini(&reader.bindings);
	trace_close(reader.trace);
	return more == 0;
}
