/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* port.c - the kernel's port, link-time half: grace periods, sleep, time, the reclaimer's thread. */
#include "../port.h"

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/wait_bit.h>

#include <ioasid/error.h>

static_assert(IOASID_ENOENT == ENOENT && IOASID_EAGAIN == EAGAIN && IOASID_ENOMEM == ENOMEM &&
                      IOASID_EACCES == EACCES && IOASID_EBUSY == EBUSY && IOASID_EINVAL == EINVAL &&
                      IOASID_ENOSPC == ENOSPC && IOASID_EDEADLK == EDEADLK && IOASID_EOVERFLOW == EOVERFLOW &&
                      IOASID_ESTALE == ESTALE && IOASID_EDQUOT == EDQUOT,
              "this architecture numbers its errors differently: teach ioasid/error.h");

static bool expedited;
module_param(expedited, bool, 0644);
MODULE_PARM_DESC(expedited, "end grace periods soon, by interrupting the other CPUs (default: no)");

static atomic_t unique = ATOMIC_INIT(0);

void ioasid_port_synchronize(void)
{
	if (READ_ONCE(expedited))
		synchronize_rcu_expedited();
	else
		synchronize_rcu();
	smp_mb(); /* the contract's fence; the one before is in every grace period */
}

/* Without a count of its own, RCU does not know either, but for lockdep; false is what may be said then. */
bool ioasid_port_read_held(void)
{
#if defined(CONFIG_PREEMPT_RCU)
	return rcu_preempt_depth() != 0;
#elif defined(CONFIG_DEBUG_LOCK_ALLOC)
	return debug_lockdep_rcu_enabled() && rcu_read_lock_held();
#else
	return false;
#endif
}

/*
 * A thread of the kernel's may sleep for as long as it takes, and is no load. A
 * process that cannot be killed meanwhile is looked at by the detector of hung
 * tasks: so it wakes now and then, which the contract permits.
 */
#define SLEEP_MAX_NS (30ULL * NSEC_PER_SEC)

void ioasid_port_wait(port_u32 *word, uint32_t seen, uint64_t timeout_ns)
{
	long jiffies_left = (long)nsecs_to_jiffies(min(timeout_ns, SLEEP_MAX_NS)) + 1;
	unsigned int how = current->flags & PF_KTHREAD ? TASK_IDLE : TASK_UNINTERRUPTIBLE;

	if (timeout_ns == 0)
		return;
	/* relaxed: the caller looks again with the order that it needs; who wakes has a full barrier before. */
	___wait_var_event(word, ___wait_cond_timeout(port_u32_load_relaxed(word) != seen), how, 0, jiffies_left,
	                  __ret = schedule_timeout(__ret));
}

void ioasid_port_wake(port_u32 *word)
{
	smp_mb(); /* what was changed, before the look whether anybody waits */
	wake_up_var(word);
}

uint64_t ioasid_port_now_ns(void)
{
	return ktime_get_ns();
}

/* An interrupt is not the thread that it interrupts: a driver's callback may be running there. */
uint64_t ioasid_port_thread_id(void)
{
	return (uint64_t)(uintptr_t)current | (in_task() ? 0 : 1);
}

/* Kernels do not fork. */
uint32_t ioasid_port_epoch(void)
{
	return 0;
}

uint32_t ioasid_port_unique(void)
{
	return (uint32_t)atomic_inc_return_relaxed(&unique); /* relaxed: only its uniqueness matters */
}

uint32_t ioasid_port_shards(void)
{
	return min_t(uint32_t, (uint32_t)roundup_pow_of_two(num_possible_cpus()), PORT_SHARDS);
}

struct worker {
	struct task_struct *task;
	struct completion over;
	void (*fn)(void *arg);
	void *arg;
};

static int worker_main(void *argument)
{
	struct worker *worker = argument;

	worker->fn(worker->arg);
	complete(&worker->over);
	return 0;
}

int ioasid_port_worker_start(struct port_worker *worker, void (*fn)(void *), void *arg)
{
	struct worker *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return -IOASID_ENOMEM;
	init_completion(&w->over);
	w->fn = fn;
	w->arg = arg;
	w->task = kthread_create(worker_main, w, "ioasid-reclaim");
	if (IS_ERR(w->task)) {
		kfree(w);
		return -IOASID_EAGAIN;
	}
	get_task_struct(w->task);
	wake_up_process(w->task);
	worker->impl = w;
	return 0;
}

/* First its last line, then its end: after kthread_stop() none of our code is being run by it. */
void ioasid_port_worker_join(struct port_worker *worker)
{
	struct worker *w = worker->impl;

	wait_for_completion(&w->over);
	kthread_stop(w->task);
	put_task_struct(w->task);
	kfree(w);
	worker->impl = NULL;
}
