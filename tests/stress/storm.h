/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * storm.h - everything at once: what the threads of the storm share.
 *
 * The device model is a table: which life of an id is programmed into which
 * device. A driver programs an entry within a request, so that it cannot come
 * after the quiesce; the IOMMU's callback clears it. A request that got in must
 * see the life that it was begun for, from its begin to its end.
 */
#ifndef IOASID_TESTS_STORM_H
#define IOASID_TESTS_STORM_H

#include <ioasid/ioasid.h>

#include "crew.h"
#include "host.h"

#define STORM_BITS 7u
#define STORM_IDS (1u << STORM_BITS)
#define STORM_DEVICES 3u
#define STORM_OWNERS 5u
#define STORM_TOKENS 256u
#define STORM_REQUESTS 64u
#define LEDGER_SIZE (1u << 18)
#define STORM_EVENTS (LEDGER_SIZE / 2) /* how much one storm may do, so that the ledgers have room */

/* A ledger: how often two things were said of a key that is never used again. */
struct ledger {
	atomic_ullong key[LEDGER_SIZE];
	atomic_ushort first[LEDGER_SIZE];
	atomic_ushort second[LEDGER_SIZE];
	atomic_uint used;
};

struct storm_device {
	struct storm *storm;
	struct ioasid_device *device; /* under @lock: it is unregistered and registered again */
	pthread_rwlock_t lock;
	atomic_bool removing;
	atomic_uint removals; /* odd: it is being removed, and what is in flight is forgiven */
	atomic_ullong programmed[STORM_IDS];
};

/* A request that was begun; whoever comes by ends it. */
struct storm_request {
	struct storm_device *device;
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	unsigned removals; /* of the device, when it began */
};

/* Has the device been there all the time since @removals was read? */
static inline bool storm_in_place(const struct storm_device *device, unsigned removals)
{
	return removals % 2 == 0 && atomic_load(&device->removals) == removals;
}

struct storm {
	struct ioasid_space *space;
	struct crew *crew;
	struct ioasid_participant *iommu;
	struct storm_device device[STORM_DEVICES];
	/* Owners: an even generation lives, an odd one is being made or ended. */
	atomic_ullong owner_generation[STORM_OWNERS];
	struct ioasid_owner_set *owner[STORM_OWNERS]; /* the hold of whoever makes and ends */
	atomic_ullong seen[STORM_IDS];                /* the life of each id that quiesced last, for who heals */
	struct ledger sets;                           /* first: ended; second: done() called */
	struct ledger bindings;                       /* first: a bind returned it; second: released() told */
	/* Callbacks that wait for their answer. */
	pthread_mutex_t mutex;
	ioasid_token_t token[STORM_TOKENS];
	uint32_t tokens;
	struct storm_request request[STORM_REQUESTS];
	uint32_t open;
	atomic_uint random; /* for callbacks */
	atomic_uint errors; /* one callback in so many fails; 0: none */
	atomic_ullong requests;
	atomic_ullong removed;
};

/* ledger_note() - say the first or the second thing of @key. */
void ledger_note(struct ledger *ledger, uint64_t key, bool second);

/* ledger_check() - of every key both were said: the first at least once, the second once. */
void ledger_check(const struct ledger *ledger, const char *name);

/* storm_device.c: the model. */
void storm_device_register(struct storm *storm, struct storm_device *device);
void storm_iommu_enroll(struct storm *storm);
/* storm_program() - program the binding's id into the device, unless it is being quiesced. */
void storm_program(struct storm *storm, struct storm_device *device, ioasid_binding_t binding, ioasid_handle_t handle);
/* storm_begin() - one request, to be ended by storm_finish() on any thread. */
void storm_begin(struct storm *storm, struct storm_device *device, ioasid_binding_t binding, ioasid_handle_t handle);
/* storm_finish() - end some of the requests that are open. */
void storm_finish(struct storm *storm, uint32_t count);
/* storm_answer() - answer some of the callbacks that wait. */
void storm_answer(struct storm *storm, uint32_t count);
/* storm_remove() - tear a device out and put a new one in; or let it go in order, at the end. */
void storm_remove(struct storm *storm, struct storm_device *device, bool by_force);
/* storm_heal() - all devices were reset, and what is poisoned is cured. */
void storm_heal(struct storm *storm);

#endif
