/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A signal interrupts a thread; here, an interrupt does: one from another processor to that on which the thread is. */
#ifndef IOASID_TESTS_KERNEL_SIGNAL_H
#define IOASID_TESTS_KERNEL_SIGNAL_H

#include "pthread.h"

/* The kernel has a struct of that name, which is another. */
#define sigaction test_sigaction

struct sigaction {
	void (*sa_handler)(int signal_number);
};

#undef SIGUSR1
#undef SIG_IGN
#define SIGUSR1 10
#define SIG_IGN NULL

int sigaction(int signal_number, const struct sigaction *action, struct sigaction *old);
int pthread_kill(pthread_t thread, int signal_number);

#endif
