/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* target.h - what every front end (libFuzzer, AFL++, main.c) asks of the thing that is fuzzed. */
#ifndef IOASID_FUZZ_TARGET_H
#define IOASID_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

extern const char *const target_name;

/* target_play() - one input; ends the program on a finding. */
void target_play(const uint8_t *input, size_t size);

/* target_make() - an input at random; its size. */
size_t target_make(uint8_t *input, size_t room, uint64_t seed);

/* Inputs as text, and back; where an input is text, the same. */
void target_print(FILE *to, const uint8_t *input, size_t size);
bool target_script(FILE *from, uint8_t *input, size_t room, size_t *size, unsigned *line);

/* splitmix64's finaliser: neighbouring numbers have nothing in common any more. */
static inline uint64_t target_scatter(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

#endif
