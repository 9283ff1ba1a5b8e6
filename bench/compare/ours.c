/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ours.c - the library as a subject, its whole life cycle on: generations, a
 * quarantine that ends with a grace period, references, owner sets. Who does the
 * deferred work is part of the cost: the threads themselves, after so many
 * frees, or a thread of the space's own.
 */
#include "../bench.h"
#include "../peers/subject.h"

#include <ioasid/ioasid.h>
#include <stdlib.h>

#define EVERY 8192u
#define ROUND 256u
#define QUOTA_FOR_ALL (UINT32_C(1) << 20)

struct ours {
	struct ioasid_space *space;
	struct ioasid_device *device;
	struct {
		_Alignas(SUBJECT_LINE) struct ioasid_owner_set *set;
		uint64_t freed;
		ioasid_handle_t id[ROUND];
		ioasid_binding_t binding[ROUND];
	} thread[SUBJECT_THREADS];
	bool polled;
	uint32_t flags; /* of each alloc */
	struct ioasid_owner_set *hot;
	ioasid_binding_t binding;
};

/* Who polls does the deferred work himself when ids exist and all are quiescing, and asks once more. */
static inline bool alloc(struct ours *o, unsigned thread, const struct ioasid_range *range, subject_token *token)
{
	ioasid_handle_t handle;
	int error = ioasid_id_alloc(o->thread[thread].set, range, o->flags, &handle);

	if (error == -IOASID_EAGAIN && o->polled) {
		must(ioasid_space_run(o->space, 1, NULL), "run the deferred work");
		error = ioasid_id_alloc(o->thread[thread].set, range, o->flags, &handle);
	}
	if (error == 0)
		*token = handle.handle_;
	return error == 0;
}

static inline bool take(void *it, unsigned thread, subject_token *token)
{
	return alloc(it, thread, NULL, token);
}

#define HAS_RANGE 1
static inline bool take_range(void *it, unsigned thread, uint32_t first, uint32_t last, subject_token *token)
{
	const struct ioasid_range range = {{first}, {last}};

	return alloc(it, thread, &range, token);
}

static inline void give(void *it, unsigned thread, subject_token token)
{
	struct ours *o = it;
	const ioasid_handle_t handle = {token};

	must(ioasid_id_free(o->space, handle), "free");
	/* What is freed makes work, what is found does not. One round: with others at it there is always something left. */
	if (++o->thread[thread].freed % EVERY == 0 && o->polled)
		must(ioasid_space_run(o->space, 1, NULL), "run the deferred work");
}

#define HAS_FIND 1
static inline bool find(void *it, unsigned thread, subject_token token)
{
	struct ours *o = it;
	const ioasid_handle_t handle = {token};
	ioasid_handle_t found;

	(void)thread;
	return ioasid_id_find(o->space, ioasid_handle_id(handle), &found) == 0;
}

#define HAS_GET 1
static inline bool get_put(void *it, unsigned thread, subject_token token)
{
	struct ours *o = it;
	const ioasid_handle_t handle = {token};

	(void)thread;
	return ioasid_id_get(o->space, handle) == 0 && ioasid_id_put(o->space, handle) == 0;
}

#include "../peers/loops.h"

static struct ioasid_owner_set *make_set(struct ours *o, uint64_t key, uint32_t quota, uint32_t flags)
{
	struct ioasid_set_config config = {.size = sizeof(config), .owner = {key, 0}, .quota = quota, .flags = flags};
	struct ioasid_owner_set *set = NULL;

	return ioasid_set_create(o->space, &config, &set) == 0 ? set : NULL;
}

/* The shared id of a set that expects to be busy, and its binding: what all threads get, and submit through. */
static bool make_hot(struct ours *o)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = o->device};

	o->hot = make_set(o, 1000, IOASID_UNLIMITED, IOASID_SET_HOT);
	return o->hot != NULL && ioasid_set_bind(o->hot, &args, 1, 0, &o->binding) == 0;
}

static void *make(unsigned threads, bool polled, bool one_set, enum ioasid_order order)
{
	struct ioasid_space_config config = {
		.size = sizeof(config),
		.bits = IOASID_BITS_MAX,
		.order = order,
		.flags = IOASID_SPACE_ZERO | (polled ? 0 : IOASID_SPACE_BACKGROUND),
	};
	struct ioasid_device_config device = {.size = sizeof(device), .bits = IOASID_BITS_MAX};
	struct ours *o = subject_zalloc(sizeof(*o));
	unsigned t;

	if (o == NULL || ioasid_space_create(&config, &o->space) != 0)
		return NULL;
	if (ioasid_device_register(o->space, &device, &o->device) != 0)
		return NULL;
	o->polled = polled;
	o->flags = IOASID_ALLOC_ACTIVE;
	for (t = 0; t < threads; t++) {
		o->thread[t].set = one_set && t > 0 ? o->thread[0].set
		                                    : make_set(o, t + 1, one_set ? QUOTA_FOR_ALL : IOASID_UNLIMITED, 0);
		if (o->thread[t].set == NULL)
			return NULL;
	}
	return o;
}

static void *create_polled(unsigned threads)
{
	return make(threads, true, false, IOASID_ORDER_OLDEST);
}

static void *create_background(unsigned threads)
{
	return make(threads, false, false, IOASID_ORDER_OLDEST);
}

static void *create_quota(unsigned threads)
{
	return make(threads, true, true, IOASID_ORDER_OLDEST);
}

static void *create_lowest(unsigned threads)
{
	return make(threads, true, false, IOASID_ORDER_LOWEST);
}

static void *create_waiting(unsigned threads)
{
	struct ours *o = make(threads, true, false, IOASID_ORDER_OLDEST);

	if (o != NULL)
		o->flags |= IOASID_ALLOC_WAIT;
	return o;
}

static subject_token hot(void *it)
{
	struct ours *o = it;
	ioasid_handle_t handle;

	if ((o->hot == NULL && !make_hot(o)) || ioasid_set_shared(o->hot, &handle) != 0)
		abort();
	return handle.handle_;
}

static void end(struct ioasid_owner_set *set)
{
	(void)ioasid_set_end(set);
	must(ioasid_set_wait(set, IOASID_FOREVER), "wait for the end of a set");
	must(ioasid_set_release(set), "release a set");
}

/* Rounds: a device is bound to ids of the thread's own, then unbound from all, then all of that is waited for. */
static uint64_t bind(void *it, unsigned thread, uint64_t count)
{
	struct ours *o = it;
	struct ioasid_bind_args args = {.size = sizeof(args), .device = o->device, .data = o};
	ioasid_handle_t *id = o->thread[thread].id;
	ioasid_binding_t *binding = o->thread[thread].binding;
	uint64_t done;
	uint32_t i;

	for (i = 0; i < ROUND && id[i].handle_ == 0; i++)
		must(ioasid_id_alloc(o->thread[thread].set, NULL, IOASID_ALLOC_ACTIVE, &id[i]), "alloc");
	for (done = 0; done < count; done += ROUND) {
		for (i = 0; i < ROUND; i++)
			must(ioasid_id_bind(o->space, id[i], &args, 1, 0, &binding[i]), "bind");
		for (i = 0; i < ROUND; i++)
			must(ioasid_binding_unbind(o->space, binding[i]), "unbind");
		for (i = 0; i < ROUND; i++)
			must(ioasid_binding_wait(o->space, binding[i], IOASID_FOREVER), "wait for an unbind");
	}
	return 0;
}

static uint64_t request(void *it, unsigned thread, uint64_t count)
{
	struct ours *o = it;

	(void)thread;
	while (count-- > 0) {
		must(ioasid_request_begin(o->space, o->binding), "begin a request");
		must(ioasid_request_end(o->space, o->binding), "end a request");
	}
	return 0;
}

static void end_all(void *it, unsigned thread)
{
	struct ours *o = it;

	end(o->thread[thread].set);
	o->thread[thread].set = make_set(o, thread + 1, IOASID_UNLIMITED, 0);
	must(o->thread[thread].set == NULL ? -IOASID_ENOMEM : 0, "make a set");
}

static void settle(void *it, unsigned thread)
{
	struct ours *o = it;

	(void)thread;
	must(ioasid_space_flush(o->space, IOASID_FOREVER), "complete everything");
}

static void destroy(void *it)
{
	struct ours *o = it;
	unsigned t;

	for (t = 0; t < SUBJECT_THREADS; t++)
		if (o->thread[t].set != NULL && (t == 0 || o->thread[t].set != o->thread[0].set))
			end(o->thread[t].set);
	if (o->hot != NULL)
		end(o->hot);
	must(ioasid_device_unregister(o->device), "unregister a device");
	must(ioasid_space_flush(o->space, IOASID_FOREVER), "complete everything");
	while (ioasid_space_destroy(o->space, NULL, NULL) == -IOASID_EBUSY)
		must(ioasid_space_run(o->space, 0, NULL), "run the deferred work");
	free(o);
}

#define OURS(how, made)                                                                                 \
	{                                                                                               \
		.name = how, .lacks = "", .create = made, .destroy = destroy, .hot = hot, .bind = bind, \
		.request = request, .end_all = end_all, .settle = settle, LOOPS                         \
	}

const struct subject subject_ours = OURS("libioasid", create_polled);
const struct subject subject_ours_background = OURS("libioasid, background", create_background);
const struct subject subject_ours_quota = OURS("libioasid, one set", create_quota);
const struct subject subject_ours_lowest = OURS("libioasid, lowest first", create_lowest);
const struct subject subject_ours_waiting = OURS("libioasid, waiting", create_waiting);
