/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The model port, link-time half: what is neither memory, waiting nor grace periods; and what tests may ask. */
#include "../port.h"
#include "internal.h"

#include <ioasid/error.h>

uint64_t ioasid_port_thread_id(void)
{
	return model.self + 1u;
}

uint32_t ioasid_port_epoch(void)
{
	return 0;
}

uint32_t ioasid_port_unique(void)
{
	return ++model.unique;
}

uint32_t ioasid_port_shards(void)
{
	return PORT_SHARDS;
}

/* Spaces are polled: a scenario makes the reclaimer a thread that it can interleave. */
int ioasid_port_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg)
{
	(void)worker;
	(void)fn;
	(void)arg;
	return -IOASID_EAGAIN;
}

void ioasid_port_worker_join(struct port_worker *worker)
{
	(void)worker;
}

uint32_t model_shard(void)
{
	return model.running ? model_me()->shard : 0;
}

void model_set_shard(uint32_t shard)
{
	model_me()->shard = shard;
}

unsigned model_self(void)
{
	return model.self;
}

void model_bound_begin(unsigned steps)
{
	struct model_thread *me = model_me();

	if (!model.running)
		return;
	me->bound_from = me->steps;
	me->step_bound = me->steps + steps;
}

unsigned model_bound_end(void)
{
	struct model_thread *me = model_me();

	me->step_bound = UINT32_MAX;
	return me->steps - me->bound_from;
}

void model_outcome(uint64_t outcome)
{
	model.has_outcome = true;
	model.outcome = outcome;
}

bool model_outcome_get(uint64_t *outcome)
{
	*outcome = model.outcome;
	return model.has_outcome;
}

bool model_limited(void)
{
	return model.limited;
}

bool model_is_running(void)
{
	return model.running;
}

const char *model_failure(void)
{
	return model.failure;
}

unsigned model_running_thread(void)
{
	return model.self;
}

unsigned model_preemptions_left(void)
{
	return model.left.preemptions;
}

unsigned model_step_count(void)
{
	return model.nr_steps;
}

const struct model_step *model_steps(void)
{
	return model.steps;
}
