/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* stat.h - telling of holders: shared by the enumeration, the dump and a refused destroy. */
#ifndef IOASID_CORE_STAT_H
#define IOASID_CORE_STAT_H

#include "space.h"

/* stat_holders() - @fn for every id that is not free, of @set only if not NULL. False: @fn stopped it. */
bool stat_holders(struct ioasid_space *space, const struct ioasid_owner_set *set, ioasid_holder_fn *fn, void *context);

/* stat_state() - a slot's state as the world sees it; not for IDLE. */
enum ioasid_state stat_state(enum slot_state state);

/* stat_snapshot() - ioasid_space_snapshot() without its checks. */
void stat_snapshot(struct ioasid_space *space, struct ioasid_snapshot *snapshot);

#endif
