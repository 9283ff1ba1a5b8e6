/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/state.h - the states of an id, and what each call answers in each.
 *
 *         alloc            publish              park                   refs==0, pins==0,           grace period,
 *  FREE ────────▶ RESERVED ──────▶ ACTIVE ───────────▶ PARKED ───────all phases done────▶ QUARANTINED ──reuse distance──▶ FREE
 *                    │   get/put/pin ⟲ │                   │ SUBMIT → DEVICE → IOMMU → LAST        (next life: generation + 1)
 *                    └── abort ─▶ FREE │                   └── a phase failed ─▶ POISONED ── reset ─▶ QUARANTINED
 *
 * The table is the specification: the library is tested against it, cell by
 * cell, the forbidden ones included. It holds for a caller who names the newest
 * life of the id; a handle of an older life is answered ESTALE by every call.
 *
 * The table's rows:
 *   FIND  ioasid_id_find       by number        GET     ioasid_id_get     by handle
 *   PIN   ioasid_id_pin        by number        PUT     ioasid_id_put     drops a reference that is held
 *   BIND  ioasid_id_bind       by handle        SURPLUS ioasid_id_put     with no reference held
 *   PUBLISH, ABORT, FREE       by handle        UNPIN   ioasid_id_unpin   drops a pin that is held
 *   BEGIN ioasid_request_begin on a binding     OVERPIN ioasid_id_unpin   with no pin held
 *   CURE  ioasid_id_unpoison   by handle
 *
 * FREE and QUARANTINED differ for a caller by number only: a fault that names a
 * quarantined id is a straggler (ESTALE: answer "invalid", stay silent); one
 * that names a free id is a device gone astray (ENOENT: report it).
 * IMPOSSIBLE marks a call that cannot be made in that state: nothing is held.
 */
#ifndef IOASID_STATE_H
#define IOASID_STATE_H

#include <ioasid/error.h>

/** enum ioasid_state - where an id is in its life. */
enum ioasid_state {
	IOASID_STATE_FREE,
	IOASID_STATE_RESERVED,
	IOASID_STATE_ACTIVE,
	IOASID_STATE_PARKED,
	IOASID_STATE_QUARANTINED,
	IOASID_STATE_POISONED,
	IOASID_STATE_COUNT
};

#define IOASID_OK 0
#define IOASID_IMPOSSIBLE 1

/* clang-format off */
/*      row        FREE               RESERVED           ACTIVE             PARKED             QUARANTINED        POISONED */
#define IOASID_STATE_TABLE(X) \
	X(FIND,    -IOASID_ENOENT,    -IOASID_ENOENT,    IOASID_OK,         -IOASID_ESTALE,    -IOASID_ESTALE,    -IOASID_ESTALE) \
	X(PIN,     -IOASID_ENOENT,    -IOASID_ENOENT,    IOASID_OK,         -IOASID_ESTALE,    -IOASID_ESTALE,    -IOASID_ESTALE) \
	X(GET,     -IOASID_ESTALE,    -IOASID_ENOENT,    IOASID_OK,         -IOASID_ESTALE,    -IOASID_ESTALE,    -IOASID_ESTALE) \
	X(BIND,    -IOASID_ESTALE,    -IOASID_ENOENT,    IOASID_OK,         -IOASID_ESTALE,    -IOASID_ESTALE,    -IOASID_ESTALE) \
	X(BEGIN,   -IOASID_ESTALE,    IOASID_IMPOSSIBLE, IOASID_OK,         -IOASID_ESTALE,    -IOASID_ESTALE,    -IOASID_ESTALE) \
	X(PUT,     IOASID_IMPOSSIBLE, IOASID_IMPOSSIBLE, IOASID_OK,         IOASID_OK,         IOASID_IMPOSSIBLE, IOASID_OK) \
	X(SURPLUS, -IOASID_ESTALE,    -IOASID_EINVAL,    -IOASID_EINVAL,    -IOASID_EINVAL,    -IOASID_ESTALE,    -IOASID_EINVAL) \
	X(UNPIN,   IOASID_IMPOSSIBLE, IOASID_IMPOSSIBLE, IOASID_OK,         IOASID_OK,         IOASID_IMPOSSIBLE, IOASID_OK) \
	X(OVERPIN, -IOASID_ESTALE,    -IOASID_EINVAL,    -IOASID_EINVAL,    -IOASID_EINVAL,    -IOASID_ESTALE,    -IOASID_EINVAL) \
	X(PUBLISH, -IOASID_ESTALE,    IOASID_OK,         -IOASID_EBUSY,     -IOASID_ESTALE,    -IOASID_ESTALE,    -IOASID_ESTALE) \
	X(ABORT,   -IOASID_ESTALE,    IOASID_OK,         -IOASID_EBUSY,     -IOASID_ESTALE,    -IOASID_ESTALE,    -IOASID_ESTALE) \
	X(FREE,    -IOASID_ESTALE,    IOASID_OK,         IOASID_OK,         -IOASID_ESTALE,    -IOASID_ESTALE,    -IOASID_ESTALE) \
	X(CURE,    -IOASID_ESTALE,    -IOASID_EINVAL,    -IOASID_EINVAL,    -IOASID_EINVAL,    -IOASID_ESTALE,    IOASID_OK)
/* clang-format on */

/** enum ioasid_operation - the rows of the table. */
enum ioasid_operation {
#define IOASID_ROW_(name, f, r, a, p, q, x) IOASID_OP_##name,
	IOASID_STATE_TABLE(IOASID_ROW_)
#undef IOASID_ROW_
	IOASID_OP_COUNT
};

IOASID_BEGIN_DECLS

/**
 * ioasid_state_answer() - the table as a function.
 *
 * Context:  any. Progress: wait-free.
 * Return:   IOASID_OK, IOASID_IMPOSSIBLE, or the negative error; -EINVAL for a
 *           row or a column that does not exist.
 */
IOASID_API int ioasid_state_answer(enum ioasid_operation op, enum ioasid_state state);

/** ioasid_state_name() - "FREE" to "POISONED"; "?" for anything else. Any context. */
IOASID_API const char *ioasid_state_name(enum ioasid_state state);

IOASID_END_DECLS

#endif
