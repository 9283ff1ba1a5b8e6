/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* machine.c - see machine.h. */
#include "machine.h"

#include <stdlib.h>

#include "must.h"
#include "owner.h"
#include "rule.h"

#define RECORD_ALIGNMENT 64u /* a completion record must be aligned to 32 bytes; a line is its own */
#define SETTLE_NS UINT64_C(60000000000)
#define POLL_NS UINT64_C(1000000)
#define RETRY_NS UINT64_C(20000)

struct request {
	struct dsa_completion_record record; /* first: the interrupt names its address */
	struct binding *binding;
	struct request *next;
};

static void interrupt(void *context, uint64_t completion_address)
{
	struct machine *machine = context;
	struct request *request = (struct request *)(uintptr_t)completion_address;

	pthread_mutex_lock(&machine->completed_lock);
	request->next = NULL;
	if (machine->completed_last)
		machine->completed_last->next = request;
	else
		machine->completed_first = request;
	machine->completed_last = request;
	pthread_cond_signal(&machine->completed_some);
	pthread_mutex_unlock(&machine->completed_lock);
}

static void end_request(struct machine *machine, struct request *request)
{
	struct binding *binding = request->binding;

	(void)atomic_fetch_sub_explicit(&binding->attachment->in_flight, 1, memory_order_acq_rel);
	machine->config.rule->request_end(machine->rule_state, binding);
	binding_put(binding);
	free(request);
	(void)atomic_fetch_sub_explicit(&machine->stats.in_flight, 1, memory_order_release);
}

static void *reap(void *context)
{
	struct machine *machine = context;
	struct request *request;

	pthread_mutex_lock(&machine->completed_lock);
	for (;;) {
		request = machine->completed_first;
		if (!request) {
			if (machine->stopping)
				break;
			replay_clock_wait(&machine->completed_some, &machine->completed_lock, 0);
			continue;
		}
		machine->completed_first = request->next;
		if (!machine->completed_first)
			machine->completed_last = NULL;
		pthread_mutex_unlock(&machine->completed_lock);
		stat_add(request->record.status == DSA_COMP_SUCCESS ? &machine->stats.completed
		                                                    : &machine->stats.failed,
		         1);
		end_request(machine, request);
		pthread_mutex_lock(&machine->completed_lock);
	}
	pthread_mutex_unlock(&machine->completed_lock);
	return NULL;
}

void machine_start(struct machine *machine, const struct machine_config *config)
{
	machine->config = *config;
	replay_clock_start(&machine->clock, config->speed);
	aspace_pool_init(&machine->pool);
	must_hold(pthread_mutex_init(&machine->completed_lock, NULL) == 0, "making a lock", 0);
	must_cond_init(&machine->completed_some);
	for (uint32_t i = 0; i < DEVICES_MAX; i++) {
		struct device_config device = {.index = i,
		                               .pasids = UINT32_C(1) << config->bits,
		                               .latency_ns = replay_clock_span(&machine->clock, config->latency_us),
		                               .prq = &machine->prq,
		                               .stats = &machine->stats,
		                               .interrupt = interrupt,
		                               .interrupt_context = machine};

		device_start(&machine->devices[i], &device);
	}
	machine->rule_state = config->rule->start(machine);
	prq_start(&machine->prq, config->rule->page_request, machine->rule_state, &machine->stats,
	          replay_clock_span(&machine->clock, config->fault_latency_us));
	for (uint32_t i = 0; i < REAPERS; i++)
		must_start(&machine->reapers[i], reap, machine);
	replay_clock_start(&machine->clock, config->speed);
}

void machine_stop(struct machine *machine)
{
	pthread_mutex_lock(&machine->completed_lock);
	machine->stopping = true;
	pthread_cond_broadcast(&machine->completed_some);
	pthread_mutex_unlock(&machine->completed_lock);
	for (uint32_t i = 0; i < REAPERS; i++)
		(void)pthread_join(machine->reapers[i], NULL);
	prq_stop(&machine->prq);
	for (uint32_t i = 0; i < DEVICES_MAX; i++)
		device_stop(&machine->devices[i]);
	aspace_pool_fini(&machine->pool);
	(void)pthread_cond_destroy(&machine->completed_some);
	(void)pthread_mutex_destroy(&machine->completed_lock);
}

/*
 * What a driver for the hardware would fill in. The source is anywhere in the
 * address space, the destination another page; both may be the ones that fault.
 */
static void fill_descriptor(struct dsa_hw_desc *desc, const struct request *request, uint64_t bytes, uint64_t salt)
{
	uint64_t random = (salt + 1) * UINT64_C(0x9e3779b97f4a7c15);
	uint64_t source = (random >> 32) % ASPACE_PAGES;
	uint64_t target = (source + 1 + (random >> 48) % (ASPACE_PAGES - 1)) % ASPACE_PAGES;

	*desc = (struct dsa_hw_desc){0};
	desc->pasid = request->binding->pasid & (IOASID_COUNT_MAX - 1);
	desc->flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR | IDXD_OP_FLAG_RCI;
	desc->opcode = DSA_OPCODE_MEMMOVE;
	desc->completion_addr = (uint64_t)(uintptr_t)&request->record;
	desc->src_addr = ASPACE_BASE + source * ASPACE_PAGE_SIZE;
	desc->dst_addr = ASPACE_BASE + target * ASPACE_PAGE_SIZE;
	desc->xfer_size = bytes < ASPACE_PAGE_SIZE ? (uint32_t)bytes : ASPACE_PAGE_SIZE;
}

static struct request *request_create(struct binding *binding)
{
	struct request *request = must_align(RECORD_ALIGNMENT, sizeof(*request));

	*request = (struct request){.binding = binding};
	binding_get(binding);
	return request;
}

void machine_submit(struct machine *machine, struct binding *binding, uint64_t bytes, uint64_t salt)
{
	struct attachment *attachment = binding->attachment;
	struct request *request;
	struct dsa_hw_desc desc;

	if (machine->config.rule->request_begin(machine->rule_state, binding) != 0) {
		stat_add(&machine->stats.refused, 1);
		return;
	}
	request = request_create(binding);
	fill_descriptor(&desc, request, bytes, salt);
	stat_add(&machine->stats.in_flight, 1);
	(void)atomic_fetch_add_explicit(&attachment->in_flight, 1, memory_order_acq_rel);
	/* ENQCMD is retried while the queue is full, and not once the doorbell is closed. */
	while (atomic_load_explicit(&attachment->open, memory_order_acquire)) {
		if (workqueue_submit(&attachment->device->queue, &desc, binding->owner->mark))
			return;
		replay_clock_sleep(replay_clock_ns() + RETRY_NS);
	}
	stat_add(&machine->stats.refused, 1);
	end_request(machine, request);
}

uint64_t machine_settle(struct machine *machine)
{
	uint64_t give_up_ns = replay_clock_ns() + SETTLE_NS;
	uint64_t before = UINT64_MAX;

	for (;;) {
		uint64_t now = atomic_load_explicit(&machine->stats.in_flight, memory_order_acquire);

		if (now != before)
			give_up_ns = replay_clock_ns() + SETTLE_NS;
		/* Prefetches are nobody's, but their answers still look into the rule. */
		if ((now == 0 && prq_is_idle(&machine->prq)) || replay_clock_ns() > give_up_ns)
			return now;
		before = now;
		replay_clock_sleep(replay_clock_ns() + POLL_NS);
	}
}
