/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * model.h - a host that decides which thread steps next, and what each load sees.
 *
 * The modelled program is a few threads, each a fibre of one OS thread. Every
 * atomic operation is a step; before a step that could matter to another thread
 * the strategy (tests/model has several) says who goes on. So one execution is
 * a list of decisions, and the same decisions give the same execution.
 *
 * Memory. With weak memory on, a location remembers its last values, each with
 * the view that its writer released; a thread's view bounds from below what it
 * may still read. That is C11 without load buffering and with an order of
 * modification that is the order of execution. SC accesses and fences keep
 * RC11's rules. With it off, loads read what was written last. In both, vector
 * clocks tell whether plain accesses are ordered, and whether memory is given
 * back while someone may still look at it.
 *
 * Reduction. A location that only one thread uses, or that nobody writes after
 * setup, needs no decisions. Which these are is learned: an execution that
 * proves one wrong is given up, and the exploration starts again.
 *
 * Memory that setup() leaves is saved and put back before each execution; what
 * threads allocate is never handed out twice in one execution.
 */
#ifndef IOASID_MODEL_H
#define IOASID_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "operation.h"

#define MODEL_THREADS 8u
#define MODEL_NOBODY MODEL_THREADS
#define MODEL_UNLIMITED 0xfffeu

/* struct model_program - what is explored. Each function is given the same zeroed @state_size bytes. */
struct model_program {
	size_t state_size;
	unsigned nr_threads;
	void (*setup)(void *state); /* runs once: its memory is what each execution starts from */
	void (*threads[MODEL_THREADS])(void *state);
	void (*invariant)(void *state);                     /* between any two steps */
	void (*check)(void *state);                         /* when all have finished */
	void (*check_frozen)(void *state, unsigned frozen); /* when all but these have */
	unsigned may_block; /* threads that need not finish if one is frozen, a bit each */
};

/* struct model_limits - how much of each kind of choice one execution may have. */
struct model_limits {
	unsigned preemptions; /* leaving a thread that could go on */
	unsigned stale;       /* reading what is not the newest value */
	unsigned spurious;    /* weak compare-and-swaps that fail for no reason */
	unsigned refusals;    /* allocations that fail */
	unsigned timeouts;    /* waits that end early although others could step */
	unsigned freezes;     /* threads stopped for ever */
	unsigned steps;       /* more than this is no progress */
	bool weak;
	bool alone; /* no thread can have the others pass a fence: a light fence is a whole one */
	bool reduce;
};

enum model_result {
	MODEL_DONE,
	MODEL_CUT,     /* the strategy gave it up: nothing new there */
	MODEL_RESTART, /* a location turned out to be shared */
	MODEL_FAILED
};

/*
 * struct model_offer - who may make the next step. Alternative 0 is @stay, if
 * there is one; then come the threads of @others, then those of @after_freeze,
 * each in rising order.
 */
struct model_offer {
	unsigned stay;         /* the thread that runs, if it may go on; else MODEL_NOBODY */
	unsigned others;       /* a bit each */
	unsigned after_freeze; /* these, when whoever runs stops for ever */
	unsigned count;
};

struct model_option {
	unsigned thread;
	bool freeze;
};

struct model_option model_offer_at(const struct model_offer *offer, unsigned index);

/* struct model_strategy - answers with an index into what it is offered. */
struct model_strategy {
	unsigned (*thread)(const struct model_offer *offer);
	unsigned (*value)(const uint8_t *codes, unsigned count);
	bool every_step; /* asked even if there is only one alternative */
};

/* struct model_step - what was decided for one step: enough to replay it. */
struct model_step {
	uint8_t thread;
	uint8_t code; /* the value chosen; MODEL_FREEZE: not a step, the thread stops here */
};
#define MODEL_FREEZE 255u
#define MODEL_SPURIOUS 254u
#define MODEL_STEPS_MAX 8192u

/* struct model_event - one step as the reader of a failure sees it. */
struct model_event {
	unsigned step;
	unsigned thread;
	enum model_operation operation;
	unsigned order;
	const char *file; /* NULL: none */
	unsigned line;
	const char *text; /* the expression that names the location, or what was said */
	unsigned size;
	bool reads;
	bool writes;
	uint64_t read;
	uint64_t written;
	unsigned age; /* how many newer values the location had */
};

/* For whoever explores. */
void model_load_program(const struct model_program *program, const struct model_limits *limits);
enum model_result model_execute(const struct model_strategy *strategy);
void model_set_limits(const struct model_limits *limits);
void model_set_trace(void (*trace)(const struct model_event *event));
void model_share_nothing(void); /* forget what was learned of locations */
void model_cut(void) __attribute__((noreturn));
uint64_t model_digest(void); /* of all that can matter from here on */
bool model_limited(void);    /* has a limit refused anything since the program was loaded? */
const char *model_failure(void);
bool model_is_running(void);         /* in a thread of the program */
unsigned model_running_thread(void); /* MODEL_NOBODY: none has begun */
unsigned model_preemptions_left(void);
unsigned model_step_count(void);
const struct model_step *model_steps(void);
bool model_outcome_get(uint64_t *outcome);

/* For the threads and checks of a program. */
unsigned model_self(void);
void model_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void model_say(const char *format, ...) __attribute__((format(printf, 1, 2))); /* a line in the interleaving */
void model_pause(void);                                                        /* any other thread may step here */
void model_clock_advance(uint64_t nanoseconds);                                /* time passes */
void model_set_shard(uint32_t shard); /* this thread's hint from now on; its number otherwise */
size_t model_memory_in_use(void);
void model_outcome(uint64_t outcome); /* what a litmus test ended in */

/*
 * model_bound_begin() - this thread fails if it takes more than @steps steps
 * before model_bound_end(): how a wait-free operation shows that it is one.
 * Answers and ends with the steps taken.
 */
void model_bound_begin(unsigned steps);
unsigned model_bound_end(void);

#define MODEL_CHECK(condition) \
	((condition) ? (void)0 : model_fail("%s:%d: not true: %s", model_file(__FILE__), __LINE__, #condition))
const char *model_file(const char *path);

#endif
