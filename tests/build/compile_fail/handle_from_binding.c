/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A binding where a handle is wanted: both are 64 bits. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT handle
#else
#define WHAT binding
#endif

int probe(struct ioasid_space *space, ioasid_handle_t handle, ioasid_binding_t binding)
{
	(void)handle;
	(void)binding;
	return ioasid_id_put(space, WHAT);
}
