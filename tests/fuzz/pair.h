/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * pair.h - two threads whose calls an input chooses, and how they interleave.
 *
 * They run on the model port (lib/port/model/model.h), where every atomic
 * operation is a step: after how many steps which other thread goes on, and how
 * old a value a load sees, is in the input, too. What must be true then cannot
 * be foretold as for one thread (oracle.h); it is that
 *
 *  - all who hold an id at one moment hold the same life of it;
 *  - each answer is permitted: a refusal has a reason that has begun, a success
 *    comes before what forbids it has returned;
 *  - quiesces come in order, once, and find no request that is still out;
 *  - all can be given back in the end, and nothing is left; no data race.
 *
 * What is plain here belongs to no step: it changes with the last step of the
 * call before it, or the first of the call after it. What must be refused for
 * sure was read by an acquire before the call (@over, @removed): a thread that
 * has not heard of an end may still see what was before.
 */
#ifndef IOASID_FUZZ_PAIR_H
#define IOASID_FUZZ_PAIR_H

#include <ioasid/ioasid.h>

#include "model.h"
#include "port.h"

#define PAIR_HEADER 8u
#define PAIR_OPERATIONS 16u /* at most, of all threads */
#define PAIR_BITS 4u
#define NR_THREADS 2u /* and a third one, which does the deferred work only */
#define NR_CALLERS 3u /* the two, and whoever comes before and after them */
#define BEFORE 2u
#define NR_SETS 2u
#define NR_DEVICES 2u
#define NR_CELLS 4u
#define NR_LIVES 64u
#define NR_BOUND 64u

/* Of the header's byte 3; between them, how many swaps may fail for no reason. */
#define PAIR_WEAK 1u    /* loads may see old values */
#define PAIR_REFUSAL 8u /* one allocation may be refused */

/* One byte says who and what, one on what. */
struct pair_operation {
	uint8_t who;
	uint8_t code;
	uint8_t argument;
};

/* The header: 0 space, 1 sets, 2 devices, 3 memory, 4 runs of the third thread, 5 how many operations. */
struct pair_input {
	const uint8_t *header;
	struct pair_operation operation[PAIR_OPERATIONS];
	unsigned nr_operations;
	const uint8_t *schedule; /* pairs: so many steps, then this alternative */
	size_t schedule_size;
};
extern struct pair_input pair_input;

struct pair_set {
	struct ioasid_owner_set *set;
	uint32_t quota;
	uint32_t flags;
	struct life *shared; /* as a bind has last said */
	unsigned made;       /* ids, as far as is known; never less for their end */
	unsigned ends;       /* calls that end it, begun; */
	unsigned ended;      /* that said 0 */
	unsigned done;
	port_u32 over;
};

struct pair_device {
	struct pair *pair;
	struct ioasid_device *device;
	unsigned behaviour;
	unsigned removals;
	unsigned gone;
	port_u32 removed;
};

/* One life of a number, known from the first who was told of it. */
struct life {
	ioasid_handle_t handle;
	struct pair_set *set; /* NULL: whoever made it has not come back yet */
	bool made;
	bool claim;         /* whoever allocated it holds it */
	bool kept;          /* by that, or by its set: no put and no unbind ends it */
	unsigned holds;     /* claim, references, pins, bindings */
	unsigned publishes; /* begun; being born ACTIVE is one */
	unsigned published;
	unsigned ends; /* begun */
	unsigned ended;
	port_u32 found; /* it has been published */
	port_u32 over;
};

struct bound {
	ioasid_binding_t handle;
	struct life *life;
	struct pair_device *device;
	bool given; /* by a bind */
	bool held;  /* its life, by it */
	bool closed;
	bool failed;
	bool released;
	unsigned unbinds; /* begun */
	unsigned requests;
	unsigned pins;
	unsigned asked[IOASID_PHASE_COUNT];
	unsigned completions;
	unsigned completed;
	port_u64 token;
};

/* A call under way that takes an id. */
struct taking {
	struct pair_set *set; /* NULL: none */
	bool doubtful;        /* it may give back what it takes */
	bool gives_nothing;   /* when it fails: no id has been made, which ends now */
	bool beside;          /* another one was under way meanwhile, and what it took was doubted */
	bool owes;            /* an id: somebody was told that there is none, for this has the last one */
};

struct caller {
	unsigned got[NR_LIVES];
	unsigned pinned[NR_LIVES];
	unsigned bound[NR_BOUND];
	unsigned begun[NR_BOUND];
	unsigned device_pinned[NR_BOUND];
	struct taking taking;
};

struct pair {
	struct ioasid_space *space;
	unsigned ids;
	struct pair_set set[NR_SETS];
	struct pair_device device[NR_DEVICES];
	struct life life[NR_LIVES];
	unsigned nr_lives;
	struct bound bound[NR_BOUND];
	unsigned nr_bound;
	struct caller caller[NR_CALLERS];
	port_u64 handle[NR_CELLS]; /* what the threads tell one another of */
	port_u64 binding[NR_CELLS];
	unsigned made;
	bool ending;  /* something has begun that ends a life, a binding or a device */
	bool doubted; /* old values may be seen of a call that may have given back what it took */
	bool bounded; /* some set has a quota */
	bool calm;    /* callbacks answer DONE */
	bool surplus;
	/* What the input has in it. */
	bool without_data;
	unsigned gets;
	unsigned pins;
	unsigned binds;
};

/* pair_operations.c */
typedef void pair_call(struct pair *pair, unsigned self, uint8_t argument);
struct pair_kind {
	const char *name;
	pair_call *call;
};
extern const struct pair_kind pair_kinds[];
extern const unsigned nr_pair_kinds;
void pair_plan(struct pair *pair);
void pair_give_back(struct pair *pair);
struct life *pair_named(struct pair *pair, unsigned cell);
void pair_tell_of(struct pair *pair, unsigned cell, const struct life *life);
void pair_judge(const char *call, int error, unsigned permitted);
unsigned pair_may_take(const struct pair *pair, const struct taking *taking);
void pair_took(struct pair *pair, struct taking *taking, int error, struct life *life);

/* Sets of answers. */
#define OK 1u
#define NOENT 2u
#define AGAIN 4u
#define NOMEM 8u
#define BUSY 16u
#define INVAL 32u
#define NOSPC 64u
#define OVERFLOW 128u
#define STALE 256u
#define DQUOT 512u
#define IF(condition, answers) ((condition) ? (answers) : 0u)

/* pair_id.c */
pair_call pair_alloc, pair_publish, pair_abort, pair_free, pair_get, pair_put, pair_find, pair_find_get, pair_pin,
	pair_unpin, pair_shared;
void pair_born_active(struct life *life);
void pair_return_life(struct pair *pair, unsigned self, struct life *life);
/* pair_bind.c. A bind's argument: [cell : 2 | without data | . | second set | devices : 2 | .] */
#define PAIR_WITHOUT_DATA 4u
pair_call pair_bind_shared, pair_bind_private, pair_bind_id, pair_unbind, pair_begin, pair_end, pair_device_pin,
	pair_device_unpin, pair_complete;
void pair_return_bound(struct pair *pair, unsigned self, struct bound *bound);

/* pair.c: setup, threads and check of the modelled program. */
void pair_setup(void *state);
void pair_thread_a(void *state);
void pair_thread_b(void *state);
void pair_reclaimer(void *state);
void pair_check(void *state);

/* pair.c: what is known. */
struct life *pair_life(struct pair *pair, ioasid_handle_t handle);
void pair_hold(struct pair *pair, struct life *life);
void pair_let_go(struct life *life);
void pair_unclaim(struct life *life);
bool pair_may_be_over(const struct pair *pair, const struct life *life, unsigned mine);
bool pair_is_over(struct life *life);
struct bound *pair_bound(struct pair *pair, ioasid_binding_t handle);
bool pair_may_close(const struct pair *pair, const struct bound *bound);
struct taking *pair_take(struct pair *pair, unsigned self, struct pair_set *set, bool doubtful);
unsigned pair_takers(const struct pair *pair, const struct taking *but, const struct pair_set *set);

#endif
