/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* sharing.c - which PASID a process has: shared by its threads and files, private, not inherited. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

#define THREADS 8

static struct memory memories[4] __attribute__((aligned(PAGE)));

/* Of which device: where the answer goes. */
static void *ask_shared(void *result)
{
	uint32_t *pasid = result;
	int fd = device_open((int)*pasid);

	*pasid = 0;
	if (fd < 0)
		note("a thread's open: %d", fd);
	else if (device_ask(fd, 0, pasid) != 0)
		note("a thread's open: no PASID");
	if (fd >= 0)
		close(fd);
	return NULL;
}

void test_sharing(void)
{
	uint32_t pasids[THREADS];
	pthread_t threads[THREADS];
	struct client client;
	bool same = true;

	for (uint32_t i = 0; i < THREADS; i++) {
		pasids[i] = i % 2;
		(void)pthread_create(&threads[i], NULL, ask_shared, &pasids[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		same = same && pasids[i] != 0 && pasids[i] == pasids[0];
	}
	ok(same, "%d threads open two devices at once: one PASID, %u", THREADS, pasids[0]);
	ok(client_open(&client, 0, &memories[0]) == 0 && client.pasid == pasids[0], "a later open has it, too");
	ok(client_copy(&client, 1, 9) == 0, "a copy by the device arrives");
	ok(client_strangers(&client) == 0, "and nothing else does");
	close(client.fd);
}

void test_private(void)
{
	struct client shared;
	struct client own[3];
	struct edu_use_args args = {0};
	uint32_t cookie = 0;
	int error = client_open(&shared, 0, &memories[0]);

	for (int i = 0; i < 3 && !error; i++)
		error = client_private(&own[i], shared.fd, &memories[1 + i]);
	ok(!error, "three private PASIDs of one file");
	if (error)
		return;
	ok(own[0].pasid != own[1].pasid && own[1].pasid != own[2].pasid && own[0].pasid != own[2].pasid &&
	           own[0].pasid != shared.pasid && own[1].pasid != shared.pasid && own[2].pasid != shared.pasid,
	   "all are different: %u, %u, %u; shared %u", own[0].pasid, own[1].pasid, own[2].pasid, shared.pasid);
	ok(ioctl(shared.fd, EDU_PRIVATE, &args) < 0 && errno == EMFILE, "a fourth is refused");
	ok(client_copy(&own[1], 2, 5) == 0 && client_strangers(&own[0]) == 0 && client_strangers(&own[1]) == 0,
	   "a copy with one of them arrives in its memory, in no other");
	error = client_submit(&own[1], 0, 6, &cookie);
	nap(20);
	args.use = own[1].use;
	ok(!error && ioctl(shared.fd, EDU_UNBIND, &args) == 0, "one is unbound in mid-DMA");
	error = client_wait(&own[1], cookie);
	ok(error == 0 || error == -ECANCELED, "its request ends (%d)", error);
	ok(client_submit(&own[1], 0, 6, &cookie) == -EINVAL, "and it takes no other");
	ok(client_copy(&own[2], 3, 7) == 0 && client_copy(&shared, 3, 7) == 0, "the others go on");
	close(shared.fd);
	ok(counter_becomes("ids_active", 1),
	   "the private ones end with the file, the shared one stays with the process");
}

void test_fault(void)
{
	struct client client;
	long answered = counter("answered");
	uint32_t cookie = 0;
	int error = client_open(&client, 0, &memories[0]);

	ok(!error && client_copy(&client, 1, 9) == 0, "a copy between pages that are not there yet arrives");
	ok(counter("answered") == answered + 2, "they were fetched by faults");
	ok(client_copy(&client, 1, 9) == 0 && counter("answered") == answered + 2, "which they were once");
	(void)munmap(memories[0].page[11], PAGE);
	error = client_submit(&client, 0, 11, &cookie);
	ok(!error && client_wait(&client, cookie) == -EFAULT,
	   "a page that is not the process's any more is not reached");
	(void)mmap(memories[0].page[11], PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	close(client.fd);
}

/* 0; 1 and 2: refused, or not, what should not be; 3: the parent's PASID; 4: wrong bytes; 5: no bytes. */
int child_of_fork(const struct client *inherited, struct memory *memory)
{
	uint32_t pasid;
	struct client client;
	int error;

	if (device_ask(inherited->fd, 0, &pasid) != -EPERM)
		return 1;
	if (client_open(&client, 0, memory) != 0)
		return 2;
	if (client.pasid == inherited->pasid)
		return 3;
	error = client_copy(&client, 1, 8);
	if (error == -EIO || client_strangers(&client) != 0)
		return 4;
	return error ? 5 : 0;
}

static int status_of(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void test_fork(void)
{
	struct client client;
	uint32_t cookie = 0;
	int error = client_open(&client, 0, &memories[0]);
	pid_t pid;

	ok(!error && client_submit(&client, 2, 12, &cookie) == 0, "a request is in flight");
	pid = fork();
	if (pid == 0)
		_exit(child_of_fork(&client, &memories[1]));
	ok(status_of(pid) == 0,
	   "a forked child has nothing of its parent's but the file, and a PASID of its own if it asks");
	ok(client_wait(&client, cookie) == 0 && client_has(&client, 12, 2),
	   "the parent's request arrives in the parent");
	ok(client_copy(&client, 0, 13) == 0, "the parent goes on");
	close(client.fd);
}

/* The new program: the file is there, the memory that it was for is not. */
int after_exec(int fd)
{
	struct client client;
	uint32_t pasid;

	if (device_ask(fd, 0, &pasid) != -EPERM)
		return 1;
	if (client_open(&client, 0, &memories[0]) != 0)
		return 2;
	if (client_copy(&client, 1, 8) != 0 || client_strangers(&client) != 0)
		return 3;
	close(fd);
	return client_copy(&client, 2, 8) == 0 ? 0 : 4;
}

void exec_as_child(const char *self)
{
	struct client client;
	char text[16];

	if (client_open(&client, 0, &memories[0]) != 0 || client_submit_some(&client, 2) != 0)
		_exit(10);
	nap(chance(100));
	(void)snprintf(text, sizeof(text), "%d", client.fd);
	(void)execl(self, self, "exec", text, (char *)NULL);
	_exit(11);
}

void test_exec(const char *self)
{
	pid_t pid = fork();

	if (pid == 0)
		exec_as_child(self);
	ok(status_of(pid) == 0, "exec in mid-DMA: the file is of no use, the new program opens its own");
}
