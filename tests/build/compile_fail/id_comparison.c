/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Comparing an id with a number, as in "if (id < 0)". */
/* refused: invalid operands|no match for */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT !ioasid_is_valid(id)
#else
#define WHAT id < 0
#endif

bool probe(ioasid_t id)
{
	return WHAT;
}
