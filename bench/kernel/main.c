/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * main.c - ioasid_bench.ko: instructions per operation, of a guest in which the time
 * stamp counter is the count of instructions (QEMU's -icount shift=0,sleep=off, one
 * CPU: scripts/kernel-bench). When loaded it measures everything once, and prints.
 *
 * All that the CPU does counts: the loop, the thread or call that reclaims, RCU, and
 * the interrupts that come by. Only when it idles, as while a grace period is waited
 * for, the clock goes on without instructions: the kernel's own account of idle time
 * is subtracted, and the figure with it is printed beside.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/tick.h>
#include <linux/timex.h>

#include "bench.h"

static unsigned int operations = 3 * BENCH_EVERY;
module_param(operations, uint, 0444);
MODULE_PARM_DESC(operations, "how many a round consists of");

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "this workload, and no other");

#define ROUNDS 7
#define SLICE 256u

u32 bench_failures;

static const struct bench_row *const subjects[] = {
	bench_ours,         bench_ours_use, bench_loop, bench_ida, bench_xarray, bench_sbitmap, bench_count,
#ifdef BENCH_IOASID
	bench_ioasid,
#endif
#ifdef BENCH_GLOBAL_PASID
	bench_global_pasid,
#endif
};

struct cost {
	u64 instructions;
	u64 with_idle;
};

/* An instruction is a cycle here, or nothing that follows is true. */
static bool counter_counts_instructions(void)
{
	u32 left = 1000000;
	unsigned long flags;
	u64 cycles;

	local_irq_save(flags);
	cycles = get_cycles();
	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(left) : : "cc");
	cycles = get_cycles() - cycles;
	local_irq_restore(flags);
	pr_info("ruler: %llu cycles for 2000000 instructions\n", cycles);
	return cycles >= 2000000 && cycles < 2001000;
}

static u64 idle_ns(void)
{
	return get_cpu_idle_time_us((int)raw_smp_processor_id(), NULL) * NSEC_PER_USEC;
}

/* In slices: between them the threads of others, as the reclaimer's, may have the CPU. */
static void run_round(const struct bench_row *row, struct cost *cost)
{
	u64 idle = idle_ns();
	u64 begin = get_cycles();
	u32 done;

	for (done = 0; done < operations; done += SLICE) {
		row->loop(SLICE);
		cond_resched();
	}
	if (row->finish)
		row->finish();
	cost->with_idle = get_cycles() - begin;
	cost->instructions = cost->with_idle - (idle_ns() - idle);
}

static int by_instructions(const void *a, const void *b)
{
	const struct cost *x = a;
	const struct cost *y = b;

	return x->instructions < y->instructions ? -1 : x->instructions > y->instructions;
}

/* In thousandths of an instruction. */
static u64 each(u64 cycles)
{
	return div_u64(cycles * 1000, operations);
}

static int measure(const struct bench_row *row)
{
	struct cost cost[ROUNDS + 1];
	int error = row->begin ? row->begin() : 0;
	u32 i;

	if (error)
		return error;
	for (i = 0; i <= ROUNDS; i++)
		run_round(row, &cost[i]);
	if (row->end)
		row->end();
	/* The first warms up. */
	sort(&cost[1], ROUNDS, sizeof(cost[0]), by_instructions, NULL);
	pr_info("row: %s;%s;%llu;%llu;%llu\n", row->workload, row->subject, each(cost[1].instructions),
	        each(cost[1 + ROUNDS / 2].instructions), each(cost[1 + ROUNDS / 2].with_idle));
	return 0;
}

/* The account of idle time begins when the kernel has found its clocks good enough to stop the tick. */
static bool idle_is_told(void)
{
	u32 tries;

	for (tries = 0; tries < 100; tries++) {
		u64 idle = idle_ns();

		msleep(100);
		if (idle_ns() - idle > 50 * NSEC_PER_MSEC)
			return true;
	}
	return false;
}

static int measure_all(void)
{
	const struct bench_row *row;
	int error = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(subjects); i++)
		for (row = subjects[i]; row->workload && !error; row++)
			if (!*only || strcmp(only, row->workload) == 0)
				error = measure(row);
	return error;
}

static int __init bench_init(void)
{
	int error;

	if (operations == 0 || operations % SLICE != 0)
		return -EINVAL;
	if (num_online_cpus() != 1 || !counter_counts_instructions() || !idle_is_told()) {
		pr_err("not a guest with one CPU whose time stamp counter counts instructions\n");
		return -ENODEV;
	}
	error = measure_all();
	if (error)
		return error;
	pr_info("failures: %u\n", bench_failures);
	return bench_failures ? -EIO : 0;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("libioasid beside what the kernel has, in instructions");
MODULE_LICENSE("Dual BSD/GPL");
