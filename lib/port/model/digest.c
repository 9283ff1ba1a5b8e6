/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * digest.c - one number for everything that the rest of an execution can
 * depend on. Two prefixes with the same number have the same continuations, so
 * that one of them is enough.
 *
 * A thread is where it is because of what its steps have answered; memory is
 * the newest values, and with weak memory all values and all views. Without it,
 * clocks are left out: races on plain fields are looked for in earnest with
 * weak memory only. A program's own state is read as it stands.
 */
#include "internal.h"

#include <string.h>

static uint64_t of_thread(unsigned number)
{
	const struct model_thread *thread = &model.threads[number];
	uint64_t digest = thread->seen;

	digest = model_mix(digest, (uint64_t)thread->yields_to << 32 | thread->grace);
	digest = model_mix(digest, (uint64_t)(uintptr_t)thread->waiting + thread->fresh);
	if (thread->step_bound != UINT32_MAX)
		digest = model_mix(digest, thread->steps - thread->bound_from);
	if (model.limits.weak) {
		unsigned length = model.view_length;

		for (unsigned i = 0; i < thread->nr_spun; i++)
			digest = model_mix(digest,
			                   (uint64_t)thread->spun[i].index << 16 | (uint16_t)thread->spun[i].newest);
		digest ^= model_view_digest(thread->views.now, length);
		digest = model_mix(digest, model_view_digest(thread->views.acquirable, length));
		digest = model_mix(digest, model_view_digest(thread->views.released, length));
		digest = model_mix(digest, model_view_digest(thread->unlocked, length));
	}
	return digest;
}

static uint64_t of_state(void)
{
	const char *state = model.state;
	uint64_t digest = 0;
	uint64_t word = 0;

	for (size_t at = 0; at < model.program.state_size; at += sizeof(word)) {
		memcpy(&word, state + at, sizeof(word)); /* the arena goes on behind it */
		digest = model_mix(digest, word);
	}
	return digest;
}

uint64_t model_digest(void)
{
	uint64_t digest = model.memory;
	unsigned self = (model.ready & ~model.yielding) >> model.self & 1u ? model.self : MODEL_NOBODY;

	digest = model_mix(digest, (uint64_t)model.ready | (uint64_t)model.yielding << 8 | (uint64_t)model.timed << 16 |
	                                   (uint64_t)model.frozen << 24 | (uint64_t)model.reading << 32 |
	                                   (uint64_t)self << 40);
	digest = model_mix(digest, (uint64_t)model.left.stale | (uint64_t)model.left.spurious << 16 |
	                                   (uint64_t)model.left.refusals << 32 | (uint64_t)model.left.timeouts << 48);
	digest = model_mix(digest, model.now_ns ^ (uint64_t)model.unique << 40);
	digest = model_mix(digest, of_state());
	for (unsigned number = 0; number < model.program.nr_threads; number++)
		digest = model_mix(digest, of_thread(number));
	if (model.limits.weak) {
		digest = model_mix(digest, model_view_digest(model.order, model.view_length));
		digest = model_mix(digest, model_view_digest(model.grace_begun, model.view_length));
	}
	return digest;
}
