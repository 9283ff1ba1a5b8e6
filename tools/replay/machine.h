/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * machine.h - what a replay runs on: devices, page-request queue, memory, and
 * the driver that submits requests and reaps them.
 *
 * Requests are submitted by whichever thread replays the event and reaped by
 * threads of the machine's own, as an interrupt may come in on any CPU.
 */
#ifndef REPLAY_MACHINE_H
#define REPLAY_MACHINE_H

#include <stdint.h>

#include "aspace.h"
#include "device.h"
#include "prq.h"
#include "replay_clock.h"
#include "stats.h"

#define REAPERS 2u

struct binding;
struct request;
struct rule;

struct machine_config {
	const struct rule *rule;
	uint64_t latency_us;       /* of a descriptor; trace time */
	uint64_t fault_latency_us; /* of a page request; trace time */
	double speed;
	uint32_t bits;  /* of a PASID */
	uint32_t order; /* enum ioasid_order */
	uint32_t reuse_distance;
};

struct machine {
	struct machine_config config;
	struct stats stats;
	struct replay_clock clock;
	struct aspace_pool pool;
	struct prq prq;
	struct device devices[DEVICES_MAX];
	void *rule_state;
	pthread_t reapers[REAPERS];
	pthread_mutex_t completed_lock;
	pthread_cond_t completed_some;
	struct request *completed_first;
	struct request *completed_last;
	bool stopping;
};

/** machine_start() - trace time begins now. */
void machine_start(struct machine *machine, const struct machine_config *config);

/** machine_stop() - the rule has finished, and nothing is in flight. */
void machine_stop(struct machine *machine);

/** machine_submit() - one request on @binding; counted as refused if it cannot be. */
void machine_submit(struct machine *machine, struct binding *binding, uint64_t bytes, uint64_t salt);

/** machine_settle() - wait until nothing is in flight; what is still, after a minute without a completion. */
uint64_t machine_settle(struct machine *machine);

#endif
