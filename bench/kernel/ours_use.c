/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ours_use.c - what is done with an id that lives: find, get, pin, requests; and its bindings. */
#include "ours.h"

static ioasid_handle_t live[BENCH_LIVE];
static ioasid_t number[BENCH_LIVE];
static ioasid_binding_t binding[BENCH_HELD];
static struct ioasid_device *device;
static u32 next;

static int begin(void)
{
	int error = ours_open(0);
	u32 i;

	for (i = 0; !error && i < BENCH_LIVE; i++) {
		error = ioasid_id_alloc(ours_set, NULL, IOASID_ALLOC_ACTIVE, &live[i]);
		number[i] = ioasid_handle_id(live[i]);
	}
	next = 0;
	return error;
}

static inline u32 one_of_live(void)
{
	u32 i = next;

	next = i + 1 < BENCH_LIVE ? i + 1 : 0;
	return i;
}

static void find(u32 operations)
{
	ioasid_handle_t found;

	while (operations--)
		bench_must(ioasid_id_find(ours_space, number[one_of_live()], &found) == 0);
}

static void get_put(u32 operations)
{
	while (operations--) {
		u32 i = one_of_live();

		bench_must(ioasid_id_get(ours_space, live[i]) == 0);
		bench_must(ioasid_id_put(ours_space, live[i]) == 0);
	}
}

static void pin_unpin(u32 operations)
{
	ioasid_handle_t pinned;

	while (operations--) {
		bench_must(ioasid_id_pin(ours_space, number[one_of_live()], &pinned) == 0);
		bench_must(ioasid_id_unpin(ours_space, pinned) == 0);
	}
}

static int begin_device(void)
{
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 20, .name = "bench"};
	int error = begin();

	return error ? error : ioasid_device_register(ours_space, &config, &device);
}

static void end_device(void)
{
	(void)ioasid_set_end(ours_set);
	bench_must(ioasid_set_wait(ours_set, IOASID_FOREVER) == 0);
	bench_must(ioasid_space_flush(ours_space, IOASID_FOREVER) == 0);
	bench_must(ioasid_device_unregister(device) == 0);
	ours_close();
}

static inline bool bind(u32 i, ioasid_binding_t *bound)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = device, .data = &device};

	return ioasid_id_bind(ours_space, live[i], &args, 1, 0, bound) == 0;
}

static int begin_requests(void)
{
	int error = begin_device();
	u32 i;

	for (i = 0; !error && i < BENCH_HELD; i++)
		bench_must(bind(i, &binding[i]));
	return error;
}

static void request(u32 operations)
{
	while (operations--) {
		ioasid_binding_t on = binding[next++ % BENCH_HELD];

		bench_must(ioasid_request_begin(ours_space, on) == 0);
		bench_must(ioasid_request_end(ours_space, on) == 0);
	}
}

/* A pair is done when the binding is gone: each of the live ids is bound and unbound, then all quiesce. */
static void bind_unbind(u32 operations)
{
	ioasid_binding_t bound;

	while (operations--) {
		u32 i = one_of_live();

		bench_must(bind(i, &bound));
		bench_must(ioasid_binding_unbind(ours_space, bound) == 0);
		if (next == 0)
			bench_must(ioasid_space_run(ours_space, 0, NULL) == 0);
	}
}

static void settle(void)
{
	ours_settle(BENCH_LIVE);
}

const struct bench_row bench_ours_use[] = {
	{.workload = "find", .subject = "libioasid", .begin = begin, .loop = find, .end = ours_close},
	{.workload = "get+put", .subject = "libioasid", .begin = begin, .loop = get_put, .end = ours_close},
	{.workload = "pin+unpin", .subject = "libioasid", .begin = begin, .loop = pin_unpin, .end = ours_close},
	{.workload = "request", .subject = "libioasid", .begin = begin_requests, .loop = request, .end = end_device},
	{.workload = "bind+unbind",
         .subject = "libioasid",
         .begin = begin_device,
         .loop = bind_unbind,
         .finish = settle,
         .end = end_device},
	{},
};
