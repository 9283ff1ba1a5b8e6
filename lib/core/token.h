/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * token.h - one-shot tokens: the right to answer one pending callback.
 *
 * Each binding has one call at a time, and a word for it:
 *
 *   63            32 31          16 15      0
 *  +----------------+--------------+---------+
 *  |    sequence    |  -(status)   |  state  |
 *  +----------------+--------------+---------+
 *
 * A token is [tag : 8 | sequence : 32 | binding's index : 24]; the sequence
 * grows with every call, so a token fits one call only. Whoever moves the word
 * out of ARMED, the completer or the reclaimer at the deadline, has decided it.
 */
#ifndef IOASID_CORE_TOKEN_H
#define IOASID_CORE_TOKEN_H

#include "space.h"

/* token_arm() - before the callback is called. */
ioasid_token_t token_arm(const struct ioasid_space *space, struct binding *binding);

/* token_disarm() - true: it was still armed, and no completion follows; false: *status was answered. */
bool token_disarm(struct binding *binding, int *status);

/* token_answered() - has a completion come? Then *status. */
bool token_answered(const struct binding *binding, int *status);

#endif
