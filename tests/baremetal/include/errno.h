/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Nobody sets it: it is for code that saves it. */
#ifndef BAREMETAL_ERRNO_H
#define BAREMETAL_ERRNO_H

#define EAGAIN 11
#define ETIMEDOUT 110

extern _Thread_local int errno;

#endif
