/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* threads.c - pthreads, signals and the host's half of tap.h, on kthreads. */
#include "check.h"

#include "../tap/tap.h"
#include "pthread.h"
#include "signal.h"

static unsigned int patience = 1;
module_param(patience, uint, 0444);
MODULE_PARM_DESC(patience, "how many times longer than elsewhere a test may take");

struct test_thread {
	struct task_struct *task;
	struct completion over;
	void *(*fn)(void *);
	void *argument;
	void *result;
	bool flag;
};

void tap_host_print(const char *line)
{
	pr_notice("%s\n", line);
}

/*
 * Others may have what is on this stack, so it stays; and so must the module. For
 * good, but objtool would want to know such functions by their names.
 */
void tap_host_stop(void)
{
	static bool for_good = true;

	while (READ_ONCE(for_good)) {
		set_current_state(TASK_IDLE);
		schedule();
	}
}

static int thread_main(void *argument)
{
	struct test_thread *thread = argument;

	thread->result = thread->fn(thread->argument);
	complete(&thread->over);
	/* Until it is joined: pthread_kill() may look where it is, and kthread_data() whose it is. */
	while (!kthread_should_stop()) {
		set_current_state(TASK_IDLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

int pthread_create(pthread_t *thread, const void *attributes, void *(*fn)(void *), void *argument)
{
	struct test_thread *t = kzalloc(sizeof(*t), GFP_KERNEL);

	(void)attributes;
	if (!t)
		return ENOMEM;
	init_completion(&t->over);
	t->fn = fn;
	t->argument = argument;
	t->task = kthread_create(thread_main, t, "ioasid-test");
	if (IS_ERR(t->task)) {
		kfree(t);
		return EAGAIN;
	}
	*thread = t;
	wake_up_process(t->task);
	return 0;
}

static bool over_within(struct test_thread *thread, unsigned long limit)
{
	unsigned long end = jiffies + limit;

	while (!wait_for_completion_timeout(&thread->over, HZ / 10)) {
		if (tap_failed() || (limit != 0 && time_after(jiffies, end)))
			return false;
	}
	return true;
}

/* Gone for good: no line of this module is being run by it. */
static void bury(struct test_thread *thread, void **result)
{
	if (result)
		*result = thread->result;
	kthread_stop(thread->task);
	kfree(thread);
}

int pthread_join(pthread_t thread, void **result)
{
	if (!over_within(thread, 0))
		tap_host_stop(); /* of a failure on another thread */
	bury(thread, result);
	return 0;
}

int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *limit)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!over_within(thread, (unsigned long)max(limit->tv_sec - now.tv_sec, 1L) * HZ))
		return ETIMEDOUT;
	bury(thread, result);
	return 0;
}

pthread_t pthread_self(void)
{
	return kthread_data(current);
}

bool *test_has_come(void)
{
	return &pthread_self()->flag;
}

int pthread_barrier_init(pthread_barrier_t *barrier, const void *attributes, unsigned count)
{
	(void)attributes;
	barrier->wanted = count;
	barrier->came = 0;
	barrier->round = 0;
	init_waitqueue_head(&barrier->all_there);
	return 0;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	unsigned round;

	spin_lock(&barrier->all_there.lock);
	round = barrier->round;
	if (++barrier->came == barrier->wanted) {
		barrier->came = 0;
		barrier->round++;
		wake_up_all_locked(&barrier->all_there);
		spin_unlock(&barrier->all_there.lock);
		return PTHREAD_BARRIER_SERIAL_THREAD;
	}
	while (barrier->round == round && !tap_failed())
		(void)wait_event_interruptible_locked(barrier->all_there, barrier->round != round || tap_failed());
	spin_unlock(&barrier->all_there.lock);
	if (tap_failed())
		tap_host_stop();
	return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	(void)barrier;
	return 0;
}

static void (*handler)(int signal_number);

int sigaction(int signal_number, const struct sigaction *action, struct sigaction *old)
{
	(void)signal_number;
	(void)old;
	WRITE_ONCE(handler, action->sa_handler);
	return 0;
}

static void interrupt(void *unused)
{
	void (*now)(int) = READ_ONCE(handler);

	if (now)
		now(SIGUSR1);
}

int pthread_kill(pthread_t thread, int signal_number)
{
	(void)signal_number;
	return smp_call_function_single((int)task_cpu(thread->task), interrupt, NULL, 1);
}

struct run {
	void (*fn)(void *);
	void *argument;
};

static void *run_test(void *argument)
{
	struct run *run = argument;

	run->fn(run->argument);
	return NULL;
}

bool tap_host_run(void (*fn)(void *), void *argument, unsigned seconds)
{
	static struct run run;
	pthread_t thread;

	run.fn = fn;
	run.argument = argument;
	if (pthread_create(&thread, NULL, run_test, &run) != 0)
		return false;
	if (!over_within(thread, (unsigned long)seconds * patience * HZ))
		return false;
	bury(thread, NULL);
	return true;
}
