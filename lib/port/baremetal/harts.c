/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include "harts.h"

#include "../port.h"

/* A hart that never parked is ABSENT: it is not there, or it has something else to do. */
enum {
	ABSENT,
	PARKED,
	TAKEN,
	RUNNING,
	RETURNED
};

static struct hart {
	_Alignas(PORT_CACHELINE) port_u32 state;
	void (*fn)(void *);
	void *arg;
} harts[IOASID_PORT_HARTS];

static void set_state(struct hart *hart, uint32_t state)
{
	port_u32_store_release(&hart->state, state); /* RELEASE: what was done so far, to await() */
	ioasid_port_wake(&hart->state);
}

_Noreturn void ioasid_port_hart_park(void)
{
	struct hart *own = &harts[ioasid_port_hart()];

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

uint32_t ioasid_port_hart_start(void (*fn)(void *), void *arg)
{
	for (uint32_t i = 1; i < IOASID_PORT_HARTS; i++) {
		struct hart *hart = &harts[i];
		uint32_t expected = PARKED;

		/* ACQ_REL: ACQUIRE, with the RELEASE of whoever had it before. */
		while (!port_u32_cas_acq_rel(&hart->state, &expected, TAKEN) && expected == PARKED)
			;
		if (expected != PARKED)
			continue;
		hart->fn = fn;
		hart->arg = arg;
		set_state(hart, RUNNING);
		return i;
	}
	return 0;
}

bool ioasid_port_hart_parked(uint32_t hart)
{
	return port_u32_load_acquire(&harts[hart].state) == PARKED; /* ACQUIRE: what it did before */
}

bool ioasid_port_hart_join(uint32_t hart, uint64_t timeout_ns)
{
	const uint64_t start = ioasid_port_now_ns();

	while (port_u32_load_acquire(&harts[hart].state) == RUNNING) { /* ACQUIRE: what it did */
		uint64_t spent = ioasid_port_now_ns() - start;

		if (spent >= timeout_ns)
			return false;
		ioasid_port_wait(&harts[hart].state, RUNNING,
		                 timeout_ns == UINT64_MAX ? UINT64_MAX : timeout_ns - spent);
	}
	set_state(&harts[hart], PARKED);
	return true;
}
