/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The next id: there is no arithmetic on ids. */
/* refused: invalid operands|no match for */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT ioasid_make(ioasid_value(id) + 1)
#else
#define WHAT id + 1
#endif

ioasid_t probe(ioasid_t id)
{
	return WHAT;
}
