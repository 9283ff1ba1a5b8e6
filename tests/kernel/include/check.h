/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include "kernel.h"

#define TAP_NEVER() BUG()

#include "../../tap/check.h"

/* Each program's main(), under the name that the Kbuild gives it. */
#include "mains.h"

#include <ioasid/id.h>
#include <ioasid/space.h>

/*
 * In a kernel that does not preempt, who asks again and again gives way: on others'
 * turns, RCU's and the reclaimer's among them, depends what he waits for.
 */
#define ioasid_space_run(...)                  \
	({                                     \
		cond_resched();                \
		ioasid_space_run(__VA_ARGS__); \
	})
#define ioasid_id_alloc(...)                  \
	({                                    \
		cond_resched();               \
		ioasid_id_alloc(__VA_ARGS__); \
	})
