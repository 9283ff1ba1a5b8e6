/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* inline.c - the headers' value helpers once more, as symbols, for languages that cannot include C. */
#define IOASID_INLINE __attribute__((visibility("default"))) extern inline
#include <ioasid/msr.h>
#include <ioasid/set.h>
