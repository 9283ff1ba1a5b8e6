/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * history.h - what threads did and when, and whether it could have been right.
 *
 * Times are numbers of one counter, taken before a call and after its return: a
 * call took effect somewhere in between. A verdict needs no search over orders,
 * only intervals: what was surely so, or may have been so, at every moment of a
 * call. Sorting them makes it O(n log n).
 */
#ifndef IOASID_TESTS_HISTORY_H
#define IOASID_TESTS_HISTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define HISTORY_NEVER UINT64_MAX

/* One id, from its allocation to when it was given back. */
struct history_life {
	uint32_t id;
	uint32_t set; /* whose quota it counts against: 0 or 1 */
	bool aborted; /* free at once; otherwise it rests first */
	uint64_t born_call, born_ret;
	uint64_t gone_call, gone_ret; /* HISTORY_NEVER: it was not */
};

/* An allocation that was refused. */
struct history_refusal {
	uint32_t set;
	int error;
	uint64_t call, ret;
};

struct history {
	uint32_t ids; /* 0 to ids - 1 may be handed out */
	uint32_t quota[2];
	struct history_life *life;
	uint32_t lives, lives_max;
	struct history_refusal *refusal;
	uint32_t refusals, refusals_max;
};

/* What is wrong with a history. */
enum history_verdict {
	HISTORY_RIGHT,
	HISTORY_TWO_LIVES,     /* an id was held twice at one moment */
	HISTORY_OVER_QUOTA,    /* more ids were held than the quota allows */
	HISTORY_EARLY_ENOSPC,  /* ENOSPC, and at every moment of the call some id was out of use */
	HISTORY_WRONG_EAGAIN,  /* EAGAIN, and at every moment some id was free, or none can have been resting */
	HISTORY_EARLY_EDQUOT,  /* EDQUOT, and at no moment can the charge have been at the quota */
	HISTORY_OTHER_REFUSAL, /* an error that has no place here */
};

void history_init(struct history *history, uint32_t ids, uint32_t lives_max, uint32_t refusals_max);
void history_fini(struct history *history);

/* history_append() - the records of one thread to those of all. */
void history_append(struct history *history, const struct history *part);

/* history_check() - the verdict; *at: a time at which it shows. Sorts the lives. */
enum history_verdict history_check(struct history *history, uint64_t *at);

const char *history_verdict_name(enum history_verdict verdict);

#endif
