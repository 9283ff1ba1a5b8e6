/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* internal.h - what the module's parts have of each other. */
#ifndef IOASID_PORT_LINUX_INTERNAL_H
#define IOASID_PORT_LINUX_INTERNAL_H

int ioasid_linux_mm_init(void);
void ioasid_linux_mm_exit(void);
void ioasid_linux_debugfs_init(void);
void ioasid_linux_debugfs_exit(void);

#endif
