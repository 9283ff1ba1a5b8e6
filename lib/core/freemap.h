/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * freemap.h - finding a free id, resting a used one, giving one back.
 *
 * The leaf words are the truth; one bit per chunk says that something may be
 * found there, one bit per leaf says it of that, and a cursor per shard says where
 * to look first: all hints.
 * Nothing is ever claimed beyond the one id that is returned, so an id is
 * either in a leaf, where everybody can see it, or somebody's.
 *
 * Interleavings considered
 *  - two takers of one bit: the compare-and-swap on the leaf gives it to one.
 *  - a taker moves rested ids to free while another does: one swap wins; only
 *    the winner reports the ids as reclaimed. An id's owner is read before the
 *    swap and used after it: the swap proves that the id rested in between.
 *  - a leaf's bit is cleared while an id comes back: the word of the bits is then
 *    another one, and the swap that clears fails (leaf.h, L6).
 *  - a chunk's bit is cleared while an id comes back: whoever clears looks at the
 *    leaves' bits after clearing, whoever sets one of these looks at the chunk's bit
 *    after that, both seq_cst. Who rests an id where another's was the first leaves
 *    that to him, who is within a read section until it is done: either the sweep's
 *    grace period has waited for him, or his stamp asks for a later one.
 *  - a scan misses an id that moves behind it: freemap_find() fails only after
 *    two equal collections (leaf.h, L1), or with EAGAIN after one during which no
 *    id was made free: who does that says so before and after (proof.c).
 *  - a scan finds nothing while a call has an id that it will give back, for its
 *    set's quota is full, or another thread made the shared id first: where there
 *    may be such calls, a scan looks at the life of each id that is in use, too, and
 *    nobody is told ENOSPC while one has none (proof.c). Who takes pays nothing.
 */
#ifndef IOASID_CORE_FREEMAP_H
#define IOASID_CORE_FREEMAP_H

#include "clock.h"
#include "table.h"

/* Told of ids that went from quarantined to free: @count of them were charged to @owner (NULL: to nobody). */
typedef void freemap_reclaimed(void *context, void *owner, uint32_t count);

struct freemap_shard {
	_Alignas(PORT_CACHELINE) port_u32 cursor;
	port_u32 behind; /* what the leaf under it had that was free, when it was left */
	port_u32 strays; /* hint: ids found in chunks of others */
	port_u32 moving; /* quarantined ids taken, or any made free: begun, */
	port_u32 moved;  /* and told */
	uint32_t name;   /* as a home's; 0 is nobody's. If two have one name, each looks at the other's chunks, too */
	port_u64 low;    /* hint, lowest first: [ clock : 32 | map->returned : 12 | below is nothing : 20 ] */
};

struct freemap {
	struct table *table;
	struct clock *clock;
	struct memory *memory;
	const struct labels *labels;
	uint32_t order;    /* enum ioasid_order */
	uint32_t distance; /* grace periods beyond the first */
	uint32_t words;    /* of each hint map */
	uint32_t shards;
	port_u32 there;    /* hint: all chunks below have memory */
	port_u32 returned; /* IOASID_ORDER_LOWEST: ids that became free though no grace period had ended */
	port_u64 *some;    /* one bit per chunk: may have a free or quarantined id */
	port_u64 *resting; /* one bit per chunk: may have a quarantined id */
	port_u8 *home;     /* hint, for each chunk: which shard looks there first */
	struct freemap_shard *shard;
	freemap_reclaimed *reclaimed;
	void *context;
	port_u64 *waived; /* counter: reuse distance not kept */
	/* Whose takes may be undone: sets with a quota, and makers of a shared id. On its own line: no take reads it. */
	_Alignas(PORT_CACHELINE) port_u32 undoers;
};

int freemap_init(struct freemap *map);
void freemap_fini(struct freemap *map);

/*
 * freemap_find() - take one id out of [first, last].
 * Return: 0; -ENOSPC (at one moment of the call none was free, nor resting);
 *         -EAGAIN (none was free, but some rest, or are on their way, or may
 *         be in the hands of a call that gives them back); -ENOMEM.
 */
int freemap_find(struct freemap *map, uint32_t first, uint32_t last, unsigned how, uint32_t *id);

/* @how: the caller will wait for what rests, so that EAGAIN needs no proof that nothing is free. */
#define FREEMAP_WAITS 1u

static inline int freemap_take(struct freemap *map, uint32_t first, uint32_t last, uint32_t *id)
{
	return freemap_find(map, first, last, 0, id);
}

/*
 * freemap_enter() - from now until freemap_leave(), takes may be undone by freemap_return(),
 * and no search ends with ENOSPC while an id is out of its leaf and has no life that will stay.
 */
static inline void freemap_enter(struct freemap *map)
{
	/* relaxed: released by each take's swap. */
	(void)port_u32_add_relaxed(&map->undoers, 1);
}

static inline void freemap_leave(struct freemap *map)
{
	/* SEQ_CST [L5 -> L4; E3]: what was given back is in its leaf, with a newer stamp; before a look at waiters. */
	(void)port_u32_add_seq_cst(&map->undoers, UINT32_MAX);
}

static inline struct freemap_shard *freemap_shard(const struct freemap *map)
{
	return &map->shard[port_shard_hint() & (map->shards - 1)];
}

/* freemap_moving(), freemap_moved() - around each swap that makes ids free or takes one that rests, and its telling. */
static inline struct freemap_shard *freemap_moving(const struct freemap *map)
{
	struct freemap_shard *shard = freemap_shard(map);

	/* relaxed: released by the swap on the leaf. */
	(void)port_u32_add_relaxed(&shard->moving, 1);
	return shard;
}

static inline void freemap_moved(struct freemap_shard *shard)
{
	/* RELEASE [G1 -> G2]: what is free now is in its leaf, and that in the chunk's word. */
	(void)port_u32_add_release(&shard->moved, 1);
}

/* freemap_tell() - these leaves (a bit each) of chunk @index have something: its word says so, and its hint. */
void freemap_tell(struct freemap *map, uint32_t index, uint32_t leaves);

/* freemap_return() - undo of a take: free at once (but see rest.c). True: wake the driver of the clock. */
bool freemap_return(struct freemap *map, uint32_t id);

/* freemap_rest() - a life has ended: quarantine its id. True: wake the driver of the clock. */
bool freemap_rest(struct freemap *map, uint32_t id);

/* freemap_rested() - the second half of it: the id rests in its leaf, which was @before, with @stamp (near.h). */
bool freemap_rested(struct freemap *map, uint32_t id, uint64_t before, uint32_t stamp);

/* Ids that were reclaimed and are charged still, all to one owner. */
struct refund {
	void *owner;
	uint32_t count;
};

/* freemap_refund() - map->reclaimed() is told of these, if there are any. */
void freemap_refund(struct freemap *map, struct refund *refund);

/*
 * freemap_reclaim() - the quarantined ids @rested of a leaf become free, less @take, which is the caller's.
 * False: the word has changed, and *word is what it is now. Within freemap_moving(); who has done it tells,
 * and refunds: *refund has the last owner's, others were told of theirs.
 */
bool freemap_reclaim(struct freemap *map, struct chunk *chunk, uint32_t leaf, uint64_t *word, uint32_t rested,
                     uint32_t take, struct refund *refund);

/* freemap_sweep() - move all that has rested to free. Returns how many. */
uint32_t freemap_sweep(struct freemap *map);

/* freemap_refresh() - renew stamps that are half a clock's range old; rarely needed. */
void freemap_refresh(struct freemap *map);

/* freemap_state() - FREE, QUARANTINED, or ACTIVE for "in use" (also of reserved ids). */
enum ioasid_state freemap_state(const struct freemap *map, uint32_t id);

#endif
