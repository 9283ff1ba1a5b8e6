/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* check.h - what the files of the check share. */
#ifndef IOASID_BENCH_LINUX_CHECK_H
#define IOASID_BENCH_LINUX_CHECK_H

#include "linux.h"

void expect(bool so, const char *what);
void check_rcu(void);

#endif
