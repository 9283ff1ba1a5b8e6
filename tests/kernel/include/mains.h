/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* mains.h - the programs that are modules' parts here. */
#ifndef IOASID_TESTS_KERNEL_MAINS_H
#define IOASID_TESTS_KERNEL_MAINS_H

int conform_main(void);
int doors_main(void);
int histories_main(void);
int interrupt_main(void);
int lineage_main(void);
int module_main(void);
int reuse_main(void);
int shared_main(void);
int storm_main(void);

#endif
