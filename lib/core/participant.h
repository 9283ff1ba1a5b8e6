/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * participant.h - who is asked to quiesce: devices, and what stands behind them.
 *
 * For one binding, the participants of a phase are asked in this order: the
 * device, the one that the binding names, those of the set, those of the space.
 * participant_at() numbers them; an empty place is NULL.
 */
#ifndef IOASID_CORE_PARTICIPANT_H
#define IOASID_CORE_PARTICIPANT_H

#include "space.h"

#define DEVICE_REMOVED 1u       /* letter: release all that it held */
#define DEVICE_RESET 2u         /* letter: lift the poison */
#define PARTICIPANT_ENROLLED 1u /* letter: tell it of what lives */

struct ioasid_device {
	struct ioasid_space *space;
	uint32_t bits;
	port_u32 gone; /* 1: removed by force */
	struct ioasid_quiesce_ops ops;
	void *context;
	port_ptr bindings; /* chain of struct binding */
	struct chain_node node;
	struct letter letter;
	char name[SPACE_NAME_MAX];
};

struct ioasid_participant {
	struct ioasid_space *space;
	struct ioasid_owner_set *set; /* NULL: the space's, or only named by bindings */
	port_ptr *place;              /* in the space's or the set's table; NULL: named by bindings */
	port_u32 uses;                /* bindings that name it, and an enrolment not yet told */
	struct chain_node node;
	struct ioasid_quiesce_ops ops;
	void *context;
	struct letter letter;
	char name[SPACE_NAME_MAX];
};

/* Whom to ask: a place in the order above. */
#define PARTICIPANT_COMMON 2u /* from here on they are the same for all bindings of an id */
#define PARTICIPANT_PLACES (PARTICIPANT_COMMON + 2u * IOASID_PARTICIPANTS_MAX)

_Static_assert(PARTICIPANT_PLACES < 32, "a place is a bit");

struct asked {
	const struct ioasid_quiesce_ops *ops;
	void *context;
	const char *name;
	bool is_device;
};

/* participant_at() - who has that place for @binding; false: nobody. For the reclaimer, or within a read section. */
bool participant_at(const struct ioasid_space *space, const struct binding *binding, uint32_t place,
                    struct asked *asked);

/* participants_now() - those of the set and the space: a bit for each place that is taken. */
uint32_t participants_now(const struct ioasid_space *space, const struct binding *binding);

/* participant_view() - what a callback is shown of @binding. */
struct ioasid_view participant_view(const struct ioasid_space *space, const struct binding *binding,
                                    enum ioasid_reason reason);

/* participant_tell() - the reclaimer answers PARTICIPANT_ENROLLED. Returns how many it told. */
uint32_t participant_tell(struct ioasid_participant *participant);

static inline struct ioasid_device *device_of_node(struct chain_node *node)
{
	return (struct ioasid_device *)(void *)((char *)node - offsetof(struct ioasid_device, node));
}

static inline struct ioasid_participant *participant_of_node(struct chain_node *node)
{
	return (struct ioasid_participant *)(void *)((char *)node - offsetof(struct ioasid_participant, node));
}

static inline struct binding *binding_by_slot(struct chain_node *node)
{
	return (struct binding *)(void *)((char *)node - offsetof(struct binding, by_slot));
}

static inline struct binding *binding_by_device(struct chain_node *node)
{
	return (struct binding *)(void *)((char *)node - offsetof(struct binding, by_device));
}

/* A chain_match on a slot's chain: the binding of that device. */
static inline bool binding_is_of(const struct chain_node *node, const void *device)
{
	const struct binding *binding =
		(const struct binding *)(const void *)((const char *)node - offsetof(struct binding, by_slot));

	return binding->device == device;
}

/* A name for the dump: cut, and always terminated. */
static inline void copy_name(char to[SPACE_NAME_MAX], const char *from)
{
	size_t i;

	for (i = 0; from != NULL && from[i] != '\0' && i < SPACE_NAME_MAX - 1; i++)
		to[i] = from[i];
	to[i] = '\0';
}

#endif
