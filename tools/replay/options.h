/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* options.h - the command line of ioasid-replay. */
#ifndef REPLAY_OPTIONS_H
#define REPLAY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "machine.h"

struct options {
	struct machine_config machine;
	const char *trace;
	const char *json;       /* NULL: none */
	const char *svg;        /* NULL: none */
	const char *compare[2]; /* NULL: replay */
	uint32_t threads;
	bool progress;
	bool check;
};

enum options_verdict {
	OPTIONS_RUN,
	OPTIONS_DONE, /* --help or --version was all */
	OPTIONS_BAD   /* said why on stderr */
};

enum options_verdict options_parse(struct options *options, int argc, char **argv);

#endif
