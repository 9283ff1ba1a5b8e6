/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* watch.h - looking at a replay while it runs: samples for the timeline, and a line of progress. */
#ifndef REPLAY_WATCH_H
#define REPLAY_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "machine.h"
#include "timeline.h"

struct watch {
	struct machine *machine;
	struct timeline *timeline;
	_Atomic uint64_t now_us; /* how far the reader is */
	uint64_t duration_us;
	bool progress;
	_Atomic bool stopping;
	pthread_t thread;
};

/** watch_start() - the other fields are set. */
void watch_start(struct watch *watch);

/** watch_stop() - before the rule finishes; ends the line. */
void watch_stop(struct watch *watch);

#endif
