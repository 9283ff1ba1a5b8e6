/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * scenario.c - the driver, driven. TAP.
 *
 *   scenario library SECONDS   everything, under the library's rule: nothing strays
 *   scenario naive SECONDS     the storm alone, under the rule of 2020: it does
 *   scenario linger            opens the device, closes it, and stays
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

static void print_counters(void)
{
	static const char *const names[] = {"requests",   "completed",   "dropped", "aborted", "lost",
	                                    "drained",    "answered",    "silent",  "faults",  "strays_other",
	                                    "strays_own", "strays_gone", "files",   "windows", "ids_active",
	                                    "ids_parked", "ids_poisoned"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (counter(names[i]) >= 0)
			note("%-12s %ld", names[i], counter(names[i]));
}

static void run_storm(const char *self, unsigned int seconds, struct storm_result *result)
{
	storm(self, seconds, result);
	note("storm: %u s, %d devices, %ld processes, %ld kills, %ld copies arrived, %ld cancelled, %ld corrupt",
	     seconds, device_count(), result->workers, result->kills, result->copies, result->cancelled,
	     result->corrupt);
	ok(result->copies > 0 && result->kills > 0, "the storm: copies arrive, processes are killed");
}

static void check_balance(void)
{
	ok(counter_becomes("files", 0) && counter_becomes("windows", 0), "no file and no window is left");
	ok(counter("requests") == counter("completed") + counter("dropped") + counter("aborted") + counter("lost"),
	   "every request has ended once");
}

static int library(const char *self, unsigned int seconds)
{
	struct storm_result result;

	test_sharing();
	test_private();
	test_fault();
	test_fork();
	test_exec(self);
	test_kill();
	test_passed_file();
	test_close_first();
	test_unload();
	test_removal();
	run_storm(self, seconds, &result);
	ok(result.failures == 0, "no call fails for a reason that it should not");
	if (result.failures)
		note("%ld calls did, the last with %d", result.failures, result.last_failure);
	check_balance();
	ok(counter_becomes("ids_active", 1) && counter("ids_parked") == 0 && counter("ids_poisoned") == 0,
	   "of all PASIDs only ours lives");
	print_counters();
	ok(result.corrupt == 0, "nobody found in its memory what another had asked for");
	ok(counter("faults") == 0, "no DMA met an empty entry");
	ok(counter("strays_other") == 0 && counter("strays_own") == 0 && counter("strays_gone") == 0, "0 strays");
	return plan();
}

static int naive(const char *self, unsigned int seconds)
{
	struct storm_result result;

	run_storm(self, seconds, &result);
	check_balance();
	print_counters();
	note("strays: %ld into the memory of the next owner, %ld into that of a process that is gone; %ld found by "
	     "their victims",
	     counter("strays_other"), counter("strays_gone"), result.corrupt);
	ok(counter("strays_other") + counter("strays_gone") > 0, "freed at exit, the same storm has strays");
	return plan();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned int seconds = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 10;

	if (strcmp(what, "exec") == 0)
		return after_exec((int)seconds);
	if (strcmp(what, "library") == 0)
		return library(argv[0], seconds);
	if (strcmp(what, "naive") == 0)
		return naive(argv[0], seconds);
	if (strcmp(what, "linger") == 0) {
		close(device_open(0));
		puts("lingering");
		fflush(stdout);
		for (;;)
			pause();
	}
	fprintf(stderr, "usage: scenario library|naive SECONDS | linger\n");
	return 2;
}
