/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* passed.c - a file that outlives its process: sent over a socket, closed when the PASID is another's. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

static struct memory memories[2] __attribute__((aligned(PAGE)));

static void send_file(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	char byte = 0;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = control,
	                         .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	(void)sendmsg(socket, &message, 0);
}

static int receive_file(int socket)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = control,
	                         .msg_controllen = sizeof(control)};
	int fd = -1;

	if (recvmsg(socket, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* Its requests are under way, its file is ours, it is gone. */
static int file_of_the_dead(uint32_t *pasid)
{
	struct client client;
	int pair[2];
	pid_t pid;
	int fd;

	(void)!socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	pid = fork();
	if (pid == 0) {
		if (client_open(&client, 0, &memories[0]) != 0 || client_submit_some(&client, 3) != 0)
			_exit(1);
		send_file(pair[1], client.fd);
		_exit((int)client.pasid);
	}
	fd = receive_file(pair[0]);
	*pasid = 0;
	if (waitpid(pid, &pid, 0) > 0 && WIFEXITED(pid))
		*pasid = (uint32_t)WEXITSTATUS(pid);
	close(pair[0]);
	close(pair[1]);
	return fd;
}

/* What a successor says when it is ready, if not an error. */
#define HAS_A_LOWER_NUMBER 1

/*
 * Who gets the number opens the same device, and has requests while the dead one's file is closed.
 * Who gets a lower one keeps it until nobody holds the other end of the pipe.
 */
static int successor(int report, int hold, uint32_t pasid)
{
	struct client client;
	uint32_t cookies[2] = {0};
	int error = client_open(&client, 0, &memories[1]);

	if (!error && client.pasid < pasid) {
		error = HAS_A_LOWER_NUMBER;
		(void)!write(report, &error, sizeof(error));
		(void)!read(hold, &error, sizeof(error));
		return 1;
	}
	if (error || client.pasid != pasid)
		return 1;
	for (uint32_t i = 0; i < 2 && !error; i++)
		error = client_submit(&client, i, SOURCES + i, &cookies[i]);
	(void)!write(report, &error, sizeof(error));
	for (uint32_t i = 0; i < 2 && !error; i++)
		error = client_wait(&client, cookies[i]);
	return error || client_strangers(&client) || client_copy(&client, 3, 9) != 0 ? 2 : 0;
}

/* One who asks for a PASID, beside whom the file is closed if it is the one. 1: it was another. */
static int try_beside(int *fd, uint32_t pasid, const int hold[static 2])
{
	int error = 0;
	int status;
	int pair[2];
	bool ready;
	pid_t pid;

	(void)!pipe(pair);
	pid = fork();
	if (pid == 0) {
		close(*fd);
		close(hold[1]);
		_exit(successor(pair[1], hold[0], pasid));
	}
	close(pair[1]);
	ready = read(pair[0], &error, sizeof(error)) == sizeof(error);
	close(pair[0]);
	if (ready && error == HAS_A_LOWER_NUMBER)
		return 1;
	if (ready) {
		close(*fd);
		*fd = -1;
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

/*
 * The lowest number is had first, once it has rested: until then others come. Those below it are
 * kept meanwhile: with grace periods that are short enough they would come again and again.
 */
static int close_beside_successor(int fd, uint32_t pasid)
{
	int status = 1;
	int hold[2];

	(void)!pipe(hold);
	for (int i = 0; i < 1000 && status == 1; i++) {
		status = try_beside(&fd, pasid, hold);
		nap(20);
	}
	close(hold[0]);
	close(hold[1]);
	while (wait(NULL) > 0)
		;
	if (fd >= 0)
		close(fd);
	return status;
}

void test_passed_file(void)
{
	uint32_t pasid;
	uint32_t asked;
	int fd = file_of_the_dead(&pasid);

	ok(fd >= 0 && pasid != 0 && device_ask(fd, 0, &asked) == -EPERM,
	   "a file outlives its process, and is of no use to who gets it");
	ok(counter_becomes("ids_parked", 0) && counter("files") == 1, "its PASID ends nevertheless: all is quiesced");
	ok(close_beside_successor(fd, pasid) == 0,
	   "the number's next owner does not notice that the old file is closed");
}
