/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A bare number where an id is wanted. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT ioasid_make(5)
#else
#define WHAT 5
#endif

int probe(struct ioasid_space *space, ioasid_handle_t *handle)
{
	return ioasid_id_find(space, WHAT, handle);
}
