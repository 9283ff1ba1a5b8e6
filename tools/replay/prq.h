/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * prq.h - the IOMMU's page-request queue, one for all devices.
 *
 * A device that cannot translate an address asks for the page and goes on with
 * something else; the answer takes its time (a page that comes from storage),
 * and the owner may be gone when its turn comes. What the answer is, the rule
 * knows: all that the request names is a device, a PASID and a page.
 */
#ifndef REPLAY_PRQ_H
#define REPLAY_PRQ_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "drain.h"
#include "due_heap.h"
#include "stats.h"

#define PRQ_SIZE 4096u

struct device;
struct work;

struct page_request {
	struct device *device;
	struct work *work;  /* waits for the answer; NULL for a prefetch, which nobody waits for */
	uint64_t on_behalf; /* for the witness alone */
	struct page_request *next;
	uint32_t pasid;
	uint32_t page;
};

/** prq_answer_fn - make the page present if the PASID has an owner; returns "valid". */
typedef bool prq_answer_fn(void *context, const struct page_request *request);

struct prq {
	prq_answer_fn *answer;
	void *context;
	struct stats *stats;
	uint64_t answer_ns; /* mean time until the answer */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct due_heap heap;
	struct drain_table under_way;
	struct page_request *requests; /* all PRQ_SIZE of them */
	struct page_request *free;
	uint32_t queued;
	uint32_t random;
	bool stopping;
};

void prq_start(struct prq *prq, prq_answer_fn *answer, void *context, struct stats *stats, uint64_t answer_ns);

/** prq_stop() - it must be idle. */
void prq_stop(struct prq *prq);

/** prq_post() - a copy of @request is queued; false if the queue is full. */
bool prq_post(struct prq *prq, const struct page_request *request);

/** prq_is_idle() - true if no request waits for its answer. */
bool prq_is_idle(struct prq *prq);

/** prq_drain() - as drain_ask(), for the requests of one device and one PASID. */
bool prq_drain(struct prq *prq, const struct device *device, uint32_t pasid, drained_fn *drained, void *context);

#endif
