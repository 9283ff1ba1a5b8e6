/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ending.c - the orders in which files, processes, devices and the module can end. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

static struct memory memories[2] __attribute__((aligned(PAGE)));

/* A child that has many requests, of which the first is under way. */
static pid_t busy_child(int report)
{
	struct client client;
	pid_t pid = fork();
	int error;

	if (pid != 0)
		return pid;
	error = client_open(&client, 0, &memories[0]);
	if (!error)
		error = client_submit_some(&client, 10);
	(void)!write(report, &error, sizeof(error));
	for (;;)
		pause();
}

static bool kill_one(unsigned int ms)
{
	int ready[2];
	int error = -1;
	pid_t pid;

	(void)!pipe(ready);
	pid = busy_child(ready[1]);
	(void)!read(ready[0], &error, sizeof(error));
	close(ready[0]);
	close(ready[1]);
	nap(ms);
	return kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid && error == 0;
}

/* On a machine that is busy enough the device may be done before the signal: then more of them. */
void test_kill(void)
{
	long dropped = counter("dropped");
	long aborted = counter("aborted");
	long drained = counter("drained");
	unsigned int kills = 0;
	bool good = true;
	bool enough;

	do {
		good = good && kill_one(10 + kills % 5 * 40);
		enough = counter("dropped") > dropped && counter("aborted") > aborted && counter("drained") > drained;
		kills++;
	} while (kills < 5 || (!enough && kills < 50));
	ok(good, "%u processes are killed in mid-DMA", kills);
	ok(counter_becomes("ids_parked", 0) && counter_becomes("files", 0), "their PASIDs end");
	ok(counter("dropped") > dropped, "what the device had not begun was dropped: %ld requests",
	   counter("dropped") - dropped);
	ok(counter("aborted") > aborted, "what was between its two DMAs has no second: %ld",
	   counter("aborted") - aborted);
	ok(counter("drained") > drained, "what was in a DMA was waited for: %ld", counter("drained") - drained);
}

void test_close_first(void)
{
	struct client client;
	uint32_t before;
	int error = client_open(&client, 0, &memories[0]);

	before = client.pasid;
	ok(!error && client_submit_some(&client, 3) == 0 && close(client.fd) == 0,
	   "release before exit, requests in flight");
	ok(client_open(&client, 0, &memories[1]) == 0 && client.pasid == before,
	   "the process opens again, and has the PASID that it had");
	ok(client_copy(&client, 1, 4) == 0 && client_strangers(&client) == 0, "and only what it asked for now arrives");
	close(client.fd);
}

void test_unload(void)
{
	struct client client;
	char line[64];
	long result;

	if (client_open(&client, 0, &memories[0]) != 0) {
		ok(false, "open");
		return;
	}
	errno = 0;
	result = syscall(SYS_delete_module, "ioasid_edu", O_NONBLOCK);
	ok(result < 0 && (errno == EAGAIN || errno == EBUSY), "the module is in use and stays (errno %d)", errno);
	errno = 0;
	result = syscall(SYS_delete_module, "ioasid", O_NONBLOCK);
	ok(result < 0 && (errno == EAGAIN || errno == EBUSY), "and so does the library (errno %d)", errno);
	(void)snprintf(line, sizeof(line), "id %u ", client.pasid);
	ok(file_has("/sys/kernel/debug/libioasid/edu/dump", line), "the dump names the PASID, %u", client.pasid);
	close(client.fd);
}

/* Its folder in sysfs: the parent of the character device's. */
static void write_to_pci(int fd, const char *name)
{
	struct stat status;
	char link[PATH_MAX];
	char path[PATH_MAX];
	int file;

	(void)fstat(fd, &status);
	(void)snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major(status.st_rdev), minor(status.st_rdev));
	if (!realpath(link, path) || !strrchr(path, '/'))
		return;
	(void)snprintf(strrchr(path, '/'), 32, "/%s", name);
	file = open(path, O_WRONLY);
	if (file >= 0) {
		(void)!write(file, "1", 1);
		close(file);
	}
}

/* Somebody else has files and requests there, too, and is killed while the device goes. */
void test_removal(void)
{
	int devices = device_count();
	struct client client;
	uint32_t pasid;
	uint32_t cookies[2] = {0};
	int ready[2];
	int error;
	int rescan;
	pid_t pid;

	(void)!pipe(ready);
	pid = busy_child(ready[1]);
	(void)!read(ready[0], &error, sizeof(error));
	close(ready[0]);
	close(ready[1]);
	error = client_open(&client, 0, &memories[1]);
	for (uint32_t i = 0; i < 2 && !error; i++)
		error = client_submit(&client, i, SOURCES + i, &cookies[i]);
	ok(!error && counter("files") == 2, "two processes have files and requests of one device");
	(void)kill(pid, SIGKILL);
	write_to_pci(client.fd, "remove");
	ok(device_count() == devices - 1, "the device is removed by force");
	ok(device_ask(client.fd, 0, &pasid) == -ENODEV, "its file answers ENODEV");
	ok(waitpid(pid, NULL, 0) == pid, "who was killed meanwhile is gone");
	ok(counter("lost") > 0, "%ld requests went with the device", counter("lost"));
	ok(close(client.fd) == 0 && counter_becomes("windows", 0), "nothing of it is left");
	rescan = open("/sys/bus/pci/rescan", O_WRONLY);
	(void)!write(rescan, "1", 1);
	close(rescan);
	ok(device_count() == devices, "it comes back");
	for (int i = 0; i < devices; i++) {
		error = client_open(&client, i, &memories[0]);
		if (!error) {
			error = client_copy(&client, 1, 5);
			close(client.fd);
		}
		if (error)
			break;
	}
	ok(error == 0, "all devices work");
}
