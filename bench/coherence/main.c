/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid-bench-coherence - which lines of the core limit on 2 to 256 cores.
 *
 * The core is run on a port whose every access goes to a directory of cache
 * lines; README.md says how to read what comes out.
 */
#include "check.h"
#include "coherence_port.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

#define LIST_MAX 16u
#define ROWS_MAX 1024u

struct options {
	uint32_t cores[LIST_MAX];
	uint32_t nr_cores;
	sockets_wanted sockets;
	const char *only[LIST_MAX];
	uint32_t nr_only;
	struct costs costs;
	uint32_t scale;
	const char *json;
};

static struct row rows[ROWS_MAX];
static uint32_t nr_rows;

static int usage(void)
{
	uint32_t i;

	(void)fprintf(stderr,
	              "usage: ioasid-bench-coherence [--cores N,...] [--sockets 1|2|4|8,...] [--scenario NAME]...\n"
	              "       [--hit NS] [--own NS] [--other NS] [--overlap PART]\n"
	              "       [--quick] [--json FILE]\n"
	              "scenarios, and what is one operation:\n");
	for (i = 0; i < nr_scenarios; i++)
		(void)fprintf(stderr, "  %-10s %s\n", scenarios[i].name, scenarios[i].operation);
	return 2;
}

/* Numbers with commas between them. How many; 0: nonsense. */
static uint32_t parse_list(const char *text, uint32_t max, uint32_t *list)
{
	uint32_t count = 0;

	while (count < LIST_MAX) {
		char *end;
		unsigned long n = strtoul(text, &end, 10);

		if (end == text || n == 0 || n > max)
			return 0;
		list[count++] = (uint32_t)n;
		if (*end == '\0')
			return count;
		if (*end != ',')
			return 0;
		text = end + 1;
	}
	return 0;
}

static bool parse_sockets(const char *text, sockets_wanted sockets)
{
	uint32_t list[LIST_MAX];
	uint32_t count = parse_list(text, 1u << (SOCKET_COUNTS - 1), list);
	uint32_t i;
	uint32_t s;

	memset(sockets, 0, sizeof(sockets_wanted));
	for (i = 0; i < count; i++) {
		for (s = 0; 1u << s != list[i]; s++)
			if (s == SOCKET_COUNTS - 1)
				return false;
		sockets[s] = true;
	}
	return count != 0;
}

static bool parse_number(const char *text, double *ns)
{
	char *end;

	*ns = strtod(text, &end);
	return end != text && *end == '\0' && *ns >= 0;
}

static bool is_scenario(const char *name)
{
	uint32_t i;

	for (i = 0; i < nr_scenarios; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return true;
	return false;
}

static bool parse_option(struct options *o, const char *name, const char *value)
{
	if (strcmp(name, "--cores") == 0)
		return (o->nr_cores = parse_list(value, CORES_MAX, o->cores)) != 0;
	if (strcmp(name, "--sockets") == 0)
		return parse_sockets(value, o->sockets);
	if (strcmp(name, "--hit") == 0)
		return parse_number(value, &o->costs.hit_ns);
	if (strcmp(name, "--own") == 0)
		return parse_number(value, &o->costs.own_ns);
	if (strcmp(name, "--other") == 0)
		return parse_number(value, &o->costs.other_ns);
	if (strcmp(name, "--overlap") == 0)
		return parse_number(value, &o->costs.overlap);
	if (strcmp(name, "--scenario") == 0 && is_scenario(value) && o->nr_only < LIST_MAX) {
		o->only[o->nr_only++] = value;
		return true;
	}
	if (strcmp(name, "--json") != 0)
		return false;
	o->json = value;
	return true;
}

static bool parse(struct options *o, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--quick") == 0) {
			o->scale = 16;
			o->nr_cores = parse_list("2,8", CORES_MAX, o->cores);
		} else if (i + 1 < argc && parse_option(o, argv[i], argv[i + 1])) {
			i++;
		} else {
			return false;
		}
	}
	return true;
}

static bool is_wanted(const struct options *o, const char *name)
{
	uint32_t i;

	for (i = 0; i < o->nr_only; i++)
		if (strcmp(o->only[i], name) == 0)
			return true;
	return o->nr_only == 0;
}

static void one_row(const struct options *o, const struct scenario *scenario, uint32_t cores, uint32_t shards)
{
	struct row *row = &rows[nr_rows++];

	row->scenario = scenario;
	row->cores = cores;
	row->shards = shards;
	row->posix = shards == coherence_posix_shards(cores);
	sim_run(scenario, cores, shards, o->scale, &o->costs, &row->result);
	report_row(row, &o->costs, o->sockets);
}

static void one_scenario(const struct options *o, const struct scenario *scenario)
{
	uint32_t first = nr_rows;
	uint32_t i;

	for (i = 0; i < o->nr_cores; i++) {
		uint32_t shards = coherence_posix_shards(o->cores[i]);

		one_row(o, scenario, o->cores[i], shards);
		if (shards >= o->cores[i])
			continue;
		while (shards < o->cores[i])
			shards *= 2;
		one_row(o, scenario, o->cores[i], shards);
	}
	report_verdict(&rows[first], nr_rows - first, &o->costs, o->sockets);
}

int main(int argc, char **argv)
{
	struct options o = {.costs = {0, 40, 120, 0.25}, .scale = 1, .sockets = {true, true, true, true}};
	uint32_t i;

	o.nr_cores = parse_list("2,4,8,16,32,64,128,256", CORES_MAX, o.cores);
	if (!parse(&o, argc, argv))
		return usage();
	if (!check_directory() || (o.scale != 1 && !check_alone()))
		return 1;
	(void)printf("costs: hit %g ns, miss on the own socket %g ns, on another %g ns; *: limited by the line\n\n",
	             o.costs.hit_ns, o.costs.own_ns, o.costs.other_ns);
	report_head(o.sockets);
	for (i = 0; i < nr_scenarios; i++)
		if (is_wanted(&o, scenarios[i].name))
			one_scenario(&o, &scenarios[i]);
	return o.json == NULL ? 0 : report_json(o.json, rows, nr_rows, &o.costs, o.sockets);
}
