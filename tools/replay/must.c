/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* must.c - see must.h. */
#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void must_hold(bool truth, const char *what, int error)
{
	if (truth)
		return;
	if (error)
		(void)fprintf(stderr, "ioasid-replay: %s: %s\n", what, strerror(error < 0 ? -error : error));
	else
		(void)fprintf(stderr, "ioasid-replay: %s\n", what);
	/* Not exit(): other threads are running and may use what it would tear down. */
	_Exit(EXIT_SYSTEM);
}

void *must_calloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	must_hold(memory != NULL, "memory", 12);
	return memory;
}

void *must_align(size_t alignment, size_t size)
{
	void *memory = aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);

	must_hold(memory != NULL, "memory", 12);
	return memory;
}

void must_start(pthread_t *thread, void *(*run)(void *context), void *context)
{
	int error = pthread_create(thread, NULL, run, context);

	must_hold(error == 0, "starting a thread", error);
}

void must_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error == 0)
		error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (error == 0)
		error = pthread_cond_init(cond, &attributes);
	must_hold(error == 0, "making a condition variable", error);
	(void)pthread_condattr_destroy(&attributes);
}
