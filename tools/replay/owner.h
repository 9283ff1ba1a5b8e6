/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * owner.h - what the driver keeps of owners, their attachments to devices, and bindings.
 *
 * An owner has one attachment per device, which all its shared bindings of that
 * device use, and which is the data that the library keeps for the driver. A
 * private binding has an attachment of its own. Everything here is counted: the
 * last who lets go frees it, on whichever thread that is.
 */
#ifndef REPLAY_OWNER_H
#define REPLAY_OWNER_H

#include <ioasid/ioasid.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "aspace.h"
#include "device.h"

#define NO_PASID UINT32_MAX

struct binding;

struct attachment {
	struct device *device;
	struct owner *owner;
	struct binding *private_of; /* NULL: the owner's own, for its shared bindings */
	pthread_mutex_t lock;       /* guards what follows, up to .open */
	pthread_cond_t reopened;
	struct attachment *next; /* in the owner's list of private ones (free-at-exit) */
	uint32_t pasid;
	uint32_t users;             /* bindings (free-at-exit) */
	uint32_t holds;             /* references on what it is part of, until released (libioasid) */
	bool mapped;                /* the PASID table has it */
	bool closing;               /* being drained (free-at-exit) */
	bool over;                  /* its id has ended: never map it again */
	_Atomic bool open;          /* the doorbell works */
	_Atomic uint32_t in_flight; /* requests submitted and not yet reaped */
};

struct owner {
	uint32_t number;
	uint64_t mark;
	struct aspace *space;
	struct attachment attachments[DEVICES_MAX];
	_Atomic uint32_t references;
	_Atomic uint32_t pending; /* events of this owner that were read but have not happened yet */
	uint64_t ended_ns;
	struct ioasid_owner_set *set; /* libioasid */
	_Atomic bool has_shared;      /* libioasid: its shared id was seen */
	uint32_t pasid;               /* free-at-exit: its shared number */
	bool gone;                    /* free-at-exit */
	struct attachment *privates;  /* free-at-exit */
};

enum binding_state {
	BINDING_NEW,
	BINDING_BOUND,
	BINDING_FAILED
};

struct binding {
	uint32_t number;
	bool shared;
	struct owner *owner;
	struct attachment *attachment;
	struct attachment own;    /* of a private binding */
	_Atomic uint32_t state;   /* enum binding_state; waits for BINDING_NEW to be over */
	_Atomic uint32_t pending; /* requests that were read but not submitted yet */
	_Atomic uint32_t references;
	uint32_t pasid;
	ioasid_binding_t handle; /* libioasid */
};

/** owner_create() - with one reference, and no address space yet. */
struct owner *owner_create(uint32_t number, struct device *devices);
void owner_get(struct owner *owner);
void owner_put(struct owner *owner);

/** binding_create() - with one reference; it holds one on its owner. */
struct binding *binding_create(uint32_t number, struct owner *owner, struct device *device, bool shared);
void binding_get(struct binding *binding);
void binding_put(struct binding *binding);

/** attachment_hold() - keep what the attachment is part of; attachment_drop() undoes it. */
void attachment_hold(struct attachment *attachment);
void attachment_drop(struct attachment *attachment);

#endif
