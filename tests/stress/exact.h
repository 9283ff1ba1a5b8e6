/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* exact.h - the cases of the program that asks whether N ids are N ids: no fewer, at no time. */
#ifndef IOASID_TESTS_EXACT_H
#define IOASID_TESTS_EXACT_H

#include <check.h>

TCase *exact_drain(void);
TCase *exact_tokens(void);
TCase *exact_quota(void);
TCase *exact_waiters(void);
TCase *exact_undone(void);

#endif
