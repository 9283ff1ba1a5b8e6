/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A uint32_t, such as a register holds, where an id is wanted. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT ioasid_make(number)
#else
#define WHAT number
#endif

ioasid_t probe(uint32_t number)
{
	return WHAT;
}
