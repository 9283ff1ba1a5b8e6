/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * view.h - how far a thread has seen.
 *
 * A view is an array: first each thread's clock, then, for each shared location,
 * the number of the oldest value that may still be read. Without weak memory
 * the second part is empty. Joining two views is a maximum, entry by entry.
 */
#ifndef IOASID_MODEL_VIEW_H
#define IOASID_MODEL_VIEW_H

#include "model.h"

typedef int16_t model_clock;
typedef model_clock model_clocks __attribute__((vector_size(16), may_alias));

#define MODEL_CLOCKS MODEL_THREADS
#define MODEL_VIEW_MAX 2048u

_Static_assert(MODEL_CLOCKS * sizeof(model_clock) == sizeof(model_clocks), "the clocks of all threads are one vector");

/* What a thread has seen; what a fence would let it see; what a fence let its relaxed stores publish. */
struct model_views {
	model_clock now[MODEL_VIEW_MAX] __attribute__((aligned(16)));
	model_clock acquirable[MODEL_VIEW_MAX] __attribute__((aligned(16)));
	model_clock released[MODEL_VIEW_MAX] __attribute__((aligned(16)));
};

static inline void model_view_join(model_clock *into, const model_clock *from, unsigned length)
{
	for (unsigned i = 0; i < length; i += MODEL_CLOCKS) {
		model_clocks a = *(model_clocks *)(void *)(into + i);
		model_clocks b = *(const model_clocks *)(const void *)(from + i);
		model_clocks larger = a > b;

		*(model_clocks *)(void *)(into + i) = (a & larger) | (b & ~larger);
	}
}

static inline void model_view_copy(model_clock *into, const model_clock *from, unsigned length)
{
	for (unsigned i = 0; i < length; i += MODEL_CLOCKS)
		*(model_clocks *)(void *)(into + i) = *(const model_clocks *)(const void *)(from + i);
}

static inline void model_view_clear(model_clock *view, unsigned length)
{
	for (unsigned i = 0; i < length; i += MODEL_CLOCKS)
		*(model_clocks *)(void *)(view + i) = (model_clocks){0};
}

/* view.c: views that messages keep until the execution ends */
void model_view_pool_reset(void);
model_clock *model_view_keep(const model_clock *view, unsigned length);
uint64_t model_view_digest(const model_clock *view, unsigned length);

#endif
