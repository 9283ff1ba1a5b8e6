/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * loops.h - the loops of every workload, of one subject.
 *
 * Whoever includes it has defined, static inline,
 *
 *   bool take(void *it, unsigned thread, subject_token *token)
 *   void give(void *it, unsigned thread, subject_token token)
 *
 * and, with HAS_RANGE, HAS_FIND, HAS_GET in front,
 *
 *   bool take_range(void *it, unsigned thread, uint32_t first, uint32_t last, subject_token *token)
 *   bool find(void *it, unsigned thread, subject_token token)
 *   bool get_put(void *it, unsigned thread, subject_token token)
 *
 * and, with HAS_IDLE, void idle(void *it, unsigned thread): what its documentation
 * asks of a thread from time to time (a quiescent state, deferred work). It is
 * called after every operation and may count for itself. LOOPS fills in struct subject.
 * A token is never 0: who has numbers adds 1.
 */
#include "subject.h"

#ifndef HAS_IDLE
static inline void idle(void *it, unsigned thread)
{
	(void)it;
	(void)thread;
}
#endif

static uint64_t loop_pair(void *it, unsigned thread, uint64_t count)
{
	uint64_t failed = 0;
	subject_token token;

	while (count-- > 0) {
		if (take(it, thread, &token))
			give(it, thread, token);
		else
			failed++;
		idle(it, thread);
	}
	return failed;
}

static uint64_t loop_replace(void *it, unsigned thread, subject_token *token, uint64_t held, uint64_t count,
                             uint64_t *seed)
{
	uint64_t failed = 0;

	while (count-- > 0) {
		subject_token *victim = &token[subject_below(seed, held)];

		if (*victim != 0)
			give(it, thread, *victim);
		if (!take(it, thread, victim)) {
			*victim = 0;
			failed++;
		}
		idle(it, thread);
	}
	return failed;
}

static uint64_t loop_fill(void *it, unsigned thread, subject_token *token, uint64_t count)
{
	uint64_t failed = 0;
	uint64_t i;

	for (i = 0; i < count; i++) {
		if (!take(it, thread, &token[i])) {
			token[i] = 0;
			failed++;
		}
	}
	return failed;
}

static void loop_drain(void *it, unsigned thread, const subject_token *token, uint64_t count)
{
	uint64_t i;

	for (i = 0; i < count; i++) {
		if (token[i] != 0)
			give(it, thread, token[i]);
		idle(it, thread);
	}
}

#ifdef HAS_RANGE
static uint64_t loop_replace_range(void *it, unsigned thread, subject_token *token, uint64_t held, uint64_t count,
                                   uint64_t *seed, uint32_t first, uint32_t last)
{
	uint64_t failed = 0;

	while (count-- > 0) {
		subject_token *victim = &token[subject_below(seed, held)];

		if (*victim != 0)
			give(it, thread, *victim);
		if (!take_range(it, thread, first, last, victim)) {
			*victim = 0;
			failed++;
		}
		idle(it, thread);
	}
	return failed;
}

static uint64_t loop_fill_range(void *it, unsigned thread, subject_token *token, uint64_t count, uint32_t first,
                                uint32_t last)
{
	uint64_t failed = 0;
	uint64_t i;

	for (i = 0; i < count; i++) {
		if (!take_range(it, thread, first, last, &token[i])) {
			token[i] = 0;
			failed++;
		}
	}
	return failed;
}
#define LOOPS_RANGE .replace_range = loop_replace_range, .fill_range = loop_fill_range,
#else
#define LOOPS_RANGE
#endif

#ifdef HAS_FIND
static uint64_t loop_find(void *it, unsigned thread, const subject_token *token, uint64_t live, uint64_t count,
                          uint64_t *seed)
{
	uint64_t missed = 0;

	while (count-- > 0) {
		missed += !find(it, thread, token[subject_below(seed, live)]);
		idle(it, thread);
	}
	return missed;
}
#define LOOPS_FIND .find = loop_find,
#else
#define LOOPS_FIND
#endif

#ifdef HAS_GET
static uint64_t loop_get_put(void *it, unsigned thread, const subject_token *token, uint64_t live, uint64_t count,
                             uint64_t *seed)
{
	uint64_t missed = 0;

	while (count-- > 0) {
		missed += !get_put(it, thread, token[subject_below(seed, live)]);
		idle(it, thread);
	}
	return missed;
}
#define LOOPS_GET .get_put = loop_get_put,
#else
#define LOOPS_GET
#endif

#define LOOPS                                                                               \
	.pair = loop_pair, .replace = loop_replace, .fill = loop_fill, .drain = loop_drain, \
	LOOPS_RANGE LOOPS_FIND LOOPS_GET
