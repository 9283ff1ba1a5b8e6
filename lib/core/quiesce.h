/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * quiesce.h - bindings and ids going through the phases. The reclaimer's alone.
 *
 * A quiesce has a leader and its members, the leader first. Unbinding is a
 * leader with a device and no other member; parking is a leader without a
 * device, followed by all bindings of the id that were open. Every member goes
 * through a phase by itself; the leader starts the next phase when none is left.
 *
 *   GRACE   gates are closed; a grace period later nobody enters any more, the
 *           tallies are folded, and unbinds of the same id have finished
 *   PHASE   member->cursor walks the participants; at the end of DEVICE the
 *           member waits for its tally, too
 *   WAIT    this member is done with the phase
 *   DRAIN   all phases are done: a binding waits for its pins, a leader for the
 *           tally of a hot id
 *   END     released (waiting out a grace period in limbo), or poisoned
 */
#ifndef IOASID_CORE_QUIESCE_H
#define IOASID_CORE_QUIESCE_H

#include "participant.h"

/* quiesce_slot() - an id has parked: begin. False: no memory for a leader, ask again. */
bool quiesce_slot(struct ioasid_space *space, uint32_t id);

/* quiesce_letter() - a binding's letter has these bits. */
void quiesce_letter(struct ioasid_space *space, struct binding *binding, uint32_t bits);

/* quiesce_device() - a device's letter has these bits. */
void quiesce_device(struct ioasid_device *device, uint32_t bits);

/* quiesce_grace() - a grace period has passed: who waited for it goes on. Returns how many. */
uint32_t quiesce_grace(struct ioasid_space *space);

/* quiesce_deadlines() - give up on callbacks that are late at @now. Returns how many. */
uint32_t quiesce_deadlines(struct ioasid_space *space, uint64_t now);

/* quiesce_asks() - does a quiesce that has begun, or must begin, still need this participant's code? */
bool quiesce_asks(const struct ioasid_space *space, const struct ioasid_quiesce_ops *ops);

/* member.c: one member. */
void member_begin(struct ioasid_space *space, struct binding *member, struct binding *leader,
                  enum ioasid_reason reason);
void member_start(struct ioasid_space *space, struct binding *member, enum ioasid_phase phase);
void member_advance(struct ioasid_space *space, struct binding *member);
void member_abandon(struct ioasid_space *space, struct binding *member, bool gone);
bool member_release(struct ioasid_space *space, struct binding *member);
void member_retire(struct ioasid_space *space, struct binding *member);

#endif
