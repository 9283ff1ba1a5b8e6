/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* crowd.c - processes in turn and at once, killed at any moment; the sums; and the same with a bug. */
#include "guest.h"

#define IN_TURN 64
#define AT_ONCE 8
#define ROUNDS 16

static unsigned long seed = 1;

static unsigned any(unsigned below)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(seed >> 33) % below;
}

/* What is in the cell was written by us, or by nobody. */
static bool is_mine(unsigned value)
{
	return value == 0 || value >> 8 == ((unsigned)getpid() & 0xffffff);
}

static int in_turn(struct child *parent, void *context)
{
	unsigned mine = (unsigned)getpid() << 8;
	int file = open_device();
	struct sva_life life = {0};

	(void)parent;
	(void)context;
	cell = 0;
	if (adopt(file, &life) != 0 || begin(file, mine | 1, 0) != 0 || call(file, SVA_DRAIN, NULL) != 0)
		return 1;
	if (cell != (mine | 1))
		return 2;
	return begin(file, mine | 2, 20) != 0 ? 3 : 0;
}

/* Two files that come and go, with requests that outlive them. */
static int restless(struct child *parent, void *context)
{
	unsigned mine = (unsigned)getpid() << 8, steps = 4 + any(24), step;
	int file[2] = {-1, -1};

	(void)parent;
	seed += (unsigned long)getpid() + *(unsigned long *)context;
	cell = 0;
	for (step = 1; step <= steps; step++) {
		int *which = &file[any(2)];
		struct sva_life life = {0};

		if (*which < 0) {
			*which = open_device();
			if (adopt(*which, &life) != 0)
				return 1;
		}
		if (begin(*which, mine | step, any(30)) != 0)
			return 2;
		if (any(3) == 0) {
			close(*which);
			*which = -1;
		}
		if (any(4) == 0)
			usleep(any(20000));
		if (!is_mine(cell))
			return 3;
	}
	return 0;
}

static int a_round(unsigned long round)
{
	struct child children[AT_ONCE];
	int i, bad = 0;

	for (i = 0; i < AT_ONCE; i++)
		children[i] = spawn(restless, &round);
	for (i = 0; i < AT_ONCE; i++) {
		if (any(2) == 0) {
			usleep(any(30000));
			killed(&children[i]);
		} else {
			bad += ended(&children[i]) != 0;
		}
	}
	return bad;
}

/* What was parked by an exit ends when the last file is closed, which may be a killed process's, soon. */
static struct sva_totals after_all(int file)
{
	struct sva_totals sums = totals(file);
	int looks;

	for (looks = 0; looks < 1000 && (sums.held != 0 || sums.in_flight != 0); looks++) {
		(void)call(file, SVA_SETTLE, NULL);
		usleep(10000);
		sums = totals(file);
	}
	return sums;
}

static void tell_sums(const struct sva_totals *sums)
{
	note("lives begun", sums->adopted);
	note("joined by another file of the process", sums->joined);
	note("of numbers that another process had", sums->reused);
	note("requests written", sums->written);
	note("requests that found their process in its exit", sums->late);
	note("references from iommu_sva_bind_device()", sums->bound);
	note("attachments made by the kernel", sums->attached);
	note("strays: the number led nowhere", sums->lost);
	note("strays: it led to another process", sums->astray);
}

static void check_sums(const struct sva_totals *sums)
{
	tell_sums(sums);
	ok(sums->held == 0 && sums->in_flight == 0, "no life is left");
	ok(sums->lost == 0 && sums->astray == 0 && sums->written > 0 && sums->late > 0,
	   "0 strays: no request landed where its number led nowhere, or to another process");
	ok(sums->bound == sums->unbound && sums->bound > 0, "each iommu_sva_bind_device() was undone, once");
	ok(sums->attached == sums->detached && sums->attached > 0 && sums->conflicts == 0,
	   "the IOMMU has nothing attached, and never had two things in one place");
	ok(sums->early == 0 && sums->reused > 0, "when the kernel reuses a number, its last life is reclaimed already");
	ok(sums->revived == 0 && sums->joined > 0, "no old handle was ever good for a new life");
}

void crowd(void)
{
	struct child child;
	struct sva_life life;
	int file = open_device(), i, bad = 0;
	struct sva_totals sums;

	for (i = 0; i < IN_TURN; i++) {
		child = spawn(in_turn, NULL);
		bad += ended(&child) != 0;
	}
	ok(bad == 0, "64 processes in turn, each gone with a request in flight");
	for (i = 0; i < ROUNDS; i++)
		bad += a_round((unsigned long)i);
	ok(bad == 0, "16 crowds of 8 processes, half of them killed: none saw another's data in its memory");
	sums = after_all(file);
	check_sums(&sums);
	/* Init has the first. An mm that nobody drops would keep a low number for ever. */
	ok(find_owner(2, &child, &life) && let_go(&child) == 0, "the kernel's lowest number is to be had again");
	close(file);
}

/* The driver does not tell the library of its requests: they land after the phases, and must be seen to. */
void seeded(void)
{
	int file = open_device(), i;
	struct sva_totals sums = {0};

	for (i = 0; i < ROUNDS && sums.lost + sums.astray == 0; i++) {
		(void)a_round((unsigned long)i);
		sums = after_all(file);
	}
	note("strays, nowhere", sums.lost);
	note("strays, to another process", sums.astray);
	ok(sums.lost + sums.astray > 0, "seeded bug, requests are not counted: strays are found");
	close(file);
}
