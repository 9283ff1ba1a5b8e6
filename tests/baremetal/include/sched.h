/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Who waits for another CPU lets the emulator run it. */
#ifndef BAREMETAL_SCHED_H
#define BAREMETAL_SCHED_H

int sched_yield(void);

#endif
