/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* threads.h - what is not in pthread.h. */
#ifndef BAREMETAL_THREADS_H
#define BAREMETAL_THREADS_H

/* thread_begin() - thread-local data of its own for this CPU, as it is at a thread's start. */
void thread_begin(void);

#endif
