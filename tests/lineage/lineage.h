/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lineage.h - the bugs of all PASID allocators before this one, each as a test.
 *
 * A bug has one check and two tests: `naive` models in a few lines what the code
 * of its day did, and the check finds the fault; `ours` does the same with the
 * library, and the check finds none.
 *
 *   1  PASID freed at the owner's exit, still programmed       owners.c
 *   2  context of a callback freed before the callback         owners.c
 *   3  number reused while faults on it are queued             reuse.c
 *   4  free sleeps under a spinlock                            calls.c
 *   5  free deadlocks in an interrupt                          calls.c
 *   6  leak: what free reads was cleared before                calls.c
 *   7  reference count falls through zero                      calls.c
 *   8  drain under a lock that the drained need                quiesce.c
 *   9  PASID pushed to other CPUs by interrupts                not a library's: it never reaches into a CPU
 *  10  fork copies the owner's PASID                           owners.c
 *  11  read after the last put                                 calls.c
 *  12  stale IOTLB of kernel tables                            not a library's: the IOMMU driver's tables
 *  13  device vanishes between lookup and use                  devices.c
 *  14  entry torn down in one go                               quiesce.c
 *  15  failure path that undoes twice                          calls.c
 *  16  stop and release at once                                devices.c
 *  17  partial attach undone on the wrong devices              devices.c
 *  18  a member narrower than the others                       devices.c
 *  19  pending faults leak when a device is removed            devices.c
 *  20  "cannot happen" detach of what is not attached          devices.c
 *  21  success returned, and nothing done                      calls.c
 *  22  ids leak with their dead owner                          owners.c
 *  23  one participant's error hides another's                 quiesce.c
 *  24  allocation that fails half-way; get of a dying id       owners.c
 *  25  two installs, the second overwrites                     devices.c
 *  26  exhaustion hands out PASID 0                            reuse.c
 *  27  a number that somebody had reserved                     reuse.c
 *  28  submitters quiesced last                                quiesce.c
 *  29  kept until the process exits                            reuse.c
 *  30  freed after the allocator was destroyed                 owners.c
 *  31  phases in another order than documented                 quiesce.c
 *  32  another owner's data under the wrong type               owners.c
 */
#ifndef IOASID_TESTS_LINEAGE_H
#define IOASID_TESTS_LINEAGE_H

#include <check.h>
#include <ioasid/ioasid.h>
#include <stdbool.h>
#include <stdint.h>

#include "host.h"

#define RIG_DEVICES 3u
#define RIG_LOG 64u

/* Something that the library told a driver. */
struct rig_event {
	enum {
		RIG_QUIESCE,
		RIG_RELEASED,
		RIG_DONE
	} what;
	enum ioasid_phase phase;
	uint32_t who; /* which device; RIG_DEVICES: a participant behind them */
	uint32_t id;
	bool of_the_id; /* not of a binding */
};

struct rig;

struct rig_driver {
	struct rig *rig;
	uint32_t who;
	int answer; /* to every quiesce */
};

/* A polled space with one owner and three devices; all that drivers are told is kept in order. */
struct rig {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device[RIG_DEVICES];
	struct rig_driver driver[RIG_DEVICES + 1];
	struct rig_event log[RIG_LOG];
	uint32_t events;
	ioasid_token_t token; /* of the last PENDING */
	/* Called within every quiesce, if set. */
	void (*within)(struct rig *rig, const struct ioasid_view *view);
};

void rig_make(struct rig *rig, uint32_t bits, uint32_t quota);
/* rig_make_flat() - as rig_make(); id 0 may be handed out, too. */
void rig_make_flat(struct rig *rig, uint32_t bits, uint32_t quota);
/* rig_end() - ends all; nothing may be left. */
void rig_end(struct rig *rig);

/* rig_bind() - one device to the shared id, with its driver as data. */
ioasid_binding_t rig_bind(struct rig *rig, uint32_t device);
struct ioasid_bind_args rig_args(struct rig *rig, uint32_t device);

/* rig_enroll() - a participant that hears of every phase. */
struct ioasid_participant *rig_enroll(struct rig *rig);

ioasid_handle_t rig_alloc(struct rig *rig);

/* rig_count() - how many events there are of a kind. */
uint32_t rig_count(const struct rig *rig, int what);

TCase *lineage_owners(void);
TCase *lineage_reuse(void);
TCase *lineage_calls(void);
TCase *lineage_quiesce(void);
TCase *lineage_devices(void);

#endif
