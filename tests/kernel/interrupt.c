/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * interrupt.c - what may be called in an interrupt (P11): a timer's handler, which is
 * one, and irq_work, which is one on the spot, free, put, find, pin and complete,
 * while threads on the same processors are in the midst of the same calls.
 */
#include "program.h"

#include <linux/hrtimer.h>
#include <linux/irq_work.h>

#include "host.h"
#include "pthread.h"
#include "stdatomic.h"

#define BITS 8u
#define TIMERS 4u
#define PERIOD_NS 50000
#define ENOUGH 2000u
#define BOX 16u

static struct {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	/* A handle that a thread has allocated, and got once more, for an interrupt to put and free. */
	atomic_ullong box[BOX];
	atomic_ullong token;
	atomic_uint interrupts;
	atomic_uint outside; /* the handler was not in an interrupt: then it has tested nothing */
	atomic_uint freed;
	atomic_uint pinned;
	atomic_uint completed;
	atomic_uint wrong;
	atomic_bool over;
} s;

static void expect(bool good)
{
	if (!good)
		(void)atomic_fetch_add(&s.wrong, 1u);
}

static void empty_one_box(void)
{
	static atomic_uint turn;
	ioasid_handle_t handle = {atomic_exchange(&s.box[atomic_fetch_add(&turn, 1u) % BOX], 0)};

	if (!ioasid_handle_is_set(handle))
		return;
	expect(ioasid_id_free(s.space, handle) == 0);
	expect(ioasid_id_get(s.space, handle) == -ESTALE);
	expect(ioasid_id_put(s.space, handle) == 0);
	(void)atomic_fetch_add(&s.freed, 1u);
}

static void look_at_all(void)
{
	ioasid_handle_t handle;
	uint32_t id;

	for (id = 0; id < 1u << BITS; id += 7) {
		int error = ioasid_id_find(s.space, ioasid_make(id), &handle);

		expect(error == 0 || error == -ENOENT || error == -ESTALE);
		error = ioasid_id_pin(s.space, ioasid_make(id), &handle);
		expect(error == 0 || error == -ENOENT || error == -ESTALE);
		if (error == 0) {
			expect(ioasid_id_unpin(s.space, handle) == 0);
			(void)atomic_fetch_add(&s.pinned, 1u);
		}
	}
}

static void complete_token(void)
{
	ioasid_token_t token = {atomic_exchange(&s.token, 0)};

	if (token.token_ != 0) {
		expect(ioasid_token_complete(s.space, token, 0) == 0);
		(void)atomic_fetch_add(&s.completed, 1u);
	}
}

static void in_interrupt_context(void)
{
	if (!in_hardirq())
		(void)atomic_fetch_add(&s.outside, 1u);
	empty_one_box();
	look_at_all();
	complete_token();
	(void)atomic_fetch_add(&s.interrupts, 1u);
}

static enum hrtimer_restart on_timer(struct hrtimer *timer)
{
	in_interrupt_context();
	(void)hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return atomic_load(&s.over) ? HRTIMER_NORESTART : HRTIMER_RESTART;
}

static void on_irq_work(struct irq_work *work)
{
	(void)work;
	in_interrupt_context();
}

static bool enough(void)
{
	return atomic_load(&s.interrupts) >= ENOUGH && atomic_load(&s.freed) >= ENOUGH / 10 &&
	       atomic_load(&s.pinned) != 0;
}

/* Fills boxes, and does to the same ids what the interrupts do. */
static void *fill_boxes(void *unused)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(on_irq_work);
	uint32_t i;

	(void)unused;
	for (i = 0; !enough() && atomic_load(&s.wrong) == 0; i++) {
		ioasid_handle_t handle;
		uint64_t was;

		if (ioasid_id_alloc(s.set, NULL, IOASID_ALLOC_ACTIVE, &handle) != 0)
			continue;
		expect(ioasid_id_get(s.space, handle) == 0);
		was = atomic_exchange(&s.box[i % BOX], handle.handle_);
		if (was != 0) {
			expect(ioasid_id_put(s.space, (ioasid_handle_t){was}) == 0);
			expect(ioasid_id_free(s.space, (ioasid_handle_t){was}) == 0);
		}
		if (i % 16 == 0)
			irq_work_queue(&work);
	}
	irq_work_sync(&work);
	return NULL;
}

static void set_the_scene(uint32_t flags)
{
	memset(&s, 0, sizeof(s));
	s.space = host_space(BITS, flags, IOASID_ORDER_OLDEST, NULL);
	s.set = host_set(s.space, 1, IOASID_UNLIMITED, 0);
}

static void empty_all_boxes(void)
{
	uint32_t i;

	for (i = 0; i < BOX; i++)
		empty_one_box();
}

/* Timers on as many processors as there are, threads that they interrupt. */
START_TEST(frees_puts_finds_pins)
{
	static struct hrtimer timers[TIMERS];
	pthread_t threads[TIMERS];
	uint32_t i;

	set_the_scene(_i == 0 ? 0 : IOASID_SPACE_BACKGROUND);
	for (i = 0; i < TIMERS; i++) {
		hrtimer_init(&timers[i], CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
		timers[i].function = on_timer;
		hrtimer_start(&timers[i], ns_to_ktime(PERIOD_NS * (i + 1)), HRTIMER_MODE_REL_HARD);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, fill_boxes, NULL), 0);
	}
	while (!enough() && atomic_load(&s.wrong) == 0 && _i == 0)
		host_run(s.space);
	for (i = 0; i < TIMERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	atomic_store(&s.over, true);
	for (i = 0; i < TIMERS; i++)
		(void)hrtimer_cancel(&timers[i]);
	ck_assert_uint_eq(atomic_load(&s.wrong), 0);
	ck_assert_uint_eq(atomic_load(&s.outside), 0);
	empty_all_boxes();
	ck_assert_uint_eq(atomic_load(&s.wrong), 0);
	host_set_end(s.set);
	host_space_end(s.space);
}
END_TEST

static int answer_later(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	(void)view;
	atomic_store(&s.token, token.token_);
	return IOASID_PENDING;
}

/* A device that answers from its interrupt, as devices do. */
START_TEST(completes)
{
	static const struct ioasid_quiesce_ops ops = {
		.size = sizeof(ops),
		.quiesce = {[IOASID_PHASE_DEVICE] = answer_later},
	};
	struct ioasid_device_config config = {.size = sizeof(config), .bits = 20, .ops = &ops};
	static struct hrtimer timer;
	uint32_t i;

	set_the_scene(_i == 0 ? 0 : IOASID_SPACE_BACKGROUND);
	ck_assert_int_eq(ioasid_device_register(s.space, &config, &s.device), 0);
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = on_timer;
	hrtimer_start(&timer, ns_to_ktime(PERIOD_NS), HRTIMER_MODE_REL_HARD);
	for (i = 0; i < 100; i++) {
		struct ioasid_bind_args args = {.size = sizeof(args), .device = s.device, .data = &s};
		ioasid_binding_t binding = {0};

		ck_assert_int_eq(ioasid_set_bind_private(s.set, &args, 1, IOASID_BIND_WAIT, &binding), 0);
		ck_assert_int_eq(ioasid_binding_unbind(s.space, binding), 0);
		ck_assert_int_eq(ioasid_binding_wait(s.space, binding, IOASID_FOREVER), 0);
	}
	atomic_store(&s.over, true);
	(void)hrtimer_cancel(&timer);
	ck_assert_uint_eq(atomic_load(&s.completed), 100);
	ck_assert_uint_eq(atomic_load(&s.wrong), 0);
	ck_assert_uint_eq(atomic_load(&s.outside), 0);
	host_set_end(s.set);
	ck_assert_int_eq(ioasid_device_unregister(s.device), 0);
	host_space_end(s.space);
}
END_TEST

int interrupt_main(void)
{
	TCase *tcase = tcase_create("interrupts");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, frees_puts_finds_pins, 0, 2);
	tcase_add_loop_test(tcase, completes, 0, 2);
	return test_run_case("interrupts", tcase);
}
