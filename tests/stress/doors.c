/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * doors.c - the narrow doors: a request against the close of its binding, a
 * reference against the park of a hot id, a birth against the end of its set.
 *
 * Threads do nothing but go through the door while one opens and shuts it.
 */
#include <ioasid/ioasid.h>
#include <sched.h>

#include "crew.h"
#include "host.h"

#define KEPT 250u

struct doors {
	struct ioasid_space *space;
	struct ioasid_device *device;
	struct ioasid_owner_set *set;
	struct ioasid_owner owner;
	atomic_ullong binding;    /* what requests are begun on; 0: none yet */
	atomic_ullong programmed; /* which life the device has */
	atomic_ullong handle;     /* the hot id's */
	atomic_ullong passed;
	atomic_uint inside; /* how many have come to a start */
	atomic_bool over;
};

static int iommu_forgets(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct doors *d = context;

	(void)view;
	(void)token;
	atomic_store(&d->programmed, 0);
	return IOASID_DONE;
}

/* Binds and unbinds; between the two, requests come and go. */
static void open_and_shut(struct crew *crew, struct doors *d)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = d->device};
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	unsigned long long passed;
	int error;

	while (crew_goes_on(crew)) {
		error = ioasid_set_bind(d->set, &args, 1, IOASID_BIND_WAIT, &binding);
		if (!crew_check(crew, error == 0, "bind: %d", error))
			break;
		crew_check(crew, ioasid_binding_handle(d->space, binding, &handle) == 0, "what did I bind?");
		atomic_store(&d->programmed, handle.handle_);
		atomic_store(&d->binding, binding.binding_);
		/* Shut it when somebody has been through, and while others are on their way. Once, somebody must. */
		passed = atomic_load(&d->passed);
		while (atomic_load(&d->passed) == passed &&
		       (passed == 0 ? !atomic_load(&crew->failed) : crew_goes_on(crew)))
			(void)sched_yield();
		crew_check(crew, ioasid_binding_unbind(d->space, binding) == 0, "unbind");
		crew_check(crew, ioasid_binding_wait(d->space, binding, IOASID_FOREVER) == 0, "wait");
	}
	atomic_store(&d->over, true);
}

static void go_through(struct crew *crew, struct doors *d)
{
	while (!atomic_load(&d->over)) {
		ioasid_binding_t binding = {atomic_load(&d->binding)};
		uint32_t i;

		if (binding.binding_ == 0)
			continue;
		for (i = 0; i < 64 && ioasid_request_begin(d->space, binding) == 0; i++) {
			crew_check(crew, atomic_load(&d->programmed) != 0, "the entry was cleared under a request");
			crew_check(crew, ioasid_request_end(d->space, binding) == 0, "the end of a request");
			(void)atomic_fetch_add_explicit(&d->passed, 1, memory_order_relaxed);
		}
		crew_count(crew, i);
	}
}

static void requests_work(struct crew *crew, uint32_t me)
{
	if (me == 0)
		open_and_shut(crew, crew->context);
	else
		go_through(crew, crew->context);
}

START_TEST(requests)
{
	static const struct ioasid_quiesce_ops ops = {.size = sizeof(ops),
	                                              .quiesce = {[IOASID_PHASE_IOMMU] = iommu_forgets}};
	struct doors d = {.passed = 0};
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 4, .ops = &ops, .context = &d};

	d.space = host_space(4, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, NULL);
	d.set = host_set(d.space, 1, IOASID_UNLIMITED, 0);
	ck_assert_int_eq(ioasid_device_register(d.space, &config, &d.device), 0);
	crew_run("requests", _i == 0 ? 2 : 4, requests_work, &d);
	ck_assert_uint_gt(atomic_load(&d.passed), 0);
	host_set_end(d.set);
	ck_assert_int_eq(ioasid_device_unregister(d.device), 0);
	host_space_end(d.space);
}
END_TEST

/* The hot id parks with its set; nobody who has a reference then may see it reclaimed. */
static void hot_work(struct crew *crew, uint32_t me)
{
	struct doors *d = crew->context;
	struct ioasid_bind_args args = {.size = sizeof(args), .device = d->device};
	struct ioasid_set_config config = {.size = sizeof(config), .quota = 1, .flags = IOASID_SET_HOT};
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	enum ioasid_state state;

	do {
		if (me == 0) {
			config.owner.key = ++d->owner.key;
			crew_check(crew, ioasid_set_create(d->space, &config, &d->set) == 0, "set");
			crew_check(crew, ioasid_set_bind(d->set, &args, 1, 0, &binding) == 0, "bind");
			crew_check(crew, ioasid_binding_handle(d->space, binding, &handle) == 0, "what did I bind?");
			atomic_store(&d->handle, handle.handle_);
		}
		(void)crew_meet(crew);
		handle.handle_ = atomic_load(&d->handle);
		if (me == 0) {
			/* Somebody comes in time once at least. */
			while (atomic_load(&d->passed) == 0 && !atomic_load(&crew->failed))
				(void)sched_yield();
			crew_check(crew, ioasid_set_end(d->set) == 0, "end");
		} else {
			while (ioasid_id_get(d->space, handle) == 0) {
				crew_check(crew,
				           ioasid_id_state(d->space, ioasid_handle_id(handle), &state) == 0 &&
				                   (state == IOASID_STATE_ACTIVE || state == IOASID_STATE_PARKED),
				           "a reference, and the id is %s", ioasid_state_name(state));
				crew_check(crew, ioasid_id_put(d->space, handle) == 0, "put");
				(void)atomic_fetch_add_explicit(&d->passed, 1, memory_order_relaxed);
			}
		}
		if (me == 0) {
			crew_check(crew, ioasid_set_wait(d->set, IOASID_FOREVER) == 0, "wait");
			crew_check(crew, ioasid_set_release(d->set) == 0, "release");
		}
		crew_count(crew, 1);
	} while (crew_meet(crew));
}

START_TEST(hot)
{
	struct doors d = {.passed = 0};
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 4};

	d.space = host_space(2, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, NULL);
	ck_assert_int_eq(ioasid_device_register(d.space, &config, &d.device), 0);
	crew_run("hot", _i == 0 ? 2 : 4, hot_work, &d);
	ck_assert_uint_gt(atomic_load(&d.passed), 0);
	ck_assert_uint_eq(host_counters(d.space).surplus_puts, 0);
	ck_assert_int_eq(ioasid_device_unregister(d.device), 0);
	host_space_end(d.space);
}
END_TEST

/* All at one moment: the barrier lets them go one after the other, so wait for the last, awake. */
static void start(struct crew *crew, struct doors *d, uint32_t spin)
{
	(void)atomic_fetch_add(&d->inside, 1);
	while (atomic_load(&d->inside) % crew->threads != 0)
		;
	while (spin-- > 0)
		(void)atomic_load(&d->inside);
}

/* Ids are born ACTIVE until their set has ended: every one of them ends with it. */
static void births_work(struct crew *crew, uint32_t me)
{
	struct doors *d = crew->context;
	struct ioasid_set_config config = {.size = sizeof(config), .quota = IOASID_UNLIMITED};
	ioasid_handle_t kept[KEPT];
	uint32_t n;
	int error;

	do {
		if (me == 0) {
			config.owner.key = ++d->owner.key;
			crew_check(crew, ioasid_set_create(d->space, &config, &d->set) == 0, "set");
		}
		(void)crew_meet(crew);
		start(crew, d, 0);
		for (n = 0; me != 0 && n < KEPT; n++) {
			error = ioasid_id_alloc(d->set, NULL, IOASID_ALLOC_ACTIVE, &kept[n]);
			crew_check(crew, error == 0 || error == -IOASID_ESTALE, "alloc: %d", error);
			if (error != 0)
				break;
		}
		if (me == 0) {
			for (uint64_t spin = 0; spin < d->owner.key * 7 % 2000; spin++)
				(void)atomic_load(&d->passed);
			crew_check(crew, ioasid_set_end(d->set) == 0, "end");
		}
		(void)crew_meet(crew);
		while (n-- > 0 && me != 0)
			crew_check(crew, ioasid_id_free(d->space, kept[n]) == -IOASID_ESTALE,
			           "an id has outlived its set");
		(void)crew_meet(crew);
		if (me == 0) {
			crew_check(crew, ioasid_set_wait(d->set, IOASID_FOREVER) == 0, "wait");
			crew_check(crew, ioasid_set_release(d->set) == 0, "release");
		}
		crew_count(crew, 1);
	} while (crew_meet(crew));
}

START_TEST(births)
{
	struct doors d = {.passed = 0};

	d.space = host_space(10, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, NULL);
	crew_run("births", _i == 0 ? 2 : 4, births_work, &d);
	host_space_end(d.space);
}
END_TEST

/*
 * Each thread binds its device while the set ends, and nobody ever unbinds: the
 * end closes every binding, or the bind hears of the end.
 */
static void binds_work(struct crew *crew, uint32_t me)
{
	struct doors *d = crew->context;
	struct ioasid_device_config device = {.size = sizeof(device), .bits = 4};
	struct ioasid_bind_args args = {.size = sizeof(args)};
	struct ioasid_set_config config = {.size = sizeof(config), .quota = 1};
	uint64_t random = crew_seed(me);
	ioasid_binding_t binding;
	int error;

	crew_check(crew, ioasid_device_register(d->space, &device, &args.device) == 0, "device");
	do {
		if (me == 0) {
			config.owner.key = ++d->owner.key;
			crew_check(crew, ioasid_set_create(d->space, &config, &d->set) == 0, "set");
			crew_check(crew, ioasid_set_bind(d->set, &args, 1, 0, &binding) == 0, "bind");
		}
		(void)crew_meet(crew);
		start(crew, d, crew_random(&random, 100));
		error = me == 0 ? ioasid_set_end(d->set) : ioasid_set_bind(d->set, &args, 1, 0, &binding);
		crew_check(crew, error == 0 || (me != 0 && error == -IOASID_ESTALE), "%s: %d", me == 0 ? "end" : "bind",
		           error);
		(void)crew_meet(crew);
		if (me == 0) {
			crew_check(crew, ioasid_set_wait(d->set, IOASID_FOREVER) == 0, "wait");
			crew_check(crew, ioasid_set_release(d->set) == 0, "release");
		}
		crew_count(crew, 1);
	} while (crew_meet(crew));
	crew_check(crew, ioasid_device_unregister(args.device) == 0, "a binding is left");
}

START_TEST(binds)
{
	struct doors d = {.passed = 0};

	d.space = host_space(4, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, NULL);
	crew_run("binds", _i == 0 ? 2 : 3, binds_work, &d);
	host_space_end(d.space);
}
END_TEST

/* A space is destroyed while its thread is at its last work: the thread hears of it. */
static void spaces_work(struct crew *crew, uint32_t me)
{
	uint64_t random = crew_seed(me);
	int error;

	while (crew_goes_on(crew)) {
		struct ioasid_space *space = host_space(1, IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, NULL);
		struct ioasid_owner_set *set = host_set(space, 1, IOASID_UNLIMITED, 0);
		uint32_t spin = crew_random(&random, 5000);
		ioasid_handle_t handle;

		crew_check(crew, ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle) == 0, "alloc");
		while (spin-- > 0)
			(void)atomic_load(&crew->done);
		crew_check(crew, ioasid_set_release(set) == 0, "release");
		while ((error = ioasid_space_destroy(space, NULL, NULL)) == -IOASID_EBUSY)
			continue;
		crew_check(crew, error == 0, "destroy: %d", error);
		crew_count(crew, 1);
	}
}

START_TEST(spaces)
{
	crew_run("spaces", 1, spaces_work, NULL);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("doors");

	tcase_add_loop_test(tcase, requests, 0, 2);
	tcase_add_loop_test(tcase, hot, 0, 2);
	tcase_add_loop_test(tcase, births, 0, 2);
	tcase_add_loop_test(tcase, binds, 0, 2);
	tcase_add_test(tcase, spaces);
	return crew_main("requests, hot ids, births", &tcase, 1);
}
