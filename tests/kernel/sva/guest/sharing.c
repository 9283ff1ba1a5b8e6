/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* sharing.c - one process and its one PASID: files that share it, requests, a second life, fork, exec. */
#include "guest.h"

static void two_files(int a, int b, struct sva_life *life)
{
	struct sva_life second = {0};
	struct sva_question answer;
	bool first = adopt(a, life) == 0 && adopt(b, &second) == 0;

	ok(first && life->pasid != 0 && !life->shared, "the PASID that the kernel gave the process is adopted");
	ok(second.pasid == life->pasid && second.handle == life->handle && second.shared,
	   "a second bind of the process: the same PASID, the same life of it");
	answer = ask(a, life->handle);
	ok(answer.state == ACTIVE && answer.get == 0 && answer.find == 0 && answer.found == life->handle &&
	           answer.attached != 0,
	   "the number finds the life, and leads to the process");
	ok(begin(a, 41, 1) == 0 && call(a, SVA_DRAIN, NULL) == 0 && cell == 41 && begin(b, 42, 1) == 0 &&
	           call(b, SVA_DRAIN, NULL) == 0 && cell == 42,
	   "requests of both files are written into the process's memory");
}

static void one_closes(int a, int b, const struct sva_life *life)
{
	unsigned long before = ask(b, life->handle).attached;
	struct sva_question answer;

	close(a);
	(void)call(b, SVA_SETTLE, NULL);
	answer = ask(b, life->handle);
	ok(answer.state == ACTIVE && answer.attached == before && begin(b, 43, 1) == 0 &&
	           call(b, SVA_DRAIN, NULL) == 0 && cell == 43,
	   "one of two files is closed: the life goes on");
}

/* The file goes with a request in flight: the number leads to us until that has landed. */
static int last_closes(int b, const struct sva_life *life)
{
	struct sva_question answer;
	bool begun = begin(b, 44, 100) == 0;
	int c = open_device();

	close(b);
	ok(begun && call(c, SVA_SETTLE, NULL) == 0 && cell == 44,
	   "the last is closed: what is in flight still arrives");
	answer = ask(c, life->handle);
	ok(is_over(&answer) && answer.attached == 0 && (answer.state == FREE || answer.state == QUARANTINED),
	   "then the life is over, and the number leads nowhere");
	return c;
}

static void second_life(int c, const struct sva_life *old)
{
	struct sva_life life = {0};
	struct sva_question answer;
	bool again = adopt(c, &life) == 0;

	answer = ask(c, old->handle);
	ok(again && life.pasid == old->pasid && life.handle != old->handle && !life.shared && is_over(&answer) &&
	           answer.found == life.handle,
	   "the process again: the same PASID, another life; the old handle stays over");
	ok(begin(c, 45, 1) == 0 && call(c, SVA_DRAIN, NULL) == 0 && cell == 45, "and it works");
	close(c);
}

struct inherited {
	int file;
	struct sva_life life;
};

static int forked_child(struct child *parent, void *context)
{
	struct inherited *inherited = context;
	struct sva_life own = {0};
	int file = open_device();
	bool good;

	(void)parent;
	good = begin(inherited->file, 90, 1) == -EACCES && adopt(file, &own) == 0 &&
	       own.pasid != inherited->life.pasid && begin(file, 91, 1) == 0 && call(file, SVA_DRAIN, NULL) == 0 &&
	       cell == 91;
	return good ? 0 : 1;
}

static int exec_child(struct child *parent, void *context)
{
	static char file_text[16], pasid_text[16], handle_text[32];
	char *arguments[] = {"/init", file_text, pasid_text, handle_text, NULL};
	char *environment[] = {NULL};
	struct sva_life life = {0};
	int file = open_device();

	(void)parent;
	(void)context;
	if (adopt(file, &life) != 0 || begin(file, 92, 100) != 0)
		return 1;
	itoa_r(file, file_text);
	utoa_r(life.pasid, pasid_text);
	u64toa_r(life.handle, handle_text);
	execve("/init", arguments, environment);
	return 2;
}

/* In the new program, with the old one's file: what the file adopted went with the old memory. */
int after_exec(char **arguments)
{
	int file = atoi(arguments[1]), other;
	struct sva_life life = {0};
	unsigned long old = strtoul(arguments[3], NULL, 10);
	struct sva_question answer = ask(file, old);
	int looks;

	/* As out_of_reach(): a request that was being written had the old memory, too. */
	for (looks = 0; looks < 500 && answer.attached != 0; looks++) {
		usleep(10000);
		answer = ask(file, old);
	}
	if (answer.state != PARKED || !is_over(&answer) || answer.attached != 0 || cell != 0)
		return 3;
	if (begin(file, 93, 1) != -EACCES)
		return 4;
	other = open_device();
	if (adopt(other, &life) != 0 || life.pasid == (unsigned)atoi(arguments[2]))
		return 5;
	if (begin(other, 94, 1) != 0 || call(other, SVA_DRAIN, NULL) != 0 || cell != 94)
		return 6;
	return 0;
}

/* In init itself, which from then on has a PASID of the kernel's for good. */
void sharing(void)
{
	struct inherited inherited = {open_device(), {0}};
	int b = open_device(), status;
	struct child child;

	two_files(inherited.file, b, &inherited.life);
	child = spawn(forked_child, &inherited);
	ok(ended(&child) == 0 && cell == 42 && ask(b, inherited.life.handle).state == ACTIVE,
	   "a forked child may not use the parent's file, has a PASID of its own, and leaves the parent's alone");
	one_closes(inherited.file, b, &inherited.life);
	second_life(last_closes(b, &inherited.life), &inherited.life);
	child = spawn(exec_child, NULL);
	status = ended(&child);
	if (!ok(status == 0,
	        "exec: the old memory's life ends, the open file holds its number back, the new has another"))
		note("exec's status", (unsigned long)status);
}
