/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* client.c - a process that uses the device, and knows what it may find in its memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client.h"

static void device_name(int number, char name[static 32])
{
	(void)snprintf(name, 32, "/dev/ioasid_edu%d", number);
}

int device_count(void)
{
	char name[32];
	int n = 0;

	for (int i = 0; i < DEVICES; i++) {
		device_name(i, name);
		n += access(name, F_OK) == 0;
	}
	return n;
}

int device_open(int which)
{
	char name[32];

	for (int i = 0; i < DEVICES; i++) {
		device_name(i, name);
		if (access(name, F_OK) == 0 && which-- == 0) {
			int fd = open(name, O_RDWR);

			return fd < 0 ? -errno : fd;
		}
	}
	return -ENOENT;
}

static int call(int fd, unsigned long command, void *args)
{
	return ioctl(fd, command, args) < 0 ? -errno : 0;
}

int device_ask(int fd, uint32_t use, uint32_t *pasid)
{
	struct edu_use_args args = {.use = use};
	int error = call(fd, EDU_INFO, &args);

	if (!error)
		*pasid = args.pasid;
	return error;
}

static uint64_t word(const struct client *client, uint32_t from, uint32_t i)
{
	uint64_t who = (uint64_t)getpid() << 32 | (uint64_t)(client->pasid & 0xfff) << 16 | client->use << 8 | from;

	return i == 0 ? who | UINT64_C(1) << 63 : (who + i) * UINT64_C(0x9e3779b97f4a7c15);
}

bool client_has(const struct client *client, uint32_t slot, uint32_t from)
{
	uint64_t value;

	for (uint32_t i = 0; i < EDU_BYTES / sizeof(value); i++) {
		memcpy(&value, client->memory->page[slot] + i * sizeof(value), sizeof(value));
		if (value != word(client, from, i))
			return false;
	}
	return true;
}

static bool is_zero(const struct client *client, uint32_t slot)
{
	for (uint32_t i = 0; i < PAGE; i++)
		if (client->memory->page[slot][i] != 0)
			return false;
	return true;
}

int client_strangers(const struct client *client)
{
	int strangers = 0;

	for (uint32_t slot = 0; slot < EDU_PAGES; slot++) {
		bool known = slot < SOURCES ? client_has(client, slot, slot) : is_zero(client, slot);

		for (uint32_t from = 0; !known && slot >= SOURCES && from < SOURCES; from++)
			known = client_has(client, slot, from);
		strangers += !known;
	}
	return strangers;
}

int client_begin(struct client *client, int fd, uint32_t use, struct memory *memory)
{
	int error;

	*client = (struct client){.fd = fd, .use = use, .memory = memory};
	error = device_ask(fd, use, &client->pasid);
	memset(memory, 0, sizeof(*memory));
	for (uint32_t from = 0; from < SOURCES; from++) {
		for (uint32_t i = 0; i < EDU_BYTES / sizeof(uint64_t); i++) {
			uint64_t value = word(client, from, i);

			memcpy(memory->page[from] + i * sizeof(value), &value, sizeof(value));
		}
	}
	for (uint32_t slot = 0; !error && slot < EDU_PAGES; slot++) {
		struct edu_map_args args = {(uint64_t)(uintptr_t)memory->page[slot], use, (uint16_t)slot, slot & 1};

		error = call(fd, EDU_MAP, &args);
	}
	return error;
}

int client_open(struct client *client, int which, struct memory *memory)
{
	int fd = device_open(which);
	int error = fd < 0 ? fd : client_begin(client, fd, 0, memory);

	if (error && fd >= 0)
		close(fd);
	return error;
}

int client_private(struct client *client, int fd, struct memory *memory)
{
	struct edu_use_args args = {0};
	int error = call(fd, EDU_PRIVATE, &args);

	return error ? error : client_begin(client, fd, args.use, memory);
}

int client_submit(const struct client *client, uint32_t from, uint32_t to, uint32_t *cookie)
{
	struct edu_copy_args args = {.use = client->use, .from = from, .to = to};
	int error = call(client->fd, EDU_SUBMIT, &args);

	if (!error)
		*cookie = args.cookie;
	return error;
}

int client_wait(const struct client *client, uint32_t cookie)
{
	struct edu_copy_args args = {.use = client->use, .cookie = cookie};

	return call(client->fd, EDU_WAIT, &args);
}

int client_submit_some(const struct client *client, uint32_t n)
{
	uint32_t cookie;
	int error = 0;

	for (uint32_t i = 0; i < n && !error; i++)
		error = client_submit(client, i % SOURCES, SOURCES + i, &cookie);
	return error;
}

int client_copy(const struct client *client, uint32_t from, uint32_t to)
{
	uint32_t cookie;
	int error;

	memset(client->memory->page[to], 0, PAGE);
	error = client_submit(client, from, to, &cookie);
	if (!error)
		error = client_wait(client, cookie);
	return error || client_has(client, to, from) ? error : -EIO;
}
