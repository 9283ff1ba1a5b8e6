/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* C only: a plain addition to what other threads change. */
/* refused: wrong type argument|invalid operands|cannot increment */
#include "port.h"

#ifdef IOASID_CONTROL
#define WHAT port_u64_add_relaxed(word, 1)
#else
#define WHAT (*word)++
#endif

void probe(port_u64 *word)
{
	(void)(WHAT);
}
