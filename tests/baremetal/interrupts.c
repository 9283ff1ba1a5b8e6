/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * interrupts.c - what the library says may be called from any context is called
 * from a timer's interrupt, in the midst of the library's own calls: on the same
 * CPU, which cannot go on before the handler returns. A lock anywhere would hang.
 */
#include <check.h>
#include <ioasid/ioasid.h>
#include <stdio.h>

#include "crew.h"
#include "host.h"
#include "tests.h"
#include "virt.h"

#define PERIOD_US 60u
#define SLOTS 8u
#define ENOUGH 100u  /* interrupts in the midst of the core, on each CPU */
#define SECTIONS 20u /* interrupts within a read section, on each CPU */
#define ROUNDS 200u

/* Of one CPU; a slot is filled by its loop, and emptied by its interrupts. */
struct cpu {
	atomic_ullong slot[SLOTS];
	ioasid_binding_t binding;
	atomic_uint in_core;
	atomic_uint in_section;
	unsigned interrupts;
	unsigned freed;
};

struct scene {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	struct crew *crew;
	struct cpu cpu[CREW_MAX];
};

static struct scene scene;
static struct cpu *of_cpu[IOASID_PORT_CPUS];

/* The last of this id's life, and all that a fault's handler would do before. */
static void finish_life(struct cpu *cpu, ioasid_handle_t handle)
{
	struct ioasid_space *space = scene.space;
	ioasid_handle_t found = {0};
	int error = ioasid_id_find(space, ioasid_handle_id(handle), &found);

	crew_check(scene.crew, error == 0 && ioasid_handle_equal(found, handle), "find: %d", error);
	error = ioasid_id_pin(space, ioasid_handle_id(handle), &found);
	crew_check(scene.crew, error == 0 && ioasid_handle_equal(found, handle), "pin: %d", error);
	error = ioasid_id_get(space, handle);
	crew_check(scene.crew, error == 0, "get: %d", error);
	error = ioasid_id_free(space, handle);
	crew_check(scene.crew, error == 0, "free: %d", error);
	/* It is parked now: held by a pin and two references, one of them the loop's. */
	error = ioasid_id_find(space, ioasid_handle_id(handle), &found);
	crew_check(scene.crew, error == -IOASID_ESTALE, "find of a parked id: %d", error);
	crew_check(scene.crew, ioasid_id_unpin(space, handle) == 0, "unpin");
	crew_check(scene.crew, ioasid_id_put(space, handle) == 0, "put");
	crew_check(scene.crew, ioasid_id_put(space, handle) == 0, "put of the loop's reference");
	cpu->freed++;
}

/* In the loop and in its interrupts, on one binding: what is in flight is counted on this CPU. */
static void request(const struct cpu *cpu)
{
	crew_check(scene.crew, ioasid_request_begin(scene.space, cpu->binding) == 0, "the begin of a request");
	crew_check(scene.crew, ioasid_request_end(scene.space, cpu->binding) == 0, "the end of a request");
}

static void on_tick(const struct board_frame *frame)
{
	struct cpu *cpu = of_cpu[ioasid_port_cpu()];

	cpu->interrupts++;
	(void)atomic_fetch_add(&cpu->in_section, ioasid_port_read_held());
	request(cpu);
	for (uint32_t i = 0; i < SLOTS; i++) {
		ioasid_handle_t handle = {atomic_exchange(&cpu->slot[i], 0)};

		if (ioasid_handle_is_set(handle))
			finish_life(cpu, handle);
	}
	if (board_in_core(frame))
		(void)atomic_fetch_add(&cpu->in_core, 1);
}

/* Calls on ids that an interrupt may end at any moment: they are there, or were. */
static void disturb(struct crew *crew, const struct cpu *cpu, uint64_t *random)
{
	ioasid_handle_t handle = {atomic_load(&cpu->slot[crew_random(random, SLOTS)])};
	ioasid_handle_t found;
	int error;

	if (!ioasid_handle_is_set(handle))
		return;
	error = ioasid_id_get(scene.space, handle);
	crew_check(crew, error == 0 || error == -IOASID_ESTALE, "get: %d", error);
	if (error == 0)
		crew_check(crew, ioasid_id_put(scene.space, handle) == 0, "put");
	error = ioasid_id_pin(scene.space, ioasid_handle_id(handle), &found);
	crew_check(crew, error == 0 || error == -IOASID_ESTALE || error == -IOASID_ENOENT, "pin: %d", error);
	if (error == 0)
		crew_check(crew, ioasid_id_unpin(scene.space, found) == 0, "unpin");
}

static void fill(struct crew *crew, struct cpu *cpu, uint64_t *random)
{
	ioasid_handle_t handle;

	for (uint32_t i = 0; i < SLOTS; i++) {
		int error;

		if (atomic_load(&cpu->slot[i]) != 0)
			continue;
		error = ioasid_id_alloc(scene.set, NULL, IOASID_ALLOC_ACTIVE, &handle);
		crew_check(crew, error == 0 || error == -IOASID_EAGAIN, "alloc: %d", error);
		if (error != 0)
			break;
		crew_check(crew, ioasid_id_get(scene.space, handle) == 0, "a reference on my own id");
		atomic_store(&cpu->slot[i], handle.handle_);
	}
	/* In a section of our own, too, in which those of the calls are nested. */
	port_read_lock();
	request(cpu);
	disturb(crew, cpu, random);
	port_read_unlock();
	crew_count(crew, SLOTS);
}

static bool has_seen_enough(const struct cpu *cpu)
{
	return atomic_load(&cpu->in_core) >= ENOUGH && atomic_load(&cpu->in_section) >= SECTIONS;
}

static void interrupted_work(struct crew *crew, uint32_t me)
{
	struct cpu *cpu = &scene.cpu[me];
	struct ioasid_bind_args args = {.size = sizeof(args), .device = scene.device};
	uint64_t random = crew_seed(me);

	scene.crew = crew;
	of_cpu[ioasid_port_cpu()] = cpu;
	crew_check(crew, ioasid_set_bind_private(scene.set, &args, 1, 0, &cpu->binding) == 0, "bind");
	(void)crew_meet(crew);
	board_tick(PERIOD_US, on_tick);
	while ((!has_seen_enough(cpu) && !atomic_load(&crew->failed)) || crew_goes_on(crew)) {
		fill(crew, cpu, &random);
		crew_check(crew, ioasid_space_run(scene.space, 8, NULL) == 0, "run");
	}
	board_tick(0, NULL);
	for (uint32_t i = 0; i < SLOTS; i++) {
		ioasid_handle_t handle = {atomic_load(&cpu->slot[i])};

		if (ioasid_handle_is_set(handle))
			finish_life(cpu, handle);
	}
	crew_check(crew, ioasid_binding_unbind(scene.space, cpu->binding) == 0, "unbind");
}

START_TEST(lives_end_in_interrupts)
{
	static const uint32_t cpus[] = {1, 2, 4};
	struct ioasid_device_config device = {.size = sizeof(device), .bits = 6};
	char line[200];

	memset(&scene, 0, sizeof(scene));
	scene.space = host_space(6, 0, IOASID_ORDER_OLDEST, NULL);
	scene.set = host_set(scene.space, 1, IOASID_UNLIMITED, 0);
	ck_assert_int_eq(ioasid_device_register(scene.space, &device, &scene.device), 0);
	crew_run("interrupted", cpus[_i], interrupted_work, NULL);
	for (uint32_t i = 0; i < cpus[_i]; i++) {
		const struct cpu *cpu = &scene.cpu[i];

		(void)snprintf(line, sizeof(line),
		               "# %u interrupts, %u in the midst of the core, %u in a read section, %u ids freed",
		               cpu->interrupts, atomic_load(&cpu->in_core), atomic_load(&cpu->in_section), cpu->freed);
		board_print(line);
		ck_assert(has_seen_enough(cpu));
		ck_assert_uint_gt(cpu->freed, 0);
	}
	ck_assert_uint_eq(host_counters(scene.space).surplus_puts, 0);
	host_set_end(scene.set);
	ck_assert_int_eq(ioasid_device_unregister(scene.device), 0);
	host_space_end(scene.space);
}
END_TEST

/* A device whose interrupt says that a request is done, and that it has stopped. */
static struct {
	struct ioasid_space *space;
	atomic_ullong request;
	atomic_ullong token;
	unsigned ended;
	unsigned answered;
	unsigned failed;
	unsigned released;
} machine;

static void machine_interrupt(const struct board_frame *frame)
{
	ioasid_binding_t request = {atomic_exchange(&machine.request, 0)};
	ioasid_token_t token = {0};

	(void)frame;
	if (request.binding_ != 0) {
		machine.ended++;
		machine.failed += ioasid_request_end(machine.space, request) != 0;
		return;
	}
	token.token_ = atomic_exchange(&machine.token, 0);
	if (token.token_ == 0)
		return;
	machine.answered++;
	machine.failed += ioasid_token_complete(machine.space, token, 0) != 0;
}

static int machine_stops(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	(void)view;
	atomic_store(&machine.token, token.token_);
	return IOASID_PENDING;
}

static void machine_released(void *context, const struct ioasid_view *view)
{
	(void)context;
	(void)view;
	machine.released++;
}

/* Whoever waits sleeps without limit: what wakes him is an interrupt of his own CPU. */
START_TEST(a_device_answers_by_interrupt)
{
	static const struct ioasid_quiesce_ops ops = {.size = sizeof(ops),
	                                              .quiesce = {[IOASID_PHASE_DEVICE] = machine_stops},
	                                              .released = machine_released};
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 4, .ops = &ops};
	struct ioasid_bind_args args = {.size = sizeof(args)};
	struct ioasid_owner_set *set;
	ioasid_binding_t binding;

	memset(&machine, 0, sizeof(machine));
	machine.space = host_space(4, _i == 0 ? 0 : IOASID_SPACE_BACKGROUND, IOASID_ORDER_OLDEST, NULL);
	set = host_set(machine.space, 1, IOASID_UNLIMITED, 0);
	ck_assert_int_eq(ioasid_device_register(machine.space, &config, &args.device), 0);
	board_tick(PERIOD_US, machine_interrupt);
	for (unsigned i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(ioasid_set_bind_private(set, &args, 1, IOASID_BIND_WAIT, &binding), 0);
		ck_assert_int_eq(ioasid_request_begin(machine.space, binding), 0);
		atomic_store(&machine.request, binding.binding_);
		ck_assert_int_eq(ioasid_binding_unbind(machine.space, binding), 0);
		ck_assert_int_eq(ioasid_binding_wait(machine.space, binding, IOASID_FOREVER), 0);
	}
	board_tick(0, NULL);
	ck_assert_uint_eq(machine.failed, 0);
	ck_assert_uint_eq(machine.ended, ROUNDS);
	ck_assert_uint_eq(machine.answered, ROUNDS);
	ck_assert_uint_eq(machine.released, ROUNDS);
	host_set_end(set);
	ck_assert_int_eq(ioasid_device_unregister(args.device), 0);
	host_space_end(machine.space);
}
END_TEST

/* More than the contract asks for: this port's memory may be had in an interrupt. */
static struct {
	unsigned interrupts;
	unsigned wrong;
} churn;

static unsigned take_and_give(void)
{
	unsigned char *memory = ioasid_port_zalloc(200, 64);
	unsigned wrong = memory == NULL;

	for (unsigned i = 0; memory != NULL && i < 200; i++) {
		wrong += memory[i] != 0;
		memory[i] = 1;
	}
	ioasid_port_free(memory, 200);
	return wrong;
}

static void churn_interrupt(const struct board_frame *frame)
{
	(void)frame;
	churn.wrong += take_and_give();
	churn.interrupts++;
}

START_TEST(memory_in_interrupts)
{
	unsigned wrong = 0;

	memset(&churn, 0, sizeof(churn));
	board_tick(PERIOD_US, churn_interrupt);
	while (((volatile unsigned *)&churn.interrupts)[0] < 2000)
		wrong += take_and_give();
	board_tick(0, NULL);
	ck_assert_uint_eq(wrong + churn.wrong, 0);
}
END_TEST

int interrupts_main(void)
{
	TCase *tcase = tcase_create("any context");

	tcase_add_loop_test(tcase, lives_end_in_interrupts, 0, 3);
	tcase_add_loop_test(tcase, a_device_answers_by_interrupt, 0, 2);
	tcase_add_test(tcase, memory_in_interrupts);
	return crew_main("interrupts", &tcase, 1);
}
