/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* token.c - one-shot tokens. */
#include "token.h"

enum {
	CALL_IDLE,
	CALL_ARMED,
	CALL_ANSWERED
};

#define CALL_STATE(word) ((uint32_t)(word)&0xffffu)
#define CALL_STATUS(word) (-(int)((word) >> 16 & 0xffffu))
#define CALL_SEQUENCE(word) ((uint32_t)((word) >> 32))
#define TOKEN_TAG_SHIFT 56

static uint64_t call_word(uint32_t sequence, uint32_t status, uint32_t state)
{
	return (uint64_t)sequence << 32 | (uint64_t)status << 16 | state;
}

ioasid_token_t token_arm(const struct ioasid_space *space, struct binding *binding)
{
	/* relaxed: only the reclaimer moves the word to ARMED. */
	uint32_t sequence = CALL_SEQUENCE(port_u64_load_relaxed(&binding->call)) + 1;
	ioasid_token_t token;

	port_u64_store_release(&binding->call, call_word(sequence, 0, CALL_ARMED)); /* RELEASE [N1 -> N2] */
	token.token_ = (uint64_t)(space->tag & 0xffu) << TOKEN_TAG_SHIFT | (uint64_t)sequence << POOL_INDEX_BITS |
	               binding->index;
	return token;
}

bool token_disarm(struct binding *binding, int *status)
{
	uint64_t word = port_u64_load_acquire(&binding->call); /* ACQUIRE [N4, from N3] */

	while (CALL_STATE(word) == CALL_ARMED)
		/* ACQ_REL [N2]: one of completer and reclaimer decides. */
		if (port_u64_cas_acq_rel(&binding->call, &word, call_word(CALL_SEQUENCE(word), 0, CALL_IDLE)))
			return true;
	*status = CALL_STATUS(word);
	return false;
}

bool token_answered(const struct binding *binding, int *status)
{
	uint64_t word = port_u64_load_acquire(&binding->call); /* ACQUIRE [N4, from N3] */

	if (CALL_STATE(word) != CALL_ANSWERED)
		return false;
	*status = CALL_STATUS(word);
	return true;
}

int ioasid_token_complete(struct ioasid_space *space, ioasid_token_t token, int status)
{
	uint32_t sequence = (uint32_t)(token.token_ >> POOL_INDEX_BITS);
	struct binding *binding;
	uint64_t word;
	bool won = false;

	if (space == NULL || token.token_ == 0 || status > 0 || status < -0xffff ||
	    token.token_ >> TOKEN_TAG_SHIFT != (space->tag & 0xffu))
		return -IOASID_EINVAL;
	binding = pool_at(&space->pool, (uint32_t)token.token_ & ((1u << POOL_INDEX_BITS) - 1));
	if (binding == NULL)
		return -IOASID_EINVAL;
	/* The read section keeps the binding from being used again before the letter is in. */
	port_read_lock();
	word = port_u64_load_acquire(&binding->call); /* ACQUIRE [N2, from N1] */
	while (!won && CALL_SEQUENCE(word) == sequence && CALL_STATE(word) == CALL_ARMED)
		/* ACQ_REL [N3 -> N4]: what the device did is before the next phase. */
		won = port_u64_cas_acq_rel(&binding->call, &word,
		                           call_word(sequence, (uint32_t)-status, CALL_ANSWERED));
	if (won)
		space_post(space, &binding->letter, BINDING_ANSWERED);
	port_read_unlock();
	if (won)
		return 0;
	count_up(&space->count.late_tokens, 1);
	return -IOASID_ESTALE;
}
