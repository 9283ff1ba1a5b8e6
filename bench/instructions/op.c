/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ioasid-bench-op OPERATION COUNT - do one operation so often: for who counts its instructions from outside. */
#include <ioasid/ioasid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 1024u
#define HELD (16 * MANY)
#define FULL_BITS 14u /* as many as HELD */
#define FEW 64u

static struct ioasid_space *space;
static struct ioasid_owner_set *set;
static struct ioasid_owner_set *hot_set;
static struct ioasid_device *device;
static ioasid_handle_t many[MANY];
static struct ioasid_space *dense;
static struct ioasid_owner_set *dense_set;
static ioasid_handle_t held[HELD];
static struct ioasid_space *full;
static struct ioasid_owner_set *full_set;
static ioasid_handle_t all[HELD];
static uint32_t nr_all;
static ioasid_handle_t one;
static ioasid_handle_t hot;
static ioasid_binding_t binding;

static void must(int error)
{
	if (error == 0)
		return;
	(void)fprintf(stderr, "ioasid-bench-op: %s\n", ioasid_strerror(error));
	exit(1);
}

static void nothing(void)
{
	__asm__ volatile("" ::: "memory");
}

static void alloc_free(void)
{
	ioasid_handle_t handle;

	must(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle));
	must(ioasid_id_free(space, handle));
}

/* Of the deferred work, what a thousand ids cost at once. */
static void alloc_free_reclaim(void)
{
	unsigned i;

	for (i = 0; i < MANY; i++)
		must(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &many[i]));
	for (i = 0; i < MANY; i++)
		must(ioasid_id_free(space, many[i]));
	must(ioasid_space_run(space, 0, NULL));
}

/* Of a dense table with as many ids again, one after another goes, and the lowest that does not rest comes. */
static void replace_lowest(void)
{
	unsigned i;

	for (i = 0; i < MANY; i++) {
		ioasid_handle_t *one_of = &held[i * (HELD / MANY)];

		must(ioasid_id_free(dense, *one_of));
		must(ioasid_id_alloc(dense_set, NULL, IOASID_ALLOC_ACTIVE, one_of));
	}
	must(ioasid_space_run(dense, 0, NULL));
}

/* With nearly every id in use, one here, one there goes and another comes; a grace period as soon as all others rest. */
static void replace_full(void)
{
	static uint32_t at;
	unsigned i;

	for (i = 0; i < MANY; i++) {
		int error;

		at = (at + 5003) % nr_all;
		must(ioasid_id_free(full, all[at]));
		error = ioasid_id_alloc(full_set, NULL, IOASID_ALLOC_ACTIVE, &all[at]);
		if (error == -IOASID_EAGAIN) {
			must(ioasid_space_run(full, 1, NULL));
			error = ioasid_id_alloc(full_set, NULL, IOASID_ALLOC_ACTIVE, &all[at]);
		}
		must(error);
	}
}

static void find(void)
{
	ioasid_handle_t handle;

	must(ioasid_id_find(space, ioasid_handle_id(one), &handle));
}

static void get_put(void)
{
	must(ioasid_id_get(space, one));
	must(ioasid_id_put(space, one));
}

static void get_put_hot(void)
{
	must(ioasid_id_get(space, hot));
	must(ioasid_id_put(space, hot));
}

static void pin_unpin(void)
{
	ioasid_handle_t handle;

	must(ioasid_id_pin(space, ioasid_handle_id(one), &handle));
	must(ioasid_id_unpin(space, handle));
}

static void request(void)
{
	must(ioasid_request_begin(space, binding));
	must(ioasid_request_end(space, binding));
}

static void fault(void)
{
	ioasid_binding_t pinned;

	must(ioasid_device_pin(device, ioasid_handle_id(hot), &pinned));
	must(ioasid_binding_unpin(space, pinned));
}

static void bind_unbind(void)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = device};
	ioasid_binding_t bound;

	must(ioasid_id_bind(space, one, &args, 1, 0, &bound));
	must(ioasid_binding_unbind(space, bound));
	must(ioasid_space_run(space, 0, NULL));
}

static const struct operation {
	const char *name;
	void (*work)(void);
} operations[] = {
	{"nothing", nothing},
	{"alloc+free", alloc_free},
	{"alloc+free+reclaim,1024", alloc_free_reclaim},
	{"replace,lowest,1024", replace_lowest},
	{"replace,full,1024", replace_full},
	{"find", find},
	{"get+put", get_put},
	{"get+put,hot", get_put_hot},
	{"pin+unpin", pin_unpin},
	{"request", request},
	{"fault", fault},
	{"bind+unbind", bind_unbind},
};

static struct ioasid_owner_set *make_set(struct ioasid_space *of, uint64_t key, uint32_t flags)
{
	struct ioasid_set_config config = {.size = sizeof(config),
	                                   .owner = {key, 0},
	                                   .quota = IOASID_UNLIMITED,
	                                   .flags = flags};
	struct ioasid_owner_set *made = NULL;

	must(ioasid_set_create(of, &config, &made));
	return made;
}

/* All ids of a small space but FEW, which lie far apart. */
static void make_full(void)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = FULL_BITS};
	uint32_t i;

	must(ioasid_space_create(&config, &full));
	full_set = make_set(full, 1, 0);
	while (ioasid_id_alloc(full_set, NULL, IOASID_ALLOC_ACTIVE, &all[nr_all]) == 0)
		nr_all++;
	for (i = 0; i < FEW; i++) {
		uint32_t gone = i * (nr_all / FEW);

		must(ioasid_id_free(full, all[gone]));
		all[gone] = all[--nr_all];
	}
	must(ioasid_space_run(full, 0, NULL));
}

static void make_world(void)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = IOASID_BITS_MAX};
	struct ioasid_device_config what = {.size = sizeof(what), .bits = IOASID_BITS_MAX};
	struct ioasid_bind_args args = {.size = sizeof(args)};
	unsigned i;

	must(ioasid_space_create(&config, &space));
	set = make_set(space, 1, 0);
	hot_set = make_set(space, 2, IOASID_SET_HOT);
	must(ioasid_device_register(space, &what, &device));
	args.device = device;
	must(ioasid_set_bind(hot_set, &args, 1, 0, &binding));
	must(ioasid_set_shared(hot_set, &hot));
	must(ioasid_id_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &one));
	config.order = IOASID_ORDER_LOWEST;
	must(ioasid_space_create(&config, &dense));
	dense_set = make_set(dense, 1, 0);
	for (i = 0; i < HELD; i++)
		must(ioasid_id_alloc(dense_set, NULL, IOASID_ALLOC_ACTIVE, &held[i]));
	make_full();
	/* All is warm, and there is room for what is measured. */
	for (i = 0; i < 16; i++)
		alloc_free_reclaim();
}

int main(int argc, char **argv)
{
	size_t i;
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (argc == 2 && strcmp(argv[1], "--list") == 0)
			(void)puts(operations[i].name);
		if (argc != 3 || strcmp(argv[1], operations[i].name) != 0)
			continue;
		make_world();
		while (count-- > 0)
			operations[i].work();
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return 0;
	(void)fprintf(stderr, "usage: ioasid-bench-op OPERATION COUNT | --list\n");
	return 2;
}
