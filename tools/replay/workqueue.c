/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* workqueue.c - see workqueue.h. */
#include "workqueue.h"

#include <stdlib.h>

#include "must.h"
#include "replay_clock.h"

/* Half to one and a half times the mean; the lock guards the generator (xorshift). */
static uint64_t spread(struct workqueue *queue, uint64_t mean_ns)
{
	queue->random ^= queue->random << 13;
	queue->random ^= queue->random >> 17;
	queue->random ^= queue->random << 5;
	return mean_ns / 2 + (mean_ns * (queue->random & 0xffff) >> 16);
}

static void push(struct workqueue *queue, struct work *work, uint64_t delay_ns)
{
	due_heap_push(&queue->heap, replay_clock_ns() + delay_ns, work);
	pthread_cond_signal(&queue->changed);
}

static void execute(struct workqueue *queue, struct work *work)
{
	enum work_verdict verdict;
	struct drain_waiter *waiters;

	pthread_mutex_unlock(&queue->lock);
	verdict = queue->config.execute(queue->config.context, work);
	pthread_mutex_lock(&queue->lock);
	switch (verdict) {
	case WORK_AGAIN:
		push(queue, work, spread(queue, queue->config.engine_ns));
		break;
	case WORK_COMPLETE:
		waiters = drain_leave(&queue->under_way, work->desc.pasid);
		work->next = queue->free;
		queue->free = work;
		pthread_mutex_unlock(&queue->lock);
		drain_tell(waiters);
		pthread_mutex_lock(&queue->lock);
		break;
	case WORK_BLOCKED:
	default:
		/* It may be back in the heap already; it is not ours any more. */
		break;
	}
}

static void *serve(void *context)
{
	struct workqueue *queue = context;

	pthread_mutex_lock(&queue->lock);
	while (!queue->stopping) {
		struct work *work = due_heap_pop(&queue->heap, replay_clock_ns());

		if (work)
			execute(queue, work);
		else
			replay_clock_wait(&queue->changed, &queue->lock, due_heap_next(&queue->heap));
	}
	pthread_mutex_unlock(&queue->lock);
	return NULL;
}

void workqueue_start(struct workqueue *queue, const struct workqueue_config *config)
{
	*queue = (struct workqueue){.config = *config, .random = config->seed * 2654435761u + 1};
	must_hold(pthread_mutex_init(&queue->lock, NULL) == 0, "making a lock", 0);
	must_cond_init(&queue->changed);
	due_heap_init(&queue->heap, WORKQUEUE_SIZE);
	drain_table_init(&queue->under_way, config->pasids);
	queue->works = must_calloc(WORKQUEUE_SIZE, sizeof(*queue->works));
	for (uint32_t i = 0; i < WORKQUEUE_SIZE; i++) {
		queue->works[i].next = queue->free;
		queue->free = &queue->works[i];
	}
	must_start(&queue->thread, serve, queue);
}

void workqueue_stop(struct workqueue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->stopping = true;
	pthread_cond_signal(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
	(void)pthread_join(queue->thread, NULL);
	drain_table_fini(&queue->under_way);
	due_heap_fini(&queue->heap);
	free(queue->works);
	(void)pthread_cond_destroy(&queue->changed);
	(void)pthread_mutex_destroy(&queue->lock);
}

bool workqueue_submit(struct workqueue *queue, const struct dsa_hw_desc *desc, uint64_t on_behalf)
{
	struct work *work;

	pthread_mutex_lock(&queue->lock);
	work = queue->free;
	if (work) {
		queue->free = work->next;
		*work = (struct work){.desc = *desc, .on_behalf = on_behalf, .queue = queue};
		drain_enter(&queue->under_way, desc->pasid);
		push(queue, work, spread(queue, queue->config.queue_ns));
	}
	pthread_mutex_unlock(&queue->lock);
	return work != NULL;
}

void workqueue_resume(struct work *work, bool valid)
{
	struct workqueue *queue = work->queue;

	pthread_mutex_lock(&queue->lock);
	work->answered_invalid = !valid;
	push(queue, work, 0);
	pthread_mutex_unlock(&queue->lock);
}

bool workqueue_drain(struct workqueue *queue, uint32_t pasid, drained_fn *drained, void *context)
{
	bool idle;

	pthread_mutex_lock(&queue->lock);
	idle = drain_ask(&queue->under_way, pasid, drained, context);
	pthread_mutex_unlock(&queue->lock);
	return idle;
}
