/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * oracle.h - a plain, sequential model of what <ioasid/...> promises.
 *
 * One struct per thing that the host knows of: the life that each number is in,
 * sets, devices and participants ("actors"), bindings, tokens. What a call must
 * answer follows from these alone; where the contract leaves a choice (which id,
 * which of two errors that both apply, how far a budget of steps went), the
 * model names the legal ones, and follows what the library chose: what it does
 * not know it looks up by calls that change nothing (oracle_sync()), and every
 * change that it finds so must have been legal, and at the end of a full run
 * must not be missing.
 */
#ifndef IOASID_FUZZ_ORACLE_H
#define IOASID_FUZZ_ORACLE_H

#include <ioasid/ioasid.h>

#include "port.h"
#include "sim.h"

#define NR_SPACES 2u
#define NR_SETS 4u
#define NR_DEVICES 4u
#define NR_ACTORS 8u /* the devices, then the participants */
#define NR_BINDINGS 48u
#define NR_HANDLES 64u
#define NR_TOKENS 128u /* more than can be open at once: one per binding and id */
#define IDS_MAX 64u
#define PHASES IOASID_PHASE_COUNT

/* What the port's widths allow; the headers give the numbers of a full-width port. */
#define REFS_MAX ((1u << PORT_REF_BITS) - 1)
#define BINDS_MAX ((1u << PORT_BIND_BITS) - 1)
#define PINS_MAX ((1u << PORT_PIN_BITS) - 1)
#define LIVES_MAX ((1u << PORT_GEN_BITS) - 1)

struct world;
struct space;

struct set {
	struct space *space;
	struct ioasid_owner_set *set;
	uint32_t serial; /* of the object that is in this place; 0: none */
	struct ioasid_owner owner;
	uint32_t quota;
	uint32_t flags;
	uint32_t holds; /* ours; 0: the pointer may not be used any more */
	bool ended;
	bool wants_done;
	bool waited; /* whoever waits for it needs his hold */
	bool done;   /* done() has been called, or would have been */
};

enum actor_kind {
	ACTOR_NONE,
	ACTOR_DEVICE,
	ACTOR_OF_SPACE,
	ACTOR_OF_SET,
	ACTOR_OF_BINDING
};

/* What an actor's callback does; the low bits of a byte of the input. */
enum behaviour {
	ANSWER_DONE,
	ANSWER_PENDING,
	ANSWER_ERROR,
	ANSWER_AT_ONCE,     /* completes its own token, then says PENDING */
	ANSWER_AT_ONCE_BAD, /* the same, with an error */
	ANSWER_TWICE,       /* completes its own token, then says DONE */
	ANSWER_KINDS
};

struct actor {
	struct space *space;
	enum actor_kind kind;
	struct ioasid_device *device;
	struct ioasid_participant *participant;
	struct set *set; /* ACTOR_OF_SET */
	uint32_t bits;
	bool removed;       /* by force */
	bool removal_known; /* a full run has been made since */
	uint32_t callbacks; /* bit per phase that has one */
	bool tells_released;
	bool tells_enroll;
	uint8_t behaviour[PHASES];
	uint8_t nested[PHASES + 1]; /* operations within the callback; the last: in released() */
	struct ioasid_quiesce_ops ops;
	/* A participant that was enrolled must be told of these, unless they end first. */
	bool enroll_due;
	uint64_t ids_due; /* bit per id */
	uint64_t ids_told;
	uint64_t bindings_due; /* bit per place of space->binding */
	uint64_t bindings_told;
};

/* A quiesce that is due or under way: of a binding, or of the id itself. */
struct task {
	bool begun;
	bool failed;
	bool passed; /* all phases are over, and those that go with it, too */
	bool seen;   /* a callback was made: the reason is what the first one was told */
	bool alone;  /* a binding's, begun before its id parked, or by its last user */
	enum ioasid_reason reason;
	uint32_t must; /* actors to ask; those who came later may be asked, too */
	uint32_t asked[PHASES];
	uint32_t waiting[PHASES];
	uint64_t deadline[NR_ACTORS];
	uint64_t drain_until; /* waits for its requests until then; 0: does not */
	bool drain_given_up;
};

struct life {
	uint32_t lives; /* how many this number has had */
	ioasid_handle_t handle;
	enum ioasid_state state;
	bool retired;
	struct set *set;
	uint32_t set_serial;
	bool shared;
	bool hot;
	bool claim;       /* its allocator has not freed it, or its set keeps it */
	uint32_t refs;    /* what the host got and has not put, but of a HOT id */
	int32_t hot_refs; /* of a HOT id; below zero: puts too many, not counted yet */
	uint32_t binds;   /* bindings, the ghosts among them */
	uint32_t pins;
	uint32_t ghosts; /* bindings of a bind that failed half way, not yet gone */
	uint32_t ghost_devices;
	struct task task;
	bool cure_due;
	bool cured;             /* but poisoned still, for a HOT id's references that are out */
	uint64_t rested_at;     /* grace periods that the space had counted */
	uint64_t aborts_before; /* of the space, when it came to rest */
};

enum binding_place {
	PLACE_UNUSED,
	PLACE_OPEN,
	PLACE_CLOSING,
	PLACE_POISONED,
	PLACE_GONE
};

struct binding {
	enum binding_place place;
	ioasid_binding_t handle;
	ioasid_handle_t id_handle;
	uint32_t id;
	struct actor *device;
	struct actor *behind;
	void *data;
	uint32_t users;
	uint32_t pins;
	int32_t requests;
	bool unbound;   /* by its last user */
	bool releasing; /* released() was called, and its reference is about to be dropped */
	bool cure_due;
	bool unsure; /* quiesced and failed, but perhaps with its id: is it poisoned yet? */
	struct task task;
};

struct token {
	ioasid_token_t token;
	bool open; /* not answered, as far as we know */
	uint32_t actor;
	uint32_t binding; /* place; NR_BINDINGS: the id itself */
	uint32_t id;
	ioasid_handle_t handle;
	ioasid_binding_t of; /* which binding was in that place */
	enum ioasid_phase phase;
};

struct space {
	struct world *world;
	struct ioasid_space *space;
	uint32_t index;
	uint32_t ids;
	uint32_t order;
	uint32_t distance;
	uint64_t timeout_ns;
	uint64_t reserved;   /* bit per id */
	bool running;        /* callbacks may be called */
	bool in_run;         /* or just out of one, and it is being looked up what it has done */
	uint64_t grace_seen; /* grace periods, when we last looked within the run */
	bool fuzzy;          /* a run with a budget has been made: how far did it get? */
	uint64_t aborts;     /* each counts as a period of the reuse distance, though not as a grace period */
	bool pressed;        /* an allocation found nothing free: the reuse distance may be waived */
	bool held;           /* another thread is in a grace period that does not end */
	struct life life[IDS_MAX];
	struct set set[NR_SETS];
	struct actor actor[NR_ACTORS];
	struct binding binding[NR_BINDINGS];
	ioasid_handle_t handle[NR_HANDLES]; /* handed out lately, for the input to choose from */
	uint32_t nr_handles;
	struct token token[NR_TOKENS];
	uint32_t nr_tokens;
	uint32_t next_owner;
	struct ioasid_counters expected; /* what we count ourselves */
	uint64_t surplus_perhaps;        /* ends of requests on a device that is removed */
	uint64_t failed_answers;         /* by token, since the last run */
	uint64_t failed_dropped;         /* of these, perhaps never heard: their device was removed */
	uint64_t failed_perhaps;         /* answers of a device that is removed by now */
	uint64_t poisoned_perhaps;       /* poisoned and cured in one run, or not even poisoned */
};

/* oracle.c: what an answer may be. */
struct answers {
	unsigned count;
	int code[12];
};
void oracle_fail(const struct world *world, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
void oracle_allow(struct answers *answers, int code);
bool oracle_allows(const struct answers *answers, int code);
void oracle_expect(const struct space *space, const char *call, int got, const struct answers *answers);
void oracle_expect_one(const struct space *space, const char *call, int got, int wanted);
#define oracle_check(space, condition, ...)                       \
	do {                                                      \
		if (!(condition))                                 \
			oracle_fail((space)->world, __VA_ARGS__); \
	} while (0)
uint64_t oracle_deadline(const struct space *space);
uint64_t oracle_grace_periods(const struct space *space);

/* oracle_life.c: lives of numbers. */
struct life *life_of(struct space *space, ioasid_handle_t handle, int *error);
uint32_t life_number(const struct space *space, ioasid_handle_t handle);
struct life *life_born(struct space *space, ioasid_handle_t handle, struct set *set, enum ioasid_state state);
void life_freed_at_once(struct space *space, struct life *life);
void life_drop_ref(struct space *space, struct life *life);
void life_drop_bind(struct space *space, struct life *life);
void life_drop_pin(struct space *space, struct life *life);
void life_parks(struct space *space, struct life *life);
void life_settle(struct space *space, struct life *life);
void life_rest(struct space *space, struct life *life);
uint32_t life_audience(struct space *space, const struct life *life);
bool life_is_free(const struct space *space, uint32_t id);
uint32_t life_charged(struct space *space, const struct set *set);
struct life *life_shared_of(struct space *space, const struct set *set);
struct actor *actor_at(struct space *space, uint32_t index);
uint32_t actor_bit(const struct actor *actor);

/* oracle_sync.c: what the deferred work may have done meanwhile. */
void oracle_sync_id(struct space *space, uint32_t id);
void oracle_sync(struct space *space);
void oracle_reclaimed(struct space *space, uint32_t id);
void oracle_adopt_ghosts(struct space *space, struct life *life, uint32_t devices);
enum ioasid_state oracle_state(const struct space *space, uint32_t id);

/* oracle_quiesce.c: tasks. */
void task_begin(struct space *space, struct task *task, const struct binding *binding, const struct life *life);
unsigned task_phase(struct space *space, struct task *task, const struct binding *binding, unsigned given_up);
bool task_is_blocked(struct space *space, const struct task *task, const struct binding *binding, unsigned phase);
bool group_is_over(struct space *space, struct life *life);
bool is_alone(const struct task *task);
bool task_is_late(const struct task *task);
void quiesce_check_start(struct space *space, struct binding *binding, struct life *life, const struct actor *actor,
                         const struct ioasid_view *view);
void quiesce_answered(struct space *space, struct task *task, uint32_t actor, enum ioasid_phase phase, int status);

/* oracle_run.c: what a run must have come to. */
bool oracle_is_undecided(const struct space *space);
void oracle_give_up_late(struct space *space);
void oracle_run_ends(struct space *space, bool full);

/* oracle_binding.c */
struct binding *binding_of_pair(struct space *space, const struct actor *device, uint32_t id);
void binding_close(struct space *space, struct binding *binding);
void binding_gone(struct space *space, struct binding *binding);
void binding_settle(struct space *space, struct binding *binding);
bool binding_may_go(struct space *space, struct binding *binding);
void oracle_finish_releases(struct space *space);

/* oracle_compare.c: the whole of a space against the model. */
void oracle_compare(struct space *space);
void oracle_compare_holders(struct space *space, const struct set *set);
void oracle_compare_counters(struct space *space);
bool oracle_holder(void *context, const struct ioasid_holder *holder);
struct told {
	struct space *space;
	const struct set *set;
	uint64_t ids;
};
void oracle_told_all(struct told *told);

#endif
