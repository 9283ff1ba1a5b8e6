/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * rig.h - a small space with devices on one id: what they are asked, and what
 * must never be true when they are asked it.
 *
 * What a rig counts is plain and belongs to no step: it changes with the last
 * step of the call that it follows. So "once SUBMIT was called, no request
 * begins" is checked as it is meant.
 */
#ifndef IOASID_TEST_RIG_H
#define IOASID_TEST_RIG_H

#include "core.h"

#define RIG_DEVICES 3u

/* A binding's data: what its driver knows of it. */
struct rig_device {
	struct ioasid_device *device;
	ioasid_binding_t binding; /* that setup or a bind has made */
	unsigned bound;           /* binds that succeeded and made a binding */
	unsigned released;
	unsigned requests; /* begun, not ended */
	unsigned pins;
	bool leaving;     /* ioasid_device_remove() has begun */
	port_u32 removed; /* it has returned: an atomic, so that who reads 1 comes after it */
	bool closed;      /* SUBMIT was called */
	unsigned asked[IOASID_PHASE_COUNT];
};

struct rig {
	struct core core;
	unsigned nr_devices;
	struct rig_device on[RIG_DEVICES];
	struct ioasid_participant *participant;
	bool enrolled;                      /* the enrolment has returned */
	bool withdrawn;                     /* so has the withdrawal */
	unsigned told;                      /* participant: enroll callbacks for the id */
	unsigned of_id[IOASID_PHASE_COUNT]; /* participant: callbacks for the id itself */
	int answer[IOASID_PHASE_COUNT];     /* what devices answer; 0: DONE */
	ioasid_token_t token;               /* of the DEVICE callback */
	void (*within)(struct rig *rig);    /* called within the DEVICE callback */
	int completed[MODEL_THREADS];       /* what ioasid_token_complete() has said; 1: not called */
};

/* rig_make() - as core_make_set(), and @devices devices. */
void rig_make(struct rig *rig, unsigned devices, unsigned ids, uint32_t quota, uint32_t flags);

/* rig_bind_id() - device @number is bound to core.handle. For setup. */
void rig_bind_id(struct rig *rig, unsigned number);

/* rig_one_life() - one device, bound to a private id that core.handle names. */
void rig_one_life(void *state);

/* rig_bind_shared() - device @number to the set's shared id. Answers as ioasid_set_bind(). */
int rig_bind_shared(struct rig *rig, unsigned number);

/* What drivers do, and what must then be true. */
int rig_begin(struct rig *rig, unsigned number);
void rig_end(struct rig *rig, unsigned number);
int rig_pin(struct rig *rig, unsigned number, ioasid_binding_t *binding);
void rig_unpin(struct rig *rig, unsigned number, ioasid_binding_t binding);
int rig_unbind(struct rig *rig, unsigned number);
void rig_remove(struct rig *rig, unsigned number);

/* rig_enroll() - a participant for every id of the space, or of the set. */
void rig_enroll(struct rig *rig);
void rig_enroll_in_set(struct rig *rig);

/* rig_finish() - everything ends: each binding was quiesced in order and released once. */
void rig_finish(struct rig *rig);

/* Thread bodies, on device 0. */
void rig_request_once(void *state);
void rig_pin_once(void *state);
void rig_unbind_it(void *state);
void rig_remove_it(void *state);
void rig_park_it(void *state);
void rig_reclaim(void *state);
void rig_finish_all(void *state);

#endif
