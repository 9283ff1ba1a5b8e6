/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* uapi.h - what a process says to /dev/ioasid_edu<N>. */
#ifndef IOASID_EDU_UAPI_H
#define IOASID_EDU_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define EDU_PAGES 16   /* pages that one PASID can reach on one device: slots 0 to 15 */
#define EDU_BYTES 2048 /* of a page that one copy moves */
#define EDU_USES 4     /* PASIDs of one open file: 0 is the process's shared one, the others are private */

/* use: EDU_PRIVATE returns it, the others name it. */
struct edu_use_args {
	__u32 use;
	__u32 pasid; /* out */
};

/* Let the device reach the page of the caller's at @address, as slot @slot; @later: when it first wants to. */
struct edu_map_args {
	__u64 address;
	__u32 use;
	__u16 slot;
	__u16 later;
};

/* Copy EDU_BYTES from one slot to another through the device: two DMAs, some 200 ms. */
struct edu_copy_args {
	__u32 use;
	__u32 from;
	__u32 to;
	__u32 cookie; /* out of EDU_SUBMIT, into EDU_WAIT */
};

#define EDU_INFO _IOWR('E', 0, struct edu_use_args)
#define EDU_PRIVATE _IOR('E', 1, struct edu_use_args)
#define EDU_UNBIND _IOW('E', 2, struct edu_use_args)
#define EDU_MAP _IOW('E', 3, struct edu_map_args)
#define EDU_SUBMIT _IOWR('E', 4, struct edu_copy_args)
/* 0; -ECANCELED (the PASID or the file ended first), -ENODEV (the device did), -EFAULT (the IOMMU knew no page) */
#define EDU_WAIT _IOW('E', 5, struct edu_copy_args)

#endif
