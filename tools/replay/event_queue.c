/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* event_queue.c - see event_queue.h. */
#include "event_queue.h"

#include <stdlib.h>

#include "must.h"

void event_queue_init(struct event_queue *queue)
{
	*queue = (struct event_queue){.events = must_calloc(EVENT_QUEUE_SIZE, sizeof(*queue->events))};
	must_hold(pthread_mutex_init(&queue->lock, NULL) == 0, "making a lock", 0);
	must_cond_init(&queue->changed);
}

void event_queue_fini(struct event_queue *queue)
{
	free(queue->events);
	(void)pthread_cond_destroy(&queue->changed);
	(void)pthread_mutex_destroy(&queue->lock);
}

void event_queue_put(struct event_queue *queue, const struct event *event)
{
	pthread_mutex_lock(&queue->lock);
	while (queue->count == EVENT_QUEUE_SIZE)
		pthread_cond_wait(&queue->changed, &queue->lock);
	queue->events[(queue->first + queue->count++) % EVENT_QUEUE_SIZE] = *event;
	pthread_cond_signal(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

void event_queue_end(struct event_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->over = true;
	pthread_cond_signal(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

bool event_queue_take(struct event_queue *queue, struct event *event)
{
	bool taken;

	pthread_mutex_lock(&queue->lock);
	while (queue->count == 0 && !queue->over)
		pthread_cond_wait(&queue->changed, &queue->lock);
	taken = queue->count > 0;
	if (taken) {
		*event = queue->events[queue->first];
		queue->first = (queue->first + 1) % EVENT_QUEUE_SIZE;
		queue->count--;
		pthread_cond_signal(&queue->changed);
	}
	pthread_mutex_unlock(&queue->lock);
	return taken;
}
