/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * self.c - the explorer's other duties: it finds memory that is used after it
 * was given back, sleeps that nobody ends, grace periods that cannot end; it
 * ends what may end; and a scenario of a known shape to measure its speed on.
 */
#include "../../lib/port/port.h"
#include "explorer.h"

/* A published object, replaced and given back while somebody may be reading it. */
struct published {
	port_ptr current;
};

struct item {
	port_u32 count;
	uint32_t data;
};

static struct item *make_item(uint32_t data)
{
	struct item *item = ioasid_port_zalloc(sizeof(*item), _Alignof(struct item));

	if (item == NULL)
		return NULL;
	port_u32_init(&item->count, 1);
	port_plain_set(item->data, data);
	return item;
}

static void one_item(void *state)
{
	struct published *s = state;

	port_ptr_init(&s->current, make_item(1));
}

static void read_item(struct published *s)
{
	struct item *item = port_ptr_load_acquire(&s->current);
	uint32_t data = port_plain_get(item->data);

	MODEL_CHECK(data == 1 || data == 2);
	MODEL_CHECK(port_u32_load_relaxed(&item->count) == 1);
}

static void reader_in_section(void *state)
{
	port_read_lock();
	read_item(state);
	port_read_unlock();
}

static void reader_outside(void *state)
{
	read_item(state);
}

static void replace(struct published *s, bool wait)
{
	struct item *item = make_item(2);
	struct item *old;

	if (item == NULL)
		return;
	old = port_ptr_xchg_acq_rel(&s->current, item);
	if (wait)
		ioasid_port_synchronize();
	ioasid_port_free(old, sizeof(*old));
}

static void replace_with_grace(void *state)
{
	replace(state, true);
}

static void replace_at_once(void *state)
{
	replace(state, false);
}

static void replace_unordered(void *state)
{
	struct published *s = state;
	struct item *item = make_item(2);

	if (item != NULL)
		port_ptr_store_relaxed(&s->current, item);
}

static void nothing_leaks(void *state)
{
	(void)state;
	MODEL_CHECK(model_memory_in_use() == sizeof(struct item));
}

#define PUBLISHED(a, b, c)                                                                     \
	{                                                                                      \
		sizeof(struct published), 3, one_item, {a, b, c}, NULL, nothing_leaks, NULL, 1 \
	}
static const struct scenario rcu_right = {
	.name = "self-rcu",
	.about = "readers in sections, a grace period before giving back",
	.bound = MODEL_UNLIMITED,
	.refusals = 1,
	.program = PUBLISHED(replace_with_grace, reader_in_section, reader_in_section),
};
static const struct scenario rcu_frozen = {
	.name = "self-rcu-frozen",
	.about = "a reader that stops holds up the grace period, and nobody else",
	.freezes = 1,
	.program = PUBLISHED(replace_with_grace, reader_in_section, reader_in_section),
};
static const struct scenario rcu_no_grace = {
	.name = "self-use-after-free",
	.about = "no grace period",
	.finds = "given back",
	.program = PUBLISHED(replace_at_once, reader_in_section, reader_in_section),
};
static const struct scenario rcu_no_section = {
	.name = "self-use-outside-section",
	.about = "a reader outside of a section",
	.finds = "given back",
	.program = PUBLISHED(replace_with_grace, reader_in_section, reader_outside),
};
static const struct scenario unordered = {
	.name = "self-publish-relaxed",
	.about = "an object published without a release",
	.finds = "data race",
	.program = {sizeof(struct published), 2, one_item, {replace_unordered, reader_in_section}, NULL, NULL, NULL, 0},
};

static void await_in_section(void *state)
{
	(void)state;
	port_read_lock();
	ioasid_port_synchronize();
	port_read_unlock();
}

static const struct scenario self_wait = {
	.name = "self-grace-in-section",
	.about = "a grace period awaited inside a section",
	.finds = "never end",
	.program = {0, 1, NULL, {await_in_section}, NULL, NULL, NULL, 0},
};

/* Sleeping: the waker must write before it wakes, and the sleeper must look at what it compares. */
struct sleep {
	port_u32 word;
	port_u32 ready;
};

static void sleeper(void *state)
{
	struct sleep *s = state;

	while (port_u32_load_acquire(&s->ready) == 0)
		ioasid_port_wait(&s->word, 0, UINT64_MAX);
}

static void sleeper_right(void *state)
{
	struct sleep *s = state;

	for (;;) {
		uint32_t seen = port_u32_load_seq_cst(&s->word);

		if (port_u32_load_acquire(&s->ready) != 0)
			return;
		ioasid_port_wait(&s->word, seen, UINT64_MAX);
	}
}

static void sleeper_timed(void *state)
{
	struct sleep *s = state;
	uint64_t began = ioasid_port_now_ns();

	while (port_u32_load_acquire(&s->ready) == 0 && ioasid_port_now_ns() - began < 100)
		ioasid_port_wait(&s->word, 0, 50);
}

static void waker_only(void *state)
{
	struct sleep *s = state;

	port_u32_store_release(&s->ready, 1);
	ioasid_port_wake(&s->word);
}

static void waker_right(void *state)
{
	struct sleep *s = state;

	port_u32_store_release(&s->ready, 1);
	(void)port_u32_add_seq_cst(&s->word, 1);
	ioasid_port_wake(&s->word);
}

static const struct scenario lost_wakeup = {
	.name = "self-lost-wakeup",
	.about = "a wake between the look and the sleep",
	.finds = "deadlock",
	.program = {sizeof(struct sleep), 2, NULL, {sleeper, waker_only}, NULL, NULL, NULL, 0},
};
static const struct scenario wakeup = {
	.name = "self-wakeup",
	.about = "the word changes before the wake",
	.bound = MODEL_UNLIMITED,
	.program = {sizeof(struct sleep), 3, NULL, {sleeper_right, waker_right, sleeper_right}, NULL, NULL, NULL, 0},
};
static const struct scenario timed = {
	.name = "self-timeout",
	.about = "a sleep that ends by itself",
	.bound = MODEL_UNLIMITED,
	.timeouts = 2,
	.program = {sizeof(struct sleep), 2, NULL, {sleeper_timed, waker_only}, NULL, NULL, NULL, 0},
};

/* Two scans of two words by three threads: about 25 steps in all. */
struct shape {
	port_u64 word[2];
};

static void take_and_give(void *state)
{
	struct shape *s = state;
	unsigned at = model_self() % 2;
	uint64_t first = port_u64_load_acquire(&s->word[0]);
	uint64_t second = port_u64_load_acquire(&s->word[1]);

	first += port_u64_load_acquire(&s->word[0]);
	second += port_u64_load_acquire(&s->word[1]);
	MODEL_CHECK(first + second < 1000);
	(void)port_u64_add_acq_rel(&s->word[at], 1);
	(void)port_u64_add_acq_rel(&s->word[1 - at], 1);
	(void)port_u64_add_acq_rel(&s->word[at], UINT64_MAX);
	(void)port_u64_add_acq_rel(&s->word[1 - at], UINT64_MAX);
}

static void all_given(void *state)
{
	struct shape *s = state;

	MODEL_CHECK(port_u64_load_relaxed(&s->word[0]) == 0 && port_u64_load_relaxed(&s->word[1]) == 0);
}

static const struct scenario speed = {
	.name = "self-speed",
	.about = "three threads, eight steps each: for measuring, with --no-states --exact-bound --stale 1",
	.stale = 1,
	.program = {sizeof(struct shape),
                    3,
                    NULL,
                    {take_and_give, take_and_give, take_and_give},
                    NULL,
                    all_given,
                    NULL,
                    0},
};

scenario_list self_scenarios = {
	&rcu_right,   &rcu_frozen, &rcu_no_grace, &rcu_no_section, &unordered, &self_wait,
	&lost_wakeup, &wakeup,     &timed,        &speed,          NULL,
};
