/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* floor_add_two.c - floor: two uncontended atomic adds, one to take and one to give back. */
#include "floor_counter.h"
#include "subject.h"

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	*token = floor_add(it, thread);
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	(void)floor_add(it, thread);
	(void)token;
}

#include "loops.h"

const struct subject subject_floor_add_two = {.name = "two atomic adds, own line",
                                              .lacks = FLOOR_LACKS,
                                              .floor = true,
                                              .machine = true,
                                              .create = floor_create,
                                              .destroy = free,
                                              LOOPS};
