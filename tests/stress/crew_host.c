/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* crew_host.c - a crew's clock, its time by STRESS_SECONDS, and its line of progress. */
#include "crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_NS UINT64_C(250000000)
#define PROGRESS_NS UINT64_C(200000000)

uint64_t crew_host_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static double seconds_asked_for(void)
{
	const char *text = getenv("STRESS_SECONDS");

	return text == NULL ? 0 : strtod(text, NULL);
}

uint64_t crew_host_duration_ns(void)
{
	double seconds = seconds_asked_for();

	return seconds > 0 ? (uint64_t)(seconds * 1e9) : DEFAULT_NS;
}

bool crew_again(uint64_t *until)
{
	uint64_t now = crew_host_now_ns();

	if (*until == 0)
		*until = now + (uint64_t)(seconds_asked_for() * 1e9);
	return now < *until;
}

bool *crew_host_has_come(void)
{
	static _Thread_local bool has_come;

	return &has_come;
}

/* At most one thread comes here at a time, or two print the same line twice: no harm. */
void crew_host_progress(const struct crew *crew, uint64_t now)
{
	static atomic_ullong shown;
	unsigned long long last = atomic_load(&shown);

	if (now == 0 && isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r\033[K");
	if (now < last + PROGRESS_NS || !isatty(STDERR_FILENO) || !atomic_compare_exchange_strong(&shown, &last, now))
		return;
	(void)fprintf(stderr, "\r\033[K%s: %.1f of %.1f s, %llu operations", crew->name,
	              (double)(now - crew->started) / 1e9, (double)(crew->until - crew->started) / 1e9,
	              (unsigned long long)atomic_load(&crew->done));
}
