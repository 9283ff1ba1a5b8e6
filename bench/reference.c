/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* reference.c - what is done with an id that lives: find, get and put, pin and unpin. */
#include "bench.h"

#include <stdlib.h>

struct state {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	ioasid_handle_t *handle;
	uint64_t count; /* a power of two */
	struct {
		_Alignas(BENCH_LINE) uint64_t seed;
	} thread[BENCH_THREADS];
};

static ioasid_handle_t pick(struct state *s, unsigned thread)
{
	return s->handle[s->count == 1 ? 0 : bench_random(&s->thread[thread].seed) & (s->count - 1)];
}

static void work_find(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;
	ioasid_handle_t handle;

	while (operations-- > 0)
		must(ioasid_id_find(s->space, ioasid_handle_id(pick(s, thread)), &handle), "find");
}

static void work_get_put(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;

	while (operations-- > 0) {
		ioasid_handle_t handle = pick(s, thread);

		must(ioasid_id_get(s->space, handle), "get");
		must(ioasid_id_put(s->space, handle), "put");
	}
}

static void work_pin_unpin(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;
	ioasid_handle_t handle;

	while (operations-- > 0) {
		must(ioasid_id_pin(s->space, ioasid_handle_id(pick(s, thread)), &handle), "pin");
		must(ioasid_id_unpin(s->space, handle), "unpin");
	}
}

static void begin(struct state *s, uint64_t count)
{
	uint64_t i;
	unsigned t;

	*s = (struct state){.space = bench_space(0), .count = count};
	s->set = bench_set(s->space, 1, 0);
	s->handle = bench_zalloc(count, sizeof(*s->handle));
	for (i = 0; i < count; i++)
		must(ioasid_id_alloc(s->set, NULL, IOASID_ALLOC_ACTIVE, &s->handle[i]), "alloc");
	for (t = 0; t < BENCH_THREADS; t++)
		s->thread[t].seed = BENCH_SEED(t);
}

static void end(struct state *s)
{
	bench_destroy(s->space, &s->set, 1);
	free(s->handle);
}

static void measure(struct bench *bench, const struct load *load, bool one)
{
	uint64_t most = bench->quick ? UINT64_C(1) << 14 : UINT64_C(1) << 19;
	const uint64_t count[] = {1, 1024, most};
	char variant[48];
	struct state s;
	unsigned threads;
	unsigned i;

	for (i = one ? 0 : 1; i < sizeof(count) / sizeof(count[0]); i++) {
		begin(&s, count[i]);
		(void)snprintf(variant, sizeof(variant), count[i] == 1 ? "one id" : "at random of %u ids",
		               (unsigned)count[i]);
		for (threads = 1; threads <= BENCH_THREADS; threads++)
			bench_loop(bench, variant, threads, load, &s);
		end(&s);
	}
}

/* A shared id exists by a binding: the set's, of a device that has nothing to quiesce. */
static void run_hot(struct bench *bench, const struct load *load)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = IOASID_BITS_MAX};
	struct ioasid_bind_args args = {.size = sizeof(args)};
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	struct state s = {.space = bench_space(0), .count = 1, .handle = &handle};
	unsigned threads;

	s.set = bench_set(s.space, 1, IOASID_SET_HOT);
	must(ioasid_device_register(s.space, &config, &s.device), "register a device");
	args.device = s.device;
	must(ioasid_set_bind(s.set, &args, 1, 0, &binding), "bind");
	must(ioasid_set_shared(s.set, &handle), "find the shared id");
	for (threads = 1; threads <= BENCH_THREADS; threads++)
		bench_loop(bench, "the shared id of a HOT set", threads, load, &s);
	must(ioasid_binding_unbind(s.space, binding), "unbind");
	must(ioasid_binding_wait(s.space, binding, IOASID_FOREVER), "wait for an unbind");
	must(ioasid_device_unregister(s.device), "unregister a device");
	bench_destroy(s.space, &s.set, 1);
}

static void run_find(struct bench *bench)
{
	const struct load load = {.work = work_find};

	measure(bench, &load, false);
}

static void run_get_put(struct bench *bench)
{
	const struct load load = {.work = work_get_put, .reference = "floor.add-private-twice"};

	measure(bench, &load, true);
	run_hot(bench, &load);
}

static void run_pin_unpin(struct bench *bench)
{
	const struct load load = {.work = work_pin_unpin, .reference = "floor.add-private-twice"};

	measure(bench, &load, true);
}

const struct benchmark bench_references[] = {
	{"find", "one find by number, hits only", run_find},
	{"get+put", "one get and one put by handle", run_get_put},
	{"pin+unpin", "one pin by number and one unpin", run_pin_unpin},
	{NULL, NULL, NULL},
};
