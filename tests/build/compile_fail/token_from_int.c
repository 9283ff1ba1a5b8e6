/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A number where a token is wanted. */
/* refused: incompatible|convert|conversion|no matching function */
#include <ioasid/ioasid.h>

#ifdef IOASID_CONTROL
#define WHAT token
#else
#define WHAT 1
#endif

int probe(struct ioasid_space *space, ioasid_token_t token)
{
	(void)token;
	return ioasid_token_complete(space, WHAT, 0);
}
