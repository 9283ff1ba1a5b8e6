/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * internal.h - the state of one modelled execution, shared by the model's parts.
 *
 *   schedule.c  who goes on        memory.c  arena, snapshot, giving back
 *   location.c  address -> state   atomic.c  what an atomic reads and publishes
 *   grace.c     read sections      plain.c   data races
 *   block.c     waiting, time      digest.c  one number for the whole state
 */
#ifndef IOASID_MODEL_INTERNAL_H
#define IOASID_MODEL_INTERNAL_H

#include "fibre.h"
#include "model.h"
#include "view.h"

#define MODEL_HISTORY 16u /* values that a location remembers; a power of two */
#define MODEL_SPUN 8u
#define MODEL_LOCATIONS 16384u
#define MODEL_SETUP_SIZE (512u * 1024u)
#define MODEL_HEAP_SIZE (64u * 1024u) /* per thread, per execution */
#define MODEL_ARENA_SIZE (MODEL_SETUP_SIZE + (MODEL_THREADS + 1) * MODEL_HEAP_SIZE)

/* Locations without an address of their own. */
enum model_special {
	MODEL_GRACE = 1,
	MODEL_CLOCK,
	MODEL_SPECIALS
};

struct model_message {
	uint64_t value;
	const model_clock *view; /* what a reader that acquires learns; NULL: nothing */
	uint32_t length;
};

struct model_location {
	/* Learned, and kept from one execution to the next. */
	const void *address;
	uint8_t size;
	uint8_t users;  /* threads that have used it, a bit each */
	bool written;   /* since setup */
	bool shared;    /* so its steps are decisions */
	uint16_t index; /* in views, if shared */
	/* Of the execution with this number only. */
	uint32_t execution;
	uint32_t freed; /* the execution in which its memory was given back */
	uint16_t newest;
	uint16_t oldest;      /* nobody reads further back than to its initialisation */
	uint8_t plain_thread; /* who last wrote it otherwise than atomically; MODEL_NOBODY: setup */
	model_clock plain_clock;
	uint64_t digest;
	model_clock touched[MODEL_THREADS] __attribute__((aligned(16))); /* each thread's last access */
	struct model_message history[MODEL_HISTORY];
};

struct model_thread {
	struct model_fibre fibre;
	uint64_t seen;       /* digest of everything that its steps have answered */
	const void *waiting; /* the word it sleeps on */
	uint64_t timeout_ns;
	unsigned steps;
	unsigned step_bound;
	unsigned bound_from;
	unsigned yields_to; /* after a pause: who steps before it does */
	unsigned grace;     /* the readers its grace period waits for */
	unsigned read_depth;
	uint32_t shard;
	unsigned nr_spun;
	struct {
		uint16_t index;
		model_clock newest;
	} spun[MODEL_SPUN]; /* where it has read old values since it last paused */
	bool fresh;         /* chosen, and has not stepped yet */
	bool woken;
	size_t heap_used;
	struct model_views views;
	model_clock unlocked[MODEL_VIEW_MAX] __attribute__((aligned(16)));
};

struct model_state {
	bool running; /* in a thread: operations are steps */
	unsigned self;
	unsigned ready;    /* could step */
	unsigned yielding; /* of these: have paused */
	unsigned timed;    /* asleep, with a timeout */
	unsigned unfinished;
	unsigned frozen;
	unsigned reading; /* in a read section */
	uint32_t execution;
	unsigned nr_frees; /* blocks given back in this execution */
	unsigned nr_steps;
	struct model_limits left;
	unsigned view_length;
	uint64_t memory; /* digest of all values */
	uint64_t now_ns;
	uint32_t unique;
	uint64_t setup_now_ns;
	uint32_t setup_unique;
	const struct model_strategy *strategy;
	void *state;
	struct model_program program;
	struct model_limits limits;
	bool limited;
	bool pauses; /* some thread pauses: learned, as sharing is */
	bool has_outcome;
	uint64_t outcome;
	enum model_result result;
	struct model_fibre home;
	unsigned nr_indexes;
	model_clock order[MODEL_VIEW_MAX]
		__attribute__((aligned(16))); /* what SC fences and SC writes have published */
	model_clock grace_begun[MODEL_VIEW_MAX] __attribute__((aligned(16)));
	struct model_thread threads[MODEL_THREADS + 1]; /* the last one runs setup and checks */
	struct model_step steps[MODEL_STEPS_MAX + 1];
	void (*trace)(const struct model_event *event);
	char failure[512];
};

extern struct model_state model;
extern char model_arena[MODEL_ARENA_SIZE];
extern uint16_t model_shadow[MODEL_ARENA_SIZE];
extern struct model_location model_locations[MODEL_LOCATIONS];

/* location.c */
struct model_location *model_location_make(const void *address, unsigned size);
struct model_location *model_location_elsewhere(const void *address, unsigned size);
void model_location_learn(struct model_location *location, bool writes);
void model_location_begin(struct model_location *location);
void model_location_forget(void);
uint64_t model_location_digest(const struct model_location *location, uint64_t value);

/* schedule.c */
void model_point(void);
void model_leave(void); /* this thread cannot go on until it is chosen again */
void model_stop(enum model_result result) __attribute__((noreturn));
void model_yield_settle(unsigned thread);
unsigned model_value(const uint8_t *codes, unsigned count);
void model_too_many_steps(void) __attribute__((noreturn));

/* memory.c */
void model_memory_load(size_t state_size);
void model_memory_save(void);
void model_memory_restore(void);
bool model_memory_freed(const void *address);
unsigned model_memory_owner(const void *address, model_clock *clock);

/* plain.c */
void model_race_plain_write(struct model_location *location);
void model_race_freed(struct model_location *location);
void model_race_report(const struct model_location *location, unsigned other, const char *what)
	__attribute__((noreturn));

/* grace.c */
void model_grace_left(unsigned thread);

/* trace.c */
void model_trace_step(uint32_t code, const char *file, const char *text, uint64_t read, uint64_t written);

static inline struct model_thread *model_me(void)
{
	return &model.threads[model.self];
}

static inline uint64_t model_mix(uint64_t digest, uint64_t value)
{
	digest = (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return digest ^ (digest >> 29);
}

/* The calling thread has observed @value: what it does from here on may depend on it. */
static inline void model_observe(uint64_t value)
{
	struct model_thread *me = model_me();

	me->seen = model_mix(me->seen, value + 1);
}

/* One less may be chosen from here on. */
static inline void model_spend(unsigned *left)
{
	if (*left < MODEL_UNLIMITED)
		--*left;
}

/* As long as it must be, in whole vectors; only clocks without weak memory. */
static inline unsigned model_view_length(void)
{
	return model.limits.weak ? (model.nr_indexes + MODEL_CLOCKS - 1) / MODEL_CLOCKS * MODEL_CLOCKS : MODEL_CLOCKS;
}

/* From here to the next point is one step. */
static inline void model_step_begin(void)
{
	struct model_thread *me = model_me();

	if (++me->steps > me->step_bound || model.nr_steps >= model.limits.steps)
		model_too_many_steps();
	model.steps[model.nr_steps].thread = (uint8_t)model.self;
	model.steps[model.nr_steps++].code = 0;
}

static inline struct model_location *model_location_find(const void *address, unsigned size)
{
	size_t offset = (size_t)((uintptr_t)address - (uintptr_t)model_arena);

	if (offset < MODEL_ARENA_SIZE) {
		uint16_t number = model_shadow[offset];

		return number != 0 ? &model_locations[number] : model_location_make(address, size);
	}
	return model_location_elsewhere(address, size);
}

/* Who uses it, and how: true if the step needs a decision. */
static inline bool model_location_used(struct model_location *location, bool writes)
{
	if ((((unsigned)location->users >> model.self) & 1u) == 0 || (writes && !location->written))
		model_location_learn(location, writes);
	return location->shared;
}

/* Its memory has been given back in this execution. */
static inline bool model_location_gone(const struct model_location *location)
{
	return model.nr_frees != 0 && (location->freed == model.execution || model_memory_freed(location->address));
}

static inline uint64_t model_raw_read(const void *p, unsigned size)
{
	return size == 8 ? *(const uint64_t *)p : size == 1 ? *(const uint8_t *)p : *(const uint32_t *)p;
}

static inline void model_raw_write(void *p, unsigned size, uint64_t value)
{
	if (size == 8)
		*(uint64_t *)p = value;
	else if (size == 1)
		*(uint8_t *)p = (uint8_t)value;
	else
		*(uint32_t *)p = (uint32_t)value;
}

#endif
