/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* state.c - the public tables as functions, and names for people. */
#include <ioasid/quiesce.h>
#include <ioasid/state.h>
#include <ioasid/version.h>

int ioasid_state_answer(enum ioasid_operation op, enum ioasid_state state)
{
	static const int table[IOASID_OP_COUNT][IOASID_STATE_COUNT] = {
#define ROW(name, f, r, a, p, q, x) [IOASID_OP_##name] = {f, r, a, p, q, x},
		IOASID_STATE_TABLE(ROW)
#undef ROW
	};

	if ((uint32_t)op >= IOASID_OP_COUNT || (uint32_t)state >= IOASID_STATE_COUNT)
		return -IOASID_EINVAL;
	return table[op][state];
}

const char *ioasid_state_name(enum ioasid_state state)
{
	static const char *const names[IOASID_STATE_COUNT] = {"FREE",   "RESERVED",    "ACTIVE",
	                                                      "PARKED", "QUARANTINED", "POISONED"};

	return (uint32_t)state < IOASID_STATE_COUNT ? names[state] : "?";
}

const char *ioasid_phase_name(enum ioasid_phase phase)
{
	static const char *const names[IOASID_PHASE_COUNT] = {"SUBMIT", "DEVICE", "IOMMU", "LAST"};

	return (uint32_t)phase < IOASID_PHASE_COUNT ? names[phase] : "?";
}

const char *ioasid_strerror(int error)
{
	switch (error) {
	case 0:
		return "success";
	case -IOASID_ENOENT:
		return "no such id: never allocated, or free";
	case -IOASID_EAGAIN:
		return "not yet: still quiescing";
	case -IOASID_ENOMEM:
		return "out of memory";
	case -IOASID_EACCES:
		return "the id belongs to another set";
	case -IOASID_EBUSY:
		return "in use";
	case -IOASID_EINVAL:
		return "invalid argument";
	case -IOASID_ENOSPC:
		return "no free id in the range";
	case -IOASID_EDEADLK:
		return "would wait for oneself";
	case -IOASID_EOVERFLOW:
		return "the id does not fit the device, or a count is full";
	case -IOASID_ESTALE:
		return "parked, or a past life";
	case -IOASID_EDQUOT:
		return "over the quota of the set";
	default:
		return "unknown error";
	}
}

const char *ioasid_version(void)
{
	return IOASID_VERSION;
}
