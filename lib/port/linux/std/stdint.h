/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The kernel has these types under the standard's names, but not its header, nor the names of the limits. */
#ifndef IOASID_PORT_LINUX_STDINT_H
#define IOASID_PORT_LINUX_STDINT_H

#include <linux/limits.h>
#include <linux/types.h>

#ifndef UINT32_MAX
#define UINT32_MAX U32_MAX
#endif
#ifndef UINT64_MAX
#define UINT64_MAX U64_MAX
#endif
#ifndef INT32_MAX
#define INT32_MAX S32_MAX
#endif
#ifndef INT32_MIN
#define INT32_MIN S32_MIN
#endif
#ifndef INT64_MAX
#define INT64_MAX S64_MAX
#endif
#ifndef INT64_MIN
#define INT64_MIN S64_MIN
#endif
#ifndef UINT32_C
#define UINT32_C(value) value##U
#endif
#ifndef UINT64_C
#define UINT64_C(value) value##ULL
#endif
#ifndef INT64_C
#define INT64_C(value) value##LL
#endif

#endif
