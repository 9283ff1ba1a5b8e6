/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* tests.h - what runs in the image. The first lot are the main() of programs elsewhere: the Makefile renames them. */
#ifndef BAREMETAL_TESTS_H
#define BAREMETAL_TESTS_H

int conform_main(void); /* tests/port: the contract */
int exact_main(void);   /* tests/stress: N ids are N ids */
int shared_main(void);
int reuse_main(void);
int doors_main(void);
int storm_main(void);

int interrupts_main(void);
void demo(void);

#endif
