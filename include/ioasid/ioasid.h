/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ioasid/ioasid.h - everything but the optional <ioasid/msr.h>. */
#ifndef IOASID_IOASID_H
#define IOASID_IOASID_H

#include <ioasid/device.h>
#include <ioasid/error.h>
#include <ioasid/id.h>
#include <ioasid/quiesce.h>
#include <ioasid/set.h>
#include <ioasid/space.h>
#include <ioasid/stat.h>
#include <ioasid/state.h>
#include <ioasid/types.h>
#include <ioasid/version.h>

#endif
