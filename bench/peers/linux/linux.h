/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* linux.h - the kernel's own code as subjects, where its source was given (IOASID_LINUX_SOURCE). */
#ifndef IOASID_BENCH_LINUX_H
#define IOASID_BENCH_LINUX_H

#include "../subject.h"

extern const struct subject subject_linux_ida;
extern const struct subject subject_linux_xarray;
extern const struct subject subject_linux_idr;
extern const struct subject subject_linux_sbitmap;
extern const struct subject subject_linux_ioasid;

#endif
