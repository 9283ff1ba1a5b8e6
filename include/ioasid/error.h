/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/error.h - the one vocabulary of failure.
 *
 * Every call returns 0 or the negative of one of these, and writes its outputs
 * only when it returns 0. The numbers are Linux's generic ones, so that
 * -ENOSPC from <errno.h> compares equal where a host has that header.
 */
#ifndef IOASID_ERROR_H
#define IOASID_ERROR_H

#include <ioasid/types.h>

#define IOASID_ENOENT 2     /* never allocated, or free */
#define IOASID_EAGAIN 11    /* not yet: ids exist, but all are still quiescing */
#define IOASID_ENOMEM 12    /* the port's allocator refused */
#define IOASID_EACCES 13    /* the id belongs to another set */
#define IOASID_EBUSY 16     /* in use: live ids, another driver's data, an owner that exists */
#define IOASID_EINVAL 22    /* the argument can never be right */
#define IOASID_ENOSPC 28    /* no id in the range was free */
#define IOASID_EDEADLK 35   /* would wait for oneself */
#define IOASID_EOVERFLOW 75 /* the id does not fit the device, or a count is full */
#define IOASID_ESTALE 116   /* parked, or a past life */
#define IOASID_EDQUOT 122   /* the set's quota */

IOASID_BEGIN_DECLS

/**
 * ioasid_strerror() - a short English sentence for a returned value.
 * @error: what a call of this library returned: 0 or a negative error.
 *
 * Context:  any. Progress: wait-free.
 * Return:   a static string, never NULL.
 */
IOASID_API const char *ioasid_strerror(int error);

IOASID_END_DECLS

#endif
