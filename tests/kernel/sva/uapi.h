/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * uapi.h - what a process asks /dev/ioasid-sva. Each call is about the file's own
 * adoption, which is of the address space that made it, and of no other.
 */
#ifndef IOASID_TESTS_KERNEL_SVA_UAPI_H
#define IOASID_TESTS_KERNEL_SVA_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SVA_PATH "/dev/ioasid-sva"

struct sva_life {
	__u64 handle; /* of libioasid's life of the number */
	__u32 pasid;
	__u32 shared; /* the life was there: its process has adopted it before */
};

struct sva_request {
	__u64 address; /* where the device writes, in the process */
	__u32 value;
	__u32 delay_ms;
};

/* What the library says of a life, and of the number that it is of; errors are negative. */
struct sva_question {
	__u64 handle;
	__s32 state;    /* of the number */
	__s32 get;      /* ioasid_id_get() by the handle */
	__s32 bind;     /* ioasid_id_bind() by the handle */
	__s32 find;     /* ioasid_id_find() by the number */
	__u64 found;    /* by it */
	__u64 attached; /* where the IOMMU sends the number: the attachment's serial number, or 0 */
};

struct sva_totals {
	__u64 adopted;   /* lives begun */
	__u64 joined;    /* adoptions of a life that was there */
	__u64 reused;    /* lives of a number that another process had */
	__u64 early;     /* the kernel gave a process a number whose last life here was not over */
	__u64 revived;   /* an old handle was answered as if it were the new life's */
	__u64 bound;     /* references from iommu_sva_bind_device() */
	__u64 unbound;   /* given back with iommu_sva_unbind_device() */
	__u64 written;   /* requests that reached the process that had begun them */
	__u64 late;      /* whose process was in its exit, its memory still there */
	__u64 lost;      /* strays: the number led nowhere any more */
	__u64 astray;    /* strays: it led to another attachment */
	__u64 in_flight; /* requests that have not landed */
	__u64 attached;  /* by the mock IOMMU, in all */
	__u64 detached;
	__u64 conflicts;
	__u64 held; /* ids that are not free */
};

#define SVA_ADOPT _IOR('s', 1, struct sva_life)
#define SVA_GIVE_BACK _IO('s', 2)
#define SVA_BEGIN _IOW('s', 3, struct sva_request)
#define SVA_DRAIN _IO('s', 4) /* until the file's requests have landed */
#define SVA_ASK _IOWR('s', 5, struct sva_question)
#define SVA_SETTLE _IO('s', 6) /* until nothing is quiescing */
#define SVA_TOTALS _IOR('s', 7, struct sva_totals)

#endif
