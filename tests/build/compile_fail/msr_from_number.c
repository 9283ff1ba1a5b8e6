/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A number, perhaps without the valid bit, where the image of an MSR is wanted. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>
#include <ioasid/msr.h>

#ifdef IOASID_CONTROL
#define WHAT ioasid_msr_from(ioasid_make(number))
#else
#define WHAT number
#endif

uint64_t probe(uint32_t number)
{
	return ioasid_msr_image(WHAT);
}
