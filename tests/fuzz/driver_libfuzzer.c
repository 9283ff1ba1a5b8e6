/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* driver_libfuzzer.c - the entry point of libFuzzer, and of whatever drives fuzz targets as it does. */
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	target_play(input, size);
	return 0;
}
