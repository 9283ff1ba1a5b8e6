/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * guest.h - the only program in the guest: it is init, loads the modules, and has
 * processes adopt their PASIDs. Without a C library: the kernel's nolibc is one of headers.
 *
 *   init.c     mounts, modules, the order of things, the end
 *   tell.c     TAP; processes that are asked and answer
 *   sharing.c  one process, its threads' worth of files, fork, exec
 *   ending.c   release and exit in either order; the number's next process
 *   crowd.c    many in turn and at once, kill -9, and the sums
 */
#ifndef IOASID_TESTS_KERNEL_SVA_GUEST_H
#define IOASID_TESTS_KERNEL_SVA_GUEST_H

#include <asm/errno.h>
#include <stdbool.h>

#include "../uapi.h"

/* enum ioasid_state, as /dev/ioasid-sva tells it. */
enum {
	FREE,
	RESERVED,
	ACTIVE,
	PARKED,
	QUARANTINED
};

/* tell.c: ok() returns what it was told. */
bool ok(bool good, const char *name);
void note(const char *name, unsigned long number);
int plan(void);

/* The device of this test: ends the program if it cannot be opened. */
int open_device(void);
/* Calls return 0 or a negative error. */
int call(int file, unsigned long command, void *argument);
int adopt(int file, struct sva_life *life);
int begin(int file, unsigned value, unsigned delay_ms);
struct sva_question ask(int file, unsigned long handle);
struct sva_totals totals(int file);
/* A life that is over, as its handle is answered: whatever has become of the number. */
bool is_over(const struct sva_question *answer);

/* Where requests are written: at the same address in every process. */
extern volatile unsigned cell;

struct child {
	int pid;
	int from;
	int to;
};

/* spawn() - a process that runs fn() and exits with what it returns; it may say() and wait(). */
struct child spawn(int (*fn)(struct child *parent, void *context), void *context);
void say(struct child *other, const void *words, unsigned long size);
/* false: the other has gone. */
bool hear(struct child *other, void *words, unsigned long size);
/* Its exit status; -1 if it was killed. */
int ended(struct child *child);
void killed(struct child *child);
/* What a process that has a number is asked to ask about; without a handle, to go. */
struct errand {
	unsigned long handle;
	struct sva_question answer;
};

/* Lets a child go that waits to hear; its exit status. */
int let_go(struct child *child);

void sharing(void);
int after_exec(char **arguments);
void ending(void);
void crowd(void);
void seeded(void);
/* A process that the kernel gives the number; it waits to hear. false: none was found in time. */
bool find_owner(unsigned pasid, struct child *owner, struct sva_life *life);

#endif
