/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * demo.c - an embedder that has no threads: one loop, which polls.
 *
 * A monitor gives PASIDs to two guests that share an accelerator. A guest's own
 * address space is its shared id; a queue that must not see it has a private one.
 * When a guest dies its ids are quiesced: the accelerator stops, then the IOMMU
 * forgets; only then may the guest's memory go. All of it happens in
 * ioasid_space_run(), which the loop calls when it has nothing else to do.
 */
#include <ioasid/ioasid.h>
#include <tap.h>

#include "check.h"
#include "tests.h"

struct accelerator {
	struct ioasid_device *device;
	ioasid_token_t draining[4]; /* whoever asked it to drain hears of it from the loop */
	unsigned asked;
	unsigned drained;
	unsigned released;
};

struct monitor {
	struct ioasid_space *space;
	struct accelerator accelerator;
	struct ioasid_participant *iommu;
	unsigned forgotten;
	unsigned in_wrong_order;
	uint64_t guest_gone;
};

static struct monitor monitor;

static void step(bool good, const char *what)
{
	if (!good)
		tap_fail(__FILE__, __LINE__, "%s", what);
	tap_result(true, "demo", what);
}

/* The accelerator needs a while: it answers later. */
static int accelerator_drains(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct accelerator *accelerator = context;

	(void)view;
	if (accelerator->asked == sizeof(accelerator->draining) / sizeof(accelerator->draining[0]))
		return -IOASID_EBUSY;
	accelerator->draining[accelerator->asked++] = token;
	return IOASID_PENDING;
}

static void accelerator_released(void *context, const struct ioasid_view *view)
{
	struct accelerator *accelerator = context;

	(void)view;
	accelerator->released++;
}

static int iommu_forgets(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	(void)token;
	monitor.forgotten++;
	monitor.in_wrong_order += view->device != NULL && monitor.accelerator.drained == 0;
	return IOASID_DONE;
}

static void guest_is_gone(void *context, struct ioasid_owner owner)
{
	(void)context;
	monitor.guest_gone = owner.key;
}

/* One turn of the loop: the device's work, then the library's. How much the library did. */
static uint32_t turn(void)
{
	struct accelerator *accelerator = &monitor.accelerator;
	uint32_t done = 0;

	while (accelerator->asked != 0) {
		ioasid_token_t token = accelerator->draining[--accelerator->asked];

		accelerator->drained++;
		ck_assert_int_eq(ioasid_token_complete(monitor.space, token, 0), 0);
	}
	ck_assert_int_eq(ioasid_space_run(monitor.space, 4, &done), 0);
	return done;
}

static void start(void)
{
	static const struct ioasid_quiesce_ops device_ops = {.size = sizeof(device_ops),
	                                                     .quiesce = {[IOASID_PHASE_DEVICE] = accelerator_drains},
	                                                     .released = accelerator_released};
	static const struct ioasid_quiesce_ops iommu_ops = {.size = sizeof(iommu_ops),
	                                                    .quiesce = {[IOASID_PHASE_IOMMU] = iommu_forgets}};
	struct ioasid_space_config space = {.size = sizeof(space), .bits = 16, .name = "monitor"};
	struct ioasid_device_config device = {.size = sizeof(device),
	                                      .bits = 16,
	                                      .ops = &device_ops,
	                                      .context = &monitor.accelerator,
	                                      .name = "accelerator"};
	struct ioasid_participant_config iommu = {.size = sizeof(iommu), .ops = &iommu_ops, .name = "iommu"};

	step(ioasid_space_create(&space, &monitor.space) == 0, "a space of 16 bits, polled");
	step(ioasid_device_register(monitor.space, &device, &monitor.accelerator.device) == 0,
	     "the accelerator registers");
	step(ioasid_space_enroll(monitor.space, &iommu, &monitor.iommu) == 0, "the IOMMU is asked for every id");
}

static struct ioasid_owner_set *guest(uint64_t key)
{
	struct ioasid_set_config config = {.size = sizeof(config),
	                                   .owner = {.key = key, .generation = 1},
	                                   .quota = 4,
	                                   .done = guest_is_gone};
	struct ioasid_owner_set *set = NULL;

	ck_assert_int_eq(ioasid_set_create(monitor.space, &config, &set), 0);
	return set;
}

/* A guest, two users of its shared id, and one private id; then it dies with a request in flight. */
static void live_and_die(struct ioasid_owner_set *first, struct ioasid_owner_set *second)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = monitor.accelerator.device};
	ioasid_binding_t own, again, queue, other;
	ioasid_handle_t shared, private, found;

	step(ioasid_set_bind(first, &args, 1, 0, &own) == 0, "a guest binds: its shared id is made");
	step(ioasid_set_bind(first, &args, 1, 0, &again) == 0 && own.binding_ == again.binding_,
	     "and once more: the same");
	step(ioasid_set_bind_private(first, &args, 1, 0, &queue) == 0, "a queue has a private id");
	step(ioasid_set_bind(second, &args, 1, 0, &other) == 0, "another guest binds");
	step(ioasid_set_shared(first, &shared) == 0 && ioasid_binding_handle(monitor.space, queue, &private) == 0 &&
	             !ioasid_equal(ioasid_handle_id(shared), ioasid_handle_id(private)),
	     "shared and private ids are two");
	step(ioasid_set_find(second, ioasid_handle_id(shared), &found) == -IOASID_EACCES,
	     "nobody sees another guest's id");

	step(ioasid_request_begin(monitor.space, own) == 0, "a request is in flight");
	step(ioasid_set_end(first) == 0, "the guest dies");
	step(ioasid_request_begin(monitor.space, own) == -IOASID_ESTALE, "nothing new is submitted");
	for (unsigned i = 0; i < 100; i++)
		(void)turn();
	step(monitor.guest_gone == 0, "its memory stays while the request is in flight");
	step(ioasid_request_end(monitor.space, own) == 0, "the request ends");
	while (monitor.guest_gone == 0)
		(void)turn();
	step(monitor.guest_gone == 1, "now it may go");
	step(monitor.accelerator.drained == 2 && monitor.accelerator.released == 2, "the accelerator drained both ids");
	step(monitor.forgotten >= 2 && monitor.in_wrong_order == 0, "and the IOMMU forgot them after that");
	step(ioasid_id_find(monitor.space, ioasid_handle_id(shared), &found) != 0, "a late fault finds nobody");
	step(ioasid_binding_handle(monitor.space, other, &found) == 0, "the other guest has noticed nothing");
}

static void tidy_up(struct ioasid_owner_set *first, struct ioasid_owner_set *second)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};

	step(ioasid_space_destroy(monitor.space, NULL, NULL) == -IOASID_EBUSY, "a space in use is not destroyed");
	step(ioasid_set_release(first) == 0 && ioasid_set_release(second) == 0, "the last hold ends the other guest");
	while (monitor.guest_gone != 2)
		(void)turn();
	while (turn() != 0)
		;
	step(ioasid_space_snapshot(monitor.space, &snapshot) == 0 &&
	             snapshot.in_state[IOASID_STATE_FREE] + snapshot.withheld == snapshot.capacity,
	     "every id is free again");
	step(ioasid_device_unregister(monitor.accelerator.device) == 0 &&
	             ioasid_participant_withdraw(monitor.iommu) == 0 &&
	             ioasid_space_destroy(monitor.space, NULL, NULL) == 0,
	     "and the space is gone");
}

static void tell(void *arg)
{
	struct ioasid_owner_set *first;
	struct ioasid_owner_set *second;

	(void)arg;
	start();
	first = guest(1);
	second = guest(2);
	live_and_die(first, second);
	tidy_up(first, second);
}

void demo(void)
{
	if (!tap_host_run(tell, NULL, 60))
		tap_result(false, "demo", "all of it");
}
