/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* prq.c - see prq.h. */
#include "prq.h"

#include <ioasid/types.h>
#include <stdlib.h>

#include "device.h"
#include "must.h"
#include "replay_clock.h"
#include "workqueue.h"

static uint32_t key_of(const struct device *device, uint32_t pasid)
{
	return device->index * IOASID_COUNT_MAX + pasid;
}

static void answer(struct prq *prq, struct page_request *request)
{
	struct drain_waiter *waiters;
	bool valid;

	pthread_mutex_unlock(&prq->lock);
	valid = prq->answer(prq->context, request);
	if (request->work)
		workqueue_resume(request->work, valid);
	pthread_mutex_lock(&prq->lock);
	waiters = drain_leave(&prq->under_way, key_of(request->device, request->pasid));
	request->next = prq->free;
	prq->free = request;
	prq->queued--;
	pthread_mutex_unlock(&prq->lock);
	drain_tell(waiters);
	pthread_mutex_lock(&prq->lock);
}

static void *serve(void *context)
{
	struct prq *prq = context;

	pthread_mutex_lock(&prq->lock);
	while (!prq->stopping) {
		struct page_request *request = due_heap_pop(&prq->heap, replay_clock_ns());

		if (request)
			answer(prq, request);
		else
			replay_clock_wait(&prq->changed, &prq->lock, due_heap_next(&prq->heap));
	}
	pthread_mutex_unlock(&prq->lock);
	return NULL;
}

void prq_start(struct prq *prq, prq_answer_fn *answer_fn, void *context, struct stats *stats, uint64_t answer_ns)
{
	*prq = (struct prq){
		.answer = answer_fn, .context = context, .stats = stats, .answer_ns = answer_ns, .random = 1};
	must_hold(pthread_mutex_init(&prq->lock, NULL) == 0, "making a lock", 0);
	must_cond_init(&prq->changed);
	due_heap_init(&prq->heap, PRQ_SIZE);
	drain_table_init(&prq->under_way, DEVICES_MAX * IOASID_COUNT_MAX);
	prq->requests = must_calloc(PRQ_SIZE, sizeof(*prq->requests));
	for (uint32_t i = 0; i < PRQ_SIZE; i++) {
		prq->requests[i].next = prq->free;
		prq->free = &prq->requests[i];
	}
	must_start(&prq->thread, serve, prq);
}

void prq_stop(struct prq *prq)
{
	pthread_mutex_lock(&prq->lock);
	prq->stopping = true;
	pthread_cond_signal(&prq->changed);
	pthread_mutex_unlock(&prq->lock);
	(void)pthread_join(prq->thread, NULL);
	drain_table_fini(&prq->under_way);
	due_heap_fini(&prq->heap);
	free(prq->requests);
	(void)pthread_cond_destroy(&prq->changed);
	(void)pthread_mutex_destroy(&prq->lock);
}

bool prq_post(struct prq *prq, const struct page_request *request)
{
	struct page_request *place;

	pthread_mutex_lock(&prq->lock);
	place = prq->free;
	if (place) {
		uint64_t delay_ns = prq->answer_ns / 2 + (prq->answer_ns * (prq->random & 0xffff) >> 16);

		prq->random = prq->random * 1664525u + 1013904223u;
		prq->random ^= prq->random >> 15;
		prq->free = place->next;
		prq->queued++;
		*place = *request;
		drain_enter(&prq->under_way, key_of(request->device, request->pasid));
		due_heap_push(&prq->heap, replay_clock_ns() + delay_ns, place);
		pthread_cond_signal(&prq->changed);
		stat_add(&prq->stats->faults, 1);
	}
	pthread_mutex_unlock(&prq->lock);
	return place != NULL;
}

bool prq_is_idle(struct prq *prq)
{
	bool idle;

	pthread_mutex_lock(&prq->lock);
	idle = prq->queued == 0;
	pthread_mutex_unlock(&prq->lock);
	return idle;
}

bool prq_drain(struct prq *prq, const struct device *device, uint32_t pasid, drained_fn *drained, void *context)
{
	bool idle;

	pthread_mutex_lock(&prq->lock);
	idle = drain_ask(&prq->under_way, key_of(device, pasid), drained, context);
	pthread_mutex_unlock(&prq->lock);
	return idle;
}
