/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A handle where an id is wanted: software's name for a life, not the number. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT ioasid_handle_id(handle)
#else
#define WHAT handle
#endif

uint32_t probe(ioasid_handle_t handle)
{
	return ioasid_value(WHAT);
}
