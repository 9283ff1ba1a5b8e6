/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid-bench-rmw - atomic read-modify-writes per operation, by what they are on.
 *
 * One thread on the counting port: no swap fails, and the figures are the same
 * everywhere. All is warm. The last column is the cost model's promise.
 */
#include "count.h"

#include <ioasid/ioasid.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 512u

struct world {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	ioasid_handle_t id[MANY];
	ioasid_binding_t binding[MANY];
};

struct line {
	const char *name;
	void (*before)(struct world *w, uint32_t n); /* not counted */
	void (*counted)(struct world *w, uint32_t n);
	uint32_t n;   /* operations in one measurement */
	double model; /* shared RMWs per operation by the cost model; negative: it says nothing */
	uint32_t set_flags;
};

static void must(int error, const char *what)
{
	if (error == 0)
		return;
	(void)fprintf(stderr, "ioasid-bench-rmw: %s: %s (%d)\n", what, ioasid_strerror(error), error);
	exit(1);
}

static void run(struct world *w, uint32_t n)
{
	(void)n;
	must(ioasid_space_run(w->space, 0, NULL), "run the deferred work");
}

static void alloc(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_alloc(w->set, NULL, IOASID_ALLOC_ACTIVE, &w->id[i]), "alloc");
}

static void alloc_reserved(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_alloc(w->set, NULL, 0, &w->id[i]), "alloc");
}

static void publish(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_publish(w->space, w->id[i]), "publish");
}

static void abort_them(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_abort(w->space, w->id[i]), "abort");
}

static void free_them(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_free(w->space, w->id[i]), "free");
}

static void alloc_and_free(struct world *w, uint32_t n)
{
	alloc(w, n);
	free_them(w, n);
}

static void pairs_and_run(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		alloc(w, 1);
		free_them(w, 1);
	}
	run(w, n);
}

static void find(struct world *w, uint32_t n)
{
	ioasid_handle_t handle;
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_find(w->space, ioasid_handle_id(w->id[i]), &handle), "find");
}

static void get(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_get(w->space, w->id[i]), "get");
}

static void put(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_put(w->space, w->id[i]), "put");
}

static void pin(struct world *w, uint32_t n)
{
	ioasid_handle_t handle;
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_pin(w->space, ioasid_handle_id(w->id[i]), &handle), "pin");
}

static void unpin(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_unpin(w->space, w->id[i]), "unpin");
}

static void bind(struct world *w, uint32_t n)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = w->device, .data = w};
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_id_bind(w->space, w->id[i], &args, 1, 0, &w->binding[i]), "bind");
}

static void unbind(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_binding_unbind(w->space, w->binding[i]), "unbind");
}

static void device_pin(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_device_pin(w->device, ioasid_handle_id(w->id[i]), &w->binding[i]), "pin by device");
}

static void binding_unpin(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_binding_unpin(w->space, w->binding[i]), "unpin a binding");
}

static void begin_requests(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_request_begin(w->space, w->binding[i]), "begin a request");
}

static void end_requests(struct world *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		must(ioasid_request_end(w->space, w->binding[i]), "end a request");
}

static void end_set(struct world *w, uint32_t n)
{
	(void)n;
	must(ioasid_set_end(w->set), "end a set");
}

static void end_set_and_run(struct world *w, uint32_t n)
{
	end_set(w, n);
	run(w, n);
}

/* The preparations: what must be there before the first counted operation. */

static void with_ids(struct world *w, uint32_t n)
{
	alloc(w, n);
}

static void with_reserved(struct world *w, uint32_t n)
{
	alloc_reserved(w, n);
}

static void with_rest(struct world *w, uint32_t n)
{
	alloc(w, n);
	free_them(w, n);
}

static void with_references(struct world *w, uint32_t n)
{
	alloc(w, n);
	get(w, n);
}

static void with_pins(struct world *w, uint32_t n)
{
	alloc(w, n);
	pin(w, n);
}

static void with_bindings(struct world *w, uint32_t n)
{
	alloc(w, n);
	bind(w, n);
	unbind(w, n);
	run(w, n);
	bind(w, n);
}

/* A binding has been there before: the pool and the tallies have memory. */
static void with_pool(struct world *w, uint32_t n)
{
	with_bindings(w, n);
	unbind(w, n);
	run(w, n);
}

static void with_unbound(struct world *w, uint32_t n)
{
	with_bindings(w, n);
	unbind(w, n);
}

static void with_device_pins(struct world *w, uint32_t n)
{
	with_bindings(w, n);
	device_pin(w, n);
}

static void with_requests(struct world *w, uint32_t n)
{
	with_bindings(w, n);
	begin_requests(w, n);
}

static void with_hot(struct world *w, uint32_t n)
{
	struct ioasid_bind_args args = {.size = sizeof(args), .device = w->device, .data = w};
	uint32_t i;

	must(ioasid_set_bind(w->set, &args, 1, 0, &w->binding[0]), "bind");
	for (i = 0; i < n; i++)
		must(ioasid_set_shared(w->set, &w->id[i]), "find the shared id");
}

static void with_hot_references(struct world *w, uint32_t n)
{
	with_hot(w, n);
	get(w, n);
}

#define EACH 256u

static const struct line lines[] = {
	{"alloc", NULL, alloc, EACH, 3, 0},
	{"alloc, reserved", NULL, alloc_reserved, EACH, 3, 0},
	{"publish", with_reserved, publish, EACH, -1, 0},
	{"abort", with_reserved, abort_them, EACH, -1, 0},
	{"free", with_ids, free_them, EACH, 2, 0},
	{"reclaim, 1 id at rest", with_rest, run, 1, 1 + 1.0 / 16, 0},
	{"reclaim, 16 ids at rest", with_rest, run, 16, 1 + 1.0 / 16, 0},
	{"reclaim, 256 ids at rest", with_rest, run, EACH, 1 + 1.0 / 16, 0},
	{"alloc+free, run every pair", NULL, pairs_and_run, 1, 6 + 1.0 / 16, 0},
	{"alloc+free, run every 16", NULL, pairs_and_run, 16, 6 + 1.0 / 16, 0},
	{"alloc+free, run every 256", NULL, pairs_and_run, EACH, 6 + 1.0 / 16, 0},
	{"find", with_ids, find, EACH, 0, 0},
	{"get", with_ids, get, EACH, 1, 0},
	{"put", with_references, put, EACH, 1, 0},
	{"get, HOT", with_hot, get, EACH, 0, IOASID_SET_HOT},
	{"put, HOT", with_hot_references, put, EACH, 0, IOASID_SET_HOT},
	{"pin", with_ids, pin, EACH, 1, 0},
	{"unpin", with_pins, unpin, EACH, 1, 0},
	{"fault: pin by device", with_bindings, device_pin, EACH, 1, 0},
	{"fault: unpin", with_device_pins, binding_unpin, EACH, 1, 0},
	{"bind", with_pool, bind, EACH, -1, 0},
	{"unbind", with_bindings, unbind, EACH, -1, 0},
	{"unbind, deferred", with_unbound, run, EACH, -1, 0},
	{"request begin", with_bindings, begin_requests, EACH, 0, 0},
	{"request end", with_requests, end_requests, EACH, 0, 0},
	{"set end, 1 id: the call", with_ids, end_set, 1, 3, 0},
	{"set end, 16 ids: the call", with_ids, end_set, 16, 1 + 1.0 / 16 + 1.0 / 16, 0},
	{"set end, 512 ids: the call", with_ids, end_set, MANY, 1 + 1.0 / 16 + 1.0 / MANY, 0},
	{"set end, 512 ids: until done", with_ids, end_set_and_run, MANY, 1 + 1.0 / 16 + 1.0 / MANY, 0},
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

static struct world make(uint32_t flags)
{
	struct ioasid_space_config space = {.size = sizeof(space), .bits = 12, .flags = IOASID_SPACE_ZERO};
	struct ioasid_set_config set = {.size = sizeof(set),
	                                .owner = {1, 0},
	                                .quota = IOASID_UNLIMITED,
	                                .flags = flags};
	struct ioasid_device_config device = {.size = sizeof(device), .bits = IOASID_BITS_MAX};
	struct world w = {NULL, NULL, NULL, {{0}}, {{0}}};

	must(ioasid_space_create(&space, &w.space), "make a space");
	must(ioasid_set_create(w.space, &set, &w.set), "make a set");
	must(ioasid_device_register(w.space, &device, &w.device), "register a device");
	/* Twice round: memory and the set's map are there, and what rested is free. */
	alloc_and_free(&w, MANY);
	run(&w, 0);
	alloc_and_free(&w, MANY);
	run(&w, 0);
	return w;
}

/* Left as they are when the program ends: most hold references and pins. */
static struct world worlds[LINES];

static struct counts count_line(const struct line *line, struct world *w)
{
	struct counts result;

	*w = make(line->set_flags);
	if (line->before != NULL)
		line->before(w, line->n);
	count_begin(w->space);
	line->counted(w, line->n);
	result = counts;
	count_end();
	return result;
}

static double shared(const struct counts *c)
{
	uint64_t sum = 0;
	unsigned p;

	for (p = 0; p < PLACE_COUNT; p++)
		sum += p != PLACE_TALLY ? c->rmw[p] : 0;
	return (double)sum;
}

static const char *const places[] = {"leaf", "slot", "set", "hint", "binding", "door", "counter", "own", "other"};

static void print_count(double value)
{
	if (value == 0)
		(void)printf(" %7s", ".");
	else
		(void)printf(" %7.2f", value);
}

static void print_table(const struct counts *counted)
{
	size_t i;
	unsigned p;

	(void)printf("RMWs per operation; shared is all but own (a CPU's own line)\n%-30s %7s %7s", "operation",
	             "shared", "model");
	for (p = 0; p < PLACE_COUNT; p++)
		(void)printf(" %7s", places[p]);
	(void)printf(" %7s %7s %7s\n", "barrier", "section", "grace");
	for (i = 0; i < LINES; i++) {
		double n = lines[i].n;

		(void)printf("%-30s", lines[i].name);
		print_count(shared(&counted[i]) / n);
		if (lines[i].model < 0)
			(void)printf(" %7s", "-");
		else
			print_count(lines[i].model);
		for (p = 0; p < PLACE_COUNT; p++)
			print_count((double)counted[i].rmw[p] / n);
		print_count((double)counted[i].barriers / n);
		print_count((double)counted[i].read_sections / n);
		print_count((double)counted[i].grace_periods / n);
		(void)printf("\n");
	}
}

static int write_json(const struct counts *counted, const char *path)
{
	FILE *file = fopen(path, "w");
	size_t i;
	unsigned p;

	if (file == NULL)
		return 1;
	(void)fprintf(file, "{\n  \"version\": \"%s\",\n  \"rows\": [", IOASID_VERSION);
	for (i = 0; i < LINES; i++) {
		double n = lines[i].n;

		(void)fprintf(file, "%s\n    {\"operation\": \"%s\", \"shared\": %.4g", i == 0 ? "" : ",",
		              lines[i].name, shared(&counted[i]) / n);
		if (lines[i].model >= 0)
			(void)fprintf(file, ", \"model\": %.4g", lines[i].model);
		for (p = 0; p < PLACE_COUNT; p++)
			(void)fprintf(file, ", \"%s\": %.4g", places[p], (double)counted[i].rmw[p] / n);
		(void)fprintf(file, ", \"barriers\": %.4g, \"read_sections\": %.4g, \"grace_periods\": %.4g}",
		              (double)counted[i].barriers / n, (double)counted[i].read_sections / n,
		              (double)counted[i].grace_periods / n);
	}
	(void)fprintf(file, "\n  ]\n}\n");
	return fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct counts counted[LINES];
	size_t i;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "--json") != 0)) {
		(void)fprintf(stderr, "usage: ioasid-bench-rmw [--json FILE]\n");
		return 2;
	}
	for (i = 0; i < LINES; i++)
		counted[i] = count_line(&lines[i], &worlds[i]);
	print_table(counted);
	return argc == 3 ? write_json(counted, argv[2]) : 0;
}
