/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * storm.c - many processes at once, which end in every way there is, at any moment.
 *
 * Each new one opens a device as soon as an old one has ended. What it then finds
 * in its memory that it did not put there, the device has brought for its predecessor.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

#define WORKERS 12
#define BATCH 3

struct score {
	atomic_long copies;
	atomic_long cancelled;
	atomic_long corrupt;
	atomic_long failures;
	atomic_int last; /* of the failures: its error */
};

static struct score *score;
static const char *program;

static void fail(int error)
{
	atomic_fetch_add(&score->failures, 1);
	score->last = error;
}

static void judge(const struct client *client, int error, uint32_t from, uint32_t to)
{
	if (error == 0 && client_has(client, to, from))
		atomic_fetch_add(&score->copies, 1);
	else if (error == 0)
		atomic_fetch_add(&score->corrupt, 1);
	else if (error == -ECANCELED || error == -ESTALE || error == -EFAULT)
		atomic_fetch_add(&score->cancelled, 1);
	else
		fail(error);
}

/* A few copies at once; now and then the file, or the PASID, ends before they do. */
static void batch(const struct client *client)
{
	uint32_t cookies[BATCH];
	uint32_t n = 1 + chance(BATCH);
	uint32_t to = SOURCES + chance(EDU_PAGES - SOURCES - BATCH);
	int error = 0;
	uint32_t i;

	for (i = 0; i < n && !error; i++)
		error = client_submit(client, i, to + i, &cookies[i]);
	if (error) {
		judge(client, error, 0, 0);
		return;
	}
	if (client->use != 0 && chance(3) == 0) {
		struct edu_use_args args = {.use = client->use};

		nap(chance(250));
		(void)ioctl(client->fd, EDU_UNBIND, &args);
	}
	for (i = 0; i < n; i++)
		judge(client, client_wait(client, cookies[i]), i, to + i);
	if (client_strangers(client))
		atomic_fetch_add(&score->corrupt, 1);
}

/* Another open of the same device by another thread: the same PASID. */
static void *second_opener(void *argument)
{
	const struct client *client = argument;
	uint32_t pasid = 0;
	int fd = device_open(0);

	if (fd >= 0 && device_ask(fd, 0, &pasid) == 0 && pasid != client->pasid)
		fail(-1);
	nap(chance(200));
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* A child that inherits the file, or a new program that does: what follows they know by themselves. */
static void leave_child(const struct client *client, struct memory *memory)
{
	int result;
	pid_t pid;

	(void)signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid != 0)
		return;
	(void)chance(0);
	if (chance(2) == 0)
		exec_as_child(program);
	result = child_of_fork(client, memory);
	if (result == 4)
		atomic_fetch_add(&score->corrupt, 1);
	else if (result != 0 && result != 3) /* a parent that is gone does not need its PASID any more */
		fail(result);
	_exit(0);
}

static void one_life(int devices, struct memory memories[static 2])
{
	struct client shared;
	struct client other;
	pthread_t thread;
	uint32_t cookie;
	bool last;
	int error;

	error = client_open(&shared, (int)chance((uint32_t)devices), &memories[0]);
	if (error) {
		fail(error);
		return;
	}
	(void)pthread_create(&thread, NULL, second_opener, &shared);
	batch(&shared);
	if (chance(2) == 0 && client_private(&other, shared.fd, &memories[1]) == 0)
		batch(&other);
	(void)pthread_join(thread, NULL);
	last = chance(3) == 0;
	if (last && chance(2) == 0)
		leave_child(&shared, &memories[1]);
	/* What comes now ends with the file, or with the process. */
	for (uint32_t i = chance(3); i > 0; i--)
		(void)client_submit(&shared, 0, SOURCES + i, &cookie);
	if (last)
		_exit(0); /* also because a child may keep the file open, and what it has mapped */
	close(shared.fd);
	if (client_strangers(&shared))
		atomic_fetch_add(&score->corrupt, 1);
}

static pid_t worker(int devices)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)chance(0);
	for (;;) {
		/* New pages each time: the device may still be writing to the last ones, which is no error. */
		void *memories = mmap(NULL, 2 * sizeof(struct memory), PROT_READ | PROT_WRITE,
		                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		one_life(devices, memories);
		(void)munmap(memories, 2 * sizeof(struct memory));
	}
}

void storm(const char *self, unsigned int seconds, struct storm_result *result)
{
	int devices = device_count();
	pid_t pids[WORKERS] = {0};

	memset(result, 0, sizeof(*result));
	program = self;
	score = mmap(NULL, sizeof(*score), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned int ms = 0; ms < seconds * 1000;) {
		uint32_t pause = 5 + chance(80);
		uint32_t victim = chance(WORKERS);

		for (int i = 0; i < WORKERS; i++) {
			if (pids[i] > 0 && waitpid(pids[i], NULL, WNOHANG) != pids[i])
				continue;
			pids[i] = worker(devices);
			result->workers++;
		}
		nap(pause);
		ms += pause;
		if (chance(2) == 0 && kill(pids[victim], SIGKILL) == 0)
			result->kills++;
	}
	for (int i = 0; i < WORKERS; i++)
		result->kills += kill(pids[i], SIGKILL) == 0;
	for (int i = 0; i < WORKERS; i++)
		(void)waitpid(pids[i], NULL, 0);
	result->copies = score->copies;
	result->cancelled = score->cancelled;
	result->corrupt = score->corrupt;
	result->failures = score->failures;
	result->last_failure = score->last;
	(void)munmap(score, sizeof(*score));
}
