/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* options.c - see options.h. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <ioasid/ioasid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay.h"
#include "rule.h"

#define LATENCY_MAX_US 10000000.0

enum option_number {
	OPTION_RULE = 256,
	OPTION_JSON,
	OPTION_SVG,
	OPTION_THREADS,
	OPTION_LATENCY,
	OPTION_FAULT_LATENCY,
	OPTION_SPEED,
	OPTION_BITS,
	OPTION_ORDER,
	OPTION_DISTANCE,
	OPTION_PROGRESS,
	OPTION_NO_PROGRESS,
	OPTION_CHECK,
	OPTION_COMPARE,
	OPTION_VERSION,
	OPTION_HELP
};

static const struct option long_options[] = {
	{"rule", required_argument, NULL, OPTION_RULE},
	{"json", required_argument, NULL, OPTION_JSON},
	{"svg", required_argument, NULL, OPTION_SVG},
	{"threads", required_argument, NULL, OPTION_THREADS},
	{"latency", required_argument, NULL, OPTION_LATENCY},
	{"fault-latency", required_argument, NULL, OPTION_FAULT_LATENCY},
	{"speed", required_argument, NULL, OPTION_SPEED},
	{"bits", required_argument, NULL, OPTION_BITS},
	{"order", required_argument, NULL, OPTION_ORDER},
	{"reuse-distance", required_argument, NULL, OPTION_DISTANCE},
	{"progress", no_argument, NULL, OPTION_PROGRESS},
	{"no-progress", no_argument, NULL, OPTION_NO_PROGRESS},
	{"check", no_argument, NULL, OPTION_CHECK},
	{"compare", no_argument, NULL, OPTION_COMPARE},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static const char help[] = "usage: ioasid-replay [OPTION]... TRACE\n"
			   "       ioasid-replay --compare A.json B.json\n"
			   "\n"
			   "Replays a recorded workload (plain or gzipped; see ioasid-record) on a software\n"
			   "DMA device: every owner gets memory that carries its mark, every request becomes\n"
			   "an Intel DSA descriptor with a PASID in it, and every DMA is checked against the\n"
			   "owner on whose behalf it was submitted.\n"
			   "\n"
			   "  --rule RULE         how PASIDs are handed out and ended (default: libioasid)\n"
			   "                        libioasid     by this library\n"
			   "                        free-at-exit  by the 2020 patch: the number returns to\n"
			   "                                      the pool when its owner ends\n"
			   "  --latency US        mean time of a descriptor from the doorbell to its\n"
			   "                      completion, without faults (default 2000: a queue in\n"
			   "                      front of storage, or of an accelerator that many share)\n"
			   "  --fault-latency US  mean time until a page request is answered (default 2000:\n"
			   "                      a page that comes from storage)\n"
			   "                      Each single time is half to one and a half times the mean.\n"
			   "  --speed X           replay X times as fast as recorded, latencies included\n"
			   "                      (default 1); 0: without waiting for the recorded times\n"
			   "  --threads N         threads on which the recorded processes act (default 8)\n"
			   "  --bits N            width of a PASID, 1 to 20 (default 20)\n"
			   "  --order ORDER       libioasid only: lowest (default: reuses numbers as soon\n"
			   "                      as it may, like the 2020 patch) or oldest\n"
			   "  --reuse-distance N  libioasid only: grace periods that a number rests\n"
			   "                      beyond the first (default 0)\n"
			   "  --json FILE         write the result as JSON\n"
			   "  --svg FILE          write a timeline as a picture\n"
			   "  --progress          show progress on stderr even if it is no terminal\n"
			   "  --no-progress       do not show it\n"
			   "  --check             only read the trace and say whether it is sound\n"
			   "  --compare           print two JSON results side by side\n"
			   "  --version, --help\n"
			   "\n"
			   "Exit status: 0 if no DMA strayed and nothing leaked; 1 if one did; 2 if the\n"
			   "command line or the trace is bad; 3 if the system has refused something.\n";

static bool number(const char *text, const char *name, double low, double high, double *value)
{
	char *end;

	errno = 0;
	*value = strtod(text, &end);
	if (errno == 0 && end != text && *end == 0 && *value >= low && *value <= high)
		return true;
	(void)fprintf(stderr, "ioasid-replay: --%s takes a number from %g to %g, not \"%s\"\n", name, low, high, text);
	return false;
}

static bool whole(const char *text, const char *name, double low, double high, uint32_t *value)
{
	double wide;

	if (!number(text, name, low, high, &wide))
		return false;
	*value = (uint32_t)wide;
	if ((double)*value == wide)
		return true;
	(void)fprintf(stderr, "ioasid-replay: --%s takes a whole number, not \"%s\"\n", name, text);
	return false;
}

static bool set_rule(struct options *options, const char *name)
{
	static const struct rule *const rules[] = {&rule_libioasid, &rule_free_at_exit};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i]->name, name) == 0) {
			options->machine.rule = rules[i];
			return true;
		}
	}
	(void)fprintf(stderr, "ioasid-replay: the rule is libioasid or free-at-exit, not \"%s\"\n", name);
	return false;
}

static bool set_order(struct options *options, const char *name)
{
	options->machine.order = strcmp(name, "oldest") == 0 ? IOASID_ORDER_OLDEST : IOASID_ORDER_LOWEST;
	if (options->machine.order == IOASID_ORDER_OLDEST || strcmp(name, "lowest") == 0)
		return true;
	(void)fprintf(stderr, "ioasid-replay: the order is lowest or oldest, not \"%s\"\n", name);
	return false;
}

static bool set_latency(const char *text, const char *name, uint64_t *latency_us)
{
	double value;

	if (!number(text, name, 0, LATENCY_MAX_US, &value))
		return false;
	*latency_us = (uint64_t)value;
	return true;
}

static bool apply(struct options *options, int option, const char *argument)
{
	switch (option) {
	case OPTION_RULE:
		return set_rule(options, argument);
	case OPTION_JSON:
		options->json = argument;
		return true;
	case OPTION_SVG:
		options->svg = argument;
		return true;
	case OPTION_THREADS:
		return whole(argument, "threads", 1, REPLAY_THREADS_MAX, &options->threads);
	case OPTION_LATENCY:
		return set_latency(argument, "latency", &options->machine.latency_us);
	case OPTION_FAULT_LATENCY:
		return set_latency(argument, "fault-latency", &options->machine.fault_latency_us);
	case OPTION_SPEED:
		return number(argument, "speed", 0, 1000, &options->machine.speed);
	case OPTION_BITS:
		return whole(argument, "bits", 1, IOASID_BITS_MAX, &options->machine.bits);
	case OPTION_ORDER:
		return set_order(options, argument);
	case OPTION_DISTANCE:
		return whole(argument, "reuse-distance", 0, 65536, &options->machine.reuse_distance);
	case OPTION_PROGRESS:
		options->progress = true;
		return true;
	case OPTION_NO_PROGRESS:
		options->progress = false;
		return true;
	case OPTION_CHECK:
		options->check = true;
		return true;
	default:
		return false;
	}
}

enum options_verdict options_parse(struct options *options, int argc, char **argv)
{
	bool compare = false;
	int option;
	int names;

	*options = (struct options){.machine = {.rule = &rule_libioasid,
	                                        .latency_us = 2000,
	                                        .fault_latency_us = 2000,
	                                        .speed = 1,
	                                        .bits = IOASID_BITS_MAX,
	                                        .order = IOASID_ORDER_LOWEST},
	                            .threads = 8,
	                            .progress = isatty(STDERR_FILENO)};
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPTION_HELP) {
			(void)fputs(help, stdout);
			return OPTIONS_DONE;
		}
		if (option == OPTION_VERSION) {
			(void)printf("ioasid-replay %s\n", IOASID_VERSION);
			return OPTIONS_DONE;
		}
		if (option == OPTION_COMPARE)
			compare = true;
		else if (!apply(options, option, optarg))
			return OPTIONS_BAD;
	}
	names = argc - optind;
	if (names != (compare ? 2 : 1)) {
		(void)fprintf(stderr, "ioasid-replay: %s; see --help\n",
		              compare ? "--compare takes two files" : "one trace is expected");
		return OPTIONS_BAD;
	}
	options->trace = argv[optind];
	if (compare) {
		options->compare[0] = argv[optind];
		options->compare[1] = argv[optind + 1];
	}
	return OPTIONS_RUN;
}
