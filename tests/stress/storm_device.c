/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* storm_device.c - the devices of the storm, the IOMMU behind them, and the ledgers. */
#include "storm.h"

#include <sched.h>

void ledger_note(struct ledger *ledger, uint64_t key, bool second)
{
	uint32_t i = (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % LEDGER_SIZE;

	for (;; i = (i + 1) % LEDGER_SIZE) {
		unsigned long long there = 0;

		if (atomic_compare_exchange_strong(&ledger->key[i], &there, key)) {
			(void)atomic_fetch_add(&ledger->used, 1);
			break;
		}
		if (there == key)
			break;
	}
	(void)atomic_fetch_add(second ? &ledger->second[i] : &ledger->first[i], 1);
}

void ledger_check(const struct ledger *ledger, const char *name)
{
	uint32_t i;

	ck_assert_uint_lt(atomic_load(&ledger->used), LEDGER_SIZE);
	for (i = 0; i < LEDGER_SIZE; i++) {
		if (atomic_load(&ledger->key[i]) == 0)
			continue;
		ck_assert_msg(atomic_load(&ledger->first[i]) != 0, "%s %llx: told of, and never begun", name,
		              atomic_load(&ledger->key[i]));
		ck_assert_msg(atomic_load(&ledger->second[i]) == 1, "%s %llx: told of %u times", name,
		              atomic_load(&ledger->key[i]), (unsigned)atomic_load(&ledger->second[i]));
	}
}

/* Now, later, or not at all. */
static int some_answer(struct storm *s, ioasid_token_t token)
{
	uint32_t x = atomic_fetch_add(&s->random, 0x9e3779b9u);
	uint32_t errors = atomic_load(&s->errors);
	int answer = IOASID_DONE;

	x ^= x >> 15;
	x *= 0x2c1b3c6du;
	x ^= x >> 12;
	if (errors != 0 && x % errors == 0)
		return -IOASID_EBUSY;
	if (x % 3 != 0)
		return IOASID_DONE;
	(void)pthread_mutex_lock(&s->mutex);
	if (s->tokens < STORM_TOKENS) {
		s->token[s->tokens++] = token;
		answer = IOASID_PENDING;
	}
	(void)pthread_mutex_unlock(&s->mutex);
	return answer;
}

void storm_answer(struct storm *s, uint32_t count)
{
	while (count-- > 0) {
		ioasid_token_t token = {0};
		uint32_t errors = atomic_load(&s->errors);
		int error;

		(void)pthread_mutex_lock(&s->mutex);
		if (s->tokens != 0)
			token = s->token[--s->tokens];
		(void)pthread_mutex_unlock(&s->mutex);
		if (token.token_ == 0)
			return;
		error = ioasid_token_complete(s->space, token,
		                              errors != 0 && atomic_load(&s->random) % errors == 0 ? -IOASID_EINVAL
		                                                                                   : 0);
		/* The device may have been removed meanwhile: nobody waits for its answers. */
		crew_check(s->crew, error == 0 || error == -IOASID_ESTALE, "an answer: %d", error);
	}
}

static int device_stops(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct storm_device *d = context;

	crew_check(d->storm->crew, view->data == d, "a callback with another device's data");
	return some_answer(d->storm, token);
}

static void device_released(void *context, const struct ioasid_view *view)
{
	struct storm_device *d = context;

	ledger_note(&d->storm->bindings, view->binding.binding_, true);
}

static int iommu_forgets(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct storm *s = context;
	struct storm_device *d = view->data;
	unsigned long long was;

	/* Whatever is going to be poisoned comes by here. */
	atomic_store(&s->seen[host_id(view->handle)], view->handle.handle_);
	if (view->device != NULL) {
		was = atomic_exchange(&d->programmed[host_id(view->handle)], 0);
		crew_check(s->crew, was == 0 || was == view->handle.handle_,
		           "id %u: quiescing %llx, and %llx is programmed", host_id(view->handle),
		           (unsigned long long)view->handle.handle_, was);
	}
	return some_answer(s, token);
}

void storm_device_register(struct storm *s, struct storm_device *d)
{
	static const struct ioasid_quiesce_ops ops = {
		.size = sizeof(ops),
		.quiesce = {device_stops, device_stops},
		.released = device_released,
	};
	struct ioasid_device_config config = {.size = sizeof(config), .bits = STORM_BITS, .ops = &ops, .context = d};
	int error = ioasid_device_register(s->space, &config, &d->device);

	d->storm = s;
	crew_check(s->crew, error == 0, "registering a device: %d", error);
}

void storm_iommu_enroll(struct storm *s)
{
	static const struct ioasid_quiesce_ops ops = {.size = sizeof(ops),
	                                              .quiesce = {[IOASID_PHASE_IOMMU] = iommu_forgets}};
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = &ops, .context = s};

	ck_assert_int_eq(ioasid_space_enroll(s->space, &config, &s->iommu), 0);
}

void storm_program(struct storm *s, struct storm_device *d, ioasid_binding_t binding, ioasid_handle_t handle)
{
	unsigned removals = atomic_load(&d->removals);
	unsigned long long was = 0;

	if (ioasid_request_begin(s->space, binding) != 0)
		return;
	/* What is written into a device that was just removed is wiped before there is another. */
	if (!atomic_compare_exchange_strong(&d->programmed[host_id(handle)], &was, handle.handle_))
		crew_check(s->crew, was == handle.handle_ || !storm_in_place(d, removals),
		           "id %u: binding %llx, and %llx is programmed", host_id(handle),
		           (unsigned long long)handle.handle_, was);
	(void)ioasid_request_end(s->space, binding);
}

/* What the device sees while it works on the request. */
static void look(struct storm *s, const struct storm_request *r)
{
	uint32_t looks = 1 + atomic_load(&s->random) % 20;

	while (looks-- > 0) {
		unsigned long long seen = atomic_load(&r->device->programmed[host_id(r->handle)]);

		crew_check(s->crew, seen == r->handle.handle_ || !storm_in_place(r->device, r->removals),
		           "id %u: a request of life %llx saw %llx", host_id(r->handle),
		           (unsigned long long)r->handle.handle_, seen);
	}
}

static void finish_one(struct storm *s, const struct storm_request *r)
{
	int error;

	look(s, r);
	error = ioasid_request_end(s->space, r->binding);
	crew_check(s->crew, error == 0 || !storm_in_place(r->device, r->removals), "the end of a request: %d", error);
	(void)atomic_fetch_add_explicit(&s->requests, 1, memory_order_relaxed);
}

void storm_begin(struct storm *s, struct storm_device *d, ioasid_binding_t binding, ioasid_handle_t handle)
{
	struct storm_request r = {d, binding, handle, atomic_load(&d->removals)};
	int error = ioasid_request_begin(s->space, binding);
	bool kept = false;

	if (error != 0) {
		crew_check(s->crew, error == -IOASID_ESTALE, "a request: %d", error);
		return;
	}
	look(s, &r);
	(void)pthread_mutex_lock(&s->mutex);
	if (s->open < STORM_REQUESTS) {
		s->request[s->open++] = r;
		kept = true;
	}
	(void)pthread_mutex_unlock(&s->mutex);
	if (!kept)
		finish_one(s, &r);
}

void storm_finish(struct storm *s, uint32_t count)
{
	while (count-- > 0) {
		struct storm_request r = {.device = NULL};

		(void)pthread_mutex_lock(&s->mutex);
		if (s->open != 0)
			r = s->request[--s->open];
		(void)pthread_mutex_unlock(&s->mutex);
		if (r.device == NULL)
			return;
		finish_one(s, &r);
	}
}

void storm_heal(struct storm *s)
{
	uint32_t i;

	for (i = 0; i < STORM_DEVICES; i++) {
		(void)pthread_rwlock_rdlock(&s->device[i].lock);
		crew_check(s->crew, ioasid_device_reset_done(s->device[i].device) == 0, "reset");
		(void)pthread_rwlock_unlock(&s->device[i].lock);
	}
	for (i = 0; i < STORM_IDS; i++) {
		ioasid_handle_t handle = {atomic_load(&s->seen[i])};
		int error = ioasid_handle_is_set(handle) ? ioasid_id_unpoison(s->space, handle) : 0;

		crew_check(s->crew, error == 0 || error == -IOASID_EINVAL || error == -IOASID_ESTALE, "cure: %d",
		           error);
	}
}

static void answer_and_wait(struct storm *s)
{
	storm_answer(s, STORM_TOKENS);
	storm_finish(s, STORM_REQUESTS);
	if (ioasid_space_run(s->space, 0, NULL) != 0)
		crew_fail(s->crew, "run");
	(void)sched_yield();
}

void storm_remove(struct storm *s, struct storm_device *d, bool by_force)
{
	uint32_t i;
	int error;

	if (by_force) {
		(void)atomic_fetch_add(&d->removals, 1);
		error = ioasid_device_remove(d->device);
		crew_check(s->crew, error == 0, "removing a device: %d", error);
		(void)atomic_fetch_add_explicit(&s->removed, 1, memory_order_relaxed);
	}
	/* From here on nobody uses the pointer, and no request is on its way to the table. */
	(void)pthread_rwlock_wrlock(&d->lock);
	while ((error = ioasid_device_unregister(d->device)) == -IOASID_EBUSY) {
		/* An IOMMU that failed has poisoned a binding. */
		(void)ioasid_device_reset_done(d->device);
		answer_and_wait(s);
	}
	crew_check(s->crew, error == 0, "unregistering a device: %d", error);
	for (i = 0; i < STORM_IDS; i++)
		atomic_store(&d->programmed[i], 0);
	if (by_force) {
		storm_device_register(s, d);
		(void)atomic_fetch_add(&d->removals, 1);
	}
	(void)pthread_rwlock_unlock(&d->lock);
}
