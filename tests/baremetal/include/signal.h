/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One signal, SIGALRM: an interrupt of the CPU's own timer. See sys/time.h. */
#ifndef BAREMETAL_SIGNAL_H
#define BAREMETAL_SIGNAL_H

typedef int sig_atomic_t;
typedef unsigned sigset_t;
struct sigaction {
	void (*sa_handler)(int);
	int sa_flags;
};

#define SIGALRM 14
#define SIG_IGN ((void (*)(int))0)
#define SA_RESTART 0
#define SIG_BLOCK 0
#define SIG_UNBLOCK 1

int sigemptyset(sigset_t *set);
int sigaddset(sigset_t *set, int number);
int sigaction(int number, const struct sigaction *action, struct sigaction *was);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *was);

#endif
