/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * driver_afl.c - the entry point of AFL++ in persistent mode: one process plays
 * many inputs, each handed over in shared memory. Built with afl-clang-fast,
 * whose macros are what is used here; without AFL++ it plays its standard input.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target.h"

__AFL_FUZZ_INIT();

int main(void)
{
	const uint8_t *shared;

	__AFL_INIT();
	shared = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(10000)) {
		size_t size = (size_t)__AFL_FUZZ_TESTCASE_LEN;
		uint8_t *input = malloc(size != 0 ? size : 1);

		if (input == NULL)
			abort();
		/* In memory of its own size, so that a read past its end is found. */
		memcpy(input, shared, size);
		target_play(input, size);
		free(input);
	}
	return 0;
}
