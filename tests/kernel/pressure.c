/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * pressure.c - ioasid_pressure.ko: every call that may need memory, while the kernel
 * refuses it now and then (failslab, told to look for ioasid.ko in the stack; by whoever
 * loads this). A call has succeeded, or has said -ENOMEM and done nothing; what gives
 * back never needs memory; and in the end nothing is left.
 */
#include "check.h"

#include <linux/sched/mm.h>

#include <ioasid/linux.h>

#include "../tap/tap.h"
#include "crew.h"
#include "host.h"

#define BITS 14u
#define THREADS 4u
#define IDS 8u
#define ENOUGH 100u
#define ALLOC_FLAGS (IOASID_ALLOC_ACTIVE | IOASID_ALLOC_WAIT)

/* The calls that may be refused memory. */
enum call {
	CALL_SPACE,
	CALL_SET,
	CALL_ALLOC,
	CALL_DEVICE,
	CALL_BIND,
	CALL_ENROLL,
	CALL_MM,
	NR_CALLS
};

static const char *const call_name[NR_CALLS] = {
	"ioasid_space_create", "ioasid_set_create", "ioasid_id_alloc", "ioasid_device_register",
	"ioasid_*_bind*",      "ioasid_*_enroll",   "ioasid_mm_set",
};

static struct {
	struct ioasid_space *space;
	struct mm_struct *mm;
	atomic_uint made[NR_CALLS];
	atomic_uint refused[NR_CALLS];
	atomic_uint sets;
	atomic_uint done;
} s;

static void set_is_done(void *context, struct ioasid_owner owner)
{
	(void)context;
	(void)owner;
	(void)atomic_fetch_add(&s.done, 1u);
}

/* True if the call has succeeded; anything but that and -ENOMEM is wrong. */
static bool had(struct crew *crew, enum call call, int error)
{
	(void)atomic_fetch_add(error == 0 ? &s.made[call] : &s.refused[call], 1u);
	crew_count(crew, 1);
	(void)crew_check(crew, error == 0 || error == -ENOMEM, "%s: %d", call_name[call], error);
	return error == 0;
}

/* What gives back does not fail. */
static void gave(struct crew *crew, const char *what, int error)
{
	(void)crew_check(crew, error == 0, "%s: %d", what, error);
}

static int answer_at_once(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	(void)view;
	(void)token;
	return IOASID_DONE;
}

static const struct ioasid_quiesce_ops ops = {
	.size = sizeof(ops),
	.quiesce = {[IOASID_PHASE_DEVICE] = answer_at_once, [IOASID_PHASE_LAST] = answer_at_once},
};

static struct ioasid_owner_set *make_set(struct crew *crew, uint64_t key, uint64_t generation)
{
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {.key = key, .generation = generation},
		.quota = IOASID_UNLIMITED,
		.flags = generation % 3 == 0 ? IOASID_SET_HOT : 0,
		.done = set_is_done,
	};
	struct ioasid_owner_set *set;

	if (!had(crew, CALL_SET, ioasid_set_create(s.space, &config, &set)))
		return NULL;
	(void)atomic_fetch_add(&s.sets, 1u);
	return set;
}

static void end_set(struct crew *crew, struct ioasid_owner_set *set)
{
	gave(crew, "ioasid_set_end", ioasid_set_end(set));
	gave(crew, "ioasid_set_wait", ioasid_set_wait(set, IOASID_FOREVER));
	gave(crew, "ioasid_set_release", ioasid_set_release(set));
}

/* Each from a chunk of its own, which may have no memory yet. Half are freed here, the others with their set. */
static void take_ids(struct crew *crew, struct ioasid_space *space, struct ioasid_owner_set *set)
{
	uint32_t i;

	for (i = 0; i < IDS; i++) {
		struct ioasid_range range = host_range(i << (BITS - 3), (i << (BITS - 3)) + IDS);
		ioasid_handle_t handle;

		if (!had(crew, CALL_ALLOC, ioasid_id_alloc(set, &range, ALLOC_FLAGS, &handle)))
			continue;
		gave(crew, "ioasid_id_get", ioasid_id_get(space, handle));
		gave(crew, "ioasid_id_put", ioasid_id_put(space, handle));
		if (i % 2 == 0)
			gave(crew, "ioasid_id_free", ioasid_id_free(space, handle));
	}
}

static void use_binding(struct crew *crew, struct ioasid_space *space, ioasid_binding_t binding)
{
	if (crew_check(crew, ioasid_request_begin(space, binding) == 0, "ioasid_request_begin"))
		gave(crew, "ioasid_request_end", ioasid_request_end(space, binding));
	gave(crew, "ioasid_binding_unbind", ioasid_binding_unbind(space, binding));
	gave(crew, "ioasid_binding_wait", ioasid_binding_wait(space, binding, IOASID_FOREVER));
}

static void bind_all_ways(struct crew *crew, struct ioasid_space *space, struct ioasid_owner_set *set,
                          const struct ioasid_bind_args *args)
{
	ioasid_binding_t binding;
	ioasid_handle_t handle;

	if (had(crew, CALL_BIND, ioasid_set_bind(set, args, 1, IOASID_BIND_WAIT, &binding)))
		use_binding(crew, space, binding);
	if (had(crew, CALL_BIND, ioasid_set_bind_private(set, args, 1, IOASID_BIND_WAIT, &binding)))
		use_binding(crew, space, binding);
	if (!had(crew, CALL_ALLOC, ioasid_id_alloc(set, NULL, ALLOC_FLAGS, &handle)))
		return;
	if (had(crew, CALL_BIND, ioasid_id_bind(space, handle, args, 1, IOASID_BIND_WAIT, &binding)))
		use_binding(crew, space, binding);
	gave(crew, "ioasid_id_free", ioasid_id_free(space, handle));
}

static void take_device(struct crew *crew, struct ioasid_space *space, struct ioasid_owner_set *set)
{
	struct ioasid_device_config device_config = {.size = sizeof(device_config), .bits = 20, .ops = &ops};
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = &ops};
	struct ioasid_bind_args args = {.size = sizeof(args), .data = crew};

	if (!had(crew, CALL_DEVICE, ioasid_device_register(space, &device_config, &args.device)))
		return;
	if (!had(crew, CALL_ENROLL, ioasid_binding_enroll(space, &config, &args.behind)))
		args.behind = NULL;
	bind_all_ways(crew, space, set, &args);
	gave(crew, "ioasid_device_unregister", ioasid_device_unregister(args.device));
	if (args.behind)
		gave(crew, "ioasid_participant_withdraw", ioasid_participant_withdraw(args.behind));
}

static void live_and_end(struct crew *crew, uint32_t me, uint64_t round)
{
	struct ioasid_participant_config config = {.size = sizeof(config), .ops = &ops};
	struct ioasid_participant *participant = NULL;
	struct ioasid_owner_set *set = make_set(crew, me + 1, round);

	if (!set)
		return;
	if (!had(crew, CALL_ENROLL, ioasid_set_enroll(set, &config, &participant)))
		participant = NULL;
	take_ids(crew, s.space, set);
	take_device(crew, s.space, set);
	end_set(crew, set);
	if (participant)
		gave(crew, "ioasid_participant_withdraw", ioasid_participant_withdraw(participant));
}

/* A space that begins and ends, with the set of an address space in it. */
static void other_space(struct crew *crew, uint32_t me, uint64_t round)
{
	struct ioasid_space_config config = {.size = sizeof(config),
	                                     .bits = BITS,
	                                     .flags = (me + round) % 2 == 0 ? IOASID_SPACE_BACKGROUND : 0};
	struct ioasid_owner_set *set;
	struct ioasid_space *space;
	struct dentry *folder;
	char name[32];
	int error = ioasid_space_create(&config, &space);

	/* Without memory, there is no thread either. */
	if (!had(crew, CALL_SPACE, error == -EAGAIN ? -ENOMEM : error))
		return;
	(void)scnprintf(name, sizeof(name), "ioasid_pressure-%u", me);
	folder = ioasid_debugfs_add(space, name);
	if (had(crew, CALL_MM, ioasid_mm_set(space, s.mm, IOASID_UNLIMITED, &set))) {
		take_ids(crew, space, set);
		take_device(crew, space, set);
		gave(crew, "ioasid_set_release", ioasid_set_release(set));
	}
	ioasid_mm_end_all(space);
	ioasid_debugfs_remove(folder);
	gave(crew, "ioasid_space_destroy", ioasid_space_destroy(space, ioasid_tell, "ioasid_pressure"));
}

static bool all_were_refused(void)
{
	enum call call = 0;

	while (call < NR_CALLS && atomic_load(&s.refused[call]) != 0)
		call++;
	return call == NR_CALLS;
}

/* For its time, and until luck has had it that each call was refused: leaves are large, and vmalloc() steps in. */
static void press(struct crew *crew, uint32_t me)
{
	uint64_t round;

	for (round = 1; crew_goes_on(crew) || (!all_were_refused() && round < ENOUGH); round++) {
		live_and_end(crew, me, round);
		other_space(crew, me, round);
	}
}

START_TEST(refused_or_done)
{
	struct ioasid_space_config config = {
		.size = sizeof(config),
		.bits = BITS,
		.flags = (_i == 0 ? 0 : IOASID_SPACE_BACKGROUND) | IOASID_SPACE_ZERO,
		.quiesce_timeout_ns = IOASID_FOREVER,
	};
	unsigned int tries = 0;

	while (ioasid_space_create(&config, &s.space) != 0)
		ck_assert_uint_lt(++tries, 1000);
	crew_run("pressure", THREADS, press, NULL);
	host_space_end(s.space);
	ck_assert_uint_eq(atomic_load(&s.done), atomic_load(&s.sets));
}
END_TEST

static void tell_of_all(void)
{
	char line[128];
	enum call call;

	for (call = 0; call < NR_CALLS; call++) {
		(void)scnprintf(line, sizeof(line), "# %s: %u succeeded, %u refused", call_name[call],
		                atomic_load(&s.made[call]), atomic_load(&s.refused[call]));
		tap_host_print(line);
	}
}

static int __init ioasid_pressure_init(void)
{
	TCase *tcase = tcase_create("memory");

	s.mm = current->mm;
	tap_begin();
	tcase_add_loop_test(tcase, refused_or_done, 0, 2);
	(void)crew_main("pressure", &tcase, 1);
	tell_of_all();
	/* If none was, nothing was tested. */
	tap_result(all_were_refused(), "pressure", "each call was refused memory");
	/* After a failure there may be threads in this module that are stuck. */
	if (!tap_finish())
		__module_get(THIS_MODULE);
	return 0;
}

static void __exit ioasid_pressure_exit(void)
{
}

module_init(ioasid_pressure_init);
module_exit(ioasid_pressure_exit);
MODULE_DESCRIPTION("Tests of libioasid when there is no memory");
MODULE_LICENSE("Dual BSD/GPL");
