/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report.c - the table, a verdict per scenario, and JSON. */
#include "report.h"

#include "estimate.h"

#include <ioasid/version.h>

#define TOP 3u

void report_head(const sockets_wanted sockets)
{
	uint32_t s;

	(void)printf("%-10s %5s %6s %7s %7s %7s", "", "", "", "misses", "of them", "of them");
	for (s = 0; s < SOCKET_COUNTS; s++)
		if (sockets[s])
			(void)printf("  %u socket%-8s", 1u << s, s == 0 ? "" : "s");
	(void)printf("  busiest line of the most sockets; the most misses\n%-10s %5s %6s %7s %7s %7s", "scenario",
	             "cores", "shards", "/op", "false", "defer");
	for (s = 0; s < SOCKET_COUNTS; s++)
		if (sockets[s])
			(void)printf(" %7s %9s", "other", "ns/op");
	(void)printf("  %-8s %7s %9s\n", "line", "ns/op", "Mop/s");
}

/* The places in order of their misses. */
static void rank(const struct row *row, enum place top[TOP])
{
	bool taken[PLACE_COUNT] = {false};
	uint32_t i;
	uint32_t p;

	for (i = 0; i < TOP; i++) {
		top[i] = PLACE_COUNT;
		for (p = 0; p < PLACE_COUNT; p++)
			if (!taken[p] && row->result.misses[p].all != 0 &&
			    (top[i] == PLACE_COUNT || row->result.misses[p].all > row->result.misses[top[i]].all))
				top[i] = (enum place)p;
		if (top[i] != PLACE_COUNT)
			taken[top[i]] = true;
	}
}

static double falsely(const struct row *row)
{
	uint64_t sum = 0;
	uint32_t p;

	for (p = 0; p < PLACE_COUNT; p++)
		sum += row->result.misses[p].falsely;
	return (double)sum / (double)row->result.operations;
}

static uint32_t most_sockets(const sockets_wanted sockets)
{
	uint32_t s = SOCKET_COUNTS - 1;

	while (s > 0 && !sockets[s])
		s--;
	return s;
}

void report_row(const struct row *row, const struct costs *costs, const sockets_wanted sockets)
{
	struct estimate e = estimate(row, costs, most_sockets(sockets));
	enum place top[TOP];
	uint32_t s;
	uint32_t i;

	(void)printf("%-10s %5u %6u %7.2f %7.2f %7.2f", row->scenario->name, row->cores, row->shards, estimate_all(row),
	             falsely(row), estimate_deferred(row));
	for (s = 0; s < SOCKET_COUNTS; s++)
		if (sockets[s] && 1u << s <= row->cores)
			(void)printf(" %7.2f %9.1f", estimate_other(row, s), estimate(row, costs, s).ns);
		else if (sockets[s])
			(void)printf(" %7s %9s", "-", "-");
	if (e.line_ns > 0)
		(void)printf("  %-8s %7.1f", place_names[e.line], e.line_ns);
	else
		(void)printf("  %-8s %7s", "-", "-");
	if (e.mops > 0)
		(void)printf(" %8.1f%s ", e.mops, e.limited ? "*" : " ");
	else
		(void)printf(" %8s  ", "-");
	rank(row, top);
	for (i = 0; i < TOP && top[i] != PLACE_COUNT; i++)
		(void)printf(" %s %.2f", place_names[top[i]], estimate_misses(row, top[i]));
	(void)printf("\n");
	(void)fflush(stdout);
}

static bool costs_a_miss(const struct row *row, enum place place)
{
	double misses = place == PLACE_COUNT ? estimate_all(row) : estimate_misses(row, place);

	return misses > 1;
}

/* The fewest cores from which on, in all rows, a place costs more than one miss; PLACE_COUNT: all together. 0: none. */
static uint32_t more_than_one(const struct row *rows, uint32_t count, enum place place)
{
	uint32_t from = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (!rows[i].posix)
			continue;
		if (!costs_a_miss(&rows[i], place))
			from = 0;
		else if (from == 0)
			from = rows[i].cores;
	}
	return from;
}

static void print_from(const char *what, uint32_t cores)
{
	if (cores == 0)
		(void)printf("; %s: never", what);
	else
		(void)printf("; %s: from %u cores on", what, cores);
}

void report_verdict(const struct row *rows, uint32_t count, const struct costs *costs, const sockets_wanted sockets)
{
	uint32_t sockets_index = most_sockets(sockets);
	const struct row *first = NULL;
	const struct row *last = NULL;
	const struct row *limited = NULL;
	enum place grows = PLACE_OTHER;
	uint32_t i;
	uint32_t p;

	for (i = 0; i < count; i++) {
		if (!rows[i].posix)
			continue;
		first = first == NULL ? &rows[i] : first;
		last = &rows[i];
		if (!estimate(&rows[i], costs, sockets_index).limited)
			limited = NULL;
		else if (limited == NULL)
			limited = &rows[i];
	}
	if (first == NULL)
		return;
	for (p = 0; p < PLACE_COUNT; p++)
		if (estimate_misses(last, (enum place)p) - estimate_misses(first, (enum place)p) >
		    estimate_misses(last, grows) - estimate_misses(first, grows))
			grows = (enum place)p;
	(void)printf("-> %s: %s\n   ", first->scenario->name, first->scenario->operation);
	if (estimate_misses(last, grows) - estimate_misses(first, grows) < 0.01)
		(void)printf("nothing grows with the cores");
	else
		(void)printf("%s grows most: %.2f misses/op at %u cores, %.2f at %u", place_names[grows],
		             estimate_misses(first, grows), first->cores, estimate_misses(last, grows), last->cores);
	print_from("it alone costs more than one miss", more_than_one(rows, count, grows));
	print_from("all together", more_than_one(rows, count, PLACE_COUNT));
	if (limited == NULL) {
		(void)printf("; no line limits\n\n");
		return;
	}
	(void)printf("; a line limits from %u cores on (%s", limited->cores,
	             place_names[estimate(limited, costs, sockets_index).line]);
	(void)printf("; at %u: %s, %.1f Mop/s)\n\n", last->cores,
	             place_names[estimate(last, costs, sockets_index).line], estimate(last, costs, sockets_index).mops);
}

static void json_places(FILE *file, const struct row *row, const struct costs *costs, uint32_t sockets)
{
	double n = (double)row->result.operations;
	const char *comma = "";
	uint32_t p;

	for (p = 0; p < PLACE_COUNT; p++) {
		const struct misses *m = &row->result.misses[p];

		if (m->all == 0)
			continue;
		(void)fprintf(file,
		              "%s\"%s\": {\"misses\": %.4g, \"false\": %.4g, \"deferred\": %.4g, \"other\": %.4g, "
		              "\"busiest_line_ns\": %.4g}",
		              comma, place_names[p], (double)m->all / n, (double)m->falsely / n,
		              (double)m->deferred / n, (double)m->other[sockets] / n,
		              estimate_line(row, costs, (enum place)p, sockets));
		comma = ", ";
	}
}

int report_json(const char *path, const struct row *rows, uint32_t count, const struct costs *costs,
                const sockets_wanted sockets)
{
	FILE *file = fopen(path, "w");
	const char *comma = "";
	uint32_t i;
	uint32_t s;

	if (file == NULL)
		return 1;
	(void)fprintf(file, "{\n  \"version\": \"%s\",\n", IOASID_VERSION);
	(void)fprintf(file, "  \"costs\": {\"hit\": %g, \"own\": %g, \"other\": %g},\n  \"rows\": [", costs->hit_ns,
	              costs->own_ns, costs->other_ns);
	for (i = 0; i < count; i++) {
		for (s = 0; s < SOCKET_COUNTS; s++) {
			const struct row *row = &rows[i];
			struct estimate e = estimate(row, costs, s);

			if (!sockets[s] || 1u << s > row->cores)
				continue;
			(void)fprintf(file, "%s\n    {\"scenario\": \"%s\", \"cores\": %u, \"shards\": %u", comma,
			              row->scenario->name, row->cores, row->shards);
			(void)fprintf(file,
			              ", \"sockets\": %u, \"misses\": %.4g, \"other\": %.4g, \"ns_per_op\": %.4g, "
			              "\"busiest_line\": \"%s\", \"busiest_line_ns\": %.4g, \"mops\": %.4g, "
			              "\"places\": {",
			              1u << s, estimate_all(row), estimate_other(row, s), e.ns,
			              e.line_ns > 0 ? place_names[e.line] : "", e.line_ns, e.mops);
			json_places(file, row, costs, s);
			(void)fprintf(file, "}}");
			comma = ",";
		}
	}
	(void)fprintf(file, "\n  ]\n}\n");
	return fclose(file) == 0 ? 0 : 1;
}
