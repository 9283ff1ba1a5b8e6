/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * litmus.h - small programs with a known set of outcomes: they test the model.
 *
 * An outcome is written in hexadecimal, a digit for each thing read, in order.
 */
#ifndef IOASID_TEST_LITMUS_H
#define IOASID_TEST_LITMUS_H

#include "../../lib/port/port.h"
#include "explorer.h"

struct litmus {
	port_u32 x;
	port_u32 y;
	port_u32 z;
	uint32_t r[4];
};

#define LITMUS_THREAD(name, ...)          \
	static void name(void *state)     \
	{                                 \
		struct litmus *l = state; \
		uint32_t *r = l->r;       \
		(void)r;                  \
		__VA_ARGS__               \
	}

/* @digits: how many of r[] count. */
#define LITMUS_CHECK(name, digits)                        \
	static void name(void *state)                     \
	{                                                 \
		const struct litmus *l = state;           \
		uint64_t outcome = 0;                     \
		for (unsigned i = 0; i < (digits); i++)   \
			outcome = outcome << 4 | l->r[i]; \
		model_outcome(outcome);                   \
	}

#define OUTCOMES(...)                                \
	.outcomes = (const uint64_t[]){__VA_ARGS__}, \
	.nr_outcomes = sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)

#define LITMUS(symbol, label, text, which, checker, count, ...)                                 \
	static const struct scenario symbol = {.name = "litmus-" label,                         \
	                                       .about = text,                                   \
	                                       .memories = which,                               \
	                                       .bound = MODEL_UNLIMITED,                        \
	                                       .program = {.state_size = sizeof(struct litmus), \
	                                                   .check = checker,                    \
	                                                   .nr_threads = count,                 \
	                                                   .threads = {__VA_ARGS__}},

#endif
