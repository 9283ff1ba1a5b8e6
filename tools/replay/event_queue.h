/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* event_queue.h - a bounded queue of events, from the one who reads to the one who acts. */
#ifndef REPLAY_EVENT_QUEUE_H
#define REPLAY_EVENT_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "owner.h"
#include "trace.h"

#define EVENT_QUEUE_SIZE 1024u

struct event {
	enum trace_kind kind;
	uint64_t time_us;
	uint64_t bytes;
	uint64_t number; /* its place in the trace */
	struct owner *owner;
	struct binding *binding;
};

struct event_queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct event *events;
	uint32_t first;
	uint32_t count;
	bool over;
};

void event_queue_init(struct event_queue *queue);
void event_queue_fini(struct event_queue *queue);

/** event_queue_put() - waits while the queue is full. */
void event_queue_put(struct event_queue *queue, const struct event *event);

/** event_queue_end() - nothing will be put any more. */
void event_queue_end(struct event_queue *queue);

/** event_queue_take() - waits for an event; false if there will be none. */
bool event_queue_take(struct event_queue *queue, struct event *event);

#endif
