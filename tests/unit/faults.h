/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* faults.h - a space to refuse memory in: what is prepared, and the calls that allocate. */
#ifndef IOASID_TESTS_FAULTS_H
#define IOASID_TESTS_FAULTS_H

#include "unit.h"

#include "space.h"

#define BITS (PORT_CHUNK_SHIFT + 2)
#define DEVICES 3
#define QUOTA 1000

struct world {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_owner_set *extra; /* made by the call */
	struct ioasid_device *device[DEVICES];
	struct ioasid_device *new_device;
	struct ioasid_participant *participant; /* made by the call */
	struct ioasid_participant *everywhere;
	ioasid_handle_t id;
	ioasid_handle_t *held; /* ids that fill the space */
	uint32_t nr_held;
	ioasid_binding_t binding[DEVICES];
	ioasid_binding_t *many;
	uint32_t nr_many;
	uint32_t released;
};

struct scenario {
	const char *name;
	void (*prepare)(struct world *w);
	int (*call)(struct world *w);
	uint32_t set_flags;
	bool keeps_shared; /* a shared id that was made stays with its set, and charged */
	bool is_silent;    /* nobody is told: the work is done later */
};

static inline void count_release(void *context, const struct ioasid_view *view)
{
	struct world *w = context;

	(void)view;
	w->released++;
}

static inline int done(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	(void)view;
	(void)token;
	return IOASID_DONE;
}

static const struct ioasid_quiesce_ops device_ops = {.size = sizeof(device_ops),
                                                     .quiesce = {done, done, NULL, NULL},
                                                     .released = count_release};
static const struct ioasid_quiesce_ops participant_ops = {.size = sizeof(participant_ops),
                                                          .quiesce = {NULL, NULL, done, done}};

static const struct ioasid_participant_config participant_config = {.size = sizeof(participant_config),
                                                                    .ops = &participant_ops,
                                                                    .name = "behind"};

/* Preparations. */

static inline void nothing(struct world *w)
{
	(void)w;
}

static inline void active_id(struct world *w)
{
	w->id = unit_alloc(w->set);
}

/* The first chunk is full: the next id needs another. */
static inline void full_chunk(struct world *w)
{
	while (w->nr_held < CHUNK_IDS - 1)
		w->held[w->nr_held++] = unit_alloc(w->set);
}

static inline void watched_id(struct world *w)
{
	ck_assert_ok(ioasid_space_enroll(w->space, &participant_config, &w->everywhere));
	(void)unit_run(w->space);
	active_id(w);
}

/* As many bindings as there are columns in a block of tallies, or bindings in the pool's first chunk. */
static inline void bind_many(struct world *w, uint32_t count)
{
	struct ioasid_bind_args args = unit_args(w->device[DEVICES - 1], NULL);

	while (w->nr_many < count) {
		ck_assert_ok(ioasid_set_bind_private(w->set, &args, 1, 0, &w->many[w->nr_many]));
		w->nr_many++;
	}
}

static inline void full_tally_block(struct world *w)
{
	active_id(w);
	bind_many(w, TALLY_COLUMNS);
}

static inline void full_pool_chunk(struct world *w)
{
	active_id(w);
	bind_many(w, (UINT32_C(1) << POOL_FIRST_SHIFT) - 1);
	(void)unit_run(w->space);
}

static inline void bound_id(struct world *w)
{
	active_id(w);
	w->binding[0] = unit_bind(w->space, w->id, w->device[0]);
	bind_many(w, TALLY_COLUMNS - 1);
}

/* Calls. */

static inline int create_set(struct world *w)
{
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {99, 1}, .quota = 1};

	return ioasid_set_create(w->space, &config, &w->extra);
}

static inline int create_rival_set(struct world *w)
{
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {0x5e7, 1}, .quota = 1};
	int error = ioasid_set_create(w->space, &config, &w->extra);

	return error == -IOASID_EBUSY ? 0 : error;
}

static inline int register_device(struct world *w)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 20, .name = "new"};

	return ioasid_device_register(w->space, &config, &w->new_device);
}

static inline int enroll_in_space(struct world *w)
{
	return ioasid_space_enroll(w->space, &participant_config, &w->participant);
}

static inline int enroll_in_set(struct world *w)
{
	return ioasid_set_enroll(w->set, &participant_config, &w->participant);
}

static inline int enroll_in_binding(struct world *w)
{
	return ioasid_binding_enroll(w->space, &participant_config, &w->participant);
}

static inline int alloc_one(struct world *w)
{
	return ioasid_id_alloc(w->set, NULL, IOASID_ALLOC_ACTIVE, &w->id);
}

static inline int alloc_waiting(struct world *w)
{
	return ioasid_id_alloc(w->set, NULL, IOASID_ALLOC_ACTIVE | IOASID_ALLOC_WAIT, &w->id);
}

static inline int alloc_far(struct world *w)
{
	struct ioasid_range range = unit_range(3 * CHUNK_IDS - 2, 3 * CHUNK_IDS + 2);

	return ioasid_id_alloc(w->set, &range, IOASID_ALLOC_ACTIVE, &w->id);
}

static inline int bind(struct world *w, int which, uint32_t count, uint32_t flags)
{
	struct ioasid_bind_args args[DEVICES];

	for (size_t i = 0; i < DEVICES; i++)
		args[i] = unit_args(w->device[i], w);
	if (which == 0)
		return ioasid_set_bind(w->set, args, count, flags, w->binding);
	if (which == 1)
		return ioasid_set_bind_private(w->set, args, count, flags, w->binding);
	return ioasid_id_bind(w->space, w->id, args, count, flags, w->binding);
}

static inline int bind_shared(struct world *w)
{
	return bind(w, 0, 1, 0);
}

static inline int bind_shared_all(struct world *w)
{
	return bind(w, 0, DEVICES, IOASID_BIND_WAIT);
}

static inline int bind_private(struct world *w)
{
	return bind(w, 1, 1, 0);
}

static inline int bind_private_all(struct world *w)
{
	return bind(w, 1, DEVICES, 0);
}

static inline int bind_id(struct world *w)
{
	return bind(w, 2, 1, 0);
}

static inline int bind_id_all(struct world *w)
{
	return bind(w, 2, DEVICES, 0);
}

/* One of the three is bound already, with data that fit. */
static inline int bind_id_rest(struct world *w)
{
	struct ioasid_bind_args args[DEVICES];

	for (size_t i = 0; i < DEVICES; i++)
		args[i] = unit_args(w->device[i], NULL);
	return ioasid_id_bind(w->space, w->id, args, DEVICES, 0, w->binding);
}

/* The leader of a park is the reclaimer's to allocate. */
static inline int park(struct world *w)
{
	ck_assert_ok(ioasid_id_free(w->space, w->id));
	(void)unit_run(w->space);
	return 0;
}

static inline int park_and_flush(struct world *w)
{
	int error;

	ck_assert_ok(ioasid_id_free(w->space, w->id));
	error = ioasid_space_flush(w->space, 0);
	return error == -IOASID_EAGAIN ? -IOASID_ENOMEM : error;
}

#endif
