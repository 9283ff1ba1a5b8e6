/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * binding.h - one (device, id) pair: its word, and the pool that it comes from.
 *
 *  63             32 31          16 15        4  3   2     0
 * +-----------------+--------------+-----------+----+-------+
 * |   generation    |     users    |   pins    |told| state |
 * +-----------------+--------------+-----------+----+-------+
 *
 * @told: a bind has returned it, so its driver is asked to quiesce and is told
 * of the release. One that is closed before its bind could tell is dropped in
 * silence, and the bind fails: the data stays the caller's. A bind of several
 * devices tells of all of them by one swap, on a commit record that they share
 * (bind.c).
 *
 * Bindings are type-stable: a stale handle finds a binding whose generation
 * does not match. One that is used up goes back to the pool a grace period
 * after it left its chains (reclaim.c), so walkers never step onto another chain.
 *
 * A binding without a device is a leader: it stands for the id itself when the
 * id is quiesced, and carries a hot id's tally. An id has one at most
 * (space_leader()), made with a hot id or by the reclaimer when the id parks.
 *
 *   FREE ──take──▶ OPEN ──last unbind, park, removal──▶ CLOSING ──done──▶ FREE (generation + 1 when taken)
 *                                                          └──failed──▶ POISONED ──cure──▶ FREE
 */
#ifndef IOASID_CORE_BINDING_H
#define IOASID_CORE_BINDING_H

#include <ioasid/device.h>

#include "chain.h"
#include "inbox.h"
#include "memory.h"
#include "slot.h"
#include "tally.h"

enum binding_state {
	BINDING_FREE,
	BINDING_OPEN,
	BINDING_CLOSING,
	BINDING_POISONED
};

struct binding_life {
	uint32_t generation;
	uint32_t users;
	uint32_t pins;
	bool told;
	enum binding_state state;
};

#define BINDING_TOLD (UINT64_C(1) << 3)
#define BINDING_PIN_SHIFT 4
#define BINDING_USER_SHIFT 16
#define BINDING_GEN_SHIFT 32
#define BINDING_PIN_MAX UINT32_C(0xfff)
#define BINDING_USER_MAX UINT32_C(0xffff)

/* What is asked of the reclaimer by a binding's letter. */
#define BINDING_CLOSED 1u   /* its last user has gone */
#define BINDING_SPENT 2u    /* a commit record that nobody needs any more */
#define BINDING_ANSWERED 4u /* its token was completed */
#define BINDING_DRAINED 8u  /* its tally, or its pins, went to zero */
#define BINDING_CURED 16u   /* lift its poison */

/* Where a quiesce has got to; the reclaimer's. */
enum binding_stage {
	STAGE_NONE,
	STAGE_GRACE, /* waiting for the grace period after the gate was closed */
	STAGE_PHASE, /* in member->phase: calling, or waiting for an answer or the tally */
	STAGE_WAIT,  /* done with this phase, others are not; or a leader waiting for unbinds */
	STAGE_DRAIN, /* phases done, waiting for pins, or for a hot id's tally */
	STAGE_END    /* poisoned, or waiting out a grace period before it is free */
};

struct binding {
	port_u64 word;
	port_u64 call; /* token word: token.h */
	struct tally_ref tally;
	struct slot *slot;
	ioasid_handle_t handle; /* of the life that is bound */
	struct ioasid_device *device;
	void *data;
	struct ioasid_participant *behind;
	struct binding *commit; /* of a bind of several devices; NULL: our own word decides */
	uint32_t index;
	struct chain_node by_slot;
	struct chain_node by_device;
	struct letter letter;

	/* The reclaimer's own, from CLOSING on (quiesce.c). */
	struct binding *leader; /* whose phases are common with ours; a lone unbind leads itself */
	struct binding *member; /* of a leader: the first; of a member: the next */
	struct binding *active_next;
	struct binding *active_prev;
	uint64_t deadline;
	uint32_t waiting; /* of a leader: members that are not done with the phase */
	uint32_t unbinds; /* of a leader: unbinds of the same id to let finish first */
	uint32_t stamp;
	uint32_t cursor; /* which participant is next */
	uint32_t asks;   /* of a leader: the participants that were there when it started, a bit each */
	enum ioasid_phase phase;
	enum binding_stage stage;
	enum ioasid_reason reason;
	bool pending; /* a callback has not answered */
	bool failed;
	bool unused; /* never told: nobody is asked */
	bool folded;
	bool unbinding; /* counted by life_unbinding() */
	bool blocks;    /* an unbind that a leader waits for */
};

static inline struct binding_life binding_unpack(uint64_t word)
{
	struct binding_life life = {
		.generation = (uint32_t)(word >> BINDING_GEN_SHIFT),
		.users = (uint32_t)(word >> BINDING_USER_SHIFT) & BINDING_USER_MAX,
		.pins = (uint32_t)(word >> BINDING_PIN_SHIFT) & BINDING_PIN_MAX,
		.told = (word & BINDING_TOLD) != 0,
		.state = (enum binding_state)(word & 7),
	};
	return life;
}

static inline uint64_t binding_pack(const struct binding_life *life)
{
	return ((uint64_t)life->generation << BINDING_GEN_SHIFT) | ((uint64_t)life->users << BINDING_USER_SHIFT) |
	       ((uint64_t)life->pins << BINDING_PIN_SHIFT) | (life->told ? BINDING_TOLD : 0) | (uint64_t)life->state;
}

static inline struct binding_life binding_read(const struct binding *binding)
{
	return binding_unpack(port_u64_load_acquire(&binding->word)); /* ACQUIRE [B2, from B1] */
}

typedef int binding_edge(struct binding_life *life, uint32_t arg);

int binding_on_record(struct binding_life *life, uint32_t unused);
int binding_on_commit(struct binding_life *life, uint32_t unused);
int binding_on_cancel(struct binding_life *life, uint32_t unused);
int binding_on_open(struct binding_life *life, uint32_t unused);
int binding_on_tell(struct binding_life *life, uint32_t unused);
int binding_on_told(struct binding_life *life, uint32_t unused);
int binding_on_join(struct binding_life *life, uint32_t unused);
int binding_on_unbind(struct binding_life *life, uint32_t unused);
int binding_on_pin(struct binding_life *life, uint32_t unused);
int binding_on_unpin(struct binding_life *life, uint32_t unused);
int binding_on_close(struct binding_life *life, uint32_t forgive);
int binding_on_poison(struct binding_life *life, uint32_t unused);
int binding_on_release(struct binding_life *life, uint32_t unused);

/* binding_apply() - as slot_apply(); generation 0 is any. */
int binding_apply(struct binding *binding, uint32_t generation, binding_edge *edge, uint32_t arg,
                  struct binding_life *before, struct binding_life *after);

/*
 * The pool: chunks of growing size, so that a small space pays for few and a
 * large one finds any by two loads. An index is [chunk : 4 | offset : 20]; free
 * bindings are on a stack whose head carries a tag against ABA.
 */
#define POOL_CHUNKS 15u
#define POOL_FIRST_SHIFT ((uint32_t)PORT_POOL_SHIFT)
#define POOL_OFFSET_BITS 20u
#define POOL_INDEX_BITS 24u

struct pool {
	struct memory *memory;
	port_ptr chunk[POOL_CHUNKS];
	port_u64 free; /* [tag : 32 | index + 1 : 32] */
};

/* pool_take() - a FREE binding; its word's generation has been advanced. NULL: no memory. */
struct binding *pool_take(struct pool *pool);
/* pool_give() - back; its generation is never used again. */
void pool_give(struct pool *pool, struct binding *binding);
void pool_fini(struct pool *pool);

static inline struct binding *pool_at(const struct pool *pool, uint32_t index)
{
	uint32_t c = index >> POOL_OFFSET_BITS & 15u;
	uint32_t offset = index & ((1u << POOL_OFFSET_BITS) - 1);
	struct binding *chunk;

	if (c >= POOL_CHUNKS || offset >= (UINT32_C(1) << POOL_FIRST_SHIFT << c))
		return NULL;
	chunk = port_ptr_load_acquire(&pool->chunk[c]); /* ACQUIRE [P2, from P1]: the bindings' indices */
	return chunk == NULL ? NULL : &chunk[offset];
}

/* A binding's handle: [generation : 32 | tag of the space : 8 | index : 24]; see space.h for the tag. */
static inline uint32_t binding_handle_generation(ioasid_binding_t binding)
{
	return (uint32_t)(binding.binding_ >> BINDING_GEN_SHIFT);
}

static inline uint32_t binding_handle_index(ioasid_binding_t binding)
{
	return (uint32_t)binding.binding_ & ((1u << POOL_INDEX_BITS) - 1);
}

#endif
