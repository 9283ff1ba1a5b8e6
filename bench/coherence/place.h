/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* place.h - what an address of the arena belongs to. */
#ifndef IOASID_COHERENCE_PLACE_H
#define IOASID_COHERENCE_PLACE_H

#include "directory.h"

struct ioasid_space;

/* place_space() - the space that the arena holds, and the port's own block in it. */
void place_space(const struct ioasid_space *space, const void *readers);
enum place place_of(const volatile void *where);

#endif
