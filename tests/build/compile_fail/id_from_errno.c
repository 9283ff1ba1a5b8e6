/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* An error where an id is wanted: the failed allocation that was programmed into a device. */
/* refused: incompatible|convert|conversion|no matching function */
#include <errno.h>
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT ioasid_invalid()
#else
#define WHAT -ENOSPC
#endif

int probe(struct ioasid_space *space, ioasid_handle_t *handle)
{
	return ioasid_id_find(space, WHAT, handle);
}
