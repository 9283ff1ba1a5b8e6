/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* dpdk_eal.c - sets DPDK up without huge pages, devices or files, and quietly. */
#include "dpdk_eal.h"

#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;
static _Thread_local unsigned depth;
static _Thread_local bool joined;

/* --in-memory would say the same as --no-shconf, but is refused together with --no-huge. */
static void init(void)
{
	static char program[] = "ioasid-bench", no_huge[] = "--no-huge", no_shconf[] = "--no-shconf",
		    no_pci[] = "--no-pci", no_telemetry[] = "--no-telemetry", quiet[] = "--log-level=1",
		    memory[] = "-m", megabytes[] = "2048", lcores[] = "--lcores", lcore[16];
	static char *argument[] = {program, no_huge,   no_shconf, no_pci, no_telemetry, quiet,
	                           memory,  megabytes, lcores,    lcore,  NULL};
	cpu_set_t cpus;
	size_t cpu = 0;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
		return;
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &cpus))
		cpu++;
	(void)snprintf(lcore, sizeof(lcore), "0@%zu", cpu);
	ready = rte_eal_init((int)(sizeof(argument) / sizeof(*argument)) - 1, argument) >= 0;
	/* It has bound the caller to that CPU; who is measured where is not its business here. */
	(void)sched_setaffinity(0, sizeof(cpus), &cpus);
}

bool dpdk_init(void)
{
	(void)pthread_once(&once, init);
	return ready;
}

void dpdk_enter(void)
{
	if (depth++ > 0 || rte_lcore_id() != LCORE_ID_ANY)
		return;
	if (rte_thread_register() != 0) {
		(void)fprintf(stderr, "DPDK takes no more threads: %s\n", rte_strerror(rte_errno));
		abort();
	}
	joined = true;
}

void dpdk_leave(void)
{
	if (--depth > 0 || !joined)
		return;
	rte_thread_unregister();
	joined = false;
}

void dpdk_name(char name[DPDK_NAME], const char *kind)
{
	static unsigned count;

	(void)snprintf(name, DPDK_NAME, "%s_%u", kind, __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED));
}
