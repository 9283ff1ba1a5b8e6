/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * storm.c - the whole life of ids, in any order, from many threads.
 *
 * At the end nothing may be left: every id FREE, done() told once for each set
 * that ended, released() once for each binding that a bind has returned.
 */
#include "storm.h"

#include <sched.h>
#include <stdlib.h>

#define BAG 8u
#define QUOTA 24u

struct held {
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	uint32_t device;
	bool there;
};

struct worker {
	struct storm *storm;
	struct crew *crew;
	struct held bag[BAG];
	uint64_t random;
};

static void set_is_done(void *context, struct ioasid_owner owner)
{
	struct storm *s = context;

	ledger_note(&s->sets, owner.key << 32 | owner.generation, true);
}

static void make_set(struct storm *s, uint32_t k, uint64_t generation, struct crew *crew)
{
	static const uint32_t flags[STORM_OWNERS] = {0, IOASID_SET_EAGER, IOASID_SET_HOT, 0, IOASID_SET_EAGER};
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {.key = k + 1, .generation = generation},
		.quota = QUOTA,
		.flags = flags[k],
		.done = set_is_done,
		.context = s,
	};
	int error = ioasid_set_create(s->space, &config, &s->owner[k]);

	crew_check(crew, error == 0, "making a set: %d", error);
}

/* Ended by its owner, or by giving up the last hold. @again: and a new one is made. */
static void end_set(struct storm *s, uint32_t k, bool by_release, bool again)
{
	unsigned long long generation = atomic_load(&s->owner_generation[k]);

	if (generation % 2 != 0 ||
	    !atomic_compare_exchange_strong(&s->owner_generation[k], &generation, generation + 1))
		return;
	ledger_note(&s->sets, (uint64_t)(k + 1) << 32 | generation, false);
	if (!by_release)
		crew_check(s->crew, ioasid_set_end(s->owner[k]) == 0, "end of a set");
	crew_check(s->crew, ioasid_set_release(s->owner[k]) == 0, "release of a set");
	if (!again)
		return;
	make_set(s, k, generation + 2, s->crew);
	atomic_store(&s->owner_generation[k], generation + 2);
}

/* The set of some owner, with a hold; NULL: it has just ended. */
static struct ioasid_owner_set *some_set(struct worker *w)
{
	uint32_t k = crew_random(&w->random, STORM_OWNERS);
	struct ioasid_owner owner = {.key = k + 1, .generation = atomic_load(&w->storm->owner_generation[k])};
	struct ioasid_owner_set *set = NULL;

	return ioasid_set_lookup(w->storm->space, owner, &set) == 0 ? set : NULL;
}

static bool may_fail_so(int error)
{
	return error == -IOASID_ESTALE || error == -IOASID_EAGAIN || error == -IOASID_EDQUOT || error == -IOASID_ENOSPC;
}

static void unbind(struct worker *w, struct held *held)
{
	int error;

	if (!held->there)
		return;
	held->there = false;
	error = ioasid_binding_unbind(w->storm->space, held->binding);
	crew_check(w->crew, error == 0 || error == -IOASID_ESTALE, "unbind: %d", error);
}

static void keep(struct worker *w, ioasid_binding_t binding, uint32_t device)
{
	struct storm *s = w->storm;
	struct held *held = &w->bag[crew_random(&w->random, BAG)];

	unbind(w, held);
	ledger_note(&s->bindings, binding.binding_, false);
	held->binding = binding;
	held->device = device;
	held->there = true;
	/* It may have been closed over our head already. */
	if (ioasid_binding_handle(s->space, binding, &held->handle) != 0) {
		unbind(w, held);
		return;
	}
	storm_program(s, &s->device[device], binding, held->handle);
}

static void free_id(struct worker *w, ioasid_handle_t handle)
{
	int error = ioasid_id_free(w->storm->space, handle);

	crew_check(w->crew, error == 0 || error == -IOASID_ESTALE, "free: %d", error);
}

static int bind_private_id(struct worker *w, struct ioasid_owner_set *set, const struct ioasid_bind_args *args,
                           ioasid_binding_t *binding)
{
	ioasid_handle_t handle;
	int error = ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle);

	if (error != 0)
		return error;
	error = ioasid_id_bind(w->storm->space, handle, args, 1, 0, binding);
	/* Whoever allocated it ends it; or its set has. Its binding quiesces then, before or after its unbind. */
	if (error != 0 || crew_random(&w->random, 2) == 0)
		free_id(w, handle);
	return error;
}

static void bind_some(struct worker *w)
{
	struct storm *s = w->storm;
	struct ioasid_owner_set *set = some_set(w);
	/* Two devices, locked in their order. */
	uint32_t which[2] = {crew_random(&w->random, STORM_DEVICES - 1), 0};
	uint32_t count = 1;
	struct ioasid_bind_args args[2];
	ioasid_binding_t binding[2];
	uint32_t from;
	uint32_t i;
	int error;

	if (set == NULL)
		return;
	which[1] = which[0] + 1 + crew_random(&w->random, STORM_DEVICES - 1 - which[0]);
	for (i = 0; i < 2; i++) {
		struct storm_device *d = &s->device[which[i]];

		(void)pthread_rwlock_rdlock(&d->lock);
		args[i] = (struct ioasid_bind_args){.size = sizeof(args[i]), .device = d->device, .data = d};
	}
	/* Both, or one of them. */
	from = crew_random(&w->random, 2);
	switch (crew_random(&w->random, 4)) {
	case 0:
		error = bind_private_id(w, set, &args[from], binding);
		break;
	case 1:
		from = 0;
		count = 2;
		error = ioasid_set_bind_private(set, args, count, 0, binding);
		break;
	default:
		error = ioasid_set_bind(set, &args[from], count, 0, binding);
		break;
	}
	for (i = 0; error == 0 && i < count; i++)
		keep(w, binding[i], which[i + from]);
	crew_check(w->crew, error == 0 || may_fail_so(error), "bind: %s", ioasid_strerror(error));
	for (i = 0; i < 2; i++)
		(void)pthread_rwlock_unlock(&s->device[which[i]].lock);
	(void)ioasid_set_release(set);
}

static void request_some(struct worker *w)
{
	struct held *held = &w->bag[crew_random(&w->random, BAG)];
	struct storm_device *d = &w->storm->device[held->device];
	void *data;

	if (!held->there)
		return;
	(void)pthread_rwlock_rdlock(&d->lock);
	/* It may be over by now, and the library's record of it in another life. */
	if (ioasid_binding_data(w->storm->space, held->binding, &data) == 0)
		crew_check(w->crew, data == d, "another binding's data");
	storm_begin(w->storm, d, held->binding, held->handle);
	(void)pthread_rwlock_unlock(&d->lock);
}

/* A fault on some id, of some device or of none. */
static void fault_some(struct worker *w)
{
	struct storm *s = w->storm;
	ioasid_t id = ioasid_make(crew_random(&w->random, STORM_IDS));
	struct storm_device *d = &s->device[crew_random(&w->random, STORM_DEVICES)];
	unsigned removals;
	ioasid_handle_t handle;
	ioasid_binding_t binding;
	int error = ioasid_id_pin(s->space, id, &handle);

	if (error == 0)
		crew_check(w->crew, ioasid_id_unpin(s->space, handle) == 0, "unpin");
	crew_check(w->crew, error == 0 || error == -IOASID_ESTALE || error == -IOASID_ENOENT, "pin: %d", error);
	(void)pthread_rwlock_rdlock(&d->lock);
	removals = atomic_load(&d->removals);
	error = ioasid_device_pin(d->device, id, &binding);
	if (error == 0) {
		error = ioasid_binding_unpin(s->space, binding);
		crew_check(w->crew, error == 0 || !storm_in_place(d, removals), "unpin of a device: %d", error);
	}
	(void)pthread_rwlock_unlock(&d->lock);
}

/* A private id without a binding, by every way that there is. */
static void private_some(struct worker *w)
{
	struct storm *s = w->storm;
	struct ioasid_owner_set *set = some_set(w);
	ioasid_handle_t handle;
	int error;

	if (set == NULL)
		return;
	error = ioasid_id_alloc(set, NULL, 0, &handle);
	(void)ioasid_set_release(set);
	crew_check(w->crew, error == 0 || may_fail_so(error), "alloc: %s", ioasid_strerror(error));
	if (error != 0)
		return;
	if (crew_random(&w->random, 4) == 0) {
		crew_check(w->crew, ioasid_id_abort(s->space, handle) == 0, "abort");
		return;
	}
	error = ioasid_id_publish(s->space, handle);
	crew_check(w->crew, error == 0 || error == -IOASID_ESTALE, "publish: %d", error);
	error = ioasid_id_get(s->space, handle);
	if (error == 0)
		crew_check(w->crew, ioasid_id_put(s->space, handle) == 0, "put");
	free_id(w, handle);
}

static void rare_things(struct worker *w)
{
	struct storm *s = w->storm;
	uint32_t k;

	switch (crew_random(&w->random, 64)) {
	case 0:
	case 1:
	case 2:
	case 3:
		end_set(s, crew_random(&w->random, STORM_OWNERS), crew_random(&w->random, 2) != 0, true);
		break;
	case 4:
		k = crew_random(&w->random, STORM_DEVICES);
		/* One removal of a device at a time. */
		if (!atomic_exchange(&s->device[k].removing, true)) {
			storm_remove(s, &s->device[k], true);
			atomic_store(&s->device[k].removing, false);
		}
		break;
	case 5:
	case 6:
		storm_heal(s);
		break;
	default:
		storm_answer(s, 4);
		break;
	}
}

/* What is left when the threads have gone: answered, cured, and given back. */
static void clear_up(struct storm *s)
{
	uint32_t k;

	atomic_store(&s->errors, 0);
	for (k = 0; k < STORM_OWNERS; k++)
		end_set(s, k, k % 2 != 0, false);
	do {
		storm_heal(s);
		storm_answer(s, STORM_TOKENS);
		storm_finish(s, STORM_REQUESTS);
	} while (ioasid_space_flush(s->space, 1000000) == -IOASID_EAGAIN);
	for (k = 0; k < STORM_DEVICES; k++)
		storm_remove(s, &s->device[k], false);
	while (ioasid_participant_withdraw(s->iommu) == -IOASID_EBUSY)
		(void)sched_yield();
}

/* Until time is up or the ledgers are full; with a device removed once at least, however little time there is. */
static bool goes_on(struct storm *s, struct crew *crew)
{
	bool time_is_left = crew_goes_on(crew);

	return atomic_load(&s->bindings.used) < STORM_EVENTS &&
	       (time_is_left || (atomic_load(&s->removed) == 0 && !atomic_load(&crew->failed)));
}

static void storm_work(struct crew *crew, uint32_t me)
{
	struct storm *s = crew->context;
	struct worker w = {.storm = s, .crew = crew, .random = crew_seed(me)};
	uint32_t i;

	if (me == 0) {
		s->crew = crew;
		for (i = 0; i < STORM_DEVICES; i++)
			storm_device_register(s, &s->device[i]);
		for (i = 0; i < STORM_OWNERS; i++)
			make_set(s, i, atomic_load(&s->owner_generation[i]), crew);
	}
	(void)crew_meet(crew);
	while (goes_on(s, crew)) {
		for (i = 0; i < 16; i++) {
			bind_some(&w);
			request_some(&w);
			storm_finish(s, crew_random(&w.random, 4));
			fault_some(&w);
			private_some(&w);
			request_some(&w);
			unbind(&w, &w.bag[crew_random(&w.random, BAG)]);
			rare_things(&w);
		}
		crew_count(crew, 7 * 16);
		crew_check(crew, ioasid_space_run(s->space, 32, NULL) == 0, "run");
	}
	for (i = 0; i < BAG; i++)
		unbind(&w, &w.bag[i]);
	(void)crew_meet(crew);
	if (me == 0)
		clear_up(s);
}

struct kind {
	uint32_t threads;
	uint32_t flags;
	uint32_t errors;
};

static void one_storm(const struct kind *kind)
{
	struct storm *s = calloc(1, sizeof(*s));
	uint32_t i;

	ck_assert_ptr_nonnull(s);
	s->space = host_space(STORM_BITS, kind->flags, IOASID_ORDER_OLDEST, NULL);
	atomic_store(&s->errors, kind->errors);
	ck_assert_int_eq(pthread_mutex_init(&s->mutex, NULL), 0);
	for (i = 0; i < STORM_DEVICES; i++)
		ck_assert_int_eq(pthread_rwlock_init(&s->device[i].lock, NULL), 0);
	for (i = 0; i < STORM_OWNERS; i++)
		atomic_store(&s->owner_generation[i], 2);
	storm_iommu_enroll(s);
	crew_run("storm", kind->threads, storm_work, s);
	ledger_check(&s->sets, "set");
	ledger_check(&s->bindings, "binding");
	ck_assert_uint_gt(atomic_load(&s->requests), 0);
	ck_assert_uint_gt(atomic_load(&s->removed), 0);
	host_space_end(s->space);
	free(s);
}

/* A storm ends when its ledgers are full: one after the other, then. */
START_TEST(storms)
{
	static const struct kind kinds[] = {
		{2, 0, 0},
		{4, IOASID_SPACE_BACKGROUND, 0},
		{4, 0, 64},
		{8, IOASID_SPACE_BACKGROUND, 256},
	};
	uint64_t until = 0;

	do
		one_storm(&kinds[_i]);
	while (crew_again(&until));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("storm");

	tcase_add_loop_test(tcase, storms, 0, 4);
	return crew_main("lifecycle storm", &tcase, 1);
}
