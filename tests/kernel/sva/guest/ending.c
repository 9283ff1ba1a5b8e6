/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* ending.c - release before exit, exit before release, kill -9; and the next process that has the number. */
#include "guest.h"

enum way {
	CLOSES_FIRST,
	EXITS,
	IS_KILLED
};

static int dies(struct child *parent, void *context)
{
	enum way way = *(enum way *)context;
	int file = open_device(), i;
	struct sva_life life = {0};
	char word;

	if (adopt(file, &life) != 0)
		return 1;
	for (i = 0; i < 8; i++)
		if (begin(file, 50 + (unsigned)i, 40 + 10 * (unsigned)i) != 0)
			return 2;
	if (way == CLOSES_FIRST)
		close(file);
	say(parent, &life, sizeof(life));
	if (way == IS_KILLED)
		(void)hear(parent, &word, sizeof(word));
	return 0;
}

/*
 * Nobody settles anything here: the exit of the process does. But the memory may have had
 * a user more when the process was waited for, a request that was just being written.
 */
static bool out_of_reach(int file, unsigned long handle)
{
	struct sva_question answer = ask(file, handle);
	int looks;

	for (looks = 0; looks < 500 && !(is_over(&answer) && answer.attached == 0); looks++) {
		usleep(10000);
		answer = ask(file, handle);
	}
	if (looks != 0)
		note("it was not at once, but after looks", (unsigned long)looks);
	return looks < 500;
}

static void one_end(int file, enum way way, const char *name)
{
	struct sva_life life = {0};
	struct child child = spawn(dies, &way);
	bool heard = hear(&child, &life, sizeof(life));
	int status = 0;

	if (way == IS_KILLED)
		killed(&child);
	else
		status = ended(&child);
	ok(heard && status == 0 && out_of_reach(file, life.handle), name);
}

static int adopts_with(struct child *parent, void *context)
{
	int file = context ? *(int *)context : open_device();
	struct sva_life life = {0};
	char word;

	if (adopt(file, &life) != 0 || begin(file, 60, 30) != 0)
		return 1;
	say(parent, &life, sizeof(life));
	(void)hear(parent, &word, sizeof(word));
	return 0;
}

/* Runs errands, and uses its own number each time, until it may go. */
static int owner(struct child *parent, void *context)
{
	int file = open_device();
	struct sva_life life = {0};
	struct errand errand;

	(void)context;
	if (adopt(file, &life) != 0)
		return 1;
	say(parent, &life, sizeof(life));
	while (hear(parent, &errand, sizeof(errand)) && errand.handle != 0) {
		errand.answer = ask(file, errand.handle);
		cell = 0;
		if (begin(file, 70, 1) != 0 || call(file, SVA_DRAIN, NULL) != 0 || cell != 70)
			return 2;
		say(parent, &errand, sizeof(errand));
	}
	return 0;
}

#define TRIES 16

/* The kernel hands out the lowest that is free: so those below must be taken, by processes that stay meanwhile. */
static bool find_owner_once(unsigned pasid, struct child *found, struct sva_life *life)
{
	struct child tries[TRIES];
	bool got = false;
	int n = 0;

	while (n < TRIES && !got) {
		tries[n] = spawn(owner, NULL);
		got = hear(&tries[n], life, sizeof(*life)) && life->pasid == pasid;
		n++;
		if (life->pasid > pasid)
			break;
	}
	if (got)
		*found = tries[--n];
	while (n-- > 0)
		(void)let_go(&tries[n]);
	return got;
}

/* A number is the kernel's again when the last hold on the old memory's structure goes: soon, but not at once. */
bool find_owner(unsigned pasid, struct child *found, struct sva_life *life)
{
	int round;

	for (round = 0; round < 200; round++) {
		if (find_owner_once(pasid, found, life))
			return true;
		usleep(20000);
	}
	return false;
}

/* The file was passed on: the process ends, its file does not. */
static void file_outlives(int file)
{
	int shared = open_device();
	struct child child = spawn(adopts_with, &shared), other;
	struct sva_life life = {0}, others = {0};
	struct sva_question answer;
	struct errand errand = {0};
	bool heard = hear(&child, &life, sizeof(life)), found;

	killed(&child);
	heard = out_of_reach(file, life.handle) && heard;
	answer = ask(file, life.handle);
	ok(heard && answer.state == PARKED,
	   "killed, its file open elsewhere: the life is over and leads nowhere, its number is held back");
	other = spawn(adopts_with, NULL);
	ok(hear(&other, &others, sizeof(others)) && others.pasid != life.pasid,
	   "meanwhile the kernel gives nobody that number");
	(void)let_go(&other);
	close(shared);
	found = find_owner(life.pasid, &child, &others);
	if (!ok(found, "the file is closed: the kernel gives the number to another process"))
		return;
	errand.handle = life.handle;
	say(&child, &errand, sizeof(errand));
	ok(hear(&child, &errand, sizeof(errand)) && is_over(&errand.answer) && errand.answer.find == 0 &&
	           errand.answer.found == others.handle && others.handle != life.handle,
	   "it has a life of its own there; the old handle does not work on it");
	ok(let_go(&child) == 0, "and its requests reach the new process");
}

void ending(void)
{
	int file = open_device();

	one_end(file, CLOSES_FIRST, "release, then exit, requests in flight: at its end the process is out of reach");
	one_end(file, EXITS, "exit with an open file and requests in flight: the same");
	one_end(file, IS_KILLED, "kill -9 with an open file and requests in flight: the same");
	file_outlives(file);
	close(file);
}
