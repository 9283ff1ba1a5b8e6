/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* tell.c - TAP; the device's calls; processes that are asked and answer. */
#include "guest.h"

volatile unsigned cell;

static int tests;
static int failures;

bool ok(bool good, const char *name)
{
	tests++;
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, name);
	return good;
}

void note(const char *name, unsigned long number)
{
	printf("# %s: %lu\n", name, number);
}

int plan(void)
{
	printf("1..%d\n", tests);
	return failures;
}

int open_device(void)
{
	int file = open(SVA_PATH, O_RDWR);

	if (file < 0) {
		printf("Bail out! no %s: %d\n", SVA_PATH, errno);
		exit(99);
	}
	return file;
}

int call(int file, unsigned long command, void *argument)
{
	return ioctl(file, command, argument) < 0 ? -errno : 0;
}

int adopt(int file, struct sva_life *life)
{
	return call(file, SVA_ADOPT, life);
}

int begin(int file, unsigned value, unsigned delay_ms)
{
	struct sva_request request = {(unsigned long)&cell, value, delay_ms};

	return call(file, SVA_BEGIN, &request);
}

struct sva_question ask(int file, unsigned long handle)
{
	struct sva_question question = {.handle = handle};

	if (call(file, SVA_ASK, &question) != 0)
		ok(false, "the device answers");
	return question;
}

struct sva_totals totals(int file)
{
	struct sva_totals sums = {0};

	if (call(file, SVA_TOTALS, &sums) != 0)
		ok(false, "the device counts");
	return sums;
}

bool is_over(const struct sva_question *answer)
{
	return answer->get == -ESTALE && answer->bind == -ESTALE && answer->found != answer->handle;
}

struct child spawn(int (*fn)(struct child *parent, void *context), void *context)
{
	struct child child = {-1, -1, -1};
	int up[2], down[2];

	if (pipe(up) != 0 || pipe(down) != 0 || (child.pid = fork()) < 0) {
		printf("Bail out! no process: %d\n", errno);
		exit(99);
	}
	child.from = child.pid == 0 ? down[0] : up[0];
	child.to = child.pid == 0 ? up[1] : down[1];
	close(child.pid == 0 ? down[1] : up[1]);
	close(child.pid == 0 ? up[0] : down[0]);
	if (child.pid == 0)
		exit(fn(&child, context));
	return child;
}

void say(struct child *other, const void *words, unsigned long size)
{
	if (write(other->to, words, size) != (ssize_t)size)
		exit(98);
}

bool hear(struct child *other, void *words, unsigned long size)
{
	return read(other->from, words, size) == (ssize_t)size;
}

int ended(struct child *child)
{
	int status = 0;

	close(child->from);
	close(child->to);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void killed(struct child *child)
{
	kill(child->pid, SIGKILL);
	(void)ended(child);
}

/* A word, not an end of the pipe: processes that were forked later have its other end, too. */
int let_go(struct child *child)
{
	struct errand go = {0};

	(void)!write(child->to, &go, sizeof(go));
	return ended(child);
}
