/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* rcu.c - callbacks wait in batches for liburcu's grace periods, and run on the thread that queued them. */
#include "rcu.h"

#include "memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* So many batches waiting: the readers are preempted, and the writer waits for them, too. */
#define BATCHES 256u

struct batch {
	struct rcu_head head;
	struct batch *next;
	struct rcu_head *first;
	bool elapsed;
};

_Thread_local struct linux_rcu linux_rcu;
static _Thread_local struct batch *oldest;
static _Thread_local struct batch *newest;
static _Thread_local unsigned waiting;

void linux_call_rcu(struct rcu_head *head, linux_rcu_fn fn)
{
	struct linux_rcu *mine = &linux_rcu;

	head->func = fn;
	head->next.next = NULL;
	if (mine->count++ == 0)
		mine->first = head;
	else
		mine->last->next.next = &head->next;
	mine->last = head;
}

static void run(struct rcu_head *head)
{
	while (head != NULL) {
		struct rcu_head *next = (struct rcu_head *)(void *)head->next.next;
		uintptr_t fn = (uintptr_t)head->func;

		if (fn < LINUX_RCU_OFFSETS)
			linux_kfree((char *)head - fn);
		else
			head->func(head);
		head = next;
	}
}

/* On liburcu's thread. */
static void elapse(struct rcu_head *head)
{
	struct batch *batch = (struct batch *)(void *)head;

	__atomic_store_n(&batch->elapsed, true, __ATOMIC_RELEASE);
}

static void hand_over(void)
{
	struct batch *batch = malloc(sizeof(*batch));
	struct rcu_head *first = linux_rcu.first;

	if (linux_rcu.count == 0 || batch == NULL) {
		free(batch);
		return;
	}
	linux_rcu.count = 0;
	batch->first = first;
	batch->next = NULL;
	batch->elapsed = false;
	if (oldest == NULL)
		oldest = batch;
	else
		newest->next = batch;
	newest = batch;
	waiting++;
	urcu_bp_call_rcu(&batch->head, elapse);
}

void linux_rcu_process(void)
{
	hand_over();
	if (waiting >= BATCHES)
		urcu_bp_barrier();
	while (oldest != NULL && __atomic_load_n(&oldest->elapsed, __ATOMIC_ACQUIRE)) {
		struct batch *batch = oldest;

		oldest = batch->next;
		waiting--;
		run(batch->first);
		free(batch);
	}
}

void linux_rcu_start(void)
{
	(void)urcu_bp_get_default_call_rcu_data();
}

void linux_rcu_leave(void)
{
	while (linux_rcu.count > 0 || oldest != NULL) {
		hand_over();
		urcu_bp_barrier();
		linux_rcu_process();
	}
}
