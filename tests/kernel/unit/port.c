/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* port.c - the kernel's port once more, for the core that is in this module. */
#include "../../../lib/port/linux/port.c"
