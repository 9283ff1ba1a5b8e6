/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* client.c - a process that uses the device, and what it says of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

static int tests;
static int failures;

void ok(bool good, const char *format, ...)
{
	va_list arguments;

	printf("%sok %d - ", good ? "" : "not ", ++tests);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	failures += !good;
}

void note(const char *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

int plan(void)
{
	printf("1..%d\n", tests);
	fflush(stdout);
	return failures != 0;
}

void nap(unsigned int ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)nanosleep(&t, NULL);
}

uint32_t chance(uint32_t n)
{
	static uint64_t state;

	if (state == 0 || n == 0)
		state = (uint64_t)getpid() * 0x9e3779b97f4a7c15u + 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? (uint32_t)(state >> 33) % n : 0;
}

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
		struct edu_map_args args = {(uint64_t)(uintptr_t)memory->page[slot], use, slot};

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

static size_t read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, size - 1, file) : 0;

	text[n] = '\0';
	if (file)
		(void)fclose(file);
	return n;
}

long counter(const char *name)
{
	char text[4096];
	size_t length = strlen(name);
	char *line;

	(void)read_file("/sys/kernel/debug/ioasid_edu/counters", text, sizeof(text));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, name, length) == 0 && line[length] == ' ')
			return strtol(line + length, NULL, 10);
	return -1;
}

bool counter_becomes(const char *name, long value)
{
	for (int i = 0; i < 1000 && counter(name) != value; i++)
		nap(20);
	return counter(name) == value;
}

bool file_has(const char *path, const char *text)
{
	static char contents[1 << 16];

	(void)read_file(path, contents, sizeof(contents));
	return strstr(contents, text) != NULL;
}
