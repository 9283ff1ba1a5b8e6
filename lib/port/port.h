/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * port.h - the contract between the core and its host.
 *
 * The core is freestanding C11; all that it needs from a host is named here:
 * primitives only, nothing derived, no policy. A port is a folder with
 * ioasid_port_impl.h (what sits inside an atomic loop, inline) and a source for
 * the link-time functions. lib/port/template compiles and is the documentation;
 * lib/port/PORTING.md says how to write one. The orders are C11's; the Linux
 * memory model satisfies them.
 *
 * Need, inline, from ioasid_port_impl.h:
 *
 *   port_u32, port_u64, port_ptr    structs around one atomic: a plain access
 *                                   does not compile. Bytes of zero are one of
 *                                   value 0 or NULL. For each of them (T):
 *     port_T_init(p, v)             not atomic: before the object is shared
 *     port_T_load_relaxed(p)        _acquire(p), _seq_cst(p)
 *     port_T_store_relaxed(p, v)    _release(p, v), _seq_cst(p, v)
 *     port_T_xchg_acq_rel(p, v)     returns the old value; _seq_cst
 *     port_T_cas_acq_rel(p, &e, v)  may fail for no reason; on failure writes
 *                                   what it saw to e, acquired: loops go on from
 *                                   it; _seq_cst, and _relaxed in both cases
 *   for port_u32 and port_u64, each returning the old value:
 *     port_T_add_relaxed(p, v)      _release, _acq_rel, _seq_cst
 *     port_T_or_seq_cst(p, v)       port_T_and_seq_cst(p, v)
 *   port_u8                         a struct likewise, around one byte, with
 *     port_u8_load_relaxed(p)       port_u8_store_relaxed(p, v)
 *   port_fence_acquire()            C11's; port_fence_seq_cst()
 *   port_plain_get(field)           a plain access to a shared field that the
 *   port_plain_set(field, v)        core orders by other means; a port that
 *                                   checks for data races looks here
 *   port_relax()                    a pause inside a loop that others advance
 *   port_shard_hint()               any number; better if equal numbers are
 *                                   rarely running at once (a CPU number)
 *   port_ctz64(x), port_popcount64(x)   x != 0 for ctz
 *   port_read_lock(), port_read_unlock()  an RCU read section; may nest
 *   port_assert(cond)               a check for debug builds, or nothing
 *   port_trace(event, id, generation, value)  a tracepoint, or nothing
 *   PORT_CACHELINE, PORT_SHARDS     a power of two; how many shards at most
 *   PORT_CHUNK_SHIFT                log2 of the ids in one chunk, 4 to 9
 *   PORT_GEN_BITS, PORT_REF_BITS, PORT_BIND_BITS, PORT_PIN_BITS   widths in the slot word
 *   PORT_CLOCK_START                the grace-period clock's first value
 *   PORT_FENCE_LIGHT                optional: port_fence_light() is there, and ioasid_port_fence_heavy(), below
 *   PORT_READ_TRYLOCK               optional: port_read_trylock() is there, which is false,
 *                                   and does nothing, where port_read_lock() would be a call
 *   PORT_POOL_SHIFT                 optional: log2 of the first bindings that get memory at once, 6
 */
#ifndef IOASID_PORT_H
#define IOASID_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioasid_port_impl.h"

#ifndef PORT_CACHELINE
#error "ioasid_port_impl.h must define PORT_CACHELINE: the bytes that two CPUs should not share."
#endif
#ifndef PORT_SHARDS
#error "ioasid_port_impl.h must define PORT_SHARDS: a power of two, about the number of CPUs."
#endif
#ifndef PORT_CHUNK_SHIFT
#error "ioasid_port_impl.h must define PORT_CHUNK_SHIFT: log2 of the ids that get memory at once."
#endif
#ifndef PORT_GEN_BITS
#error "ioasid_port_impl.h must define PORT_GEN_BITS: log2 of how many lives an id has."
#endif
#ifndef PORT_REF_BITS
#error "ioasid_port_impl.h must define PORT_REF_BITS: log2 of how many references an id can have."
#endif
#ifndef PORT_BIND_BITS
#error "ioasid_port_impl.h must define PORT_BIND_BITS: log2 of how many devices an id can be bound to."
#endif
#ifndef PORT_PIN_BITS
#error "ioasid_port_impl.h must define PORT_PIN_BITS: log2 of how many faults an id can have in flight."
#endif
#ifndef PORT_POOL_SHIFT
#define PORT_POOL_SHIFT 6
#endif
#ifndef PORT_CLOCK_START
#error "ioasid_port_impl.h must define PORT_CLOCK_START: the first value of the grace-period clock."
#endif

#ifndef PORT_READ_TRYLOCK
static inline bool port_read_trylock(void)
{
	port_read_lock();
	return true;
}
#endif

/*
 * port_fence_light(), ioasid_port_fence_heavy() - full fences for two, of which the rare
 * side pays for the frequent one: of two who store, fence and look, one lightly and one
 * heavily, at least one sees what the other has stored. Any context. On a host that
 * cannot have all CPUs pass a fence, both are the fence that it has.
 */
#ifdef PORT_FENCE_LIGHT
void ioasid_port_fence_heavy(void);
#else
static inline void port_fence_light(void)
{
	port_fence_seq_cst();
}

static inline void ioasid_port_fence_heavy(void)
{
	port_fence_seq_cst();
}
#endif

_Static_assert((PORT_SHARDS & (PORT_SHARDS - 1)) == 0, "PORT_SHARDS is a power of two");
_Static_assert(PORT_CHUNK_SHIFT >= 4 && PORT_CHUNK_SHIFT <= 9, "a chunk is 16 to 512 ids");
_Static_assert((PORT_CACHELINE & (PORT_CACHELINE - 1)) == 0, "PORT_CACHELINE is a power of two");
_Static_assert(sizeof(port_u8) == 1 && sizeof(port_u32) == 4 && sizeof(port_u64) == 8,
               "an atomic is its value and nothing else");
_Static_assert(_Alignof(port_u64) == 8, "port_u64 never straddles two cache lines");
_Static_assert(sizeof(port_ptr) == sizeof(void *), "port_ptr is one pointer");

/*
 * ioasid_port_zalloc() - zeroed memory of @size bytes (not 0), aligned to @align (a
 * power of two, at most PORT_CACHELINE), or NULL. May sleep if the caller may.
 * ioasid_port_free() - give it back; @memory may be NULL; @size as allocated.
 */
void *ioasid_port_zalloc(size_t size, size_t align);
void ioasid_port_free(void *memory, size_t size);

/*
 * ioasid_port_synchronize() - return after every RCU read section that had begun
 * when it was called has ended. A full fence on both sides. May sleep.
 * ioasid_port_read_held() - is the caller within a read section? false if unknown.
 */
void ioasid_port_synchronize(void);
bool ioasid_port_read_held(void);

/*
 * ioasid_port_wait() - sleep while *@word is @seen, at most @timeout_ns (UINT64_MAX:
 * for ever). May return early for no reason. ioasid_port_wake() - wake all waiters
 * on @word; any context.
 */
void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns);
void ioasid_port_wake(port_u32 *word);

/* ioasid_port_now_ns() - a monotonic clock; coarse is enough. */
uint64_t ioasid_port_now_ns(void);

/* ioasid_port_thread_id() - who runs: not 0, and no two threads' at once. */
uint64_t ioasid_port_thread_id(void);

/*
 * ioasid_port_epoch() - a number that changes in a forked child, and only there.
 * ioasid_port_unique() - 1, 2, 3, ...: tells spaces apart. Any context.
 */
uint32_t ioasid_port_epoch(void);
uint32_t ioasid_port_unique(void);

/* ioasid_port_shards() - how many shards are worth having: 1 to PORT_SHARDS, a power of two. */
uint32_t ioasid_port_shards(void);

/*
 * ioasid_port_worker_start() - run fn(arg) on a thread of its own; 0 or a negative
 * error. ioasid_port_worker_join() - wait until fn has returned; in a forked child,
 * where that thread is not, only forget it. A host without threads answers
 * -IOASID_EAGAIN: its spaces are polled.
 */
struct port_worker {
	void *impl;
};
int ioasid_port_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg);
void ioasid_port_worker_join(struct port_worker *worker);

#endif
