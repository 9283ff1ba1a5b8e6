/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * space.h - what a space consists of, and the little that everybody asks of it.
 *
 * Handles of ids are [tag : 12 | generation : 32 | id : 20]; those of bindings
 * carry the tag's low 8 bits. The tag tells the spaces of a process apart, so
 * that a handle given to the wrong space is refused (but for one in 4096).
 */
#ifndef IOASID_CORE_SPACE_H
#define IOASID_CORE_SPACE_H

#include <ioasid/device.h>
#include <ioasid/id.h>
#include <ioasid/stat.h>

#include "binding.h"
#include "clock.h"
#include "freemap.h"
#include "inbox.h"
#include "owner.h"
#include "table.h"
#include "tally.h"

#define SPACE_NAME_MAX 32u
#define HANDLE_GEN_SHIFT IOASID_BITS_MAX
#define HANDLE_TAG_SHIFT 52
#define HANDLE_TAG_MASK 0xfffu

struct space_counters {
	port_u64 grace_periods;
	port_u64 reclaimed;
	port_u64 surplus_puts;
	port_u64 surplus_unpins;
	port_u64 stale_calls;
	port_u64 callbacks;
	port_u64 failed;
	port_u64 timeouts;
	port_u64 poisoned;
	port_u64 late_tokens;
	port_u64 distance_waived;
	port_u64 retired;
	port_u64 forgiven;
};

/* The reclaimer's own: touched only by whoever holds space->running. */
struct reclaimer {
	port_u64 thread;        /* who runs, 0: nobody; read by anyone who asks "is it me?" */
	struct binding *active; /* quiesces under way */
	struct binding *limbo;  /* bindings waiting out a grace period, oldest first */
	struct binding **limbo_end;
	struct ioasid_owner_set *sets; /* sets likewise */
	uint32_t delayed;              /* parked slots that found no memory for a leader: index + 1 */
	uint32_t steps;                /* done in this run */
	uint32_t refreshed;            /* the grace period after which old stamps were renewed */
	uint32_t budget;
	uint64_t deadline; /* the earliest of the pending callbacks */
};

struct ioasid_space {
	/* Read by every call, written by none. */
	uint32_t bits;
	uint32_t flags;
	uint32_t tag;
	uint32_t epoch;
	uint64_t handle_tag; /* @tag, where handles have it */
	uint64_t timeout_ns;
	struct table table;
	struct freemap map;
	struct tally tally;
	struct pool pool;
	struct owner_table owners;
	char name[SPACE_NAME_MAX];
	port_ptr devices;      /* chain of struct ioasid_device */
	port_ptr participants; /* chain of struct ioasid_participant, of every scope */

	/* Read by every alloc and free, written as participants come and go, and by who waits. */
	_Alignas(PORT_CACHELINE) port_u32 nr_participants;
	port_u32 nr_enrolled; /* and those of all its sets */
	port_u32 waiters;     /* how many wait for anything */
	port_ptr participant[IOASID_PARTICIPANTS_MAX];

	/* Written as sets and devices come and go. */
	_Alignas(PORT_CACHELINE) port_u32 nr_sets;
	port_u32 nr_devices;
	port_u32 nr_ending; /* sets that have ended and are not finished */

	_Alignas(PORT_CACHELINE) struct clock clock;

	/* The reclaimer's doors. */
	_Alignas(PORT_CACHELINE) struct inbox inbox;
	port_u32 parked;   /* slots to quiesce: index + 1 of the newest */
	port_u32 running;  /* not 0: somebody runs the reclaimer (reclaim.c) */
	port_u32 events;   /* moves whenever there may be something new, for whoever waits */
	port_u32 sleepers; /* how many sleep until it does, the background thread included */
	port_u32 stop;     /* 1: the background thread is to return */
	struct port_worker worker;
	struct reclaimer reclaimer;

	_Alignas(PORT_CACHELINE) struct memory memory;
	struct space_counters count;

	/* Read by the reclaimer, written as sets come and go. */
	_Alignas(PORT_CACHELINE) struct labels labels;
};

static inline void count_up(port_u64 *counter, uint64_t by)
{
	(void)port_u64_add_relaxed(counter, by); /* relaxed: a statistic */
}

static inline ioasid_handle_t handle_make(const struct ioasid_space *space, uint32_t id, uint32_t generation)
{
	ioasid_handle_t handle = {space->handle_tag | (uint64_t)generation << HANDLE_GEN_SHIFT | id};
	return handle;
}

static inline uint32_t handle_generation(ioasid_handle_t handle)
{
	return (uint32_t)(handle.handle_ >> HANDLE_GEN_SHIFT);
}

static inline uint32_t handle_number(ioasid_handle_t handle)
{
	return (uint32_t)handle.handle_ & (IOASID_COUNT_MAX - 1);
}

static inline ioasid_binding_t binding_handle(const struct ioasid_space *space, const struct binding *binding,
                                              uint32_t generation)
{
	ioasid_binding_t handle = {(uint64_t)generation << BINDING_GEN_SHIFT |
	                           (uint64_t)(space->tag & 0xffu) << POOL_INDEX_BITS | binding->index};
	return handle;
}

/* space_has() - is it an id of this space? */
static inline bool space_has(const struct ioasid_space *space, ioasid_t id)
{
	return ioasid_value(id) < space->table.nr_ids; /* what is invalid is larger */
}

/* space_resolve() - the slot that a handle speaks of. 0, -EINVAL, -ENOENT (no such life ever was). */
static inline int space_resolve(const struct ioasid_space *space, ioasid_handle_t handle, struct slot **slot)
{
	/* Both ends of [ generation : 32 | id : 20 ] at once: generation 0 was no life, and what is above is another tag. */
	const uint64_t none = UINT64_C(1) << HANDLE_GEN_SHIFT;

	if (space == NULL || (handle.handle_ ^ space->handle_tag) - none >= (UINT64_C(1) << HANDLE_TAG_SHIFT) - none ||
	    handle_number(handle) >= space->table.nr_ids)
		return -IOASID_EINVAL;
	*slot = table_slot(&space->table, handle_number(handle));
	return *slot == NULL ? -IOASID_ENOENT : 0;
}

/* space_binding() - the binding that a handle speaks of, whatever its life. NULL: none ever was. */
static inline struct binding *space_binding(const struct ioasid_space *space, ioasid_binding_t handle)
{
	if (space == NULL || binding_handle_generation(handle) == 0 ||
	    (handle.binding_ >> POOL_INDEX_BITS & 0xffu) != (space->tag & 0xffu))
		return NULL;
	return pool_at(&space->pool, binding_handle_index(handle));
}

/* space_wake() - something is new for the reclaimer or for a waiter. Any context. */
static inline void space_wake(struct ioasid_space *space)
{
	/* SEQ_CST [E1 -> E2]: what is new is before the event; a sleeper counts itself, then looks. */
	(void)port_u32_add_seq_cst(&space->events, 1);
	if (port_u32_load_seq_cst(&space->sleepers) != 0)
		ioasid_port_wake(&space->events);
}

/* space_post() - ask the reclaimer for something. Any context. */
static inline void space_post(struct ioasid_space *space, struct letter *letter, uint32_t bits)
{
	inbox_post(&space->inbox, letter, bits);
	space_wake(space);
}

/*
 * space_set_of() - whose an id is, of which the caller has seen a life in the word, within a read section, or
 * which he holds. If that life was aborted meanwhile, another set's, or NULL. Without a life, only to be compared.
 */
static inline struct ioasid_owner_set *space_set_of(const struct ioasid_space *space, uint32_t id)
{
	struct chunk *chunk = table_chunk_at(&space->table, id);
	/* relaxed: written before the life that was seen. */
	uint8_t label = port_u8_load_relaxed(chunk_label(chunk, id));

	if (label != LABEL_NONE)
		return label_owner(&space->labels, label);
	/* ACQUIRE [J3, from J2]: the pointer is the one that goes with the label, or a later one. */
	port_fence_acquire();
	return port_ptr_load_relaxed(&chunk_more(chunk, id)->owner); /* relaxed: as above */
}

/*
 * space_leader() - who stands for an id itself: counts its references if it is hot, leads its quiesce. NULL:
 * nobody. Within a read section, or in the reclaimer; it is the life's that the caller has seen in the word.
 */
static inline struct binding *space_leader(const struct ioasid_space *space, uint32_t id)
{
	/* relaxed: written before that life, or by the reclaimer. */
	return pool_at(&space->pool, port_u32_load_relaxed(&table_more(&space->table, id)->tally) - 1);
}

#endif
