/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* subjects.c - who is measured, in the order of the table. */
#include "compare.h"

#define SUBJECTS(X)         \
	X(ours)             \
	X(ours_background)  \
	X(ours_quota)       \
	X(ours_waiting)     \
	X(ours_lowest)      \
	X(linux_ioasid)     \
	X(linux_ida)        \
	X(linux_xarray)     \
	X(linux_idr)        \
	X(linux_sbitmap)    \
	X(urcu_lfht)        \
	X(urcu_stack)       \
	X(ck_ht)            \
	X(ck_ring)          \
	X(ck_bitmap)        \
	X(dpdk_hash)        \
	X(dpdk_ring)        \
	X(dpdk_mempool)     \
	X(mutex)            \
	X(floor_add)        \
	X(floor_add_two)    \
	X(floor_add_shared) \
	X(floor_swaps)      \
	X(ours_apart)       \
	X(floor_array)      \
	X(floor_objects)    \
	X(floor_calls)      \
	X(floor_rest)       \
	X(floor_grace)      \
	X(floor_count)

#define DECLARE(name) extern const struct subject subject_##name;
#define LIST(name) &subject_##name,

SUBJECTS(DECLARE)

const struct subject *const compare_subjects[] = {SUBJECTS(LIST) NULL};
