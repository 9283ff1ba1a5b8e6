/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* watch.c - see watch.h. */
#include "watch.h"

#include <stdio.h>

#include "must.h"
#include "rule.h"

#define SAMPLE_NS UINT64_C(2000000)
#define PROGRESS_NS UINT64_C(200000000)
#define PAUSES 20u /* a pause is so much longer than a look: watching must not change what is watched */

static void sample(struct watch *watch)
{
	const struct machine *machine = watch->machine;
	uint64_t values[TIMELINE_SERIES];
	struct rule_levels levels;

	machine->config.rule->levels(machine->rule_state, &levels);
	values[TIMELINE_LIVE] = levels.live;
	values[TIMELINE_PARKED] = levels.parked;
	values[TIMELINE_QUARANTINED] = levels.quarantined;
	values[TIMELINE_DANGLING] = levels.dangling;
	values[TIMELINE_IN_FLIGHT] = stat_get(&machine->stats.in_flight);
	values[TIMELINE_STRAYS] = stat_get(&machine->stats.strays);
	timeline_add(watch->timeline, replay_clock_ns(), values);
}

static void tell(struct watch *watch)
{
	const struct stats *stats = &watch->machine->stats;
	double part = (double)atomic_load_explicit(&watch->now_us, memory_order_relaxed);

	if (watch->duration_us)
		part = 100.0 * part / (double)watch->duration_us;
	(void)fprintf(stderr, "\r%s: %3.0f %%, %llu owners, %llu bindings, %llu requests, %llu in flight, %llu strays ",
	              watch->machine->config.rule->name, part, (unsigned long long)stat_get(&stats->owners),
	              (unsigned long long)stat_get(&stats->bindings), (unsigned long long)stat_get(&stats->requests),
	              (unsigned long long)stat_get(&stats->in_flight), (unsigned long long)stat_get(&stats->strays));
	(void)fflush(stderr);
}

static void *look(void *context)
{
	struct watch *watch = context;
	uint64_t told_ns = 0;

	while (!atomic_load_explicit(&watch->stopping, memory_order_acquire)) {
		uint64_t now_ns = replay_clock_ns();
		uint64_t look_ns;

		sample(watch);
		if (watch->progress && now_ns - told_ns >= PROGRESS_NS) {
			tell(watch);
			told_ns = now_ns;
		}
		look_ns = replay_clock_ns() - now_ns;
		replay_clock_sleep(now_ns + (look_ns * PAUSES > SAMPLE_NS ? look_ns * PAUSES : SAMPLE_NS));
	}
	sample(watch);
	if (watch->progress) {
		tell(watch);
		(void)fputc('\n', stderr);
	}
	return NULL;
}

void watch_start(struct watch *watch)
{
	timeline_init(watch->timeline, replay_clock_ns());
	must_start(&watch->thread, look, watch);
}

void watch_stop(struct watch *watch)
{
	atomic_store_explicit(&watch->stopping, true, memory_order_release);
	(void)pthread_join(watch->thread, NULL);
}
