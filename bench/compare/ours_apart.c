/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ours_apart.c - the library once more, with a space for each thread.
 *
 * Nothing of ours is shared then: what two threads still cost more than one is their
 * grace periods, which liburcu makes by interrupting the other, and the machine.
 */
#include "../bench.h"
#include "../peers/subject.h"

#include <ioasid/ioasid.h>
#include <stdlib.h>

#define EVERY 8192u /* as in ours.c */

struct apart {
	_Alignas(SUBJECT_LINE) struct ioasid_space *space;
	struct ioasid_owner_set *set;
	uint64_t freed;
};

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	struct apart *a = (struct apart *)it + thread;
	ioasid_handle_t handle;

	if (ioasid_id_alloc(a->set, NULL, IOASID_ALLOC_ACTIVE, &handle) != 0)
		return false;
	*token = handle.handle_;
	return true;
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct apart *a = (struct apart *)it + thread;
	const ioasid_handle_t handle = {token};

	must(ioasid_id_free(a->space, handle), "free");
	if (++a->freed % EVERY == 0)
		must(ioasid_space_run(a->space, 1, NULL), "run the deferred work");
}

#include "../peers/loops.h"

static void *create(unsigned threads)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = IOASID_BITS_MAX};
	struct ioasid_set_config set = {.size = sizeof(set), .owner = {1, 0}, .quota = IOASID_UNLIMITED};
	struct apart *apart = subject_zalloc(SUBJECT_THREADS * sizeof(*apart));
	unsigned t;

	for (t = 0; t < threads; t++)
		if (apart == NULL || ioasid_space_create(&config, &apart[t].space) != 0 ||
		    ioasid_set_create(apart[t].space, &set, &apart[t].set) != 0)
			return NULL;
	return apart;
}

static void destroy(void *it)
{
	struct apart *apart = it;
	unsigned t;

	for (t = 0; t < SUBJECT_THREADS && apart[t].space != NULL; t++) {
		must(ioasid_set_end(apart[t].set), "end a set");
		must(ioasid_set_wait(apart[t].set, IOASID_FOREVER), "wait for the end of a set");
		must(ioasid_set_release(apart[t].set), "release a set");
		while (ioasid_space_destroy(apart[t].space, NULL, NULL) == -IOASID_EBUSY)
			must(ioasid_space_run(apart[t].space, 0, NULL), "run the deferred work");
	}
	free(apart);
}

const struct subject subject_ours_apart = {.name = "libioasid, a space each",
                                           .lacks = "its threads have nothing in common",
                                           .floor = true,
                                           .machine = true,
                                           .create = create,
                                           .destroy = destroy,
                                           LOOPS};
