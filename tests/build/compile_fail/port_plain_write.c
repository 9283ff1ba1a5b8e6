/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* C only: a plain write to what other threads read. */
/* refused: incompatible|convert|conversion|no matching function */
#include "port.h"

#ifdef IOASID_CONTROL
#define WHAT port_u64_store_relaxed(word, 1)
#else
#define WHAT *word = 1
#endif

void probe(port_u64 *word)
{
	WHAT;
}
