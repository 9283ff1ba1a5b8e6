/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * world.h - one input being played: what it is read from, and the two spaces
 * that it plays with, each next to its model.
 *
 * An input is a header of eight bytes (script.h) and operations of four: which
 * one, and three bytes that say on what. So a byte changed is an argument
 * changed, and a piece cut out is a few operations less.
 */
#ifndef IOASID_FUZZ_WORLD_H
#define IOASID_FUZZ_WORLD_H

#include <stdio.h>

#include "oracle.h"

#define HEADER_BYTES 8u
#define OPERATION_BYTES 4u
#define OPERATIONS_MAX 600u

struct operation {
	uint8_t code;
	uint8_t a;
	uint8_t b;
	uint8_t c;
};

struct world {
	const uint8_t *input;
	size_t size;
	size_t next;           /* where the next operation is */
	bool refuses;          /* memory: an allocation was told to fail */
	unsigned depth;        /* callbacks that we are in */
	struct space *calling; /* whose callback it is */
	struct space space[NR_SPACES];
};

typedef void operation_fn(struct world *world, struct space *space, const struct operation *operation);

struct operation_kind {
	const char *name;
	operation_fn *play;
	bool nested; /* may be made from a callback */
};
extern const struct operation_kind operation_kinds[];
extern const unsigned nr_operation_kinds;

/* sequence.c */
void sequence_play(const uint8_t *input, size_t size);
bool sequence_step(struct world *world);

/* script.c: inputs as text, and back. */
void script_print(FILE *to, const uint8_t *input, size_t size);
bool script_read(FILE *from, uint8_t *input, size_t room, size_t *size, unsigned *line);

/* begin.c: the spaces that the header asks for, and their orderly end. */
void world_begin(struct world *world, const uint8_t *header);
void world_end(struct world *world);

/* callbacks.c */
void actor_fill(struct actor *actor, uint8_t which);
void world_done(void *context, struct ioasid_owner owner);

/* run.c: whatever makes the library do its deferred work, with the model around it. */
typedef int run_fn(struct space *space, void *context);
int world_run(struct space *space, run_fn *run, void *context, bool full);
int world_run_fully(struct space *space);
void world_hold(struct space *space);
void world_let_go(struct space *space);

/* choose.c: what the bytes of an operation name. Each may be NULL: then there is nothing to do. */
struct set *choose_set(struct space *space, uint8_t byte);
struct actor *choose_device(struct space *space, uint8_t byte);
struct actor *choose_participant(struct space *space, uint8_t byte);
struct binding *choose_binding(struct space *space, uint8_t byte);
ioasid_handle_t choose_handle(struct space *space, uint8_t byte);
ioasid_t choose_id(const struct space *space, uint8_t byte);
uint64_t wait_time(const struct space *space, uint8_t byte);
bool is_nested(const struct space *space);

/* Refusals of calls that wait, or may not be made, here: by a callback or the other thread. */
bool expect_wait(struct space *space, const char *call, int got, bool ready, uint64_t timeout_ns);

#endif
