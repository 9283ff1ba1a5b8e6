/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* client.h - a process that uses /dev/ioasid_edu<N>; TAP. Errors are negative, as in the kernel. */
#ifndef IOASID_EDU_CLIENT_H
#define IOASID_EDU_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "../uapi.h"

#define PAGE 4096
#define SOURCES 4 /* slots 0 to 3 have patterns, the others take copies of them */
#define DEVICES 16

/* The pages that one PASID of this process reaches. */
struct memory {
	unsigned char page[EDU_PAGES][PAGE];
};

/* The memory of a use of an open file. */
struct client {
	int fd;
	uint32_t use;
	uint32_t pasid;
	struct memory *memory;
};

int device_count(void);     /* how many devices there are now */
int device_open(int which); /* the which-th of them: a file, or the error */
int device_ask(int fd, uint32_t use, uint32_t *pasid);

/*
 * Patterns that no other process, and no other PASID of this one, has; and let the
 * device reach them: the even slots now, the odd ones when it wants to.
 */
int client_begin(struct client *client, int fd, uint32_t use, struct memory *memory);
int client_open(struct client *client, int which, struct memory *memory);
int client_private(struct client *client, int fd, struct memory *memory);
int client_submit(const struct client *client, uint32_t from, uint32_t to, uint32_t *cookie);
int client_submit_some(const struct client *client, uint32_t n); /* which nobody waits for */
int client_wait(const struct client *client, uint32_t cookie);
bool client_has(const struct client *client, uint32_t slot, uint32_t from); /* slot has source's pattern */
int client_strangers(const struct client *client); /* pages in which anything is that this process never had */
int client_copy(const struct client *client, uint32_t from, uint32_t to); /* all of it; -EIO: the wrong bytes */

long counter(const char *name);                     /* of the driver's; -1 if there is none */
bool counter_becomes(const char *name, long value); /* within 20 s */
bool file_has(const char *path, const char *text);
void nap(unsigned int ms);
uint32_t chance(uint32_t n); /* 0 to n - 1 */

void ok(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
int plan(void); /* the exit status */

/* scenario's parts */
void test_sharing(void);
void test_private(void);
void test_fault(void);
void test_fork(void);
void exec_as_child(const char *self); /* with a file and requests of the old program; does not return */
void test_exec(const char *self);
int after_exec(int fd);
int child_of_fork(const struct client *inherited, struct memory *memory);
void test_kill(void);
void test_passed_file(void);
void test_close_first(void);
void test_unload(void);
void test_removal(void);

struct storm_result {
	long copies;
	long cancelled;
	long corrupt;
	long failures;
	int last_failure;
	long workers;
	long kills;
};
void storm(const char *self, unsigned int seconds, struct storm_result *result);

#endif
