/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* floor_add.c - floor: one uncontended atomic add for an id taken and given back. */
#include "floor_counter.h"
#include "subject.h"

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	*token = floor_add(it, thread);
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	(void)it;
	(void)thread;
	(void)token;
}

#include "loops.h"

const struct subject subject_floor_add = {.name = "one atomic add, own line",
                                          .lacks = FLOOR_LACKS,
                                          .floor = true,
                                          .machine = true,
                                          .create = floor_create,
                                          .destroy = free,
                                          LOOPS};
