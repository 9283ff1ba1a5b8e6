/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/msr.h - the image of the x86 IA32_PASID MSR. Optional: the core knows
 * nothing of it.
 *
 * IA32_PASID (MSR 0D93H) holds the PASID in bits 19:0 and a valid bit in bit 31
 * (Intel SDM volume 4, table "IA-32 Architectural MSRs"). The image is a type
 * of its own, so that it can be mistaken for neither an id nor a number.
 */
#ifndef IOASID_MSR_H
#define IOASID_MSR_H

#include <ioasid/types.h>

#define IOASID_MSR_VALID UINT64_C(0x80000000)

/** ioasid_msr_t - what to write to IA32_PASID; zero: no PASID. */
typedef struct {
	uint64_t image_;
} ioasid_msr_t;

IOASID_BEGIN_DECLS

/** ioasid_msr_from() - the image for a valid id; for an invalid one, the image that is not valid. */
IOASID_INLINE ioasid_msr_t ioasid_msr_from(ioasid_t id)
{
	ioasid_msr_t msr = {ioasid_is_valid(id) ? IOASID_MSR_VALID | ioasid_value(id) : 0};
	return msr;
}

/** ioasid_msr_image() - the 64 bits to write. */
IOASID_INLINE uint64_t ioasid_msr_image(ioasid_msr_t msr)
{
	return msr.image_;
}

IOASID_END_DECLS

#endif
