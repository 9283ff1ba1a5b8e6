/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * workqueue.h - a device's work queue, served by a thread of its own.
 *
 * A descriptor rests in the queue for its latency, half to one and a half times
 * the mean, so that descriptors overtake one another; then it is executed in
 * steps. One that waits for a page request keeps its place in the queue.
 */
#ifndef REPLAY_WORKQUEUE_H
#define REPLAY_WORKQUEUE_H

#include <linux/idxd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "drain.h"
#include "due_heap.h"

#define WORKQUEUE_SIZE 128u /* what the DSA of a Sapphire Rapids has in all its queues */

struct workqueue;

struct work {
	struct dsa_hw_desc desc;
	uint64_t on_behalf; /* for the witness alone: whose request it was when it was submitted */
	struct workqueue *queue;
	struct work *next;
	uint32_t step;
	uint32_t faults;
	bool answered_invalid; /* the last page request was */
};

enum work_verdict {
	WORK_AGAIN,   /* the next step, after the engine's time */
	WORK_BLOCKED, /* until workqueue_resume() */
	WORK_COMPLETE
};

typedef enum work_verdict work_execute_fn(void *context, struct work *work);

struct workqueue_config {
	work_execute_fn *execute;
	void *context;
	uint64_t queue_ns;  /* mean time in the queue */
	uint64_t engine_ns; /* mean time of one step */
	uint32_t pasids;
	uint32_t seed;
};

struct workqueue {
	struct workqueue_config config;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct due_heap heap;
	struct drain_table under_way;
	struct work *works; /* all WORKQUEUE_SIZE of them */
	struct work *free;
	uint32_t random;
	bool stopping;
};

void workqueue_start(struct workqueue *queue, const struct workqueue_config *config);

/** workqueue_stop() - nothing may be in it. */
void workqueue_stop(struct workqueue *queue);

/** workqueue_submit() - false: the queue is full, try again (ENQCMD says so in the zero flag). */
bool workqueue_submit(struct workqueue *queue, const struct dsa_hw_desc *desc, uint64_t on_behalf);

/** workqueue_resume() - the page request that @work waits for was answered. */
void workqueue_resume(struct work *work, bool valid);

/** workqueue_drain() - as drain_ask(): true if nothing with @pasid is in the queue. */
bool workqueue_drain(struct workqueue *queue, uint32_t pasid, drained_fn *drained, void *context);

#endif
