/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * unit.h - what all tests of the core on the sim port share.
 *
 * A test program has one function that adds its tests to a case, and UNIT_MAIN.
 * Each test starts with a sim port in its defaults, and must leave no memory
 * behind. With UNIT_CAS=2, 3, ... in the environment, every 2nd, 3rd, ... weak
 * compare-and-swap fails for no reason; with UNIT_CAS=random, one in three.
 */
#ifndef IOASID_TESTS_UNIT_H
#define IOASID_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <ioasid/ioasid.h>

#include "sim.h"

#define ck_assert_ok(call) ck_assert_int_eq((call), 0)

static inline void unit_setup(void)
{
	const char *cas = getenv("UNIT_CAS");

	sim_reset();
	if (cas != NULL && strcmp(cas, "random") == 0)
		sim_cas_fail_random(42, 3);
	else if (cas != NULL)
		sim_cas_fail_every(strtoull(cas, NULL, 10));
}

static inline void unit_teardown(void)
{
	ck_assert_uint_eq(sim_memory_blocks(), 0);
	ck_assert_uint_eq(sim_memory_bytes(), 0);
	sim_reset();
}

static inline int unit_main(const char *name, void (*add_tests)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tests = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, unit_setup, unit_teardown);
	tcase_set_timeout(tests, 60);
	add_tests(tests);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define UNIT_MAIN(name, add_tests)                 \
	int main(void)                             \
	{                                          \
		return unit_main(name, add_tests); \
	}

/* A polled space; @config may be NULL, its size is filled in. */
static inline struct ioasid_space *unit_space_with(uint32_t bits, const struct ioasid_space_config *config)
{
	struct ioasid_space_config c = {.bits = bits};
	struct ioasid_space *space = NULL;

	if (config != NULL) {
		c = *config;
		c.bits = bits;
	}
	c.size = sizeof(c);
	ck_assert_ok(ioasid_space_create(&c, &space));
	ck_assert_ptr_nonnull(space);
	return space;
}

static inline struct ioasid_space *unit_space(uint32_t bits)
{
	return unit_space_with(bits, NULL);
}

/* All deferred work that can be done now. Returns the steps. */
static inline uint32_t unit_run(struct ioasid_space *space)
{
	uint32_t done = 0;

	ck_assert_ok(ioasid_space_run(space, 0, &done));
	return done;
}

static inline void unit_destroy(struct ioasid_space *space)
{
	ck_assert_ok(ioasid_space_destroy(space, NULL, NULL));
}

static inline struct ioasid_owner_set *unit_set_with(struct ioasid_space *space, uint64_t key, uint32_t quota,
                                                     uint32_t flags)
{
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {key, 1},
		.quota = quota,
		.flags = flags,
	};
	struct ioasid_owner_set *set = NULL;

	ck_assert_ok(ioasid_set_create(space, &config, &set));
	ck_assert_ptr_nonnull(set);
	return set;
}

static inline struct ioasid_owner_set *unit_set(struct ioasid_space *space)
{
	return unit_set_with(space, 0x5e7, IOASID_UNLIMITED, 0);
}

static inline uint32_t unit_charged(const struct ioasid_owner_set *set)
{
	struct ioasid_set_info info;

	ck_assert_ok(ioasid_set_query(set, &info));
	return info.charged;
}

/* End a set, give up the hold, do what follows. */
static inline void unit_set_gone(struct ioasid_space *space, struct ioasid_owner_set *set)
{
	(void)ioasid_set_end(set);
	ck_assert_ok(ioasid_set_release(set));
	(void)unit_run(space);
}

static inline struct ioasid_device *unit_device_with(struct ioasid_space *space, const char *name, uint32_t bits,
                                                     const struct ioasid_quiesce_ops *ops, void *context)
{
	struct ioasid_device_config config = {
		.size = sizeof(config),
		.bits = bits,
		.ops = ops,
		.context = context,
		.name = name,
	};
	struct ioasid_device *device = NULL;

	ck_assert_ok(ioasid_device_register(space, &config, &device));
	ck_assert_ptr_nonnull(device);
	return device;
}

static inline struct ioasid_device *unit_device(struct ioasid_space *space, const char *name)
{
	return unit_device_with(space, name, IOASID_BITS_MAX, NULL, NULL);
}

/* A private id that is ACTIVE (or, without IOASID_ALLOC_ACTIVE, RESERVED). */
static inline ioasid_handle_t unit_alloc_with(struct ioasid_owner_set *set, uint32_t flags)
{
	ioasid_handle_t handle = {0};

	ck_assert_ok(ioasid_id_alloc(set, NULL, flags, &handle));
	ck_assert(ioasid_handle_is_set(handle));
	return handle;
}

static inline ioasid_handle_t unit_alloc(struct ioasid_owner_set *set)
{
	return unit_alloc_with(set, IOASID_ALLOC_ACTIVE);
}

static inline uint32_t unit_number(ioasid_handle_t handle)
{
	return ioasid_value(ioasid_handle_id(handle));
}

static inline struct ioasid_range unit_range(uint32_t first, uint32_t last)
{
	return ioasid_range_make(ioasid_make(first), ioasid_make(last));
}

/* One device, to be bound with @data. */
static inline struct ioasid_bind_args unit_args(struct ioasid_device *device, void *data)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = device, .data = data};

	return args;
}

static inline ioasid_binding_t unit_bind(struct ioasid_space *space, ioasid_handle_t handle,
                                         struct ioasid_device *device)
{
	struct ioasid_bind_args args = unit_args(device, NULL);
	ioasid_binding_t binding = {0};

	ck_assert_ok(ioasid_id_bind(space, handle, &args, 1, 0, &binding));
	return binding;
}

static inline enum ioasid_state unit_state(struct ioasid_space *space, ioasid_handle_t handle)
{
	enum ioasid_state state = IOASID_STATE_COUNT;

	ck_assert_ok(ioasid_id_state(space, ioasid_handle_id(handle), &state));
	return state;
}

static inline struct ioasid_snapshot unit_snapshot(struct ioasid_space *space)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};

	ck_assert_ok(ioasid_space_snapshot(space, &snapshot));
	return snapshot;
}

static inline struct ioasid_counters unit_counters(const struct ioasid_space *space)
{
	struct ioasid_counters counters = {.size = sizeof(counters)};

	ck_assert_ok(ioasid_space_counters(space, &counters));
	return counters;
}

#endif
