/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* An id where the image of an MSR is wanted. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>
#include <ioasid/msr.h>

#ifdef IOASID_CONTROL
#define WHAT ioasid_msr_from(id)
#else
#define WHAT id
#endif

uint64_t probe(ioasid_t id)
{
	return ioasid_msr_image(WHAT);
}
