/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * binding.c - devices: bind and unbind, requests, faults.
 *
 * An unbind returns before the binding is gone; what counts is that it is gone.
 * So a round binds one device to ROUND ids of the thread's own, unbinds all, and
 * waits for all; the time of a pair is a ROUND-th of that, waiting included. The
 * device has nothing to quiesce: the figure is the library's own cost.
 */
#include "bench.h"

#define ROUND 256u

struct state {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	struct {
		_Alignas(BENCH_LINE) ioasid_handle_t id[ROUND];
		ioasid_binding_t binding[ROUND];
	} thread[BENCH_THREADS];
};

static void work_bind(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;
	struct ioasid_bind_args args = {.size = sizeof(args), .device = s->device, .data = s};
	ioasid_binding_t *binding = s->thread[thread].binding;
	uint64_t done;
	uint32_t i;

	for (done = 0; done < operations; done += ROUND) {
		for (i = 0; i < ROUND; i++)
			must(ioasid_id_bind(s->space, s->thread[thread].id[i], &args, 1, 0, &binding[i]), "bind");
		for (i = 0; i < ROUND; i++)
			must(ioasid_binding_unbind(s->space, binding[i]), "unbind");
		for (i = 0; i < ROUND; i++)
			must(ioasid_binding_wait(s->space, binding[i], IOASID_FOREVER), "wait for an unbind");
	}
}

static void work_request(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;
	ioasid_binding_t binding = s->thread[thread].binding[0];

	while (operations-- > 0) {
		must(ioasid_request_begin(s->space, binding), "begin a request");
		must(ioasid_request_end(s->space, binding), "end a request");
	}
}

static void work_fault(void *state, unsigned thread, uint64_t operations)
{
	struct state *s = state;
	ioasid_t id = ioasid_handle_id(s->thread[thread].id[0]);
	ioasid_binding_t binding;

	while (operations-- > 0) {
		must(ioasid_device_pin(s->device, id, &binding), "pin");
		must(ioasid_binding_unpin(s->space, binding), "unpin");
	}
}

static void begin(struct state *s, uint32_t flags)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = IOASID_BITS_MAX};
	unsigned t;
	uint32_t i;

	*s = (struct state){.space = bench_space(flags)};
	s->set = bench_set(s->space, 1, 0);
	must(ioasid_device_register(s->space, &config, &s->device), "register a device");
	for (t = 0; t < BENCH_THREADS; t++)
		for (i = 0; i < ROUND; i++)
			must(ioasid_id_alloc(s->set, NULL, IOASID_ALLOC_ACTIVE, &s->thread[t].id[i]), "alloc");
}

static void end(struct state *s)
{
	(void)ioasid_set_end(s->set);
	must(ioasid_set_wait(s->set, IOASID_FOREVER), "wait for the end of a set");
	must(ioasid_device_unregister(s->device), "unregister a device");
	bench_destroy(s->space, &s->set, 1);
}

static void run_bind(struct bench *bench)
{
	const struct load load = {.work = work_bind, .step = ROUND};
	struct state s;
	unsigned threads;
	unsigned background;

	for (background = 0; background <= 1; background++) {
		for (threads = 1; threads <= BENCH_THREADS; threads++) {
			begin(&s, background ? IOASID_SPACE_BACKGROUND : 0);
			bench_loop(bench, background ? "background" : "polled, the waiter helps", threads, &load, &s);
			end(&s);
		}
	}
}

/* One binding for all threads, and one for each. */
static void measure_bound(struct bench *bench, const struct load *load)
{
	struct ioasid_bind_args args = {.size = sizeof(args)};
	unsigned threads;
	unsigned own;
	struct state s;
	unsigned t;

	for (own = 0; own <= 1; own++) {
		begin(&s, 0);
		args.device = s.device;
		for (t = 0; t < BENCH_THREADS; t++) {
			if (!own)
				s.thread[t].id[0] = s.thread[0].id[0];
			must(ioasid_id_bind(s.space, s.thread[t].id[0], &args, 1, 0, &s.thread[t].binding[0]), "bind");
		}
		for (threads = own + 1; threads <= BENCH_THREADS; threads++)
			bench_loop(bench, own ? "a binding per thread" : "one binding", threads, load, &s);
		end(&s);
	}
}

static void run_request(struct bench *bench)
{
	const struct load load = {.work = work_request, .reference = "floor.add-private-twice"};

	measure_bound(bench, &load);
}

static void run_fault(struct bench *bench)
{
	const struct load load = {.work = work_fault, .reference = "floor.add-private-twice"};

	measure_bound(bench, &load);
}

const struct benchmark bench_bindings[] = {
	{"bind+unbind", "one bind and one unbind, until the binding is gone; rounds of 256 are waited for at their end",
         run_bind},
	{"request", "one request begun and ended on a binding", run_request},
	{"fault", "one pin by device and number, and its unpin", run_fault},
	{NULL, NULL, NULL},
};
