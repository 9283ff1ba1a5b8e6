/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenario_parts.c - the inbox, chains and tallies by themselves: the parts that any thread may touch. */
#include "chain.h"
#include "explorer.h"
#include "inbox.h"
#include "tally.h"

/* Letters: each bit that is posted is read once, and with what its poster did before. */
#define LETTERS 2u

struct post {
	struct inbox inbox;
	struct letter letter[LETTERS];
	unsigned posted[LETTERS];
	unsigned read[LETTERS];
	uint64_t said[4]; /* plain: written before bit i is posted */
};

static void post(struct post *s, unsigned which, unsigned bit)
{
	port_plain_set(s->said[bit], 1);
	s->posted[which] |= 1u << bit;
	inbox_post(&s->inbox, &s->letter[which], 1u << bit);
}

static void post_both(void *state)
{
	post(state, 0, 0);
	post(state, 1, 1);
}

static void post_first(void *state)
{
	post(state, 0, 2);
}

static void post_others(void *state)
{
	post(state, 1, 3);
}

static void take_all(void *state)
{
	struct post *s = state;
	struct letter *letter = inbox_take(&s->inbox);
	struct letter *next;

	for (; letter != NULL; letter = next) {
		unsigned bits = letter_open(letter, &next);
		unsigned which = (unsigned)(letter - s->letter);

		model_say("letter %u says %u", which, bits);
		MODEL_CHECK((s->read[which] & bits) == 0);
		s->read[which] |= bits;
		for (unsigned bit = 0; bit < 4; bit++)
			if (bits >> bit & 1u)
				MODEL_CHECK(port_plain_get(s->said[bit]) == 1);
	}
}

static void take_twice(void *state)
{
	take_all(state);
	take_all(state);
}

static void all_read(void *state)
{
	struct post *s = state;

	take_all(state);
	MODEL_CHECK(s->read[0] == s->posted[0] && s->read[1] == s->posted[1]);
	MODEL_CHECK(inbox_take(&s->inbox) == NULL);
}

/* A chain: two add, of whom two may have the same key; one removes. */
struct item {
	struct chain_node node;
	unsigned key;
	bool on;
};

struct chained {
	port_ptr head;
	struct item item[4];
	struct chain_node *there[MODEL_THREADS];
};

static bool has_key(const struct chain_node *node, const void *key)
{
	return ((const struct item *)(const void *)node)->key == *(const unsigned *)key;
}

static bool add(struct chained *s, unsigned which)
{
	struct item *item = &s->item[which];
	struct chain_node *there;

	port_read_lock();
	there = chain_add(&s->head, &item->node, has_key, &item->key);
	item->on = there == NULL;
	port_read_unlock();
	model_say("item %u %s", which, item->on ? "is on" : "has met its like");
	return item->on;
}

/* Items 0 and 1 are there; 2 has the key of 3, which differs from the others'. */
static void two_items(void *state)
{
	struct chained *s = state;

	s->item[1].key = 1;
	s->item[2].key = 2;
	s->item[3].key = 2;
	MODEL_CHECK(add(s, 0) && add(s, 1));
}

static void add_third(void *state)
{
	(void)add(state, 2);
}

static void add_its_like(void *state)
{
	(void)add(state, 3);
}

static void remove_item(struct chained *s, unsigned which)
{
	s->item[which].on = false;
	chain_remove(&s->head, &s->item[which].node);
	model_say("item %u is off", which);
}

static void remove_both(void *state)
{
	remove_item(state, 1);
	remove_item(state, 0);
}

static void remove_newest(void *state)
{
	struct chained *s = state;

	remove_item(s, 1);
	if (s->item[2].on)
		remove_item(s, 2);
}

/* The chain has what is on, each once, and nothing else. */
static void only_what_is_on(void *state)
{
	struct chained *s = state;
	unsigned seen = 0;
	unsigned on = 0;

	for (struct chain_node *node = chain_first(&s->head); node != NULL; node = chain_next(node)) {
		unsigned which = (unsigned)((struct item *)(void *)node - s->item);

		MODEL_CHECK((seen >> which & 1u) == 0);
		seen |= 1u << which;
	}
	for (unsigned i = 0; i < 4; i++)
		on |= (unsigned)s->item[i].on << i;
	MODEL_CHECK(seen == on);
}

static void one_of_the_two(void *state)
{
	struct chained *s = state;

	only_what_is_on(state);
	MODEL_CHECK(s->item[2].on != s->item[3].on);
	/* The remover finds its way to whatever was added meanwhile. */
	remove_item(s, s->item[2].on ? 2 : 3);
	only_what_is_on(state);
}

/* A tally: enter and leave while it is closed and folded; one leave is told that it was the last. */
struct counted {
	struct memory memory;
	struct tally tally;
	struct tally_ref ref;
	port_u32 open; /* the gate: who sees it open within a read section may enter */
	unsigned in;
	unsigned drained; /* how often somebody was told, the fold included */
	bool folded;
};

static void one_in(void *state)
{
	struct counted *s = state;

	s->tally.memory = &s->memory;
	s->tally.shards = PORT_SHARDS;
	MODEL_CHECK(tally_take(&s->tally, &s->ref) == 0);
	port_u32_init(&s->open, 1);
	tally_enter(&s->tally, &s->ref);
	s->in = 1;
}

static void leave(struct counted *s)
{
	enum tally_left left;

	s->in--;
	port_read_lock();
	left = tally_leave(&s->tally, &s->ref);
	port_read_unlock();
	MODEL_CHECK(left != TALLY_SURPLUS);
	if (left == TALLY_DRAINED) {
		MODEL_CHECK(s->folded && s->in == 0);
		s->drained++;
		model_say("was the last");
	}
}

static void leave_elsewhere(void *state)
{
	model_set_shard(1);
	leave(state);
}

static void enter_and_leave(void *state)
{
	struct counted *s = state;
	bool entered;

	port_read_lock();
	entered = port_u32_load_acquire(&s->open) != 0;
	if (entered) {
		MODEL_CHECK(!s->folded);
		tally_enter(&s->tally, &s->ref);
		s->in++;
	}
	port_read_unlock();
	if (entered)
		leave(s);
}

static void close_and_fold(void *state)
{
	struct counted *s = state;
	uint64_t surplus;

	port_u32_store_seq_cst(&s->open, 0);
	tally_close(&s->ref);
	ioasid_port_synchronize();
	s->folded = true;
	if (tally_fold(&s->tally, &s->ref, &surplus)) {
		MODEL_CHECK(s->in == 0);
		s->drained++;
	}
	MODEL_CHECK(surplus == 0);
}

static void drained_once(void *state)
{
	struct counted *s = state;

	MODEL_CHECK(tally_is_drained(&s->ref));
	MODEL_CHECK(s->drained == 1 && s->in == 0);
}

#define PART(type, set_up, checks, count, ...)  \
	.program = {.state_size = sizeof(type), \
	            .setup = set_up,            \
	            .check = checks,            \
	            .nr_threads = count,        \
	            .threads = {__VA_ARGS__}}

static const struct scenario inbox_two = {
	.name = "core-inbox-two",
	.about = "two post into two letters, one reads them: each bit once, with what was done before",
	PART(struct post, NULL, all_read, 3, post_both, post_first, take_twice),
};
static const struct scenario inbox_three = {
	.name = "core-inbox-three",
	.about = "three post, one reads",
	.stale = 2,
	.bound = 2,
	PART(struct post, NULL, all_read, 4, post_both, post_first, post_others, take_all),
};
static const struct scenario chain_two = {
	.name = "core-chain-add-remove",
	.about = "two add the same key, one removes what was there: one of the two gets on",
	.stale = 3,
	PART(struct chained, two_items, one_of_the_two, 3, add_third, add_its_like, remove_both),
};
static const struct scenario chain_new = {
	.name = "core-chain-remove-newest",
	.about = "one adds, one removes the newest, and perhaps the new one",
	PART(struct chained, two_items, only_what_is_on, 2, add_third, remove_newest),
};
static const struct scenario tally_two = {
	.name = "core-tally-fold",
	.about = "one leaves elsewhere, one enters and leaves, while the tally is folded: one is told that it is the "
		 "last",
	.stale = 3,
	PART(struct counted, one_in, drained_once, 3, leave_elsewhere, enter_and_leave, close_and_fold),
};

scenario_list core_part_scenarios = {
	&inbox_two, &inbox_three, &chain_two, &chain_new, &tally_two, NULL,
};
