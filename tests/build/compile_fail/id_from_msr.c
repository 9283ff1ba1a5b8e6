/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The image of an MSR, valid bit included, where an id is wanted. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>
#include <ioasid/msr.h>

#ifdef IOASID_CONTROL
#define WHAT id
#else
#define WHAT ioasid_msr_from(id)
#endif

uint32_t probe(ioasid_t id)
{
	return ioasid_value(WHAT);
}
