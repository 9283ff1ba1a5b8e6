/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* C only: a plain read of what other threads write. */
/* refused: incompatible|convert|conversion|no matching function */
#include "port.h"

#ifdef IOASID_CONTROL
#define WHAT port_u64_load_relaxed(word)
#else
#define WHAT *word
#endif

uint64_t probe(const port_u64 *word)
{
	return WHAT;
}
