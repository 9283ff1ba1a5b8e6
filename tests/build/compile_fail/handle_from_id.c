/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* An id where a handle is wanted: it does not say which life. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT handle
#else
#define WHAT ioasid_handle_id(handle)
#endif

int probe(struct ioasid_space *space, ioasid_handle_t handle)
{
	return ioasid_id_free(space, WHAT);
}
