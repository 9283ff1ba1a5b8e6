/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ours.h - the space that libioasid's rows are measured in. */
#ifndef IOASID_BENCH_KERNEL_OURS_H
#define IOASID_BENCH_KERNEL_OURS_H

#include <ioasid/linux.h>

#include "bench.h"

extern struct ioasid_space *ours_space;
extern struct ioasid_owner_set *ours_set;

/* A space of 20 bits and one set, without a quota. */
int ours_open(u32 space_flags);

/*
 * All that was freed is free again, but what the set @holds: the measurement ends with
 * nothing left to do. (Not ioasid_space_flush(): the proof that nothing rests in a
 * whole space reads the whole space.)
 */
void ours_settle(u32 holds);

/* What is still held is given back with the set. */
void ours_close(void);

#endif
