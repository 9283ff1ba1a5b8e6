/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* An id where an int is wanted. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT (int)ioasid_value(id)
#else
#define WHAT id
#endif

int probe(ioasid_t id)
{
	int number = WHAT;

	return number;
}
