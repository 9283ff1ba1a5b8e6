/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * bad_input.h - a space with something of everything in it, another space, and
 * the check that a refused call has changed neither, nor written an output.
 */
#ifndef IOASID_TESTS_BAD_INPUT_H
#define IOASID_TESTS_BAD_INPUT_H

#include "unit.h"

#define UNTOUCHED 0xa5

/* Whatever a call could write; filled with UNTOUCHED before each. */
struct outputs {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	struct ioasid_participant *participant;
	ioasid_handle_t handle;
	ioasid_binding_t binding[IOASID_BIND_MAX + 1];
	struct ioasid_range range;
	struct ioasid_set_info info;
	enum ioasid_state state;
	uint32_t done;
	void *data;
};

struct side {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_owner_set *ended; /* of which one id is still held */
	struct ioasid_device *device;
	struct ioasid_device *narrow; /* 1 bit: takes id 1 only */
	struct ioasid_device *removed;
	struct ioasid_participant *behind;
	struct ioasid_participant *everywhere; /* of all ids: no binding may name it */
	ioasid_handle_t id;                    /* ACTIVE, bound to the device */
	ioasid_handle_t older;                 /* the life before it */
	ioasid_handle_t late;                  /* PARKED, of the ended set */
	ioasid_binding_t binding;
	ioasid_binding_t older_binding;
};

/* What must not change. */
struct look {
	struct ioasid_snapshot snapshot;
	struct ioasid_set_info set;
	struct ioasid_set_info ended;
	uint64_t callbacks;
	uint64_t grace_periods;
};

struct scene {
	struct side mine;
	struct side other;
	struct outputs out;
	struct look before[2];
	uint64_t blocks;
	uint64_t bytes;
};

static const struct ioasid_quiesce_ops no_ops = {.size = sizeof(no_ops)};

static inline void side_open(struct side *s)
{
	struct ioasid_space_config space = {.order = IOASID_ORDER_LOWEST, .name = "mine"};
	struct ioasid_participant_config behind = {.size = sizeof(behind), .ops = &no_ops, .name = "behind"};
	struct ioasid_bind_args args;

	s->space = unit_space_with(6, &space);
	s->set = unit_set_with(s->space, 1, 20, 0);
	s->ended = unit_set_with(s->space, 2, 20, 0);
	s->device = unit_device(s->space, "device");
	s->narrow = unit_device_with(s->space, "narrow", 1, NULL, NULL);
	s->removed = unit_device(s->space, "removed");
	ck_assert_ok(ioasid_binding_enroll(s->space, &behind, &s->behind));
	ck_assert_ok(ioasid_space_enroll(s->space, &behind, &s->everywhere));
	/* Id 1 has a long life, id 2 lives its second, id 3 is held after its set's end. */
	(void)unit_alloc(s->set);
	s->older = unit_alloc(s->set);
	s->older_binding = unit_bind(s->space, s->older, s->device);
	ck_assert_ok(ioasid_id_free(s->space, s->older));
	(void)unit_run(s->space);
	s->id = unit_alloc(s->set);
	ck_assert_uint_eq(unit_number(s->id), unit_number(s->older));
	args = unit_args(s->device, &s->binding);
	ck_assert_ok(ioasid_id_bind(s->space, s->id, &args, 1, 0, &s->binding));
	s->late = unit_alloc(s->ended);
	ck_assert_ok(ioasid_id_get(s->space, s->late));
	ck_assert_ok(ioasid_set_end(s->ended));
	ck_assert_ok(ioasid_device_remove(s->removed));
	(void)unit_run(s->space);
}

static inline void side_close(struct side *s)
{
	ck_assert_ok(ioasid_id_put(s->space, s->late));
	ck_assert_ok(ioasid_set_release(s->ended));
	unit_set_gone(s->space, s->set);
	ck_assert_ok(ioasid_participant_withdraw(s->behind));
	ck_assert_ok(ioasid_participant_withdraw(s->everywhere));
	ck_assert_ok(ioasid_device_unregister(s->device));
	ck_assert_ok(ioasid_device_unregister(s->narrow));
	ck_assert_ok(ioasid_device_unregister(s->removed));
	unit_destroy(s->space);
}

static inline struct look side_look(const struct side *s)
{
	struct ioasid_counters counters = unit_counters(s->space);
	struct look look;

	/* Compared as bytes. */
	memset(&look, 0, sizeof(look));
	look.snapshot.size = sizeof(look.snapshot);
	ck_assert_ok(ioasid_space_snapshot(s->space, &look.snapshot));
	ck_assert_ok(ioasid_set_query(s->set, &look.set));
	ck_assert_ok(ioasid_set_query(s->ended, &look.ended));
	look.callbacks = counters.callbacks;
	look.grace_periods = counters.grace_periods;
	return look;
}

static inline void scene_open(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	side_open(&s->mine);
	side_open(&s->other);
}

static inline void scene_close(struct scene *s)
{
	side_close(&s->mine);
	side_close(&s->other);
}

static inline void scene_before(struct scene *s)
{
	s->before[0] = side_look(&s->mine);
	s->before[1] = side_look(&s->other);
	memset(&s->out, UNTOUCHED, sizeof(s->out));
	s->blocks = sim_memory_blocks();
	s->bytes = sim_memory_bytes();
}

static inline bool look_is_same(const struct look *a, const struct look *b)
{
	const struct ioasid_snapshot *s = &a->snapshot;
	const struct ioasid_snapshot *t = &b->snapshot;

	return memcmp(s->in_state, t->in_state, sizeof(s->in_state)) == 0 && s->populated == t->populated &&
	       s->withheld == t->withheld && s->references == t->references && s->pins == t->pins &&
	       s->memory == t->memory && a->set.charged == b->set.charged && a->set.ended == b->set.ended &&
	       a->ended.charged == b->ended.charged && a->ended.done == b->ended.done && a->callbacks == b->callbacks &&
	       a->grace_periods == b->grace_periods;
}

static inline void scene_after(struct scene *s, const char *call, int got, int wanted)
{
	const unsigned char *bytes = (const unsigned char *)&s->out;
	struct look after[2] = {side_look(&s->mine), side_look(&s->other)};

	ck_assert_msg(got == wanted, "%s: %d (%s) and not %d", call, got, ioasid_strerror(got), wanted);
	for (size_t i = 0; i < sizeof(s->out); i++)
		if (bytes[i] != UNTOUCHED)
			ck_abort_msg("%s has written an output, byte %zu", call, i);
	ck_assert_msg(s->blocks == sim_memory_blocks() && s->bytes == sim_memory_bytes(), "%s has kept memory", call);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(look_is_same(&s->before[i], &after[i]), "%s has changed space %d", call, i);
}

/* @call is refused with @error, and that is all that happens. It finds its outputs in s.out. */
#define refused(error, call)                                \
	do {                                                \
		int refused_;                               \
		scene_before(&s);                           \
		refused_ = (call);                          \
		scene_after(&s, #call, refused_, -(error)); \
	} while (0)

/* The same number in a life that is yet to come. */
static inline ioasid_handle_t handle_beyond(ioasid_handle_t handle)
{
	handle.handle_ += UINT64_C(1) << IOASID_BITS_MAX;
	return handle;
}

/* Another number in the same generation. */
static inline ioasid_handle_t handle_elsewhere(ioasid_handle_t handle, uint32_t id)
{
	handle.handle_ = (handle.handle_ & ~(uint64_t)(IOASID_COUNT_MAX - 1)) | id;
	return handle;
}

static inline ioasid_binding_t binding_beyond(ioasid_binding_t binding)
{
	binding.binding_ += UINT64_C(1) << 32;
	return binding;
}

/* A binding that never was: the last index that there can be. */
static inline ioasid_binding_t binding_elsewhere(ioasid_binding_t binding)
{
	binding.binding_ |= 0xffffff;
	return binding;
}

#endif
