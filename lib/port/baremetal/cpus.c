/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include "cpus.h"

#include "../port.h"

/* A CPU that never parked is ABSENT: it is not there, or it has something else to do. */
enum {
	ABSENT,
	PARKED,
	TAKEN,
	RUNNING,
	RETURNED
};

static struct cpu {
	_Alignas(PORT_CACHELINE) port_u32 state;
	void (*fn)(void *);
	void *arg;
} cpus[IOASID_PORT_CPUS];

static void set_state(struct cpu *cpu, uint32_t state)
{
	port_u32_store_release(&cpu->state, state); /* RELEASE: what was done so far, to await() */
	ioasid_port_wake(&cpu->state);
}

_Noreturn void ioasid_port_cpu_park(void)
{
	struct cpu *own = &cpus[ioasid_port_cpu()];

	set_state(own, PARKED);
	for (;;) {
		uint32_t seen = port_u32_load_acquire(&own->state); /* ACQUIRE: fn and arg */

		if (seen == RUNNING) {
			own->fn(own->arg);
			set_state(own, RETURNED);
		} else {
			ioasid_port_wait(&own->state, seen, UINT64_MAX);
		}
	}
}

uint32_t ioasid_port_cpu_start(void (*fn)(void *), void *arg)
{
	for (uint32_t i = 1; i < IOASID_PORT_CPUS; i++) {
		struct cpu *cpu = &cpus[i];
		uint32_t expected = PARKED;

		/* ACQ_REL: ACQUIRE, with the RELEASE of whoever had it before. */
		while (!port_u32_cas_acq_rel(&cpu->state, &expected, TAKEN) && expected == PARKED)
			;
		if (expected != PARKED)
			continue;
		cpu->fn = fn;
		cpu->arg = arg;
		set_state(cpu, RUNNING);
		return i;
	}
	return 0;
}

bool ioasid_port_cpu_parked(uint32_t cpu)
{
	return port_u32_load_acquire(&cpus[cpu].state) == PARKED; /* ACQUIRE: what it did before */
}

bool ioasid_port_cpu_join(uint32_t cpu, uint64_t timeout_ns)
{
	const uint64_t start = ioasid_port_now_ns();

	while (port_u32_load_acquire(&cpus[cpu].state) == RUNNING) { /* ACQUIRE: what it did */
		uint64_t spent = ioasid_port_now_ns() - start;

		if (spent >= timeout_ns)
			return false;
		ioasid_port_wait(&cpus[cpu].state, RUNNING, timeout_ns == UINT64_MAX ? UINT64_MAX : timeout_ns - spent);
	}
	set_state(&cpus[cpu], PARKED);
	return true;
}
