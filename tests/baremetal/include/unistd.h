/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* As much as the tests use. */
#ifndef BAREMETAL_UNISTD_H
#define BAREMETAL_UNISTD_H

#define STDERR_FILENO 2

static inline int isatty(int file)
{
	(void)file;
	return 0;
}

#endif
