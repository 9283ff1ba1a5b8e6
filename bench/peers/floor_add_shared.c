/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* floor_add_shared.c - floor: one atomic add, on a line that all threads write. */
#include "floor_counter.h"
#include "subject.h"

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	(void)thread;
	*token = floor_add(it, 0);
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	(void)it;
	(void)thread;
	(void)token;
}

#include "loops.h"

const struct subject subject_floor_add_shared = {.name = "one atomic add, shared",
                                                 .lacks = FLOOR_LACKS,
                                                 .floor = true,
                                                 .machine = true,
                                                 .create = floor_create,
                                                 .destroy = free,
                                                 LOOPS};
