/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* crew_host.c - what tests/stress/crew_host.c is elsewhere. */
#include "crew.h"

static unsigned int milliseconds = 250;
module_param(milliseconds, uint, 0444);
MODULE_PARM_DESC(milliseconds, "how long each crew works");

uint64_t crew_host_now_ns(void)
{
	cond_resched(); /* everybody who goes on for a time comes here */
	return ktime_get_ns();
}

uint64_t crew_host_duration_ns(void)
{
	return milliseconds * (uint64_t)NSEC_PER_MSEC;
}

/* One round of what ends by itself is enough here. */
bool crew_again(uint64_t *until)
{
	(void)until;
	return false;
}

bool *crew_host_has_come(void)
{
	return test_has_come();
}

void crew_host_progress(const struct crew *crew, uint64_t now)
{
	(void)crew;
	(void)now;
}
