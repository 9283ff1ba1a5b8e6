/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* main.c - the program: the first CPU lets another run test after test, and looks at the clock. */
#include <stdio.h>
#include <tap.h>

#include "board.h"
#include "cpus.h"
#include "port.h"
#include "tests.h"
#include "threads.h"
#include "virt.h"

#define MS UINT64_C(1000000)

struct job {
	void (*fn)(void *);
	void *arg;
};

void tap_host_print(const char *line)
{
	board_print(line);
}

void tap_host_stop(void)
{
	board_tick(0, NULL);
	board_stop();
}

static void do_job(void *arg)
{
	const struct job *job = arg;

	thread_begin();
	job->fn(job->arg);
}

/* TEST_SECONDS: for images that are known to fail, less than what the test asks for. */
bool tap_host_run(void (*fn)(void *), void *arg, unsigned seconds)
{
	static struct job job; /* a test that hangs keeps it */
	uint64_t left = (TEST_SECONDS < seconds ? TEST_SECONDS : seconds) * UINT64_C(100);
	uint32_t cpu;

	job = (struct job){fn, arg};
	cpu = ioasid_port_cpu_start(do_job, &job);
	if (cpu == 0)
		board_die(__FILE__, __LINE__, "no CPU for a test");
	while (left-- != 0 && !tap_failed()) {
		if (ioasid_port_cpu_join(cpu, 10 * MS))
			return true;
	}
	if (!tap_failed()) {
		port_u32 nothing;

		port_u32_init(&nothing, 0);
		board_where();
		ioasid_port_wait(&nothing, 0, 500 * MS);
	}
	return false;
}

/* The contract first: if the port does not keep it, what the library does means nothing. */
int main(void)
{
	static int (*const programs[])(void) = {conform_main, interrupts_main, exact_main, shared_main,
	                                        reuse_main,   doors_main,      storm_main};

	thread_begin();
	tap_begin();
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]) && !tap_failed(); i++) {
		if (programs[i]() != 0)
			break;
	}
	if (!tap_failed())
		demo();
	(void)tap_finish();
	return 0;
}
