/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid_bite.c - bugs on purpose, one each time that it is loaded: insmod
 * ioasid_bite.ko bug=NAME. A sanitizer kernel that does not complain of its kind
 * looks for nothing. Nothing of libioasid is in here.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timer.h>

static char *bug = "";
module_param(bug, charp, 0444);
MODULE_PARM_DESC(bug, "which: uaf, bounds, shift, sleep, abba, rcu, object, leak, race, barrier");

struct thing {
	struct timer_list timer;
	int value;
};

static void use_after_free(void)
{
	struct thing *thing = kzalloc(sizeof(*thing), GFP_KERNEL);

	if (!thing)
		return;
	kfree(thing);
	WRITE_ONCE(thing->value, 1);
}

static void out_of_bounds(void)
{
	struct thing *thing = kzalloc(sizeof(*thing), GFP_KERNEL);

	if (!thing)
		return;
	OPTIMIZER_HIDE_VAR(thing);
	WRITE_ONCE(thing[1].value, 1);
	kfree(thing);
}

static void shift_too_far(void)
{
	static int result;
	int by = 40;

	OPTIMIZER_HIDE_VAR(by);
	WRITE_ONCE(result, 1 << by);
}

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);

static void sleep_in_read_section(void)
{
	rcu_read_lock();
	mutex_lock(&a);
	mutex_unlock(&a);
	rcu_read_unlock();
}

/* The order is learnt, not met: nobody hangs here. */
static void locks_in_both_orders(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void dereference_outside(void)
{
	static struct thing thing;
	static struct thing __rcu *shared = RCU_INITIALIZER(&thing);

	WRITE_ONCE(thing.value, rcu_dereference(shared)->value + 1);
}

static void on_timer(struct timer_list *timer)
{
}

static void free_what_is_active(void)
{
	struct thing *thing = kzalloc(sizeof(*thing), GFP_KERNEL);

	if (!thing)
		return;
	timer_setup(&thing->timer, on_timer, 0);
	mod_timer(&thing->timer, jiffies + 100 * HZ);
	kfree(thing);
}

/* Many, so that a register or a stack that still has an address does not hide all. */
static void forget(void)
{
	int i;

	for (i = 0; i < 16; i++) {
		void *memory = kmalloc(512, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(memory);
	}
}

static int plain;
static int flag;

static int add_plainly(void *unused)
{
	unsigned long end = jiffies + 2 * HZ;

	while (time_before(jiffies, end)) {
		plain++;
		barrier();
	}
	return 0;
}

/* Plain writes handed over by a flag that orders nothing: on x86 none but KCSAN sees what is missing. */
static int hand_over(void *argument)
{
	int me = argument != NULL;
	unsigned long end = jiffies + 4 * HZ;

	while (time_before(jiffies, end)) {
		if (smp_load_acquire(&flag) != me) {
			cpu_relax();
			continue;
		}
		plain++;
		WRITE_ONCE(flag, !me);
	}
	return 0;
}

static void two_threads(int (*fn)(void *))
{
	struct task_struct *threads[2];
	int i;

	for (i = 0; i < 2; i++) {
		threads[i] = kthread_create(fn, i == 0 ? NULL : &plain, "ioasid-bite");
		if (IS_ERR(threads[i]))
			return;
		get_task_struct(threads[i]);
		wake_up_process(threads[i]);
	}
	msleep(5000);
	for (i = 0; i < 2; i++) {
		kthread_stop(threads[i]);
		put_task_struct(threads[i]);
	}
}

static void race(void)
{
	two_threads(add_plainly);
}

static void forget_barrier(void)
{
	two_threads(hand_over);
}

static const struct {
	const char *name;
	void (*commit)(void);
} bugs[] = {
	{"uaf", use_after_free},
	{"bounds", out_of_bounds},
	{"shift", shift_too_far},
	{"sleep", sleep_in_read_section},
	{"abba", locks_in_both_orders},
	{"rcu", dereference_outside},
	{"object", free_what_is_active},
	{"leak", forget},
	{"race", race},
	{"barrier", forget_barrier},
};

static int __init ioasid_bite_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		if (strcmp(bugs[i].name, bug) == 0) {
			bugs[i].commit();
			return 0;
		}
	}
	return -EINVAL;
}

static void __exit ioasid_bite_exit(void)
{
}

module_init(ioasid_bite_init);
module_exit(ioasid_bite_exit);
MODULE_DESCRIPTION("Bugs on purpose, for a sanitizer to find");
MODULE_LICENSE("Dual BSD/GPL");
